/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The NIC. Each part of the driver declares its interface in a header of its
 * own.
 */
#ifndef MFNIC_H
#define MFNIC_H

#include <linux/atomic.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/netdevice.h>
#include <linux/spinlock.h>

#include "netdev/trap.h"
#include "port/port.h"

#define MFNIC_UPLINK_INDEX	0	/* devlink port index; SFs follow */
#define MFNIC_MAX_SFS		4096
#define MFNIC_MTU_DEFAULT	ETH_DATA_LEN
#define MFNIC_MTU_MAX		9000

/*
 * Default speed. Other software devices report the same value, and tools
 * calculate with it. The operator can set the speed of a port.
 */
#define MFNIC_SPEED		SPEED_10000

/**
 * struct mfnic - one NIC
 * @dev: device on the bus
 * @mtu: maximum Ethernet payload in bytes
 * @switch_id: phys_switch_id of the representors
 * @eswitch_mode: DEVLINK_ESWITCH_MODE_*; devlink lock
 * @changes: counts changes after which the switch may decide otherwise, see
 *	mfnic_changed()
 * @uplink: the physical port
 * @lower: net_device on the uplink, or NULL; written under RTNL, read under RCU
 * @lower_mtu: MTU of @lower before it became the uplink's device
 * @lower_opened: the NIC brought @lower up; RTNL
 * @reach: entry in the list of a loop search, else empty; RTNL
 * @traps: devlink's trap contexts
 * @show_spoofed: report spoofed frames to devlink when they are dropped
 * @rate_lock: protects all struct mfnic_rate of the NIC; taken with bottom
 *	halves disabled
 * @sfs: subfunction ports; devlink lock
 */
struct mfnic {
	struct device			*dev;
	u32				mtu;
	struct netdev_phys_item_id	switch_id;
	u16				eswitch_mode;
	atomic64_t			changes;
	struct mfnic_port		uplink;
	struct net_device __rcu		*lower;
	u32				lower_mtu;
	bool				lower_opened;
	struct list_head		reach;
	void				*traps[MFNIC_NUM_TRAPS];
	bool				show_spoofed;
	spinlock_t			rate_lock;	/* see above */
	struct mf_port_table		sfs;
};

static inline u32 mfnic_max_frame(const struct mfnic *nic)
{
	return nic->mtu + ETH_HLEN + 4;		/* one vlan tag */
}

static inline bool mfnic_is_uplink(const struct mfnic_port *port)
{
	return port == &port->nic->uplink;
}

/**
 * mfnic_changed - let the switch forget its last decisions
 * @nic: the NIC
 *
 * The caller has changed data of the driver that may lead to another decision
 * about a frame, and frees old data under RCU after the call. See struct
 * mfnic_known. State that the kernel keeps at its devices is not such data.
 *
 * Context: any.
 */
static inline void mfnic_changed(struct mfnic *nic)
{
	/* Ordered behind the change; pairs with mfnic_steer(). */
	atomic64_inc_return(&nic->changes);
}

#endif /* MFNIC_H */
