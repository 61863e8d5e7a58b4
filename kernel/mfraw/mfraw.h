/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The device, and the limits of its objects.
 */
#ifndef MFRAW_H
#define MFRAW_H

#include <linux/mf_qblock.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <rdma/ib_verbs.h>
#include <rdma/mfraw-abi.h>

#include "queue/engine.h"
#include "queue/kick_file.h"
#include "queue/table.h"
#include "roce/dev.h"
#include "stats.h"

/* Limits that ibv_query_device() reports and the driver enforces. */
#define MFRAW_MAX_QP		MFRAW_TABLE_SIZE
/* QP numbers 0 and 1 are special in InfiniBand, 0xffffff means multicast. */
#define MFRAW_GSI_QPN		1
#define MFRAW_FIRST_QPN		2
#define MFRAW_LAST_QPN		0xfffffe
#define MFRAW_MAX_CQ		16384
#define MFRAW_MAX_MR		BIT(20)
/* kvmalloc_array() must be able to allocate a pointer for each page. */
#define MFRAW_MAX_MR_SIZE	BIT_ULL(39)
#define MFRAW_MAX_MCAST_GRP	1024
#define MFRAW_MAX_MCAST_QP	256	/* queue pairs per group */
#define MFRAW_MAX_WR		16384
#define MFRAW_MAX_SGE		16
#define MFRAW_MAX_CQE		SZ_4M
#define MFRAW_MAX_CQ_COUNT	U16_MAX	/* completions per event */
#define MFRAW_MAX_CQ_PERIOD	U16_MAX	/* us */
#define MFRAW_MAX_INLINE	1024
#define MFRAW_MAX_IND_TBL	16384
#define MFRAW_LOG_IND_TBL_SIZE	13	/* maximum of uverbs */
/* Room for Ethernet, tags, IPv6 with extension headers, TCP with options. */
#define MFRAW_MAX_TSO_HDR	192
#define MFRAW_MAX_TSO		SZ_128K
#define MFRAW_MIN_RATE		1	/* kbps */
#define MFRAW_MAX_RATE		U32_MAX

/*
 * An lkey is a slot of the table plus a random byte. Slots are allocated in
 * turn, so a stale key seldom has the slot of another region, and then the byte
 * differs in 255 of 256 cases. Slot 0 stays empty, so that a zeroed work
 * request names no region. An rkey has the same format. MFRAW_RKEY_MW marks the
 * key of a window; windows have a table of their own.
 */
#define MFRAW_KEY_SHIFT		8
#define MFRAW_RKEY_MW		BIT(31)

/* Maximum of frames in one batch, sent under one hold of a queue's lock. */
#define MFRAW_BURST		32

struct mfraw_qp_ops;

/**
 * struct mfraw_dev - RDMA device of one queue block
 * @ibdev: the core's device; first member, for ib_alloc_device()
 * @qb: queue block
 * @client: registration with @qb
 * @attr_lock: protects @attr and @registered
 * @attr: attributes of the port, as last read
 * @registered: the device is registered, and events may be dispatched
 * @link_downed: number of times that the link went down; written under
 *	@attr_lock
 * @max_frame: copy of @attr.max_frame, read on the data path without lock
 * @roce: operations of QPs other than raw packet QPs; NULL if the device has
 *	raw packet QPs only; constant
 * @netdev_entry: entry in the list of netdev.c
 * @going: the device is being removed, and nothing is sent any more
 * @readers: read sections of users of @mrs, @kicked, struct mfraw_rxq and
 *	tables in @rdev; see mfraw_wait_readers()
 * @wq: runs work items of queues, such as flushes and resumed send queues
 * @mrs: struct mfraw_mr by lkey >> MFRAW_KEY_SHIFT; read under @readers
 * @mr_next: cursor of @mrs
 * @mr_gen: counts regions that left @mrs, see struct mfraw_mr_window
 * @rdev: RoCEv2 part
 * @qpns: numbers of QPs, WQs and XRC SRQs
 * @qpn_first: first of MFRAW_MAX_QP numbers in @qpns
 * @qpn_next: hint where to search for the next free number in @qpns
 * @ind_tbls: numbers of indirection tables
 * @kicker: what kick files call
 * @kicked: struct mfraw_kicked of queues that processes can kick, by number less
 *	@qpn_first; read under @readers
 * @last_ctx: number of the context that was opened last
 * @nr_cqs: number of CQs
 * @stats: counters per CPU, see mfraw_count()
 * @engine: polling thread
 * @stall_lock: protects @stalled and @served; bottom halves disabled
 * @stalled: QPs that wait for the port
 * @stall_all: at least one QP waits for the port, not for the uplink only; a
 *	hint
 * @served: QPs that wait for the port, and of which the port took frames since
 *	they last waited; they have their turn after @stalled
 * @problem_lock: protects @problems, and serialises the reports to the port's
 *	owner
 * @problems: number of problems reported and not solved
 * @rx_csum: verify the checksums of received frames
 * @delay_drop_msecs: time for which WQs hold frames that find no receive entry
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
	const struct mfraw_qp_ops *roce;
	bool			going;
	struct srcu_struct	readers;
	struct workqueue_struct	*wq;
	struct list_head	netdev_entry;
	struct xarray		mrs;
	u32			mr_next;
	atomic64_t		mr_gen;
	struct mfraw_roce_dev	rdev;
	struct ida		qpns;
	u32			qpn_first;
	u32			qpn_next;
	struct ida		ind_tbls;
	struct mfraw_kicker	kicker;
	struct mfraw_table	kicked;
	atomic64_t		last_ctx;
	atomic_t		nr_cqs;
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
 * Wait for the readers of objects that were removed from a table before the
 * call. Processes destroy objects in loops, so the wait must be short. SRCU is
 * used since an expedited grace period of RCU interrupts all CPUs. Sleeps.
 */
static inline void mfraw_wait_readers(struct mfraw_dev *dev)
{
	synchronize_srcu_expedited(&dev->readers);
}

/* Add @n to a counter of the driver. Any context. */
static inline void mfraw_count(struct mfraw_dev *dev, enum mfraw_stat stat,
			       u64 n)
{
	this_cpu_add(dev->stats->value[stat], n);
}

extern const struct ib_device_ops mfraw_device_ops;

#endif /* MFRAW_H */
