// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * devlink health of a port. The reporter "engine" shows the state of the
 * engines that the clients of the queue block run.
 */
#include "port.h"

#define MF_HEALTH_GRACE_MS	1000

static int mf_health_diagnose(struct devlink_health_reporter *reporter,
			      struct devlink_fmsg *fmsg,
			      struct netlink_ext_ack *extack)
{
	struct mf_port *port = devlink_health_reporter_priv(reporter);
	struct mf_client *client;

	mutex_lock(&port->lock);
	list_for_each_entry(client, &port->clients, node)
		if (client->ops->diagnose)
			client->ops->diagnose(client, fmsg);
	mutex_unlock(&port->lock);

	return 0;
}

/* Called for the operator, or after a report if auto_recover is set. */
static int mf_health_recover(struct devlink_health_reporter *reporter,
			     void *priv_ctx, struct netlink_ext_ack *extack)
{
	struct mf_port *port = devlink_health_reporter_priv(reporter);
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
static int mf_health_test(struct devlink_health_reporter *reporter,
			  struct netlink_ext_ack *extack)
{
	struct mf_port *port = devlink_health_reporter_priv(reporter);

	mf_port_health(&port->qb, "A test that the operator asked for");

	return 0;
}

static const struct devlink_health_reporter_ops mf_health_ops = {
	.name = "engine",
	.diagnose = mf_health_diagnose,
	.recover = mf_health_recover,
	.test = mf_health_test,
	MF_HEALTH_GRACE(MF_HEALTH_GRACE_MS)
};

/*
 * devlink_health_report() takes the lock of the devlink instance, so a work
 * item calls it for the clients.
 */
static void mf_health_work(struct work_struct *work)
{
	struct mf_port *port = container_of(work, struct mf_port, health_work);
	const char *problem = READ_ONCE(port->problem);

	if (problem)
		devlink_health_report(port->reporter, problem, NULL);
	else
		devlink_health_reporter_state_update(port->reporter,
						     DEVLINK_HEALTH_REPORTER_STATE_HEALTHY);
}

/* See &mf_qblock_ops.health. */
void mf_port_health(struct mf_qblock *qb, const char *problem)
{
	struct mf_port *port = container_of(qb, struct mf_port, qb);

	WRITE_ONCE(port->problem, problem);
	/* Use an unbound queue: a busy CPU may be the problem. */
	queue_work(system_dfl_wq, &port->health_work);
}
EXPORT_SYMBOL_NS_GPL(mf_port_health, "MFPORT");

/**
 * mf_port_health_init - create the health reporter of a port
 * @port: port without clients
 * @devlink: devlink instance that has the clients
 *
 * Context: sleeps, lock of @devlink.
 * Return: 0 or a negative errno.
 */
int mf_port_health_init(struct mf_port *port, struct devlink *devlink)
{
	INIT_WORK(&port->health_work, mf_health_work);
	disable_work(&port->health_work);
	port->reporter = mf_health_reporter_create(devlink, &mf_health_ops,
						   MF_HEALTH_GRACE_MS, port);

	return PTR_ERR_OR_ZERO(port->reporter);
}
EXPORT_SYMBOL_NS_GPL(mf_port_health_init, "MFPORT");

/**
 * mf_port_health_start - begin to pass reports to devlink
 * @port: port whose clients' devlink instance is registered
 *
 * Context: any.
 */
void mf_port_health_start(struct mf_port *port)
{
	enable_work(&port->health_work);
}
EXPORT_SYMBOL_NS_GPL(mf_port_health_start, "MFPORT");

/**
 * mf_port_health_stop - stop passing reports to devlink
 * @port: port whose clients' devlink instance is about to be unregistered
 *
 * Context: sleeps, without the lock of the instance.
 */
void mf_port_health_stop(struct mf_port *port)
{
	disable_work_sync(&port->health_work);
}
EXPORT_SYMBOL_NS_GPL(mf_port_health_stop, "MFPORT");

/**
 * mf_port_health_fini - destroy the health reporter of a port
 * @port: port whose reports are stopped, or were never started
 *
 * Context: sleeps, lock of the devlink instance.
 */
void mf_port_health_fini(struct mf_port *port)
{
	devl_health_reporter_destroy(port->reporter);
}
EXPORT_SYMBOL_NS_GPL(mf_port_health_fini, "MFPORT");
