/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The contract of queue blocks between a NIC driver, the parent, which offers
 * them on the auxiliary bus, and the drivers that use them, the clients.
 */
#ifndef _LINUX_MF_QBLOCK_H
#define _LINUX_MF_QBLOCK_H

#include <linux/auxiliary_bus.h>
#include <linux/bvec.h>
#include <linux/highmem.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/in6.h>
#include <linux/list.h>
#include <linux/string.h>
#include <linux/types.h>
#include <net/net_namespace.h>

struct devlink_fmsg;
struct netlink_ext_ack;
struct sk_buff;
struct ubuf_info;

/**
 * DOC: queue block
 *
 * A queue block is a port of a NIC without any subsystem: it sends frames, and
 * steers received frames to receive queues. The parent owns the port, its
 * address, its place in the switch and every steering decision. Clients own
 * queues: an RDMA driver gives queues to processes, a network driver makes a
 * net_device of them.
 *
 * The parent creates an auxiliary device for each queue block and kind of
 * client, a struct mf_qblock_dev. All devices of a queue block point to one
 * struct mf_qblock. The parent creates them only when the port is completely
 * configured, so a client's probe finds address, MTU and steering in place.
 * Device names are "<parent>.rdma" and "<parent>.eth". A client lists the
 * parents that it serves in its id table, and calls a parent only through
 * @mf_qblock.ops.
 *
 * Life time: the queue block outlives every auxiliary device that points to it.
 * The client may call the ops between attach and detach. After detach, the
 * parent neither calls the client nor holds a pointer to it.
 *
 * Each function names its context. "Sleeps" means process context without
 * spinlocks. "Atomic" means softirq or process context with bottom halves
 * disabled, and never hard interrupt context.
 */

struct mf_qblock;
struct mf_client;
struct mf_rxq;
struct mf_rx_rule;

/* Frame lengths are in bytes, from destination MAC to payload, without FCS. */
#define MF_FRAME_MIN	ETH_HLEN

/*
 * Minimum bytes of @mf_frame.hdr, unless the frame is shorter. Steering does
 * not read beyond these bytes, so it never reads payload.
 */
#define MF_FRAME_HDR	128

/* Maximum bytes of @mf_frame.hdr from a sender. */
#define MF_FRAME_HDR_SEND	256

/* Maximum number of vlan tags that a parent adds to a frame. */
#define MF_FRAME_TAGS		8

/* Maximum bytes of @mf_frame.hdr to a parent's port or a receiver. */
#define MF_FRAME_HDR_MAX	(MF_FRAME_HDR_SEND + MF_FRAME_TAGS * VLAN_HLEN)

/**
 * struct mf_frame_fcs - frame check sequence that a receiver has computed
 * @value: the sequence in wire byte order
 * @known: @value is valid
 * @any: flag of the sender: @value of some frame of the call is valid
 */
struct mf_frame_fcs {
	__le32	value;
	bool	known;
	bool	*any;
};

/**
 * struct mf_frame - a frame during the call that carries it
 * @hdr: the first @hdr_len bytes, in kernel memory that no process can change,
 *	so receivers get the same header that steering has read
 * @len: length of the frame in bytes
 * @hdr_len: bytes of @hdr: at least min(@len, MF_FRAME_HDR), at most
 *	MF_FRAME_HDR_SEND from a sender and MF_FRAME_HDR_MAX to a receiver. If a
 *	rule of the switch removes tags, @hdr_len may be smaller
 * @nr_frags: number of entries in @frags
 * @frags: the @len - @hdr_len bytes behind the header, in order; no entry
 *	crosses a page boundary. Pages may be user memory, whose contents may
 *	change at any time
 * @src: receive queue that belongs to the sending queue, or NULL. The switch
 *	does not change it, so a receiver can recognize its own frames
 * @skb: buffer that holds exactly this frame as on the wire, with its data at
 *	the destination MAC; or NULL. A receiver that needs a buffer may clone
 *	it
 * @ubuf: counts references to the sender's pages, or NULL. With @fill_trailer,
 *	no receiver keeps pages. Instead, a receiver that sends a copy of the
 *	frame by a device outside the NIC holds a reference until the copy is
 *	freed, which limits the sender's frames under way. If the device drops
 *	the copy at once, the receiver takes a reference and calls @ubuf's
 *	complete without a buffer and without success, which puts the reference
 * @fill_trailer: NULL, or a function that writes the last MF_FRAME_TRAILER
 *	bytes of the frame. They depend on all other bytes and must be correct
 *	on a wire. With a linear copy of the frame, the function reads and
 *	writes the copy, so later changes of the sender's pages have no effect.
 *	Without a copy, it reads the frame's pages and writes the last bytes of
 *	the sender's memory. A receiver calls mf_frame_copy() or
 *	mf_frame_fill_trailer() if the frame leaves the queue blocks or is shown
 *	to a reader that expects a frame of a wire. A frame with this function
 *	comes from a driver and not from a wire, so it is not damaged. Atomic
 * @fcs: NULL, or the place where a receiver that computes the frame check
 *	sequence stores it for the next receiver. A function that changes a copy
 *	of the frame sets @fcs to NULL in the copy
 *
 * Frame, header and pages belong to the caller and are valid during the call
 * that carries them. With @ubuf, a receiver may keep pages of @frags: it takes
 * a reference to each page and one to @ubuf, and puts them when it has read the
 * pages. The sender then knows that its memory is free. A receiver does not
 * write to a frame.
 */
struct mf_frame {
	const u8		*hdr;
	u32			len;
	u16			hdr_len;
	u16			nr_frags;
	const struct bio_vec	*frags;
	const struct mf_rxq	*src;
	struct sk_buff		*skb;
	struct ubuf_info	*ubuf;
	void			(*fill_trailer)(const struct mf_frame *frame,
						u8 *copy);
	struct mf_frame_fcs	*fcs;
};

/* Number of bytes that @mf_frame.fill_trailer writes. */
#define MF_FRAME_TRAILER	4

/**
 * mf_frame_fill_trailer - make the last bytes of a frame correct for a wire
 * @frame: the frame
 * @copy: linear copy of @frame whose last bytes are written, or NULL to write
 *	those of @frame. The result is correct for the contents of the pages at
 *	the time of reading; the sender may change the pages later
 *
 * Context: atomic, during the call that carries @frame.
 */
static inline void mf_frame_fill_trailer(const struct mf_frame *frame, u8 *copy)
{
	if (unlikely(frame->fill_trailer))
		frame->fill_trailer(frame, copy);
}

/**
 * mf_frame_copy - copy a whole frame, as a wire would carry it
 * @to: destination with room for @frame->len bytes
 * @frame: the frame
 *
 * The sender may change the frame's pages at any time, so the caller uses only
 * the copy from here on.
 *
 * Context: atomic, during the call that carries @frame.
 */
static inline void mf_frame_copy(u8 *to, const struct mf_frame *frame)
{
	u8 *copy = to;
	unsigned int i;

	memcpy(to, frame->hdr, frame->hdr_len);
	to += frame->hdr_len;
	for (i = 0; i < frame->nr_frags; i++) {
		const struct bio_vec *bv = &frame->frags[i];

		memcpy_from_page(to, bv->bv_page, bv->bv_offset, bv->bv_len);
		to += bv->bv_len;
	}
	mf_frame_fill_trailer(frame, copy);
}

/**
 * struct mf_rxq_ops - operations of the owner of a receive queue
 * @rx: receive @n frames that steering chose for this queue. The client copies
 *	the frames that it accepts and counts the others. Atomic, inside an RCU
 *	read section. May run on several CPUs at once for one queue. May run
 *	inside the same client's call of @mf_qblock_ops.xmit, so it takes no
 *	lock that is held there
 */
struct mf_rxq_ops {
	void (*rx)(struct mf_rxq *rxq, const struct mf_frame *frames,
		   unsigned int n);
};

/**
 * struct mf_rxq - a receive queue, embedded in the client's own object
 * @ops: operations; never NULL
 */
struct mf_rxq {
	const struct mf_rxq_ops	*ops;
};

/**
 * struct mf_flow_key - the header fields that steering can match
 * @dmac: destination MAC
 * @smac: source MAC
 * @ethertype: Ethertype behind all vlan tags
 * @vlan_tpid: 802.1Q or 802.1ad type of the outermost tag, 0 when untagged
 * @vlan_tci: priority, DEI and vlan id of the outermost tag, 0 when untagged
 * @ip_proto: IPv4 protocol, or IPv6 next header behind extension headers;
 *	operation of ARP
 * @ip_frag: MF_FLOW_FRAG and MF_FLOW_FRAG_FIRST
 * @ip_tos: IPv4 TOS or IPv6 traffic class
 * @ip_ttl: IPv4 TTL or IPv6 hop limit
 * @sport: source port of TCP, UDP or SCTP, 0 in any fragment, as in tc flower;
 *	type and code of ICMP
 * @dport: destination port of TCP, UDP or SCTP, 0 in any fragment
 * @tcp_flags: the 12 flag bits, at their place in the header
 * @flow_label: IPv6 flow label in the low 20 bits
 * @vlan_tags: number of vlan tags
 * @saddr: IPv6 source, or IPv4 source in the first four bytes; for ARP, the
 *	sender's IPv4 address, followed by its MAC
 * @daddr: IPv6 destination, or IPv4 destination in the first four bytes; for
 *	ARP, the target's IPv4 address, followed by its MAC
 * @cvlan_tpid: type of the second vlan tag from the outside, 0 without such a
 *	tag
 * @cvlan_tci: priority, DEI and vlan id of the second tag, 0 without such a tag
 * @reserved: zero
 *
 * All fields are in network byte order. Fields of a protocol that a frame does
 * not carry are zero in its key. A mask has a one for each bit that must match;
 * a key is zero where its mask is zero. Keys are compared and hashed as words,
 * so there is no padding.
 */
struct mf_flow_key {
	u8		dmac[ETH_ALEN];
	u8		smac[ETH_ALEN];
	__be16		ethertype;
	__be16		vlan_tpid;
	__be16		vlan_tci;
	u8		ip_proto;
	u8		ip_frag;
	u8		ip_tos;
	u8		ip_ttl;
	__be16		sport;
	__be16		dport;
	__be16		tcp_flags;
	u8		flow_label[3];
	u8		vlan_tags;
	struct in6_addr	saddr;
	struct in6_addr	daddr;
	__be16		cvlan_tpid;
	__be16		cvlan_tci;
	u32		reserved;
} __aligned(8);

static_assert(sizeof(struct mf_flow_key) == 72);

#define MF_FLOW_FRAG		0x01	/* part of a fragmented datagram */
#define MF_FLOW_FRAG_FIRST	0x02	/* the fragment at offset 0 */

/**
 * enum mf_rx_rule_kind - role of a rule in the choice of a queue
 * @MF_RX_MATCH: frames that match key and mask. Of the matching rules, those of
 *	the lowest @prio win; among these, those whose mask came first into the
 *	table. All rules with the same key, mask and @prio get the frame
 * @MF_RX_MC_DEFAULT: multicast and broadcast frames that no MATCH rule takes
 * @MF_RX_DEFAULT: frames that no rule of the kinds above takes
 * @MF_RX_REST: frames that no rule of the kinds above takes, including
 *	multicast. This is for the host's own network interface, which comes
 *	after all rules of processes. It also gets multicast frames that other
 *	queues of its port send, as those queues get its frames; it ignores its
 *	own frames by @mf_frame.src
 * @MF_RX_SNIFFER: a copy of each frame that the port receives or sends, in
 *	addition to all other rules
 */
enum mf_rx_rule_kind {
	MF_RX_MATCH,
	MF_RX_MC_DEFAULT,
	MF_RX_DEFAULT,
	MF_RX_REST,
	MF_RX_SNIFFER,
};

/**
 * struct mf_rx_rule_spec - a rule of the port's receive domain
 * @kind: see &enum mf_rx_rule_kind
 * @prio: priority, 0 is the first; MF_RX_MATCH only
 * @key: key; MF_RX_MATCH only
 * @mask: mask, zero matches every frame; MF_RX_MATCH only
 * @rxq: destination of the frames. If several rules name the same queue, it
 *	gets a frame once, except for copies by sniffer rules
 */
struct mf_rx_rule_spec {
	enum mf_rx_rule_kind	kind;
	u16			prio;
	struct mf_flow_key	key;
	struct mf_flow_key	mask;
	struct mf_rxq		*rxq;
};

/**
 * struct mf_qblock_attr - current attributes of a port
 * @mac: address of the port; frames to this address are steered to the port
 * @link_up: link of the port
 * @max_frame: maximum length of a frame in bytes that the port sends or
 *	delivers, including one vlan tag
 * @mtu: maximum Ethernet payload in bytes
 * @speed: speed in Mb/s that all clients of the port report, or 0 for unknown.
 *	A software parent reports 10000, like other software devices, or the
 *	speed that the operator sets
 * @num_vectors: number of completion vectors that the operator grants, at least
 *	1
 * @roce: clients may offer RDMA over Converged Ethernet, as the operator sets;
 *	constant while the queue block exists
 */
struct mf_qblock_attr {
	u8	mac[ETH_ALEN];
	bool	link_up;
	u32	max_frame;
	u32	mtu;
	u32	speed;
	u32	num_vectors;
	bool	roce;
};

/**
 * struct mf_qblock_stats - counters of the port since its creation
 * @tx_frames: frames accepted from clients
 * @tx_bytes: bytes of @tx_frames
 * @rx_frames: frames steered to the port; a frame for several queues counts
 *	once
 * @rx_bytes: bytes of @rx_frames
 * @tx_slow: sent frames that the switch left to the kernel's software
 * @tx_invalid: sent frames shorter than an Ethernet header or over @max_frame
 * @tx_link_down: frames sent while the link was down
 * @tx_spoofed: sent frames dropped for a source MAC other than the port's
 * @tx_rule_drop: sent frames that a rule of the switch dropped
 * @tx_no_dest: sent frames whose destination does not exist any more or cannot
 *	be reached
 * @rx_no_rule: received frames that no rule takes; at the uplink, frames
 *	dropped for lack of memory or stack
 * @rx_too_long: received frames over @max_frame
 * @rx_link_down: frames that arrived while the link was down
 * @rx_fanout: frames for many receivers that were queued for a work item
 * @rx_fanout_drop: frames for many receivers that were dropped for lack of room
 *	or memory
 * @rx_queue_drop: frames dropped by the queue of the device behind the port
 */
struct mf_qblock_stats {
	u64	tx_frames;
	u64	tx_bytes;
	u64	rx_frames;
	u64	rx_bytes;
	u64	tx_slow;
	u64	tx_invalid;
	u64	tx_link_down;
	u64	tx_spoofed;
	u64	tx_rule_drop;
	u64	tx_no_dest;
	u64	rx_no_rule;
	u64	rx_too_long;
	u64	rx_link_down;
	u64	rx_fanout;
	u64	rx_fanout_drop;
	u64	rx_queue_drop;
};

/**
 * struct mf_client_ops - operations of a client
 * @changed: attributes in struct mf_qblock_attr have changed, and the client
 *	reads them again. Sleeps; calls are serialised, and none is under way
 *	after detach. The client must not attach or detach in the call, nor take
 *	RTNL. Optional.
 * @resume: the port can send again after @mf_qblock_ops.xmit accepted no frame.
 *	Sleeps; like @changed otherwise. Only a client that never sends may omit
 *	it.
 * @diagnose: report the state of the client's engine as names and values
 *	(Documentation/networking/devlink/devlink-health.rst). Sleeps; like
 *	@changed otherwise. Optional.
 * @recover: repair the client's engine. Returns 0 if the client is healthy,
 *	else a negative errno, with the reason in @extack, which may be NULL.
 *	Sleeps; like @changed otherwise. Optional.
 */
struct mf_client_ops {
	void (*changed)(struct mf_client *client);
	void (*resume)(struct mf_client *client);
	void (*diagnose)(struct mf_client *client, struct devlink_fmsg *fmsg);
	int (*recover)(struct mf_client *client,
		       struct netlink_ext_ack *extack);
};

/**
 * struct mf_client - a client of a queue block, embedded in the client's own
 *	object
 * @ops: operations of the client, set before attach
 * @node: entry in a list of the parent
 */
struct mf_client {
	const struct mf_client_ops	*ops;
	struct list_head		node;
};

/**
 * struct mf_qblock_ops - operations of a parent; none is optional
 * @attach: start to use the queue block. Returns 0 or a negative errno. Sleeps.
 * @detach: stop to use the queue block. The client's rules must be removed
 *	before. On return, the parent has no pointer to the client and no call
 *	to it is under way. Sleeps.
 * @get_attr: read the port's attributes. Sleeps.
 * @get_stats: read the port's counters. Any context.
 * @xmit: send @n frames in order. Returns the number of accepted frames. If the
 *	parent accepts only some frames, to limit the work of one call, the
 *	caller may call again at once for the others. If it accepts none, the
 *	port cannot send now: the caller keeps the frames and sends them when
 *	the parent calls @mf_client_ops.resume. An accepted frame that cannot be
 *	delivered is dropped and counted, as on a wire. On return, frames,
 *	headers and pages belong to the caller again. The function calls
 *	&mf_rxq_ops.rx of the receiving queues, including the sender's own.
 *	Atomic.
 * @rx_rule_add: add a rule to the port's receive domain. Returns the rule or an
 *	ERR_PTR: -ENOMEM, -EOPNOTSUPP for a match that this parent does not
 *	support, -ENOSPC if there are too many rules. The parent keeps no
 *	pointer to @spec. Sleeps.
 * @rx_rule_del: remove a rule and free it. The parent may call the queue until
 *	an RCU grace period after the return, so the client waits for one before
 *	it frees the queue. Sleeps.
 * @health: report a problem to the operator as a constant string, or NULL if
 *	the problem is over. The operator, or the parent on the operator's
 *	behalf, may call @mf_client_ops.recover after the return. Any context.
 */
struct mf_qblock_ops {
	int (*attach)(struct mf_qblock *qb, struct mf_client *client);
	void (*detach)(struct mf_qblock *qb, struct mf_client *client);
	void (*get_attr)(struct mf_qblock *qb, struct mf_qblock_attr *attr);
	void (*get_stats)(struct mf_qblock *qb, struct mf_qblock_stats *stats);
	unsigned int (*xmit)(struct mf_qblock *qb, const struct mf_frame *frames,
			     unsigned int n);
	struct mf_rx_rule *(*rx_rule_add)(struct mf_qblock *qb,
					  const struct mf_rx_rule_spec *spec);
	void (*rx_rule_del)(struct mf_qblock *qb, struct mf_rx_rule *rule);
	void (*health)(struct mf_qblock *qb, const char *problem);
};

/**
 * struct mf_qblock - a queue block, owned by the parent
 * @ops: operations of the parent; constant
 * @dev: common parent of the class devices (ib_device, net_device) that clients
 *	register, so that user space finds one by the other
 * @dma_dev: device that reads and writes queue memory, or NULL if the CPU does
 * @net: network namespace in which clients register their class devices. It is
 *	constant and valid from before a client's probe until after its remove;
 *	the parent removes the clients before the namespace is destroyed or
 *	changed
 */
struct mf_qblock {
	const struct mf_qblock_ops	*ops;
	struct device			*dev;
	struct device			*dma_dev;
	possible_net_t			net;
};

/**
 * struct mf_qblock_dev - the auxiliary device that a client binds to
 * @adev: the auxiliary device, named "<parent>.rdma" or "<parent>.eth"
 * @qb: the queue block, valid from before the client's probe until after its
 *	remove
 */
struct mf_qblock_dev {
	struct auxiliary_device	adev;
	struct mf_qblock	*qb;
};

/**
 * mf_qblock_from_adev - return the queue block of an auxiliary device
 * @adev: device passed to the client's probe
 *
 * Return: the queue block, never NULL.
 */
static inline struct mf_qblock *mf_qblock_from_adev(struct auxiliary_device *adev)
{
	return container_of(adev, struct mf_qblock_dev, adev)->qb;
}

#endif /* _LINUX_MF_QBLOCK_H */
