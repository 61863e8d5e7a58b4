// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* devlink traps: the frames that the switch gives to the host, by reason. */
#include <linux/mf_cut.h>

#include "mfnic.h"
#include "netdev/skb.h"
#include "netdev/trap.h"

#define MFNIC_TRAP_IN_PORT	DEVLINK_TRAP_METADATA_TYPE_F_IN_PORT

enum {
	MFNIC_TRAP_ID_BASE = DEVLINK_TRAP_GENERIC_ID_MAX,
	MFNIC_TRAP_ID_SLOW_PATH,
	MFNIC_TRAP_ID_SPOOFED_SMAC,
};

static const struct devlink_trap_group mfnic_trap_groups[] = {
	DEVLINK_TRAP_GROUP_GENERIC(L2_DROPS, 0),
	DEVLINK_TRAP_GROUP_GENERIC(LOCAL_DELIVERY, 0),
	DEVLINK_TRAP_GROUP_GENERIC(ACL_TRAP, 0),
};

/* Entries are in the order of enum mfnic_trap. */
static const struct devlink_trap mfnic_traps[] = {
	DEVLINK_TRAP_DRIVER(CONTROL, TRAP, MFNIC_TRAP_ID_SLOW_PATH, "slow_path",
			    DEVLINK_TRAP_GROUP_GENERIC_ID_LOCAL_DELIVERY,
			    MFNIC_TRAP_IN_PORT),
	DEVLINK_TRAP_GENERIC(CONTROL, TRAP, FLOW_ACTION_TRAP,
			     DEVLINK_TRAP_GROUP_GENERIC_ID_ACL_TRAP,
			     MFNIC_TRAP_IN_PORT),
	DEVLINK_TRAP_DRIVER(DROP, DROP, MFNIC_TRAP_ID_SPOOFED_SMAC,
			    "spoofed_smac",
			    DEVLINK_TRAP_GROUP_GENERIC_ID_L2_DROPS,
			    MFNIC_TRAP_IN_PORT),
};

static_assert(ARRAY_SIZE(mfnic_traps) == MFNIC_NUM_TRAPS);

/*
 * See struct devlink_ops. devl_traps_register() calls this function for each
 * trap.
 */
int mfnic_trap_init(struct devlink *devlink, const struct devlink_trap *trap,
		    void *trap_ctx)
{
	struct mfnic *nic = devlink_priv(devlink);

	nic->traps[trap - mfnic_traps] = trap_ctx;

	return 0;
}

/* The core allows to change the action of drop traps only. */
int mfnic_trap_action_set(struct devlink *devlink,
			  const struct devlink_trap *trap,
			  enum devlink_trap_action action,
			  struct netlink_ext_ack *extack)
{
	struct mfnic *nic = devlink_priv(devlink);

	if (trap == &mfnic_traps[MFNIC_TRAP_SPOOFED_SMAC])
		WRITE_ONCE(nic->show_spoofed,
			   action == DEVLINK_TRAP_ACTION_TRAP);

	return 0;
}

int mfnic_trap_group_init(struct devlink *devlink,
			  const struct devlink_trap_group *group)
{
	return 0;
}

/* Sum up the drops of existing ports. Called under the devlink lock. */
int mfnic_trap_drop_counter_get(struct devlink *devlink,
				const struct devlink_trap *trap, u64 *drops)
{
	struct mfnic *nic = devlink_priv(devlink);
	struct mf_qblock_stats stats;
	struct mf_port *port;
	unsigned long index;

	devl_assert_locked(devlink);
	*drops = 0;
	if (trap != &mfnic_traps[MFNIC_TRAP_SPOOFED_SMAC])
		return 0;
	xa_for_each(&nic->sfs.ports, index, port) {
		mf_port_sum_stats(mfnic_port_of(port)->stats, &stats);
		*drops += stats.tx_spoofed;
	}

	return 0;
}

/**
 * mfnic_trap_report - count a frame that the host gets, and report it to
 *	devlink
 * @port: sender
 * @trap: reason
 * @skb: the frame, with its data at the destination MAC
 *
 * Context: atomic.
 */
void mfnic_trap_report(struct mfnic_port *port, enum mfnic_trap trap,
		       struct sk_buff *skb)
{
	devlink_trap_report(priv_to_devlink(port->nic), skb,
			    port->nic->traps[trap], &port->base.dl_port, NULL);
}

/**
 * mfnic_trap_spoofed - count frames that are dropped for their source address
 * @port: sender
 * @frames: the frames
 * @n: number of @frames
 *
 * Context: atomic, RCU read section.
 */
void mfnic_trap_spoofed(struct mfnic_port *port, const struct mf_frame *frames,
			unsigned int n)
{
	const struct mf_frame *made;
	struct sk_buff *skb;
	struct mf_cut cut;

	if (mf_frame_must_cut(frames)) {
		mf_cut_start(&cut, frames, n);
		while ((n = mf_cut_next(&cut, &made)))
			mfnic_trap_spoofed(port, made, n);
		return;
	}
	this_cpu_add(port->stats->tx_spoofed, mf_frame_wire_frames(frames, n));
	if (likely(!READ_ONCE(port->nic->show_spoofed)))
		return;

	/* Report the frames to drop monitors. */
	while (n--) {
		skb = mfnic_skb_from_frame(frames++, port->rep, false);
		if (!skb)
			continue;
		mfnic_trap_report(port, MFNIC_TRAP_SPOOFED_SMAC, skb);
		consume_skb(skb);
	}
}

/**
 * mfnic_traps_register - register the traps of a NIC
 * @nic: the NIC
 *
 * Context: sleeps, devlink lock.
 * Return: 0 or a negative errno.
 */
int mfnic_traps_register(struct mfnic *nic)
{
	struct devlink *devlink = priv_to_devlink(nic);
	int err;

	devl_assert_locked(priv_to_devlink(nic));
	err = devl_trap_groups_register(devlink, mfnic_trap_groups,
					ARRAY_SIZE(mfnic_trap_groups));
	if (err)
		return err;
	err = devl_traps_register(devlink, mfnic_traps, ARRAY_SIZE(mfnic_traps),
				  nic);
	if (err)
		devl_trap_groups_unregister(devlink, mfnic_trap_groups,
					    ARRAY_SIZE(mfnic_trap_groups));

	return err;
}

/**
 * mfnic_traps_unregister - unregister the traps of a NIC
 * @nic: NIC without ports
 *
 * Context: sleeps, devlink lock.
 */
void mfnic_traps_unregister(struct mfnic *nic)
{
	struct devlink *devlink = priv_to_devlink(nic);

	devl_assert_locked(priv_to_devlink(nic));
	devl_traps_unregister(devlink, mfnic_traps, ARRAY_SIZE(mfnic_traps));
	devl_trap_groups_unregister(devlink, mfnic_trap_groups,
				    ARRAY_SIZE(mfnic_trap_groups));
}
