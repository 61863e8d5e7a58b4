// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Transmit queues that hang: a work item looks for them, and the health
 * reporter "tx" of the NIC resets the device.
 */
#include <net/devlink.h>

#include "device.h"
#include "hang.h"
#include "port/port.h"

#define MFIGB_WATCH_SECS	2
#define MFIGB_HANG_GRACE_MS	1000

static void mfigb_hang_show_pool(struct devlink_fmsg *fmsg,
				 const struct mfigb_pool *pool)
{
	const struct mfigb *nic = pool->nic;
	u32 q = pool->index;

	devlink_fmsg_obj_nest_start(fmsg);
	devlink_fmsg_u32_pair_put(fmsg, "pool", q);
	devlink_fmsg_u32_pair_put(fmsg, "tx_used", READ_ONCE(pool->tx.used));
	devlink_fmsg_u32_pair_put(fmsg, "tx_clean", READ_ONCE(pool->tx.clean));
	devlink_fmsg_u32_pair_put(fmsg, "rx_next", READ_ONCE(pool->rx.next));
	devlink_fmsg_u32_pair_put(fmsg, "TDH", mfigb_read(nic, MFIGB_TDH(q)));
	devlink_fmsg_u32_pair_put(fmsg, "TDT", mfigb_read(nic, MFIGB_TDT(q)));
	devlink_fmsg_u32_pair_put(fmsg, "RDH", mfigb_read(nic, MFIGB_RDH(q)));
	devlink_fmsg_u32_pair_put(fmsg, "RDT", mfigb_read(nic, MFIGB_RDT(q)));
	devlink_fmsg_obj_nest_end(fmsg);
}

/* Show the rings of all pools that run. */
static void mfigb_hang_show(struct mfigb *nic, struct devlink_fmsg *fmsg)
{
	int i;

	devlink_fmsg_arr_pair_nest_start(fmsg, "pools");
	mutex_lock(&nic->ports_lock);
	mutex_lock(&nic->hw_lock);
	for (i = 0; i < MFIGB_POOLS; i++)
		if (nic->ports[i] && nic->ports[i]->pool.running)
			mfigb_hang_show_pool(fmsg, &nic->ports[i]->pool);
	mutex_unlock(&nic->hw_lock);
	mutex_unlock(&nic->ports_lock);
	devlink_fmsg_arr_pair_nest_end(fmsg);
}

static int mfigb_hang_diagnose(struct devlink_health_reporter *reporter,
			       struct devlink_fmsg *fmsg,
			       struct netlink_ext_ack *extack)
{
	mfigb_hang_show(devlink_health_reporter_priv(reporter), fmsg);

	return 0;
}

/* devlink takes a dump before it recovers. */
static int mfigb_hang_dump(struct devlink_health_reporter *reporter,
			   struct devlink_fmsg *fmsg, void *priv_ctx,
			   struct netlink_ext_ack *extack)
{
	mfigb_hang_show(devlink_health_reporter_priv(reporter), fmsg);

	return 0;
}

/* Called for the operator, or after a report if auto_recover is set. */
static int mfigb_hang_recover(struct devlink_health_reporter *reporter,
			      void *priv_ctx, struct netlink_ext_ack *extack)
{
	struct mfigb *nic = devlink_health_reporter_priv(reporter);
	int err;

	devl_assert_locked(priv_to_devlink(nic));
	if (!nic->up) {
		NL_SET_ERR_MSG_MOD(extack, "The NIC is down, since a reload failed");
		return -ENODEV;
	}
	mfigb_device_stop(nic);
	/* A device that may not access memory hangs, too. */
	pci_set_master(nic->pdev);
	err = mfigb_device_start(nic);
	if (err)
		NL_SET_ERR_MSG_MOD(extack, "The device does not start");

	return err;
}

/* Let the operator reset the device, as a queue that hangs does. */
static int mfigb_hang_test(struct devlink_health_reporter *reporter,
			   struct netlink_ext_ack *extack)
{
	struct mfigb *nic = devlink_health_reporter_priv(reporter);

	WRITE_ONCE(nic->hang_test, true);
	mod_delayed_work(system_dfl_wq, &nic->watch, 0);

	return 0;
}

static const struct devlink_health_reporter_ops mfigb_hang_ops = {
	.name = "tx",
	.diagnose = mfigb_hang_diagnose,
	.dump = mfigb_hang_dump,
	.recover = mfigb_hang_recover,
	.test = mfigb_hang_test,
	MF_HEALTH_GRACE(MFIGB_HANG_GRACE_MS)
};

/*
 * Look at all pools that run. No frame leaves while the other end pauses the
 * device. The frames of a link that has gone down hang, too: the reset drops
 * them.
 */
static bool mfigb_hang_find(struct mfigb *nic)
{
	u32 status = mfigb_read(nic, MFIGB_STATUS);
	bool hung = false;
	int i;

	if (status == ~0U || status & MFIGB_STATUS_TXOFF)
		return false;
	mutex_lock(&nic->ports_lock);
	mutex_lock(&nic->hw_lock);
	for (i = 0; i < MFIGB_POOLS; i++)
		if (nic->ports[i] && nic->ports[i]->pool.running &&
		    mfigb_tx_hung(&nic->ports[i]->pool))
			hung = true;
	mutex_unlock(&nic->hw_lock);
	mutex_unlock(&nic->ports_lock);

	return hung;
}

static void mfigb_hang_work(struct work_struct *work)
{
	struct mfigb *nic = container_of(to_delayed_work(work), struct mfigb,
					 watch);
	const char *problem = NULL;

	if (READ_ONCE(nic->hang_test))
		problem = "A test that the operator asked for";
	WRITE_ONCE(nic->hang_test, false);
	if (mfigb_hang_find(nic))
		problem = "A transmit queue hangs";
	/* This takes the devlink lock. */
	if (problem)
		devlink_health_report(nic->reporter, problem, NULL);
	queue_delayed_work(system_dfl_wq, &nic->watch, MFIGB_WATCH_SECS * HZ);
}

/**
 * mfigb_hang_init - create the health reporter of transmit queues
 * @nic: the NIC
 *
 * Context: sleeps, devlink lock of the NIC.
 * Return: 0 or a negative errno.
 */
int mfigb_hang_init(struct mfigb *nic)
{
	INIT_DELAYED_WORK(&nic->watch, mfigb_hang_work);
	disable_delayed_work(&nic->watch);
	nic->reporter = mf_health_reporter_create(priv_to_devlink(nic),
						  &mfigb_hang_ops,
						  MFIGB_HANG_GRACE_MS, nic);

	return PTR_ERR_OR_ZERO(nic->reporter);
}

/**
 * mfigb_hang_start - begin to look for queues that hang
 * @nic: a NIC whose devlink instance is registered
 *
 * Context: any.
 */
void mfigb_hang_start(struct mfigb *nic)
{
	enable_delayed_work(&nic->watch);
	queue_delayed_work(system_dfl_wq, &nic->watch, MFIGB_WATCH_SECS * HZ);
}

/**
 * mfigb_hang_stop - stop looking
 * @nic: the NIC, whose devlink instance is about to be unregistered
 *
 * Context: sleeps, without the devlink lock of the NIC.
 */
void mfigb_hang_stop(struct mfigb *nic)
{
	disable_delayed_work_sync(&nic->watch);
}

/**
 * mfigb_hang_fini - destroy the reporter
 * @nic: a NIC at which nobody looks any more
 *
 * Context: sleeps, devlink lock of the NIC.
 */
void mfigb_hang_fini(struct mfigb *nic)
{
	devl_health_reporter_destroy(nic->reporter);
}
