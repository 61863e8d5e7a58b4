/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The device, and the limits of its objects. A part of the driver has a header of
 * its own for what it offers to others.
 */
#ifndef MFRAW_H
#define MFRAW_H

#include <linux/if_vlan.h>
#include <linux/mf_qblock.h>
#include <linux/mutex.h>
#include <linux/rhashtable-types.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <rdma/ib_verbs.h>
#include <rdma/mfraw-abi.h>

#include "queue/engine.h"
#include "stats.h"

/* What ibv_query_device() says, and what is enforced. */
#define MFRAW_MAX_QP		16384
/* 0 and 1 are special in InfiniBand, and the last one means multicast. */
#define MFRAW_FIRST_QPN		2
#define MFRAW_LAST_QPN		0xfffffe
#define MFRAW_MAX_CQ		16384
#define MFRAW_MAX_MR		BIT(20)
/* So that a pointer for each page of a region is an array that can be had. */
#define MFRAW_MAX_MR_SIZE	BIT_ULL(39)
#define MFRAW_MAX_FAST_REG	1024	/* pages of a kernel's region */
#define MFRAW_MAX_MW		BIT(16)
#define MFRAW_MAX_AH		BIT(20)
#define MFRAW_MAX_SRQ		16384
#define MFRAW_MAX_WR		16384
#define MFRAW_MAX_SGE		16
#define MFRAW_MAX_CQE		SZ_4M
#define MFRAW_MAX_CQ_COUNT	U16_MAX	/* completions per event */
#define MFRAW_MAX_CQ_PERIOD	U16_MAX	/* us */
#define MFRAW_MAX_INLINE	1024
#define MFRAW_MAX_IND_TBL	16384
#define MFRAW_LOG_IND_TBL_SIZE	13	/* the most that uverbs takes */
/* Ethernet, tags, IPv6 with extension headers, TCP with options. */
#define MFRAW_MAX_TSO_HDR	192
#define MFRAW_MAX_TSO		SZ_128K
#define MFRAW_MIN_RATE		1	/* kbps */
#define MFRAW_MAX_RATE		U32_MAX

/* Entries of the GID table of a port with RoCE. */
#define MFRAW_GID_TBL_LEN	256

/*
 * An lkey is the slot in the table and a random byte. Slots are given out in turn,
 * so a stale key seldom has that of another region, and the byte differs then in
 * 255 of 256 cases. Slot 0 stays empty: a zeroed work request must not match. An
 * rkey looks the same; a bit tells whether it is a region's or a window's, which
 * have tables of their own.
 */
#define MFRAW_KEY_SHIFT		8
#define MFRAW_RKEY_MW		BIT(31)

/* Frames carried in one round of a queue's lock. */
#define MFRAW_BURST		32

struct mfraw_uplink;

/**
 * struct mfraw_dev - one queue block as an RDMA device
 * @ibdev: first, for ib_alloc_device()
 * @qb: the queue block
 * @client: our registration with it
 * @attr_lock: protects @attr and @registered
 * @attr: the port as last read
 * @registered: events may be dispatched
 * @link_downed: how often the link went down; written under @attr_lock
 * @max_frame: of @attr, read on the data path without lock
 * @roce: RC, UC and UD are offered; constant
 * @netdev_entry: in the list of netdev.c
 * @going: nothing is sent any more, since the device is being removed
 * @readers: who uses what is found in @mrs, @mws, @qps and @xsrqs, or by a
 *	struct mfraw_rxq; see mfraw_wait_readers()
 * @wq: runs send queues that waited, and flushes
 * @mrs: struct mfraw_mr by lkey >> MFRAW_KEY_SHIFT; read under @readers
 * @mr_next: cursor of @mrs
 * @qps: struct mfraw_roce by number of the queue pair; read under @readers
 * @uplink: what the port has under way there; NULL without RoCE
 * @roce_rxq: takes the port's RoCEv2 packets
 * @roce_rules: that bring them there
 * @gid_lock: protects @gids, @gid_list and @gid_vlans against changes
 * @gids: struct mfraw_gid by address and vlan; read under RCU
 * @gid_list: all of them
 * @gid_vlans: a bit for each vlan that one of them is in, and for none
 * @mcast_lock: protects @mcasts against changes, and @mcast_groups
 * @mcasts: struct mfraw_mcast by group; read under RCU
 * @mcast_groups: groups that have members
 * @mws: struct mfraw_mw, likewise
 * @mw_next: cursor of @mws
 * @ahs: struct mfraw_av by number; read under RCU
 * @ah_next: cursor of @ahs
 * @srqns: numbers of shared receive queues, but for those of XRC
 * @xsrqs: struct mfraw_srq of XRC by number; read under @readers
 * @qpns: numbers of queue pairs, WQs and shared receive queues of XRC
 * @qpn_first: the first of MFRAW_MAX_QP numbers that they may have
 * @qpn_next: where to look for the next one that is free
 * @ind_tbls: numbers of indirection tables
 * @nr_cqs: completion queues
 * @kqps: queue pairs of the kernel's users, by number
 * @stats: see mfraw_count()
 * @engine: see there
 * @stall_lock: protects @stalled and @served; bottom halves disabled
 * @stalled: queue pairs that wait for the port
 * @stall_all: some of them wait for the port itself, not for its uplink only; a
 *	hint
 * @served: likewise as @stalled, but they have sent since those of @stalled began to wait
 * @problem_lock: of @problems, and of what the port's owner is told
 * @problems: how many were reported and not solved
 * @rx_csum: look whether the checksums of received frames hold
 * @delay_drop_msecs: how long WQs hold frames for which nothing is posted
 */
struct mfraw_dev {
	struct ib_device	ibdev;
	struct mf_qblock	*qb;
	struct mf_client	client;
	struct mutex		attr_lock;	/* @attr, @registered */
	struct mf_qblock_attr	attr;
	bool			registered;
	u32			link_downed;
	u32			max_frame;
	bool			roce;
	bool			going;
	struct srcu_struct	readers;
	struct workqueue_struct	*wq;
	struct list_head	netdev_entry;
	struct xarray		mrs;
	u32			mr_next;
	struct xarray		qps;
	struct mfraw_uplink	*uplink;
	struct mf_rxq		roce_rxq;
	struct mf_rx_rule	*roce_rules[2];
	struct mutex		gid_lock;	/* changes of @gids and so on */
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
	struct ida		qpns;
	u32			qpn_first;
	u32			qpn_next;
	struct ida		ind_tbls;
	atomic_t		nr_cqs;
	struct xarray		kqps;
	struct mfraw_stats __percpu *stats;
	struct mfraw_engine	engine;
	spinlock_t		stall_lock;	/* @stalled, @served */
	struct list_head	stalled;
	struct list_head	served;
	bool			stall_all;
	spinlock_t		problem_lock;	/* @problems */
	unsigned int		problems;
	bool			rx_csum;
	unsigned int		delay_drop_msecs;
};

static inline struct mfraw_dev *to_mfraw_dev(struct ib_device *ibdev)
{
	return container_of(ibdev, struct mfraw_dev, ibdev);
}

/*
 * Nobody uses what was removed before the call. Processes do that in loops, and
 * an expedited grace period of RCU would interrupt all CPUs. Sleeps.
 */
static inline void mfraw_wait_readers(struct mfraw_dev *dev)
{
	synchronize_srcu_expedited(&dev->readers);
}

/* Any context. */
static inline void mfraw_count(struct mfraw_dev *dev, enum mfraw_stat stat,
			       u64 n)
{
	this_cpu_add(dev->stats->value[stat], n);
}

extern const struct ib_device_ops mfraw_device_ops;

#endif /* MFRAW_H */
