/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The NIC. A part of the driver has a header of its own for what it offers to
 * others.
 */
#ifndef MFNIC_H
#define MFNIC_H

#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/netdevice.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "netdev/trap.h"
#include "port/port.h"

#define MFNIC_UPLINK_INDEX	0	/* devlink port index; SFs follow */
#define MFNIC_MAX_SFS		4096
#define MFNIC_MAX_IO_EQS	256U
#define MFNIC_MTU_DEFAULT	ETH_DATA_LEN
#define MFNIC_MTU_MAX		9000

/*
 * What other devices in software say, too: tools calculate with it. Unless the
 * operator knows better.
 */
#define MFNIC_SPEED		SPEED_10000

/**
 * struct mfnic - one NIC
 * @dev: of the bus
 * @mtu: bytes of Ethernet payload
 * @switch_id: what its representors show as phys_switch_id
 * @eswitch_mode: DEVLINK_ESWITCH_MODE_*; devlink lock
 * @uplink: the physical port
 * @lower: the netdev on the uplink, or NULL; written under RTNL, read under RCU
 * @lower_mtu: what @lower had before it was ours
 * @lower_opened: @lower was down before; RTNL
 * @reach: in a list while loops are looked for, else empty; RTNL
 * @traps: devlink's handles of them
 * @show_spoofed: report dropped frames
 * @rate_lock: all struct mfnic_rate of the NIC; bottom halves disabled
 * @sfs: struct mfnic_port by devlink port index; devlink lock
 * @sfnums: indices in use, by sfnum; devlink lock
 */
struct mfnic {
	struct device			*dev;
	u32				mtu;
	struct netdev_phys_item_id	switch_id;
	u16				eswitch_mode;
	struct mfnic_port		uplink;
	struct net_device __rcu		*lower;
	u32				lower_mtu;
	bool				lower_opened;
	struct list_head		reach;
	void				*traps[MFNIC_NUM_TRAPS];
	bool				show_spoofed;
	spinlock_t			rate_lock;	/* see above */
	struct xarray			sfs;
	struct xarray			sfnums;
};

static inline u32 mfnic_max_frame(const struct mfnic *nic)
{
	return nic->mtu + ETH_HLEN + 4;		/* one vlan tag */
}

static inline bool mfnic_is_uplink(const struct mfnic_port *port)
{
	return port == &port->nic->uplink;
}

#endif /* MFNIC_H */
