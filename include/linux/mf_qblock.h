/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The queue block contract: what a NIC driver (the parent) offers on the
 * auxiliary bus, and what the driver that binds to it (the client) gets.
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
 * A queue block is one port of a NIC, cut loose from any subsystem: it sends
 * frames and steers received frames to receive queues. The parent owns the
 * port, its address, its place in the switch and every steering decision. The
 * clients own queues: an RDMA driver gives them to processes, a network driver
 * makes them a net_device.
 *
 * The parent creates one auxiliary device per client kind and queue block, as
 * a struct mf_qblock_dev; all of them point to one struct mf_qblock. It does
 * so only when the port is completely provisioned, so a client's probe finds
 * address, MTU and steering in place. Device names are "<parent>.rdma" and
 * "<parent>.eth"; a client lists in its id table each parent it serves and
 * calls nothing of a parent but @mf_qblock.ops.
 *
 * Life time: the queue block outlives every auxiliary device that points to
 * it. Between the client's attach and detach the ops may be called; after
 * detach returns the parent neither calls the client nor holds a pointer to
 * it.
 *
 * Contexts are named at each function. "Sleeps" means process context without
 * spinlocks; "atomic" means: with bottom halves disabled, in softirq or in
 * process context, and never from hard interrupt.
 */

struct mf_qblock;
struct mf_client;
struct mf_rxq;
struct mf_rx_rule;

/* Frame lengths are in bytes, from destination MAC to payload, without FCS. */
#define MF_FRAME_MIN	ETH_HLEN

/*
 * @mf_frame.hdr covers this much of a frame, or all of a shorter one. Who
 * steers looks no further; so steering never touches payload.
 */
#define MF_FRAME_HDR	128

/* A client that sends hands over headers of this length at most. */
#define MF_FRAME_HDR_SEND	256

/* Vlan tags that a parent may add to a frame on its way. */
#define MF_FRAME_TAGS		8

/* So no receiver, and no parent, sees a header longer than this. */
#define MF_FRAME_HDR_MAX	(MF_FRAME_HDR_SEND + MF_FRAME_TAGS * VLAN_HLEN)

/**
 * struct mf_frame_fcs - the frame check sequence, once a receiver computed it
 * @value: as a wire would carry it
 * @known: @value is that of the frame
 * @any: the sender's: some frame of the call has it known
 */
struct mf_frame_fcs {
	__le32	value;
	bool	known;
	bool	*any;
};

/**
 * struct mf_frame - a frame on its way through, never an allocation
 * @hdr: the first @hdr_len bytes in kernel memory that nobody else can change;
 *	what steering read is what gets delivered
 * @len: whole frame
 * @hdr_len: min(@len, MF_FRAME_HDR) or more, at most MF_FRAME_HDR_SEND for who
 *	sends and MF_FRAME_HDR_MAX for who receives; less than that by what a rule
 *	of the switch took off the header
 * @nr_frags: entries of @frags
 * @frags: the @len - @hdr_len bytes after the header, in order, none across a
 *	page's end; pages that may be user memory, so the contents may change at
 *	any time
 * @src: receive queue that belongs to the sending queue, or NULL; delivered
 *	as it was sent, so that a receiver can tell its own frames
 * @skb: the buffer that this frame and nothing else is in, as on the wire, its
 *	data at the destination MAC; or NULL. Who needs a buffer may clone it
 * @ubuf: whom to tell about pages that are kept, or NULL. If there is @seal, too,
 *	no pages are kept, but who sends a copy of the frame by a device outside
 *	holds @ubuf until that has left: the sender has no more than so much
 *	under way. If the device drops it at once, the sender is told by a call
 *	of @ubuf's complete without a buffer and success, which puts a reference
 * @seal: NULL, or writes the last MF_FRAME_SEAL bytes of the frame, which depend on
 *	the others and on a wire must be right. It gets a linear copy of the
 *	whole frame, reads that and writes there: what the sender changes in its
 *	pages meanwhile does not matter. Without a copy, it reads the frame's
 *	pages and writes the frame's last bytes, which are the sender's. Who
 *	carries the frame out of the reach of queue blocks, or shows it to
 *	somebody who reads it as from a wire, calls mf_frame_copy() or
 *	mf_frame_seal(). A receiver that finds it set knows that the frame comes
 *	from a driver and not from a wire, and that nothing was damaged. Atomic
 * @fcs: NULL, or where a receiver that needs the frame check sequence leaves it
 *	for the next one. Who changes a copy of the frame takes it off that
 *
 * Frame, header and pages belong to the caller and are valid during the call
 * that carries them, no longer. But if there is @ubuf, pages of @frags may be
 * kept, by who takes a reference of each and one of @ubuf, and puts both when
 * it has read them: the sender learns so that its memory is free. Who is handed
 * a frame reads it only.
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
	void			(*seal)(const struct mf_frame *frame, u8 *copy);
	struct mf_frame_fcs	*fcs;
};

/* What @mf_frame.seal writes. */
#define MF_FRAME_SEAL	4

/**
 * mf_frame_seal - make a frame what a wire would carry
 * @frame: the frame
 * @copy: a linear copy of it, of which the last bytes are written, or NULL: its
 *	own last bytes are. They are right for what its pages had when they were
 *	read, which may not be what is read next
 *
 * Context: atomic, during the call that carries @frame.
 */
static inline void mf_frame_seal(const struct mf_frame *frame, u8 *copy)
{
	if (unlikely(frame->seal))
		frame->seal(frame, copy);
}

/**
 * mf_frame_copy - copy a whole frame, as a wire would carry it
 * @to: has room for it
 * @frame: the frame
 *
 * Its pages may change at any time: from here on the copy counts.
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
	mf_frame_seal(frame, copy);
}

/**
 * struct mf_rxq_ops - what the owner of a receive queue implements
 * @rx: take @n frames that steering chose for this queue. The client copies
 *	what it wants and counts what it can't take. Atomic, inside an RCU read
 *	section; may run on several CPUs at once for one queue, and inside the
 *	same client's call of @mf_qblock_ops.xmit, so it takes no lock that is
 *	held there.
 */
struct mf_rxq_ops {
	void (*rx)(struct mf_rxq *rxq, const struct mf_frame *frames,
		   unsigned int n);
};

/**
 * struct mf_rxq - a receive queue, embedded in the client's own object
 * @ops: never NULL
 */
struct mf_rxq {
	const struct mf_rxq_ops	*ops;
};

/**
 * struct mf_flow_key - the header fields that steering can match
 * @dmac: destination MAC
 * @smac: source MAC
 * @ethertype: of the payload, behind any vlan tag
 * @vlan_tpid: 802.1Q or 802.1ad type of the outermost tag, 0 when untagged
 * @vlan_tci: priority, DEI and vlan id of the outermost tag, 0 when untagged
 * @ip_proto: IPv4 protocol, or IPv6 next header behind extension headers; the
 *	operation of ARP
 * @ip_frag: MF_FLOW_FRAG and MF_FLOW_FRAG_FIRST
 * @ip_tos: IPv4 TOS or IPv6 traffic class
 * @ip_ttl: IPv4 TTL or IPv6 hop limit
 * @sport: TCP, UDP or SCTP source port, 0 in any fragment, as tc flower has it;
 *	ICMP type and code
 * @dport: likewise the destination port
 * @tcp_flags: the 12 flag bits, as they stand in the header
 * @flow_label: of IPv6, 20 bits at the end
 * @vlan_tags: how many vlan tags there are
 * @saddr: IPv6 source, or IPv4 source in the first four bytes; of ARP that of
 *	the sender, and behind it the MAC
 * @daddr: likewise the destination
 * @cvlan_tpid: type of the second vlan tag from the outside, 0 when there is none
 * @cvlan_tci: priority, DEI and vlan id of that tag
 * @reserved: zero
 *
 * Network byte order throughout. Fields of a protocol that a frame does not
 * carry are zero in its key. A mask has a one for each bit that must match;
 * a key has zeroes where its mask has. Compared and hashed as words, so there
 * is no padding.
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
 * enum mf_rx_rule_kind - how a rule takes part in the choice of a queue
 * @MF_RX_MATCH: by key and mask. Of the rules that match, those of the lowest
 *	@prio win; if several with that @prio match, the one whose mask came
 *	first into the table; all rules with that same key, mask and @prio get
 *	the frame
 * @MF_RX_MC_DEFAULT: multicast and broadcast frames that no MATCH rule took
 * @MF_RX_DEFAULT: all frames that no rule above took
 * @MF_RX_REST: all frames that no rule above took, multicast ones included: the
 *	host's own network interface, which comes after all that processes ask
 *	for. It gets what other queues of its port send to groups, like them; its
 *	own frames it leaves out, by @mf_frame.src
 * @MF_RX_SNIFFER: a copy of every frame that the port receives or sends,
 *	whatever else becomes of it
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
 * @prio: 0 is the first; MF_RX_MATCH only
 * @key: MF_RX_MATCH only
 * @mask: MF_RX_MATCH only, zero matches every frame
 * @rxq: where the frames go. Several rules may name one queue; a frame still
 *	reaches it once, but for sniffing
 */
struct mf_rx_rule_spec {
	enum mf_rx_rule_kind	kind;
	u16			prio;
	struct mf_flow_key	key;
	struct mf_flow_key	mask;
	struct mf_rxq		*rxq;
};

/**
 * struct mf_qblock_attr - the port as it is now
 * @mac: the port's address; frames to it are steered here
 * @link_up: the port carries traffic
 * @max_frame: longest frame in bytes that the port takes or delivers,
 *	one vlan tag included
 * @mtu: longest Ethernet payload in bytes
 * @speed: Mb/s, 0 when unknown; what all clients of the port say of themselves. What
 *	is software says 10000, as such devices do, or what its operator wants
 * @num_vectors: completion vectors that the operator grants, at least 1
 * @roce: the operator lets the port's clients offer RDMA over Converged
 *	Ethernet; constant while the queue block exists
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
 * struct mf_qblock_stats - what the port counted, since it was created
 * @tx_frames: frames taken from clients
 * @tx_bytes: their bytes
 * @rx_frames: frames steered to the port, each once however many queues it
 *	reached
 * @rx_bytes: their bytes
 * @tx_slow: sent frames that the switch left to the operator's software path
 * @tx_invalid: sent frames shorter than an Ethernet header or over @max_frame
 * @tx_link_down: frames sent while the link was down
 * @tx_spoofed: frames sent with a source MAC that is not the port's
 * @tx_rule_drop: sent frames that a rule of the switch dropped
 * @tx_no_dest: sent frames whose destination is gone
 * @rx_no_rule: received frames that no rule took
 * @rx_too_long: received frames over @max_frame
 * @rx_link_down: frames that arrived while the link was down
 * @rx_fanout: frames for many receivers that were delivered later, since others
 *	would have had to wait
 * @rx_fanout_drop: those of them for which there was no room
 * @rx_queue_drop: frames that the queue of the device behind the port dropped
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
 * struct mf_client_ops - what a client implements
 * @changed: something in struct mf_qblock_attr changed; the client reads it
 *	anew. Sleeps; calls are serialised, and none is under way once detach
 *	returned. The client must not attach or detach in it, nor take RTNL.
 *	Optional.
 * @resume: the port can send again, after @mf_qblock_ops.xmit took nothing.
 *	Sleeps; as @changed otherwise. Only a client that never
 *	sends may leave it out.
 * @diagnose: write what an operator wants to know of the client's engine, as
 *	names and values (Documentation/networking/devlink/devlink-health.rst).
 *	Sleeps; as @changed otherwise. Optional.
 * @recover: put right what can be. Returns 0 when the client is healthy, or an
 *	errno, with the reason in @extack, which may be NULL. Sleeps; as @changed
 *	otherwise. Optional.
 */
struct mf_client_ops {
	void (*changed)(struct mf_client *client);
	void (*resume)(struct mf_client *client);
	void (*diagnose)(struct mf_client *client, struct devlink_fmsg *fmsg);
	int (*recover)(struct mf_client *client,
		       struct netlink_ext_ack *extack);
};

/**
 * struct mf_client - a client of a queue block, embedded in its own object
 * @ops: set by the client before attach
 * @node: the parent's
 */
struct mf_client {
	const struct mf_client_ops	*ops;
	struct list_head		node;
};

/**
 * struct mf_qblock_ops - what a parent implements, every one of them
 * @attach: start using the queue block. Returns 0 or an errno. Sleeps.
 * @detach: the client's rules and queues must be gone. On return the parent
 *	has forgotten the client, and none of its functions runs. Sleeps.
 * @get_attr: read the port's attributes. Sleeps.
 * @get_stats: read the port's counters. Any context.
 * @xmit: send @n frames in order. Returns how many it took. If it took some of
 *	them, that was work enough for one call, and the caller may offer the
 *	others at once. If it took none, the port may not send for now: the
 *	caller keeps them, and offers them again when @mf_client_ops.resume
 *	tells it. A frame that is taken and can't be carried is dropped and
 *	counted, as on a wire.
 *	Frames, headers and pages are the caller's again on return. Calls
 *	&mf_rxq_ops.rx of the receiving queues, the sender's own included.
 *	Atomic.
 * @rx_rule_add: add a rule to the port's receive domain. Returns the rule or
 *	an ERR_PTR: -ENOMEM, -EOPNOTSUPP for a match that this parent can't do,
 *	-ENOSPC for more than it does at once. The parent keeps no pointer to
 *	@spec. Sleeps.
 * @rx_rule_del: take a rule out and free it. The queue may be called until an
 *	RCU grace period after the return; who frees the queue waits for one.
 *	Sleeps.
 * @health: tell the operator of a problem, which is a constant string, or by
 *	NULL that there is none any more. He, or the parent for him, may then
 *	call @mf_client_ops.recover, though not before the return. Any context.
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
 * struct mf_qblock - one queue block, owned by the parent
 * @ops: constant
 * @dev: parent of the class devices (ib_device, net_device) that clients
 *	register, one for all clients, so that user space finds one by the other
 * @dma_dev: the device that reads and writes queue memory, NULL when the CPU
 *	does
 * @net: the network namespace in which clients register their class devices.
 *	It is constant and valid from before a client's probe until after its
 *	remove; the parent removes the clients before the namespace goes
 */
struct mf_qblock {
	const struct mf_qblock_ops	*ops;
	struct device			*dev;
	struct device			*dma_dev;
	possible_net_t			net;
};

/**
 * struct mf_qblock_dev - the auxiliary device that a client binds to
 * @adev: named "<parent>.rdma" or "<parent>.eth"
 * @qb: valid from before the client's probe until after its remove
 */
struct mf_qblock_dev {
	struct auxiliary_device	adev;
	struct mf_qblock	*qb;
};

/**
 * mf_qblock_from_adev - the queue block behind an auxiliary device
 * @adev: the device that the client's probe got
 *
 * Return: the queue block, never NULL.
 */
static inline struct mf_qblock *mf_qblock_from_adev(struct auxiliary_device *adev)
{
	return container_of(adev, struct mf_qblock_dev, adev)->qb;
}

#endif /* _LINUX_MF_QBLOCK_H */
