/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFRAW_H
#define MFRAW_H

#include <linux/hrtimer.h>
#include <linux/idr.h>
#include <linux/if_vlan.h>
#include <linux/iosys-map.h>
#include <linux/llist.h>
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
#include <rdma/uverbs_ioctl.h>

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

struct dma_buf;
struct ib_umem;
struct mfraw_burst;
struct mfraw_kqp;
struct mfraw_roce;
struct mfraw_delay_drop;
struct mfraw_rss;
struct mfraw_uplink;
struct mfraw_zc_pool;
struct ubuf_info;
struct task_struct;
struct user_struct;

/**
 * struct mfraw_engine - the thread that polls send queues, if asked for
 * @lock: held while one of the active queues is looked at, and to take one out
 * @task: NULL unless @poll_usecs
 * @incoming: queues that were kicked since the last round
 * @active: queues being polled, under @lock
 * @nr_active: how many, those included that the thread is working through
 * @poll_usecs: idle time in microseconds after which a queue must be kicked
 *	again; 0: no thread, a kick runs the queue in its caller. Written under
 *	@config_lock, read under RCU
 * @config_lock: serialises start and stop of the thread
 * @rounds: that the thread did
 * @looks: at a queue, that it did
 * @watch: sees whether it does any, while it is there
 * @seen: @looks at that time
 * @stuck: it does not
 */
struct mfraw_engine {
	struct mutex		lock;		/* @active */
	struct task_struct	*task;
	struct llist_head	incoming;
	struct list_head	active;
	unsigned int		nr_active;
	unsigned int		poll_usecs;
	struct mutex		config_lock;	/* @task, @poll_usecs */
	u64			rounds;
	u64			looks;
	struct timer_list	watch;
	u64			seen;
	bool			stuck;
};

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

struct mfraw_ucontext {
	struct ib_ucontext	ibuctx;
};

struct mfraw_pd {
	struct ib_pd		ibpd;
};

/**
 * struct mfraw_qmem - memory of queues, shared with user space
 * @entry: its place in the mmap() offsets of the context
 * @addr: kernel address, page aligned
 * @size: in bytes, whole pages
 * @user: who is charged for it
 *
 * Freed by mmap_free when the last of driver and mmap() calls is done; pages
 * that are still mapped live on with their mappings.
 */
struct mfraw_qmem {
	struct rdma_user_mmap_entry entry;
	void			*addr;
	size_t			size;
	struct user_struct	*user;
};

/**
 * struct mfraw_mr - registered memory
 * @ibmr: lkey and PD
 * @key: by which the data path finds it; 0: it does not. That of @ibmr is what
 *	the kernel's users will register it with next
 * @umem: the pinned pages, or NULL
 * @dmabuf: whose memory it is, else NULL
 * @map: of @dmabuf, by which its memory is read and written
 * @vaddr: where @iova is in @map; NULL for all others
 * @iova: first address, as user space names it
 * @length: in bytes
 * @access: IB_ACCESS_*
 * @windows: that are bound to it; less than 0: none can be
 * @pages: by (address >> PAGE_SHIFT) - (@iova >> PAGE_SHIFT), see
 *	mfraw_mr_page(); NULL for what the kernel's users registered, and for a
 *	dma-buf
 * @fast: what they register by work requests
 * @fast.pages: addresses of pages, each with log2 of its size in the low bits
 * @fast.shift: log2 of their size
 * @fast.nr: how many are in it
 * @fast.max: for how many there is room
 */
struct mfraw_mr {
	struct ib_mr		ibmr;
	u32			key;
	struct ib_umem		*umem;
	struct dma_buf		*dmabuf;
	struct iosys_map	map;
	void			*vaddr;
	u64			iova;
	u64			length;
	int			access;
	atomic_t		windows;
	struct page		**pages;
	struct {
		unsigned long	*pages;
		u8		shift;
		u32		nr;
		u32		max;
	} fast;
};

/**
 * struct mfraw_cq - completion queue
 * @ibcq: of the core
 * @lock: protects all below; innermost lock, bottom halves disabled
 * @ring: @mask + 1 entries, shared
 * @db: consumer index and arm word, shared
 * @mask: entries - 1
 * @prod: next entry to write; the only truth
 * @cons: consumer index when last looked at; with @overrun, one without room
 * @overrun: a completion was lost, no more will come
 * @ignore_overrun: completions overwrite those that were not polled
 * @timestamps: completions carry the time
 * @moder: of events; not when @moder.count is 0
 * @moder.count: completions that make an event
 * @moder.period: in ns, after which fewer of them do
 * @moder.prod: @prod before the completions that wait for an event
 * @moder.pending: @moder.timer is to raise one
 * @moder.timer: runs for @moder.period
 * @poll: where the kernel's user is; inside or outside of @lock
 * @poll.lock: who polls; interrupts disabled
 * @poll.cons: next entry to read
 * @mem: of @ring and @db
 *
 * What a completion needs is in one cache line.
 */
struct mfraw_cq {
	struct ib_cq		ibcq;
	/* all below */
	spinlock_t		lock ____cacheline_aligned_in_smp;
	struct mfraw_cqe	*ring;
	struct mfraw_cq_db	*db;
	u32			mask;
	u32			prod;
	u32			cons;
	bool			overrun;
	bool			ignore_overrun;
	bool			timestamps;
	struct {
		u32		count;
		u32		period;
		u32		prod;
		bool		pending;
		struct hrtimer	timer;
	} moder;
	struct {
		spinlock_t	lock;	/* @cons */
		u32		cons;
	} poll;
	struct mfraw_qmem	*mem;
};

/**
 * struct mfraw_rxq - by which steering and frames name a queue pair
 * @rxq: what rules name, and &mf_frame.src
 * @dev: its device
 * @qp: the queue pair, NULL once it goes; read under @dev.readers
 * @rcu: steering may still know it when the queue pair is gone
 */
struct mfraw_rxq {
	struct mf_rxq		rxq;
	struct mfraw_dev	*dev;
	struct mfraw_qp __rcu	*qp;
	struct rcu_head		rcu;
};

/**
 * struct mfraw_queue - what send and receive queue have in common
 * @lock: whoever works on the queue, bottom halves disabled
 * @cons: next entry to work on; the only truth
 * @prod: producer index when last looked at (receive queue only)
 * @entries: a power of two, or 0
 * @shift: log2 of an entry's size
 * @max_sge: pieces of memory per entry
 * @ring: shared
 * @shared_prod: the producer index as user space wrote it, a hint
 * @cq: where its completions go
 *
 * A cache line each: who sends and who receives are different CPUs.
 */
struct mfraw_queue {
	/* @cons, @prod, the work */
	spinlock_t		lock ____cacheline_aligned_in_smp;
	u32			cons;
	u32			prod;
	u32			entries;
	u8			shift;
	u8			max_sge;
	void			*ring;
	__le32			*shared_prod;
	struct mfraw_cq		*cq;
};

/**
 * enum mfraw_rq_features - what a receive queue does to frames
 * @MFRAW_RQ_STRIP_CVLAN: take the outermost 802.1Q tag off
 * @MFRAW_RQ_SCATTER_FCS: append the frame check sequence
 */
enum mfraw_rq_features {
	MFRAW_RQ_STRIP_CVLAN = BIT(0),
	MFRAW_RQ_SCATTER_FCS = BIT(1),
};

/**
 * struct mfraw_rq - a receive queue, of a queue pair or a WQ
 * @q: ring, indices, lock and CQ
 * @dev: its device
 * @pd: whose memory the entries name, and the peer's requests
 * @num: what completions call it
 * @features: &enum mfraw_rq_features; written under the queue's lock
 * @state: READY takes frames. Written under the queue's lock, but for the step
 *	of a queue pair to ERR, see struct mfraw_qp
 * @fail: go to the error state, under the queue's lock; @fatal: with an event,
 *	since no completion can tell why
 * @delay_drop: holds frames that find no entry, NULL in most
 */
struct mfraw_rq {
	struct mfraw_queue	q;
	struct mfraw_dev	*dev;
	struct ib_pd		*pd;
	u32			num;
	u8			features;
	enum ib_wq_state	state;
	void			(*fail)(struct mfraw_rq *rq, bool fatal);
	struct mfraw_delay_drop	*delay_drop;
};

/**
 * struct mfraw_sent - a round of a send queue, as it is to be completed
 * @idx: of the first work request
 * @signaled: bit i: request @idx + i wants a completion
 * @tso: bit i: it was one to be segmented
 * @n: requests that were sent
 * @bad: the request behind these failed
 * @status: why
 */
struct mfraw_sent {
	u32	idx;
	u32	signaled;
	u32	tso;
	u16	n;
	bool	bad;
	u8	status;
};

/**
 * enum mfraw_qp_flags - bits of struct mfraw_qp.flags
 * @MFRAW_QP_RULES: a rule named the QP once, so that readers are waited for
 *	before it is freed
 * @MFRAW_QP_FATAL: IB_EVENT_QP_FATAL was raised
 * @MFRAW_QP_BLOCK_LOOPBACK: do not receive multicast that the QP itself sent
 * @MFRAW_QP_POLLED: the engine has it, on one of its two lists
 * @MFRAW_QP_WINDOWS: it bound a memory window of type 2 once
 */
enum mfraw_qp_flags {
	MFRAW_QP_RULES,
	MFRAW_QP_FATAL,
	MFRAW_QP_BLOCK_LOOPBACK,
	MFRAW_QP_POLLED,
	MFRAW_QP_WINDOWS,
};

/**
 * struct mfraw_pace - how fast a send queue may be, under its lock
 * @rate: in kbps; 0: as fast as it can, and the others don't matter
 * @depth: what may go at once, in millionths of a bit
 * @tokens: what may go now; less than 0 after a frame longer than @depth
 * @last: when @tokens was right, in ns of CLOCK_MONOTONIC
 * @next: nothing may go before
 * @timer: runs when something waits until @next
 */
struct mfraw_pace {
	u32			rate;
	s64			depth;
	s64			tokens;
	u64			last;
	u64			next;
	struct hrtimer		timer;
};

/**
 * struct mfraw_qp - queue pair
 * @ibqp: of the core
 * @dev: its device
 * @ops: of its kind
 * @rxq: steering's handle
 * @state: written with all its locks held, but for the step to ERR, for which
 *	one is enough, and that to SQE, for which sq.lock is; so who holds one
 *	sees a state that can only become one of these meanwhile
 * @db: doorbell page, shared
 * @sq: send queue; its lock comes before any @rq lock
 * @rq: receive queue
 * @rss: spreads frames over WQs, in place of both queues; NULL in most
 * @roce: what RC, UC and UD have more; NULL for raw packets
 * @comp_lock: the completer's of @roce; behind both queues' locks, before that
 *	of a CQ
 * @burst: scratch of the send queue, under its lock
 * @zc: rounds of the send queue, NULL without one
 * @max_inline: bytes
 * @max_tso_hdr: bytes
 * @tso_done: payload bytes that were sent of the TSO request at @sq.cons
 * @sig_all: every send completes
 * @flags: see &enum mfraw_qp_flags
 * @modify_lock: serialises ibv_modify_qp()
 * @err_work: flushes both queues after an error on the data path
 * @engine_node: in engine.incoming
 * @engine_entry: in engine.active
 * @engine_last: when it last had work, in ns
 * @stall_entry: in dev.stalled or dev.served
 * @stall_turn: it may send though others wait, since it has waited; sq.lock, or
 *	dev.stall_lock to set it
 * @stall_served: the port took something since it last waited; sq.lock
 * @stall_work: runs the send queue when it can send again
 * @pace: limits the send queue
 * @mem: of the rings and @db
 * @kqp: of the kernel's users, else NULL
 */
struct mfraw_qp {
	struct ib_qp		ibqp;
	struct mfraw_dev	*dev;
	const struct mfraw_qp_ops *ops;
	struct mfraw_rxq	*rxq;
	enum ib_qp_state	state;
	struct mfraw_qp_db	*db;
	struct mfraw_queue	sq;
	struct mfraw_rq		rq;
	struct mfraw_rss	*rss;
	struct mfraw_roce	*roce;
	spinlock_t		comp_lock;	/* @roce: what is under way */
	struct mfraw_burst	*burst;
	struct mfraw_zc_pool	*zc;
	u32			max_inline;
	u32			max_tso_hdr;
	u32			tso_done;
	bool			sig_all;
	unsigned long		flags;
	struct mutex		modify_lock;	/* steps of @state */
	struct work_struct	err_work;
	struct llist_node	engine_node;
	struct list_head	engine_entry;
	u64			engine_last;
	struct list_head	stall_entry;
	bool			stall_turn;
	bool			stall_served;
	struct work_struct	stall_work;
	struct mfraw_pace	pace;
	struct mfraw_qmem	*mem;
	struct mfraw_kqp	*kqp;
};

/**
 * struct mfraw_wq - a receive queue that queue pairs share by RSS
 * @ibwq: of the core
 * @rq: the queue
 * @db: doorbell page, shared
 * @fatal: IB_EVENT_WQ_FATAL was raised
 * @modify_lock: serialises ibv_modify_wq()
 * @err_work: flushes the queue after an error on the data path
 * @mem: of the ring and @db
 */
struct mfraw_wq {
	struct ib_wq		ibwq;
	struct mfraw_rq		rq;
	struct mfraw_qp_db	*db;
	bool			fatal;
	struct mutex		modify_lock;	/* steps of @rq.state */
	struct work_struct	err_work;
	struct mfraw_qmem	*mem;
};

/* The core keeps the table. */
struct mfraw_ind_tbl {
	struct ib_rwq_ind_table	ib_rwq_ind_tbl;
};

static inline struct mfraw_dev *to_mfraw_dev(struct ib_device *ibdev)
{
	return container_of(ibdev, struct mfraw_dev, ibdev);
}

static inline struct mfraw_cq *to_mfraw_cq(struct ib_cq *ibcq)
{
	return container_of(ibcq, struct mfraw_cq, ibcq);
}

static inline struct mfraw_mr *to_mfraw_mr(struct ib_mr *ibmr)
{
	return container_of(ibmr, struct mfraw_mr, ibmr);
}

static inline struct mfraw_qp *to_mfraw_qp(struct ib_qp *ibqp)
{
	return container_of(ibqp, struct mfraw_qp, ibqp);
}

static inline struct mfraw_wq *to_mfraw_wq(struct ib_wq *ibwq)
{
	return container_of(ibwq, struct mfraw_wq, ibwq);
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

/* device.c */
extern const struct ib_device_ops mfraw_device_ops;

/* ucontext.c */
extern const struct ib_device_ops mfraw_ucontext_ops;
int mfraw_charge(size_t size, struct user_struct **user);
void mfraw_uncharge(size_t size, struct user_struct *user);
struct mfraw_qmem *mfraw_qmem_alloc(struct ib_ucontext *ibuctx, size_t size);
void mfraw_qmem_free(struct mfraw_qmem *mem);

/* mr.c */
extern const struct ib_device_ops mfraw_mr_ops;
int mfraw_mr_insert(struct mfraw_mr *mr, struct ib_pd *ibpd, bool valid);

/* netdev.c */
int mfraw_netdev_init(void);
void mfraw_netdev_exit(void);
int mfraw_netdev_add(struct mfraw_dev *dev);
void mfraw_netdev_del(struct mfraw_dev *dev);

/* kmr.c */
extern const struct ib_device_ops mfraw_kmr_ops;

/* kverbs.c */
extern const struct ib_device_ops mfraw_kverbs_ops;
int mfraw_kqp_init(struct mfraw_qp *qp, u32 qpn);
void mfraw_kqp_reset(struct mfraw_qp *qp);
void mfraw_kqp_fini(struct mfraw_qp *qp);

/* dmabuf.c */
bool mfraw_dmabuf_writable(const struct dma_buf *dmabuf);
int mfraw_dmabuf_get(struct mfraw_mr *mr, int fd, u64 offset, u64 length,
		     u64 virt_addr, int access);
void mfraw_dmabuf_put(struct mfraw_mr *mr);

/* cq.c */
extern const struct ib_device_ops mfraw_cq_ops;
bool mfraw_cq_has_room(struct mfraw_cq *cq);
void mfraw_cq_publish(struct mfraw_cq *cq, bool solicited);

/* qp.c */
extern const struct ib_device_ops mfraw_qp_dev_ops;

/* qp_check.c */
int mfraw_qp_check_init(struct ib_device *ibdev,
			const struct ib_qp_init_attr *init, bool kernel);
int mfraw_qp_create_req(struct ib_device *ibdev, struct ib_udata *udata,
			struct mfraw_create_qp_req *req);
int mfraw_qp_modify_req(struct ib_qp *ibqp, struct ib_udata *udata,
			const struct ib_qp_attr *attr, int mask,
			struct mfraw_modify_qp_req *req);

/* Is all that is posted to the send queue flushed? */
static inline bool mfraw_sq_dead(enum ib_qp_state state)
{
	return state == IB_QPS_ERR || state == IB_QPS_SQE;
}

/* queue.c */
void mfraw_qpn_init(struct mfraw_dev *dev);
int mfraw_qpn_alloc(struct mfraw_dev *dev);
void mfraw_queue_init(struct mfraw_queue *q, u32 wr, u32 sge, u8 shift);
void mfraw_queue_flush(struct mfraw_queue *q, u32 num,
		       enum mfraw_cqe_opcode opcode);

/* burst.c */
int mfraw_burst_alloc(struct mfraw_qp *qp);
void mfraw_burst_free(struct mfraw_qp *qp);
bool mfraw_sq_complete(struct mfraw_qp *qp, const struct mfraw_sent *sent);

/* send.c */
unsigned int mfraw_raw_burst(struct mfraw_qp *qp);
void mfraw_raw_flush_sq(struct mfraw_qp *qp);
void mfraw_sq_run(struct mfraw_qp *qp);
void mfraw_sq_work(struct mfraw_qp *qp);

/* kick.c */
extern const struct uapi_definition mfraw_uapi_defs[];

/* csum.c */
extern const struct attribute_group mfraw_offload_group;

/* stall.c, see stall.h for the rest */
void mfraw_resume(struct mf_client *client);

/* pace.c */
void mfraw_pace_init(struct mfraw_qp *qp);
void mfraw_pace_apply(struct mfraw_qp *qp, u32 rate, u32 burst);
void mfraw_pace_set(struct mfraw_qp *qp, u32 rate, u32 burst);
bool mfraw_pace_closed(const struct mfraw_qp *qp);
unsigned int mfraw_pace_xmit(struct mfraw_qp *qp, const struct mf_frame *frames,
			     unsigned int n, unsigned int *taken);
bool mfraw_pace_waits(struct mfraw_qp *qp);
void mfraw_pace_stop(struct mfraw_qp *qp);

/* zerocopy.c */
int mfraw_zc_init(struct mfraw_qp *qp);
void mfraw_zc_mute(struct mfraw_qp *qp);
void mfraw_zc_leave(struct mfraw_qp *qp);
void mfraw_zc_fini(struct mfraw_qp *qp);
bool mfraw_zc_busy(struct mfraw_qp *qp);
bool mfraw_zc_waits(struct mfraw_qp *qp);
struct ubuf_info *mfraw_zc_get(struct mfraw_qp *qp);
void mfraw_zc_put(struct mfraw_qp *qp, struct ubuf_info *ubuf,
		  const struct mfraw_sent *sent);
void mfraw_zc_exit(void);

/* recv.c */
void mfraw_rq_init(struct mfraw_rq *rq, struct mfraw_cq *cq, u32 max_wr,
		   u32 max_sge);
u32 mfraw_rq_avail(struct mfraw_rq *rq);
unsigned int mfraw_rx_batch(struct mfraw_rq *rq, const struct mf_frame *frames,
			    unsigned int n, u32 tag, u64 time,
			    struct mfraw_mr **last);
void mfraw_rq_flush(struct mfraw_rq *rq);

/* rxq.c */
int mfraw_rxq_alloc(struct mfraw_qp *qp);
void mfraw_rxq_free(struct mfraw_qp *qp);
void mfraw_rxq_rx(struct mfraw_rxq *to, const struct mf_frame *frames,
		  unsigned int n, u32 tag);
void mfraw_rq_rx(struct mfraw_rq *rq, const struct mf_frame *frames,
		 unsigned int n, u32 tag);

/* delay_drop.c */
extern const struct attribute_group mfraw_delay_drop_group;
void mfraw_delay_drop_setup(struct mfraw_dev *dev);
int mfraw_delay_drop_init(struct mfraw_rq *rq, __le32 *wakeup);
void mfraw_delay_drop_fini(struct mfraw_rq *rq);
bool mfraw_delay_drop_holds(const struct mfraw_delay_drop *dd);
void mfraw_delay_drop_hold(struct mfraw_rq *rq, const struct mf_frame *frames,
			   unsigned int n, u32 tag);
void mfraw_delay_drop_run(struct mfraw_rq *rq);
void mfraw_delay_drop_purge(struct mfraw_rq *rq);

/* rss.c */
extern const struct ib_device_ops mfraw_rss_ops;
void mfraw_rss_init(void);
int mfraw_rss_create(struct mfraw_qp *qp, const struct ib_qp_init_attr *init,
		     struct ib_udata *udata);
void mfraw_rss_rx(struct mfraw_rxq *to, const struct mf_frame *frames,
		  unsigned int n, u32 tag);

/* wq.c */
extern const struct ib_device_ops mfraw_wq_ops;

/* flow.c */
extern const struct ib_device_ops mfraw_flow_ops;

/* counters.c */
extern const struct ib_device_ops mfraw_counters_ops;

/* restrack.c */
extern const struct ib_device_ops mfraw_restrack_ops;
void mfraw_queue_hide(struct mfraw_queue *q);
void mfraw_cq_hide(struct mfraw_cq *cq);

/* engine.c */
extern const struct attribute_group mfraw_engine_group;
void mfraw_engine_init(struct mfraw_engine *engine);
void mfraw_engine_stop(struct mfraw_dev *dev);
bool mfraw_engine_add(struct mfraw_qp *qp);
void mfraw_engine_del(struct mfraw_qp *qp);
int mfraw_engine_restart(struct mfraw_dev *dev);

/* health.c: what is looked after is looked at this often */
#define MFRAW_HEALTH_PERIOD	(5 * HZ)

void mfraw_health_problem(struct mfraw_dev *dev, const char *what);
void mfraw_health_solved(struct mfraw_dev *dev);
void mfraw_health_init(struct mfraw_engine *engine);
void mfraw_health_start(struct mfraw_engine *engine);
void mfraw_health_stop(struct mfraw_engine *engine);
void mfraw_diagnose(struct mf_client *client, struct devlink_fmsg *fmsg);

#endif /* MFRAW_H */
