// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * devlink health of a port. The reporter "engine" shows the state of the
 * engines that the clients of the queue block run.
 */
#include "port/health.h"
#include "port/port.h"

#define MFIGB_HEALTH_GRACE_MS	1000

static int mfigb_health_diagnose(struct devlink_health_reporter *reporter,
				 struct devlink_fmsg *fmsg,
				 struct netlink_ext_ack *extack)
{
	struct mfigb_port *port = devlink_health_reporter_priv(reporter);
	struct mf_client *client;

	mutex_lock(&port->lock);
	list_for_each_entry(client, &port->clients, node)
		if (client->ops->diagnose)
			client->ops->diagnose(client, fmsg);
	mutex_unlock(&port->lock);

	return 0;
}

/* Called for the operator, or after a report if auto_recover is set. */
static int mfigb_health_recover(struct devlink_health_reporter *reporter,
				void *priv_ctx, struct netlink_ext_ack *extack)
{
	struct mfigb_port *port = devlink_health_reporter_priv(reporter);
	struct mf_client *client;
	int err = 0;

	mutex_lock(&port->lock);
	list_for_each_entry(client, &port->clients, node)
		if (client->ops->recover)
			err = client->ops->recover(client, extack) ?: err;
	mutex_unlock(&port->lock);

	return err;
}

static const struct devlink_health_reporter_ops mfigb_health_ops = {
	.name = "engine",
	.diagnose = mfigb_health_diagnose,
	.recover = mfigb_health_recover,
	MF_HEALTH_GRACE(MFIGB_HEALTH_GRACE_MS)
};

/*
 * devlink_health_report() takes the lock of the devlink instance, so a work
 * item calls it for the clients.
 */
static void mfigb_health_work(struct work_struct *work)
{
	struct mfigb_port *port = container_of(work, struct mfigb_port,
					       health_work);
	const char *problem = READ_ONCE(port->problem);

	if (problem)
		devlink_health_report(port->reporter, problem, NULL);
	else
		devlink_health_reporter_state_update(port->reporter,
						     DEVLINK_HEALTH_REPORTER_STATE_HEALTHY);
}

/* See &mf_qblock_ops.health. */
void mfigb_health_report(struct mf_qblock *qb, const char *problem)
{
	struct mfigb_port *port = container_of(qb, struct mfigb_port, qb);

	WRITE_ONCE(port->problem, problem);
	/* Use an unbound queue: a busy CPU may be the problem. */
	queue_work(system_dfl_wq, &port->health_work);
}

/**
 * mfigb_health_init - create the health reporter of a port
 * @port: port without clients
 * @devlink: devlink instance that has the clients
 *
 * Context: sleeps, lock of @devlink.
 * Return: 0 or a negative errno.
 */
int mfigb_health_init(struct mfigb_port *port, struct devlink *devlink)
{
	INIT_WORK(&port->health_work, mfigb_health_work);
	disable_work(&port->health_work);
	port->reporter = mf_health_reporter_create(devlink, &mfigb_health_ops,
						   MFIGB_HEALTH_GRACE_MS, port);

	return PTR_ERR_OR_ZERO(port->reporter);
}

/**
 * mfigb_health_start - begin to pass reports to devlink
 * @port: port whose clients' devlink instance is registered
 *
 * Context: any.
 */
void mfigb_health_start(struct mfigb_port *port)
{
	enable_work(&port->health_work);
}

/**
 * mfigb_health_stop - stop passing reports to devlink
 * @port: port whose clients' devlink instance is about to be unregistered
 *
 * Context: sleeps, without the lock of the instance.
 */
void mfigb_health_stop(struct mfigb_port *port)
{
	disable_work_sync(&port->health_work);
}

/**
 * mfigb_health_fini - destroy the health reporter of a port
 * @port: port whose reports are stopped, or were never started
 *
 * Context: sleeps, lock of the devlink instance.
 */
void mfigb_health_fini(struct mfigb_port *port)
{
	devl_health_reporter_destroy(port->reporter);
}
