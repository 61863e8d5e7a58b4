// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * devlink health of a subfunction. The reporter "engine" shows the state of the
 * engines that the clients of the queue block run.
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

/* Called for the operator, or after a report if auto_recover is set. */
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

/* Let the operator see what a report looks like. */
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

/*
 * devlink_health_report() takes the subfunction's devlink lock, so a work item
 * calls it for the clients.
 */
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

/* See &mf_qblock_ops.health. */
void mfnic_health_report(struct mf_qblock *qb, const char *problem)
{
	struct mfnic_port *port = container_of(qb, struct mfnic_port, qb);

	WRITE_ONCE(port->health.problem, problem);
	/* Use an unbound queue: a busy CPU may be the problem. */
	queue_work(system_dfl_wq, &port->health.work);
}

/**
 * mfnic_health_init - create the health reporter of a subfunction
 * @port: port without clients
 * @devlink: devlink instance of the subfunction
 *
 * Context: sleeps, lock of @devlink.
 * Return: 0 or a negative errno.
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
 * mfnic_health_start - begin to pass reports to devlink
 * @port: port whose subfunction's devlink instance is registered
 *
 * Context: any.
 */
void mfnic_health_start(struct mfnic_port *port)
{
	enable_work(&port->health.work);
}

/**
 * mfnic_health_stop - stop passing reports to devlink
 * @port: port whose subfunction's devlink instance is about to be unregistered
 *
 * Context: sleeps, without the devlink lock of the subfunction.
 */
void mfnic_health_stop(struct mfnic_port *port)
{
	disable_work_sync(&port->health.work);
}

/**
 * mfnic_health_fini - destroy the health reporter of a subfunction
 * @port: port whose reports are stopped, or were never started
 *
 * Context: sleeps, devlink lock of the subfunction.
 */
void mfnic_health_fini(struct mfnic_port *port)
{
	devl_health_reporter_destroy(port->health.reporter);
}
