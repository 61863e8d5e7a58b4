// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * devlink health of a subfunction: the reporter "engine" speaks for the
 * clients of its queue block, who know what their engines do.
 */
#include "port/health.h"
#include "port/port.h"

#define MFNIC_HEALTH_GRACE_MS	1000

static int mfnic_health_diagnose(struct devlink_health_reporter *reporter,
				 struct devlink_fmsg *fmsg,
				 struct netlink_ext_ack *extack)
{
	struct mfnic_port *port = devlink_health_reporter_priv(reporter);
	struct mf_client *client;

	mutex_lock(&port->lock);
	list_for_each_entry(client, &port->clients, node)
		if (client->ops->diagnose)
			client->ops->diagnose(client, fmsg);
	mutex_unlock(&port->lock);

	return 0;
}

/* By the operator, or at once after a report if he lets devlink do that. */
static int mfnic_health_recover(struct devlink_health_reporter *reporter,
				void *priv_ctx, struct netlink_ext_ack *extack)
{
	struct mfnic_port *port = devlink_health_reporter_priv(reporter);
	struct mf_client *client;
	int err = 0;

	mutex_lock(&port->lock);
	list_for_each_entry(client, &port->clients, node)
		if (client->ops->recover)
			err = client->ops->recover(client, extack) ?: err;
	mutex_unlock(&port->lock);

	return err;
}

/* What a report looks like to whoever listens. */
static int mfnic_health_test(struct devlink_health_reporter *reporter,
			     struct netlink_ext_ack *extack)
{
	struct mfnic_port *port = devlink_health_reporter_priv(reporter);

	mfnic_health_report(&port->qb, "A test that the operator asked for");

	return 0;
}

static const struct devlink_health_reporter_ops mfnic_health_ops = {
	.name = "engine",
	.diagnose = mfnic_health_diagnose,
	.recover = mfnic_health_recover,
	.test = mfnic_health_test,
	MF_HEALTH_GRACE(MFNIC_HEALTH_GRACE_MS)
};

/* Takes the devlink lock of the subfunction, so reports are no calls. */
static void mfnic_health_work(struct work_struct *work)
{
	struct mfnic_health *health = container_of(work, struct mfnic_health,
						   work);
	const char *problem = READ_ONCE(health->problem);

	if (problem)
		devlink_health_report(health->reporter, problem, NULL);
	else
		devlink_health_reporter_state_update(health->reporter,
						     DEVLINK_HEALTH_REPORTER_STATE_HEALTHY);
}

/* See struct mf_qblock_ops. */
void mfnic_health_report(struct mf_qblock *qb, const char *problem)
{
	struct mfnic_port *port = container_of(qb, struct mfnic_port, qb);

	WRITE_ONCE(port->health.problem, problem);
	/* Not on this CPU: that it is busy may be the problem. */
	queue_work(system_dfl_wq, &port->health.work);
}

/**
 * mfnic_health_init - before a port gets clients
 * @port: the port
 * @devlink: of its subfunction
 *
 * Context: sleeps, lock of @devlink.
 * Return: 0 or an errno.
 */
int mfnic_health_init(struct mfnic_port *port, struct devlink *devlink)
{
	struct mfnic_health *health = &port->health;

	INIT_WORK(&health->work, mfnic_health_work);
	disable_work(&health->work);
	health->reporter = mf_health_reporter_create(devlink,
						     &mfnic_health_ops,
						     MFNIC_HEALTH_GRACE_MS,
						     port);

	return PTR_ERR_OR_ZERO(health->reporter);
}

/**
 * mfnic_health_start - reports get through from now on
 * @port: its subfunction's devlink instance is registered
 *
 * Context: any.
 */
void mfnic_health_start(struct mfnic_port *port)
{
	enable_work(&port->health.work);
}

/**
 * mfnic_health_stop - no report gets through any more
 * @port: its subfunction's devlink instance is about to be unregistered
 *
 * Context: sleeps, without the devlink lock of the subfunction.
 */
void mfnic_health_stop(struct mfnic_port *port)
{
	disable_work_sync(&port->health.work);
}

/**
 * mfnic_health_fini - the end of mfnic_health_init()
 * @port: never started, or stopped
 *
 * Context: sleeps, devlink lock of the subfunction.
 */
void mfnic_health_fini(struct mfnic_port *port)
{
	devl_health_reporter_destroy(port->health.reporter);
}
