/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_H
#define MFNIC_H

#include <linux/mf_qblock.h>
#include <linux/mutex.h>
#include <linux/xarray.h>
#include <net/devlink.h>

#include "flow_table.h"

#define MFNIC_UPLINK_INDEX	0	/* devlink port index; SFs follow */
#define MFNIC_MAX_SFS		4096
#define MFNIC_MTU_DEFAULT	ETH_DATA_LEN
#define MFNIC_MTU_MAX		9000

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
 * struct mfnic - one NIC; all but @fdb and @active is under its devlink lock
 * @dev: of the bus
 * @mtu: bytes of Ethernet payload
 * @eswitch_mode: DEVLINK_ESWITCH_MODE_*
 * @uplink: the physical port
 * @sfs: struct mfnic_port by devlink port index
 * @sfnums: indices in use, by sfnum
 * @macs: the eswitch domain: destination MAC to active port
 * @active: active ports, for multicast; written under the devlink lock, read
 *	under RCU
 */
struct mfnic {
	struct device		*dev;
	u32			mtu;
	u16			eswitch_mode;
	struct devlink_port	uplink;
	struct xarray		sfs;
	struct xarray		sfnums;
	struct mfnic_flow_table	macs;
	struct list_head	active;
};

/**
 * struct mfnic_rx - the receive domain of a port
 * @lock: serialises changes
 * @match: rules with key and mask, to receive queues
 * @mc_default: queues for multicast that no rule took
 * @deflt: queues for what is left
 * @sniffer: queues that see everything
 */
struct mfnic_rx {
	struct mutex			lock;	/* all below */
	struct mfnic_flow_table		match;
	struct mfnic_dests __rcu	*mc_default;
	struct mfnic_dests __rcu	*deflt;
	struct mfnic_dests __rcu	*sniffer;
};

/**
 * struct mfnic_port - the port of a subfunction
 * @nic: its NIC
 * @dl_port: in the NIC's devlink instance
 * @sfnum: the operator's number
 * @mac: address; changes only while the port is inactive
 * @mac_rule: rule in the eswitch domain, while active
 * @active_node: in nic.active, while active
 * @sf: the subfunction's device, while active
 * @qb: what clients see
 * @lock: of @clients and @link_up
 * @clients: who uses the queue block
 * @link_up: as clients see it
 * @rx: receive domain
 * @stats: per CPU, bottom halves disabled
 */
struct mfnic_port {
	struct mfnic			*nic;
	struct devlink_port		dl_port;
	u32				sfnum;
	u8				mac[ETH_ALEN];
	struct mfnic_flow_rule		*mac_rule;
	struct list_head		active_node;
	struct mfnic_sf			*sf;
	struct mf_qblock		qb;
	struct mutex			lock;	/* @clients, @link_up */
	struct list_head		clients;
	bool				link_up;
	struct mfnic_rx			rx;
	struct mf_qblock_stats __percpu	*stats;
};

static inline u32 mfnic_max_frame(const struct mfnic *nic)
{
	return nic->mtu + ETH_HLEN + 4;		/* one vlan tag */
}

/*
 * A port that no net_device represents can't be of type eth; and one without a
 * type makes devlink complain after a while, or, with one, when it goes.
 */
static inline void mfnic_port_set_type(struct devlink_port *dl_port)
{
	devlink_port_type_ib_set(dl_port, NULL);
}

static inline void mfnic_port_unregister(struct devlink_port *dl_port)
{
	devlink_port_type_clear(dl_port);
	devl_port_unregister(dl_port);
}

/* bus.c */
static inline struct mfnic_bus_dev *to_mfnic_bus_dev(struct device *dev)
{
	return container_of(dev, struct mfnic_bus_dev, dev);
}

/* nic.c */
int mfnic_probe(struct device *dev);
void mfnic_remove(struct device *dev);

/* port.c */
int mfnic_port_new(struct devlink *devlink,
		   const struct devlink_port_new_attrs *attrs,
		   struct netlink_ext_ack *extack,
		   struct devlink_port **dl_port);
void mfnic_port_destroy(struct mfnic_port *port);

/* sf.c */
int mfnic_sf_activate(struct mfnic_port *port, struct netlink_ext_ack *extack);
void mfnic_sf_deactivate(struct mfnic_port *port);
bool mfnic_sf_attached(const struct mfnic_sf *sf);
int mfnic_sf_driver_register(void);
void mfnic_sf_driver_unregister(void);

/* qblock.c */
extern const struct mf_qblock_ops mfnic_qblock_ops;
void mfnic_port_set_link(struct mfnic_port *port, bool up);

/* steer.c */
int mfnic_steer_add_port(struct mfnic_port *port);
void mfnic_steer_del_port(struct mfnic_port *port);
void mfnic_steer_xmit(struct mfnic_port *port, const struct mf_frame *frames,
		      unsigned int n);

/* rx.c */
void mfnic_rx_init(struct mfnic_rx *rx);
void mfnic_rx_destroy(struct mfnic_rx *rx);
void mfnic_rx_deliver(struct mfnic_port *port, const struct mf_frame *frames,
		      unsigned int n);
void mfnic_rx_sniff(struct mfnic_port *port, const struct mf_frame *frames,
		    unsigned int n);
struct mf_rx_rule *mfnic_rx_rule_add(struct mf_qblock *qb,
				     const struct mf_rx_rule_spec *spec);
void mfnic_rx_rule_del(struct mf_qblock *qb, struct mf_rx_rule *rule);

#endif /* MFNIC_H */
