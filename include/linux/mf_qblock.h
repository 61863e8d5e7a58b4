/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The contract of queue blocks between a NIC driver, the parent, which offers
 * them on the auxiliary bus, and the drivers that use them, the clients.
 */
#ifndef _LINUX_MF_QBLOCK_H
#define _LINUX_MF_QBLOCK_H

#include <linux/auxiliary_bus.h>
#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/list.h>
#include <linux/mf_frame.h>
#include <linux/types.h>
#include <net/net_namespace.h>

struct devlink_fmsg;
struct devlink_port;
struct netlink_ext_ack;

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
 * Frames are those of IEEE 802.3, from the destination MAC to the payload,
 * without frame check sequence; vlan tags are those of IEEE 802.1Q. Lengths are
 * in bytes. Counters start at zero with the port and are never reset.
 *
 * Each function names its context. "Sleeps" means process context without
 * spinlocks. "Atomic" means softirq or process context with bottom halves
 * disabled, and never hard interrupt context.
 */

struct mf_qblock;
struct mf_client;
struct mf_rxq;
struct mf_rx_rule;

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
 * @whole: NULL, or the @mf_frame_cut.finish of the whole frames that the queue
 *	takes. The parent cuts all others into frames of a wire for the queue.
 *	The client may change it at any time; calls of @mf_rxq_ops.rx that are
 *	under way follow the old value
 */
struct mf_rxq {
	const struct mf_rxq_ops	*ops;
	mf_finish_fn		*whole;
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
 * The fields are those of the outermost headers: IEEE 802.3 and 802.1Q, and
 * RFC 826 (ARP), 791 and 792 (IPv4, ICMP), 8200 and 4443 (IPv6, ICMPv6), 9293
 * (TCP), 768 (UDP) and 9260 (SCTP).
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
 * @tx_frames: frames accepted from clients. Here and below, a whole frame
 *	counts as the frames and bytes that it has on a wire
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
 * @attach: start to use the queue block. Returns 0, or a negative errno, which
 *	the client's probe returns. Sleeps.
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
 *	headers and pages belong to the caller again. A whole frame, see
 *	@mf_frame.cut, is accepted as a whole. The function calls
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
 * @dl_port: devlink port that a client's network interface belongs to, or NULL
 *	if the parent has an interface of its own for it. It is registered while
 *	clients exist
 * @net: network namespace in which clients register their class devices. It is
 *	constant and valid from before a client's probe until after its remove;
 *	the parent removes the clients before the namespace is destroyed or
 *	changed
 * @limited: a maximum rate holds for what the port sends. It can change at any
 *	time. A whole frame may overdraw the rate, so a client that could as
 *	well send frames of a wire does so
 */
struct mf_qblock {
	const struct mf_qblock_ops	*ops;
	struct device			*dev;
	struct device			*dma_dev;
	struct devlink_port		*dl_port;
	possible_net_t			net;
	bool				limited;
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
