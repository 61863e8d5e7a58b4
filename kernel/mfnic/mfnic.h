/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_H
#define MFNIC_H

#include <linux/ethtool.h>
#include <linux/mf_qblock.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/xarray.h>
#include <net/devlink.h>

#include "steer/fanout.h"
#include "steer/flow_table.h"
#include "port/rate.h"

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

/*
 * Priorities and masks of all users of a port together: its frames are looked
 * up by each, at the expense of who sends them.
 */
#define MFNIC_RX_GROUPS		128

struct mfnic_brport;
struct mfnic_sf;

/**
 * struct mfnic_bus_dev - a NIC as the bus knows it
 * @dev: named mfnic<id>; its driver data is struct mfnic
 * @mtu: bytes of Ethernet payload
 */
struct mfnic_bus_dev {
	struct device	dev;
	u32		mtu;
};

/**
 * struct mfnic_rx - the receive domain of a port
 * @lock: serialises changes
 * @match: rules with key and mask, to receive queues
 * @mc_default: queues for multicast that no rule took
 * @deflt: queues for what is left
 * @rest: queues for what is left then
 * @sniffer: queues that see everything
 */
struct mfnic_rx {
	struct mutex			lock;	/* all below */
	struct mfnic_flow_table		match;
	struct mfnic_dests __rcu	*mc_default;
	struct mfnic_dests __rcu	*deflt;
	struct mfnic_dests __rcu	*rest;
	struct mfnic_dests __rcu	*sniffer;
};

/**
 * struct mfnic_health - what clients say of themselves
 * @reporter: of the subfunction's devlink instance, while that exists
 * @work: tells devlink
 * @problem: what is wrong, a constant string; or NULL
 */
struct mfnic_health {
	struct devlink_health_reporter	*reporter;
	struct work_struct		work;
	const char			*problem;
};

/**
 * struct mfnic_port - a port of the switch: the uplink or a subfunction
 * @nic: its NIC
 * @dl_port: in the NIC's devlink instance
 * @rep: the representor, NULL in eswitch mode legacy
 * @stats: per CPU, bottom halves disabled
 * @chain0: tc rules on the frames that the port sends, NULL when there are
 *	none; read under RCU, written by tc_chain.c
 * @known_prios: priorities of rules that software has, as far as the switch was
 *	told; written by tc_soft.c, read at any time
 * @soft_prio: from this priority on, in chain 0, the switch lacks rules; likewise
 * @brport: the representor's place in a bridge, NULL when it has none; read
 *	under RCU, written by bridge.c
 * @tc: the rest of what tc.c has on the port
 * @mac: a subfunction's address; changes only while it is inactive
 * @limited: @rate or a parent of it has a maximum
 * @max_io_eqs: completion vectors that clients get; devlink lock
 * @roce: clients may offer RDMA over Converged Ethernet; changes only while the
 *	subfunction is inactive
 * @trusted: the subfunction may send with addresses that are not its own; RTNL
 * @speed: that it is said to have, in Mb/s; written under @lock
 * @link_up: the subfunction's link as clients see it, or that of the device on
 *	the uplink
 * @lock: of @clients, @sf_up, @rep_up and writes to @link_up
 * @clients: who uses the queue block
 * @sf_up: the subfunction is there
 * @rep_up: the representor is up
 * @sfnum: the operator's number of the subfunction
 * @sf: the subfunction's device, while active
 * @qb: what clients see
 * @health: of its clients
 * @rx: receive domain of the subfunction
 * @fanout: frames for it that wait
 * @rate: how fast the subfunction may send
 * @rate_work: tells clients to go on
 */
struct mfnic_port {
	struct mfnic			*nic;
	struct devlink_port		dl_port;
	struct net_device		*rep;
	struct mf_qblock_stats __percpu	*stats;
	struct mfnic_chain __rcu	*chain0;
	u32				known_prios;
	u32				soft_prio;
	struct mfnic_brport __rcu	*brport;
	struct mfnic_tc			*tc;
	u8				mac[ETH_ALEN];
	bool				limited;
	bool				link_up;
	u32				max_io_eqs;
	bool				roce;
	bool				trusted;
	u32				speed;
	struct mutex			lock;	/* see above */
	struct list_head		clients;
	bool				sf_up;
	bool				rep_up;
	u32				sfnum;
	struct mfnic_sf			*sf;
	struct mf_qblock		qb;
	struct mfnic_health		health;
	struct mfnic_rx			rx;
	struct mfnic_fanout		fanout;
	struct mfnic_rate		rate;
	struct delayed_work		rate_work;
};

/**
 * enum mfnic_trap - why the host sees a frame
 * @MFNIC_TRAP_SLOW_PATH: nothing decided about it
 * @MFNIC_TRAP_FLOW_ACTION: a rule said so
 * @MFNIC_TRAP_SPOOFED_SMAC: it is dropped, and the operator wants to see it
 * @MFNIC_NUM_TRAPS: how many there are
 */
enum mfnic_trap {
	MFNIC_TRAP_SLOW_PATH,
	MFNIC_TRAP_FLOW_ACTION,
	MFNIC_TRAP_SPOOFED_SMAC,
	MFNIC_NUM_TRAPS,
};

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

/* bus.c */
static inline struct mfnic_bus_dev *to_mfnic_bus_dev(struct device *dev)
{
	return container_of(dev, struct mfnic_bus_dev, dev);
}

extern const struct bus_type mfnic_bus;
struct mfnic *mfnic_of_device(const struct device *dev);
int mfnic_bus_fill(unsigned int nics);
void mfnic_bus_clear(void);

/* nic.c */
int mfnic_probe(struct device *dev);
void mfnic_remove(struct device *dev);

/* resource.c */
int mfnic_resource_register(struct devlink *devlink, const char *name, u64 size,
			    devlink_resource_occ_get_t *occ, void *priv);

/* port.c */
int mfnic_port_init(struct mfnic_port *port, struct mfnic *nic);
void mfnic_port_fini(struct mfnic_port *port);

/* stats.c */
void mfnic_port_stats(const struct mfnic_port *port,
		      struct mf_qblock_stats *stats);

/* sf_port.c */
int mfnic_sf_port_new(struct devlink *devlink,
		      const struct devlink_port_new_attrs *attrs,
		      struct netlink_ext_ack *extack,
		      struct devlink_port **dl_port);
void mfnic_sf_port_destroy(struct mfnic_port *port);

/* sf.c */
int mfnic_sf_activate(struct mfnic_port *port, struct netlink_ext_ack *extack);
void mfnic_sf_deactivate(struct mfnic_port *port);
bool mfnic_sf_attached(const struct mfnic_sf *sf);
int mfnic_sf_driver_register(void);
void mfnic_sf_driver_unregister(void);

/* qblock.c */
extern const struct mf_qblock_ops mfnic_qblock_ops;
void mfnic_port_set_sf_up(struct mfnic_port *port, bool up);
void mfnic_port_set_rep_up(struct mfnic_port *port, bool up);
void mfnic_port_set_speed(struct mfnic_port *port, u32 speed);

/* health.c */
int mfnic_health_init(struct mfnic_port *port, struct devlink *devlink);
void mfnic_health_start(struct mfnic_port *port);
void mfnic_health_stop(struct mfnic_port *port);
void mfnic_health_fini(struct mfnic_port *port);
void mfnic_health_report(struct mf_qblock *qb, const char *problem);

/* rep.c */
int mfnic_rep_create(struct mfnic_port *port);
void mfnic_rep_destroy(struct mfnic_port *port);
void mfnic_rep_init(void);

/* uplink.c */
int mfnic_uplink_attach(struct net_device *rep, struct net_device *lower,
			struct netlink_ext_ack *extack);
int mfnic_uplink_detach(struct net_device *rep, struct net_device *lower);
int mfnic_uplink_init(void);
void mfnic_uplink_exit(void);

/* uplink_tx.c */
void mfnic_uplink_xmit(struct mfnic *nic, const struct mf_frame *frames,
		       unsigned int n);
netdev_tx_t mfnic_uplink_xmit_skb(struct mfnic *nic, struct sk_buff *skb);
bool mfnic_nest_enter(void);
void mfnic_nest_leave(void);

/* steer.c */
unsigned int mfnic_steer(struct mfnic_port *from, const struct mf_frame *frames,
			 unsigned int n, u32 *budget);

/* deliver.c */
unsigned int mfnic_steer_out(struct mfnic_port *from, struct mfnic_port *to,
			     const struct mf_frame *frames, unsigned int n,
			     u32 *budget);
unsigned int mfnic_steer_in(struct mfnic_port *to,
			    const struct mf_frame *frames, unsigned int n,
			    u32 *budget);

/* rx.c */
void mfnic_rx_init(struct mfnic_port *port);
void mfnic_rx_destroy(struct mfnic_rx *rx);
const struct mfnic_dests *mfnic_rx_sniffers(struct mfnic_port *port);
void mfnic_rx_sniff(const struct mfnic_dests *dests,
		    const struct mf_frame *frames, unsigned int n);
unsigned int mfnic_rx_deliver(struct mfnic_port *port,
			      const struct mf_frame *frames, unsigned int n,
			      u32 *budget);
struct mf_rx_rule *mfnic_rx_rule_add(struct mf_qblock *qb,
				     const struct mf_rx_rule_spec *spec);
void mfnic_rx_rule_del(struct mf_qblock *qb, struct mf_rx_rule *rule);

#endif /* MFNIC_H */
