/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFETH_H
#define MFETH_H

#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/mf_qblock.h>
#include <linux/mf_toeplitz.h>
#include <linux/netdevice.h>
#include <linux/u64_stats_sync.h>
#include <net/page_pool/types.h>
#include <net/tso.h>
#include <net/xdp.h>

#define MFETH_MAX_QUEUES	32U
#define MFETH_DEFAULT_QUEUES	8U
#define MFETH_RING_MIN		128
#define MFETH_RING_DEFAULT	256
#define MFETH_RING_MAX		4096

/* Frames that are sent at once, and the pieces of memory these are in. */
#define MFETH_TX_BURST		32
#define MFETH_FRAME_FRAGS	(2 * (MAX_SKB_FRAGS + 1) + 4)
#define MFETH_TX_FRAGS		(4 * MFETH_FRAME_FRAGS)

/* Likewise of what an XDP program sends back. */
#define MFETH_XDP_BURST		16
#define MFETH_XDP_FRAGS		5

/**
 * struct mfeth_rx_drops - what did not get into a receive queue
 * @syncp: for readers
 * @no_buffer: the ring was full
 *
 * Written under the queue's lock.
 */
struct mfeth_rx_drops {
	struct u64_stats_sync	syncp;
	u64_stats_t		no_buffer;
};

/**
 * struct mfeth_rx_stats - what became of a receive queue's frames
 * @syncp: for readers
 * @packets: all of them
 * @bytes: theirs
 * @multicast: of these, to a group
 * @csum: handed on with a sum
 * @alloc_fail: dropped for want of memory
 * @xdp_drop: the program dropped them
 * @xdp_aborted: the program failed, or said something unknown
 * @xdp_tx: sent back
 * @xdp_tx_fail: should have been
 * @xdp_redirect: sent elsewhere
 * @xdp_redirect_fail: should have been
 *
 * Written by the queue's NAPI. From @packets on, counters only.
 */
struct mfeth_rx_stats {
	struct u64_stats_sync	syncp;
	u64_stats_t		packets;
	u64_stats_t		bytes;
	u64_stats_t		multicast;
	u64_stats_t		csum;
	u64_stats_t		alloc_fail;
	u64_stats_t		xdp_drop;
	u64_stats_t		xdp_aborted;
	u64_stats_t		xdp_tx;
	u64_stats_t		xdp_tx_fail;
	u64_stats_t		xdp_redirect;
	u64_stats_t		xdp_redirect_fail;
};

/**
 * struct mfeth_tx_stats - what a transmit queue did
 * @syncp: for readers
 * @packets: frames that the port took
 * @bytes: theirs
 * @gso: buffers that were segmented
 * @csum: checksums filled in, but for those of segments
 * @drop: buffers that could not be made into frames
 * @stop: times that the port took less than it was given
 * @xdp_xmit: frames from XDP programs of other devices, among @packets
 * @xdp_xmit_fail: such frames that the port did not take
 *
 * Written under the queue's lock. From @packets on, counters only.
 */
struct mfeth_tx_stats {
	struct u64_stats_sync	syncp;
	u64_stats_t		packets;
	u64_stats_t		bytes;
	u64_stats_t		gso;
	u64_stats_t		csum;
	u64_stats_t		drop;
	u64_stats_t		stop;
	u64_stats_t		xdp_xmit;
	u64_stats_t		xdp_xmit_fail;
};

/**
 * struct mfeth_pcpu - frames that no queue is charged with
 * @rx_filtered: to addresses and vlans that nobody asked for
 * @rx_too_long: longer than the MTU allows
 */
struct mfeth_pcpu {
	u64	rx_filtered;
	u64	rx_too_long;
};

/**
 * struct mfeth_slot - a place in a receive ring
 * @buf: a buffer of the ring's pool, always
 * @len: of the frame in it
 * @hash: of its flow
 * @csum: sum over what follows the Ethernet header
 * @summed: @csum is valid
 * @hash_type: &enum pkt_hash_types
 */
struct mfeth_slot {
	void	*buf;
	u32	len;
	u32	hash;
	__wsum	csum;
	bool	summed;
	u8	hash_type;
};

/**
 * struct mfeth_xdp_tx - frames that an XDP program sends back
 * @n: how many
 * @frames: they
 * @frags: pieces of each, in the ring's own buffers
 */
struct mfeth_xdp_tx {
	unsigned int	n;
	struct mf_frame	frames[MFETH_XDP_BURST];
	struct bio_vec	frags[MFETH_XDP_BURST][MFETH_XDP_FRAGS];
};

/**
 * struct mfeth_ring - memory of a receive queue
 * @pool: where buffers come from
 * @xdp_rxq: the queue as XDP knows it
 * @xdp_tx: see there
 * @max_len: longest frame that a buffer takes
 * @buf_size: of a buffer, all in all
 * @copybreak: up to this length, frames don't keep a buffer
 * @entries: of @slots, a power of two
 * @slots: in the order of the indices of the queue
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
 * @eth: whose
 * @ring: while the device is up
 * @lock: of who puts frames into the ring; nothing is taken inside
 * @prod: free running index of the next frame to come; @lock
 * @drops: see there
 * @cons: of the next frame to be handed on; NAPI
 * @napi: hands frames on, and exchanges buffers
 * @stats: see there
 */
struct mfeth_rxq {
	struct mfeth		*eth;
	struct mfeth_ring	*ring;
	spinlock_t		lock;	/* see above */
	u32			prod;
	struct mfeth_rx_drops	drops;

	u32			cons ____cacheline_aligned_in_smp;
	struct napi_struct	napi;
	struct mfeth_rx_stats	stats;
};

/**
 * struct mfeth_burst - frames that are about to be sent
 * @n_frames: entries of @frames
 * @n_frags: of @frags
 * @n_skbs: of @skbs
 * @taken: the port has so many of @frames
 * @stalled: the port does not take more for now
 * @gso: a buffer that is being segmented, or NULL
 * @tso: how far
 * @gso_left: payload of @gso that is in no frame yet
 * @gso_hdr: length of its header
 * @skbs: buffers that @frames are the last of
 * @frames: to be sent
 * @frags: their pieces
 * @hdrs: headers that differ from what is in the buffer
 */
struct mfeth_burst {
	unsigned int	n_frames;
	unsigned int	n_frags;
	unsigned int	n_skbs;
	unsigned int	taken;
	bool		stalled;
	struct sk_buff	*gso;
	struct tso_t	tso;
	u32		gso_left;
	u32		gso_hdr;
	struct sk_buff	*skbs[MFETH_TX_BURST];
	struct mf_frame	frames[MFETH_TX_BURST];
	struct bio_vec	frags[MFETH_TX_FRAGS];
	u8		hdrs[MFETH_TX_BURST][MF_FRAME_HDR_SEND] __aligned(8);
};

/**
 * struct mfeth_txq - a transmit queue
 * @eth: whose
 * @burst: while the device is up; lock of the netdev_queue
 * @stats: see there
 */
struct mfeth_txq {
	struct mfeth		*eth;
	struct mfeth_burst	*burst;
	struct mfeth_tx_stats	stats;
} ____cacheline_aligned_in_smp;

/**
 * struct mfeth_filter - addresses that the interface listens to
 * @rcu: to free it
 * @allmulti: all groups
 * @bits: size of @addrs
 * @addrs: hash table of addresses, 0 where there is none; never full
 *
 * Never changed once readers can see it, but replaced.
 */
struct mfeth_filter {
	struct rcu_head	rcu;
	bool		allmulti;
	u32		bits;
	u64		addrs[];
};

/* By what flows are told apart, for each version of IP. */
enum mfeth_rss_proto {
	MFETH_RSS_OTHER,
	MFETH_RSS_TCP,
	MFETH_RSS_UDP,
	MFETH_RSS_SCTP,
	MFETH_RSS_PROTOS,
};

#define MFETH_RSS_INDIR	128

/* A queue's number fits there, and fields do. */
static_assert(MFETH_MAX_QUEUES <= U8_MAX);
static_assert((RXH_IP_SRC | RXH_IP_DST | RXH_L4_B_0_1 | RXH_L4_B_2_3) <=
	      U8_MAX);

/**
 * struct mfeth_rss - how frames are spread over the receive queues
 * @rcu: to free it
 * @fields: RXH_* that are hashed, by IP version and &enum mfeth_rss_proto
 * @indir: queues in use, by hash
 * @rss_key: as the user has it
 * @key: as the hash has it
 *
 * Never changed once readers can see it, but replaced.
 */
struct mfeth_rss {
	struct rcu_head		rcu;
	u8			fields[2][MFETH_RSS_PROTOS];
	u8			indir[MFETH_RSS_INDIR];
	u8			rss_key[MF_TOEPLITZ_KEY_LEN];
	struct mf_toeplitz	key;
};

/**
 * struct mfeth_config - what is set while the rings are there or are not
 * @queues: pairs of receive and transmit queue
 * @entries: of a receive ring
 * @mtu: longest payload
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
 * @rxq: all that is received comes here first
 * @live: receive queues that take frames; 0 while there are none
 * @rss: see there; never NULL
 * @filter: what to listen to, or NULL: to everything
 * @prog: XDP program, or NULL
 * @vlans: ids that passed ndo_vlan_rx_add_vid(); one word at a time
 * @rxqs: @max_queues of them
 * @txqs: as many
 * @max_queues: that the operator grants
 * @config: in force; RTNL
 * @pcpu: see there; bottom halves disabled
 * @rule: that brings frames, while the device is up; RTNL
 * @attr_lock: @registered, @attr and what follows from it at once
 * @registered: @dev is
 * @attr: the port
 * @work: does the rest, under RTNL
 * @busylock_key: class of the lock of its queueing disciplines
 * @xmit_key: of the locks of transmit queues
 * @client: of @qb
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

/* The private part of the network device, which the queue block outlives. */
static inline struct mfeth *to_mfeth(const struct net_device *dev)
{
	return *(struct mfeth **)netdev_priv(dev);
}

/* What a stats reader adds up. */
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
netdev_tx_t mfeth_start_xmit(struct sk_buff *skb, struct net_device *dev);
netdev_features_t mfeth_features_check(struct sk_buff *skb,
				       struct net_device *dev,
				       netdev_features_t features);
void mfeth_resume(struct mf_client *client);
void mfeth_burst_free(struct mfeth_burst *b);
unsigned int mfeth_frags(struct bio_vec *frags, const void *data, u32 len);

/* xdp.c */
u32 mfeth_xdp_run(struct mfeth_rxq *q, struct bpf_prog *prog,
		  struct xdp_buff *xdp, struct mfeth_slot *slot);
void mfeth_xdp_flush(struct mfeth_rxq *q);
int mfeth_xdp_xmit(struct net_device *dev, int n, struct xdp_frame **frames,
		   u32 flags);
int mfeth_bpf(struct net_device *dev, struct netdev_bpf *bpf);

#endif /* MFETH_H */
