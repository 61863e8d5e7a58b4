/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The RoCEv2 part of a device. This header is all that the rest of the driver
 * knows of RoCEv2, and RoCEv2 can be left out of the driver.
 */
#ifndef MFRAW_ROCE_DEV_H
#define MFRAW_ROCE_DEV_H

#include <rdma/ib_verbs.h>

#ifdef CONFIG_INFINIBAND_MFRAW_ROCE
#include <linux/idr.h>
#include <linux/if_vlan.h>
#include <linux/mf_qblock.h>
#include <linux/mutex.h>
#include <linux/rhashtable-types.h>
#include <linux/xarray.h>

#include "queue/table.h"
#endif

struct mfraw_dev;

#ifdef CONFIG_INFINIBAND_MFRAW_ROCE
struct mfraw_roce;
struct mfraw_uplink;

/* Limits besides those of mfraw.h. */
#define MFRAW_MAX_FAST_REG	1024	/* pages of a fast-registered region */
#define MFRAW_MAX_MW		BIT(16)
#define MFRAW_MAX_AH		BIT(20)
#define MFRAW_MAX_SRQ		16384
#define MFRAW_GID_TBL_LEN	256	/* entries of the GID table of a port */

/**
 * struct mfraw_roce_dev - RoCEv2 part of a device
 * @qps: struct mfraw_roce by QP number less dev.qpn_first, without @gsi; read
 *	under dev.readers
 * @gsi: the QP with number MFRAW_GSI_QPN, or NULL; read under dev.readers
 * @uplink: state of the port's frames in progress in the uplink
 * @rxq: receives the RoCEv2 packets of the port
 * @rules: rules that steer RoCEv2 packets to @rxq
 * @gid_lock: serialises changes of @gids, @gid_list and @gid_vlans
 * @gids: struct mfraw_gid by address and VLAN; read under RCU
 * @gid_list: list of all elements of @gids
 * @gid_vlans: bit for each VLAN that has a GID; untagged counts as VLAN 0
 * @mcast_lock: serialises changes of @mcasts and @mcast_groups
 * @mcasts: struct mfraw_mcast by group; read under RCU
 * @mcast_groups: number of groups that have members
 * @mws: struct mfraw_mw by slot of its rkey; read under dev.readers
 * @mw_next: cursor of @mws
 * @ahs: struct mfraw_av by number; read under RCU
 * @ah_next: cursor of @ahs
 * @srqns: numbers of SRQs other than XRC SRQs
 * @xsrqs: struct mfraw_srq of XRC SRQs by number; read under dev.readers
 * @kqps: struct mfraw_qp of kernel users by QP number
 */
struct mfraw_roce_dev {
	struct mfraw_table	qps;
	struct mfraw_roce	*gsi;
	struct mfraw_uplink	*uplink;
	struct mf_rxq		rxq;
	struct mf_rx_rule	*rules[2];
	struct mutex		gid_lock;	/* changes of @gids */
	struct rhashtable	gids;
	struct list_head	gid_list;
	DECLARE_BITMAP(gid_vlans, VLAN_N_VID);
	struct mutex		mcast_lock;	/* changes of @mcasts */
	struct rhltable		mcasts;
	unsigned int		mcast_groups;
	struct xarray		mws;
	u32			mw_next;
	struct xarray		ahs;
	u32			ah_next;
	struct ida		srqns;
	struct xarray		xsrqs;
	struct xarray		kqps;
};

int mfraw_roce_load(void);
void mfraw_roce_unload(void);
int mfraw_roce_init(struct mfraw_dev *dev);
void mfraw_roce_fini(struct mfraw_dev *dev);
int mfraw_roce_rx_start(struct mfraw_dev *dev);
void mfraw_roce_rx_stop(struct mfraw_dev *dev);
void mfraw_roce_device_attr(const struct mfraw_dev *dev,
			    struct ib_device_attr *attr);
void mfraw_roce_port_attr(const struct mfraw_dev *dev,
			  struct ib_port_attr *port);
void mfraw_roce_immutable(const struct mfraw_dev *dev,
			  struct ib_port_immutable *immutable);
#else
struct mfraw_roce_dev {};

static inline int mfraw_roce_load(void) { return 0; }
static inline void mfraw_roce_unload(void) {}
static inline int mfraw_roce_init(struct mfraw_dev *dev) { return 0; }
static inline void mfraw_roce_fini(struct mfraw_dev *dev) {}
static inline int mfraw_roce_rx_start(struct mfraw_dev *dev) { return 0; }
static inline void mfraw_roce_rx_stop(struct mfraw_dev *dev) {}
static inline void mfraw_roce_device_attr(const struct mfraw_dev *dev,
					  struct ib_device_attr *attr) {}
static inline void mfraw_roce_port_attr(const struct mfraw_dev *dev,
					struct ib_port_attr *port) {}
static inline void mfraw_roce_immutable(const struct mfraw_dev *dev,
					struct ib_port_immutable *immutable) {}
#endif

#endif /* MFRAW_ROCE_DEV_H */
