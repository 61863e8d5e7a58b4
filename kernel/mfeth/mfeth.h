/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFETH_H
#define MFETH_H

#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/hrtimer.h>
#include <linux/if_vlan.h>
#include <linux/mf_cut.h>
#include <linux/mf_qblock.h>
#include <linux/mf_toeplitz.h>
#include <linux/netdevice.h>
#include <linux/u64_stats_sync.h>
#include <net/page_pool/types.h>
#include <net/xdp.h>

#define MFETH_MAX_QUEUES	32U
#define MFETH_DEFAULT_QUEUES	8U
#define MFETH_RING_MIN		128
#define MFETH_RING_DEFAULT	256
#define MFETH_RING_MAX		4096

/*
 * Maximum frames of a burst, and maximum fragments of a frame and a burst. A
 * piece of a buffer may begin and end in the middle of a page.
 */
#define MFETH_TX_BURST		32
#define MFETH_FRAME_FRAGS	(2 * (MAX_SKB_FRAGS + 1) + \
				 GSO_LEGACY_MAX_SIZE / PAGE_SIZE + 1)
#define MFETH_TX_FRAGS		(4 * MFETH_FRAME_FRAGS)

static_assert(MFETH_FRAME_FRAGS <= MF_CUT_FRAGS);

/*
 * A receive queue with less than a part of its entries left asks senders to
 * pause, unless it has not run for some time. A sender pauses for this time.
 */
#define MFETH_PAUSE_SHIFT	2
#define MFETH_PAUSE_NS		(50 * NSEC_PER_USEC)
#define MFETH_PAUSE_MAX_MS	20

/*
 * Maximum frames and fragments per frame that an XDP program sends back at
 * once.
 */
#define MFETH_XDP_BURST		16
#define MFETH_XDP_FRAGS		5

/**
 * struct mfeth_rx_drops - counters of frames that did not enter a receive queue
 * @syncp: lets 32-bit readers get consistent counters
 * @no_buffer: frames dropped because the ring was full
 *
 * Written under the queue's lock.
 */
struct mfeth_rx_drops {
	struct u64_stats_sync	syncp;
	u64_stats_t		no_buffer;
};

/**
 * struct mfeth_rx_stats - counters of a receive queue's frames
 * @syncp: lets 32-bit readers get consistent counters
 * @packets: received frames
 * @bytes: bytes of @packets
 * @multicast: multicast frames passed to the stack
 * @csum: frames passed to the stack with a checksum, or whose checksum is
 *	verified
 * @csum_device: frames of @csum whose checksum a device has verified
 * @alloc_fail: frames dropped because an allocation failed
 * @xdp_drop: frames dropped by the XDP program
 * @xdp_aborted: frames for which the program failed or returned an unknown
 *	verdict
 * @xdp_tx: frames that the program sent back
 * @xdp_tx_fail: frames to send back that the port did not take
 * @xdp_redirect: frames that the program redirected
 * @xdp_redirect_fail: frames to redirect that the kernel refused
 *
 * Written by the queue's NAPI. Readers treat the members from @packets on as an
 * array of counters.
 */
struct mfeth_rx_stats {
	struct u64_stats_sync	syncp;
	u64_stats_t		packets;
	u64_stats_t		bytes;
	u64_stats_t		multicast;
	u64_stats_t		csum;
	u64_stats_t		csum_device;
	u64_stats_t		alloc_fail;
	u64_stats_t		xdp_drop;
	u64_stats_t		xdp_aborted;
	u64_stats_t		xdp_tx;
	u64_stats_t		xdp_tx_fail;
	u64_stats_t		xdp_redirect;
	u64_stats_t		xdp_redirect_fail;
};

/**
 * struct mfeth_tx_stats - counters of a transmit queue
 * @syncp: lets 32-bit readers get consistent counters
 * @packets: frames that the port took
 * @bytes: bytes of @packets
 * @gso: buffers that are several frames
 * @csum: frames sent without their checksum, which is filled in for receivers
 *	that need it; except segments
 * @drop: buffers dropped because no frame could be built from them
 * @stop: number of times that the port took no more frames
 * @pause: number of times that the queue paused for a receiver
 * @xdp_xmit: frames from XDP programs of other devices, included in @packets
 * @xdp_xmit_fail: frames from XDP programs that the port did not take
 *
 * Written under the queue's lock. Readers treat the members from @packets on as
 * an array of counters.
 */
struct mfeth_tx_stats {
	struct u64_stats_sync	syncp;
	u64_stats_t		packets;
	u64_stats_t		bytes;
	u64_stats_t		gso;
	u64_stats_t		csum;
	u64_stats_t		drop;
	u64_stats_t		stop;
	u64_stats_t		pause;
	u64_stats_t		xdp_xmit;
	u64_stats_t		xdp_xmit_fail;
};

/**
 * struct mfeth_pcpu - counters of frames that belong to no queue
 * @rx_filtered: frames to addresses and vlans outside the filter
 * @rx_too_long: frames longer than the MTU allows
 */
struct mfeth_pcpu {
	u64	rx_filtered;
	u64	rx_too_long;
};

/**
 * struct mfeth_slot - an entry of a receive ring
 * @buf: buffer from the ring's page pool; never NULL
 * @skb: the sender's buffer, or NULL if the frame is in @buf
 * @len: length of the frame in @buf, or bytes of @skb on a wire
 * @frames: number of frames of @skb on a wire, else 1
 * @hash: hash of the frame's flow
 * @csum: checksum of all bytes behind the Ethernet header
 * @summed: @csum is valid
 * @verified: a device has verified the checksum
 * @hash_type: see &enum pkt_hash_types
 */
struct mfeth_slot {
	void		*buf;
	struct sk_buff	*skb;
	u32		len;
	u32		frames;
	u32		hash;
	__wsum		csum;
	bool		summed;
	bool		verified;
	u8		hash_type;
};

/**
 * struct mfeth_xdp_tx - frames that an XDP program sends back
 * @n: number of frames
 * @frames: frames to send
 * @frags: fragments of each frame, in the ring's own buffers
 */
struct mfeth_xdp_tx {
	unsigned int	n;
	struct mf_frame	frames[MFETH_XDP_BURST];
	struct bio_vec	frags[MFETH_XDP_BURST][MFETH_XDP_FRAGS];
};

/**
 * struct mfeth_ring - memory of a receive queue
 * @pool: page pool of the buffers
 * @xdp_rxq: the queue's registration with XDP
 * @xdp_tx: frames that the XDP program sends back
 * @max_len: length of the longest frame that fits into a buffer
 * @buf_size: size of a whole buffer in bytes
 * @copybreak: maximum length of a frame that is copied out of its buffer
 * @entries: number of @slots, a power of two
 * @slots: entries, indexed by the queue's free running indices
 */
struct mfeth_ring {
	struct page_pool	*pool;
	struct xdp_rxq_info	xdp_rxq;
	struct mfeth_xdp_tx	xdp_tx;
	u32			max_len;
	u32			buf_size;
	u32			copybreak;
	u32			entries;
	struct mfeth_slot	slots[] __counted_by(entries);
};

/**
 * struct mfeth_rxq - a receive queue
 * @eth: the interface
 * @ring: memory of the queue while the device is up, else NULL
 * @lock: serialises the CPUs that put frames into the ring; innermost
 * @prod: free running index of the next entry to fill; @lock
 * @drops: counters of dropped frames; @lock
 * @polled: time of the last poll, or of a frame into the empty ring, in jiffies
 * @cons: free running index of the next entry to pass to the stack; NAPI
 * @napi: passes frames to the stack and replaces their buffers
 * @stats: counters of received frames; NAPI
 */
struct mfeth_rxq {
	struct mfeth		*eth;
	struct mfeth_ring	*ring;
	spinlock_t		lock;	/* see above */
	u32			prod;
	struct mfeth_rx_drops	drops;

	unsigned long		polled ____cacheline_aligned_in_smp;
	u32			cons;
	struct napi_struct	napi;
	struct mfeth_rx_stats	stats;
};

/**
 * struct mfeth_burst - frames that are about to be sent
 * @n_frames: entries of @frames
 * @n_frags: entries of @frags
 * @taken: number of @frames that the port has taken
 * @stalled: the port takes no more frames for now
 * @pause: a receiver has little room left
 * @frames: whole frames to send, each with its buffer
 * @cuts: how frames of a wire are made from @frames
 * @frags: fragments of @frames
 * @hdrs: headers of frames that cannot use the header in the buffer
 * @room: memory for frames of a wire
 */
struct mfeth_burst {
	unsigned int		n_frames;
	unsigned int		n_frags;
	unsigned int		taken;
	bool			stalled;
	bool			pause;
	struct mf_frame		frames[MFETH_TX_BURST];
	struct mf_frame_cut	cuts[MFETH_TX_BURST];
	struct bio_vec		frags[MFETH_TX_FRAGS];
	u8			hdrs[MFETH_TX_BURST][MF_FRAME_HDR_SEND]
					__aligned(8);
	struct mf_cut_room	room;
};

/**
 * struct mfeth_txq - a transmit queue
 * @eth: the interface
 * @burst: frames to send while the device is up, else NULL; lock of the
 *	netdev_queue
 * @timer: ends a pause
 * @stats: counters; lock of the netdev_queue
 */
struct mfeth_txq {
	struct mfeth		*eth;
	struct mfeth_burst	*burst;
	struct hrtimer		timer;
	struct mfeth_tx_stats	stats;
} ____cacheline_aligned_in_smp;

/**
 * struct mfeth_filter - addresses that the interface accepts
 * @rcu: defers freeing until readers are done
 * @allmulti: all multicast frames are accepted
 * @bits: binary logarithm of the size of @addrs
 * @addrs: hash table of addresses with 0 for a free entry; never full
 *
 * Constant once readers can see it; an update replaces the whole structure.
 */
struct mfeth_filter {
	struct rcu_head	rcu;
	bool		allmulti;
	u32		bits;
	u64		addrs[];
};

/* Protocols with hash fields of their own, for each version of IP. */
enum mfeth_rss_proto {
	MFETH_RSS_OTHER,
	MFETH_RSS_TCP,
	MFETH_RSS_UDP,
	MFETH_RSS_SCTP,
	MFETH_RSS_PROTOS,
};

#define MFETH_RSS_INDIR	128

/* An index of a queue and a set of hash fields fit into a u8. */
static_assert(MFETH_MAX_QUEUES <= U8_MAX);
static_assert((RXH_IP_SRC | RXH_IP_DST | RXH_L4_B_0_1 | RXH_L4_B_2_3) <=
	      U8_MAX);

/**
 * struct mfeth_rss - distribution of frames to the receive queues
 * @rcu: defers freeing until readers are done
 * @fields: RXH_* fields to hash, by IP version and &enum mfeth_rss_proto
 * @indir: queue of each hash value
 * @rss_key: key as the user sets it
 * @key: table that the hash computes from @rss_key
 *
 * Constant once readers can see it; an update replaces the whole structure.
 */
struct mfeth_rss {
	struct rcu_head		rcu;
	u8			fields[2][MFETH_RSS_PROTOS];
	u8			indir[MFETH_RSS_INDIR];
	u8			rss_key[MF_TOEPLITZ_KEY_LEN];
	struct mf_toeplitz	key;
};

/**
 * struct mfeth_config - settings that survive when the device goes down
 * @queues: number of pairs of a receive and a transmit queue
 * @entries: entries of a receive ring
 * @mtu: maximum payload of a frame in bytes
 */
struct mfeth_config {
	unsigned int	queues;
	u32		entries;
	u32		mtu;
};

/**
 * struct mfeth - a network interface on a queue block
 * @qb: the queue block
 * @dev: the network device
 * @rxq: receive queue of @rule; mfeth_rx() distributes its frames to @rxqs
 * @live: number of receive queues that take frames; 0 while there are no rings
 * @rss: distribution of frames to @rxqs; never NULL
 * @filter: addresses to accept, or NULL to accept all
 * @prog: XDP program, or NULL
 * @vlans: vlan ids from ndo_vlan_rx_add_vid(); atomic bit operations
 * @rxqs: array of @max_queues receive queues
 * @txqs: array of @max_queues transmit queues
 * @max_queues: number of queues that the operator grants
 * @config: current settings; RTNL
 * @pcpu: per-CPU counters, written with bottom halves disabled
 * @rule: receive rule of the port while the device is up, else NULL; RTNL
 * @attr_lock: protects @registered and @attr, and keeps the carrier as @attr
 *	says
 * @registered: @dev is registered
 * @attr: attributes of the port
 * @work: applies address and MTU of @attr under RTNL
 * @busylock_key: lock class of the busylock of the queueing disciplines
 * @xmit_key: lock class of the transmit queues' locks
 * @client: the interface as a client of @qb
 */
struct mfeth {
	struct mf_qblock		*qb;
	struct net_device		*dev;
	struct mf_rxq			rxq;
	unsigned int			live;
	struct mfeth_rss __rcu		*rss;
	struct mfeth_filter __rcu	*filter;
	struct bpf_prog __rcu		*prog;
	DECLARE_BITMAP(vlans, VLAN_N_VID);
	struct mfeth_rxq		*rxqs;
	struct mfeth_txq		*txqs;
	unsigned int			max_queues;
	struct mfeth_config		config;
	struct mfeth_pcpu __percpu	*pcpu;
	struct mf_rx_rule		*rule;
	struct mutex			attr_lock;	/* see above */
	bool				registered;
	struct mf_qblock_attr		attr;
	struct work_struct		work;
	struct lock_class_key		busylock_key;
	struct lock_class_key		xmit_key;
	struct mf_client		client;
};

/*
 * struct mfeth is allocated apart: it is attached to the queue block before the
 * network device exists, and detached later.
 */
static inline struct mfeth *to_mfeth(const struct net_device *dev)
{
	return *(struct mfeth **)netdev_priv(dev);
}

/* Add @n counters to @sum, each read consistently. */
static inline void mfeth_stats_add(u64 *sum, const struct u64_stats_sync *syncp,
				   const u64_stats_t *stats, unsigned int n)
{
	unsigned int start, i;
	u64 copy[16];

	do {
		start = u64_stats_fetch_begin(syncp);
		for (i = 0; i < n; i++)
			copy[i] = u64_stats_read(&stats[i]);
	} while (u64_stats_fetch_retry(syncp, start));

	for (i = 0; i < n; i++)
		sum[i] += copy[i];
}

struct mfeth_memory;

/* queues.c */
struct mfeth_memory *mfeth_memory_alloc(struct mfeth *eth,
					const struct mfeth_config *config);
void mfeth_start(struct mfeth *eth, struct mfeth_memory *mem);
void mfeth_stop(struct mfeth *eth);
void mfeth_tx_wake(struct mfeth *eth);
int mfeth_reconfig(struct mfeth *eth, const struct mfeth_config *config);

/* ethtool.c */
extern const struct ethtool_ops mfeth_ethtool_ops;
extern const struct netdev_stat_ops mfeth_stat_ops;

/* filter.c */
bool mfeth_filter_pass(const struct mfeth *eth, const struct mf_frame *frame);
void mfeth_set_rx_mode(struct net_device *dev);
int mfeth_vlan_add(struct net_device *dev, __be16 proto, u16 vid);
int mfeth_vlan_del(struct net_device *dev, __be16 proto, u16 vid);

/* rss.c */
u32 mfeth_rss_hash(const struct mfeth_rss *rss, const struct mf_frame *frame,
		   u8 *type);
int mfeth_rss_init(struct mfeth *eth);
struct mfeth_rss *mfeth_rss_for(struct mfeth *eth, unsigned int queues);
void mfeth_rss_set(struct mfeth *eth, struct mfeth_rss *rss);
u32 mfeth_get_rxfh_key_size(struct net_device *dev);
u32 mfeth_get_rxfh_indir_size(struct net_device *dev);
int mfeth_get_rxfh(struct net_device *dev, struct ethtool_rxfh_param *rxfh);
int mfeth_set_rxfh(struct net_device *dev, struct ethtool_rxfh_param *rxfh,
		   struct netlink_ext_ack *extack);
int mfeth_get_rxnfc(struct net_device *dev, struct ethtool_rxnfc *info,
		    u32 *rule_locs);
int mfeth_set_rxnfc(struct net_device *dev, struct ethtool_rxnfc *info);

/* rx.c */
void mfeth_pcpu_read(const struct mfeth *eth, struct mfeth_pcpu *sum);
extern const struct mf_rxq_ops mfeth_rxq_ops;
void mfeth_ring_free(struct mfeth_ring *ring);
struct mfeth_ring *mfeth_ring_alloc(struct mfeth_rxq *q,
				    const struct mfeth_config *config);
int mfeth_poll(struct napi_struct *napi, int budget);

/* tx.c */
void mfeth_finish(const struct mf_frame *whole, u32 index,
		  const struct mf_frame *frame, u8 *hdr);
netdev_tx_t mfeth_start_xmit(struct sk_buff *skb, struct net_device *dev);
netdev_features_t mfeth_features_check(struct sk_buff *skb,
				       struct net_device *dev,
				       netdev_features_t features);
enum hrtimer_restart mfeth_pause_end(struct hrtimer *timer);
void mfeth_resume(struct mf_client *client);
void mfeth_burst_free(struct mfeth_burst *b);

/* xdp.c */
void mfeth_set_whole(struct mfeth *eth, netdev_features_t features);
u32 mfeth_xdp_run(struct mfeth_rxq *q, struct bpf_prog *prog,
		  struct xdp_buff *xdp, struct mfeth_slot *slot);
void mfeth_xdp_flush(struct mfeth_rxq *q);
int mfeth_xdp_xmit(struct net_device *dev, int n, struct xdp_frame **frames,
		   u32 flags);
int mfeth_bpf(struct net_device *dev, struct netdev_bpf *bpf);

#endif /* MFETH_H */
