// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Receive RoCEv2 packets, and deliver each to its queue pair. IBTA volume 1,
 * 9.6 (packet header validation), annex A17.4.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/unaligned.h>

#include "queue/rxq.h"
#include "roce/gid.h"
#include "roce/mcast.h"
#include "roce/pkt.h"
#include "roce/roce.h"
#include "roce/train.h"
#include "roce/ud.h"

/* Rules of users come first. */
#define MFRAW_ROCE_PRIO		U16_MAX

/* Does the packet come from the connected peer, addressed to this end? */
static bool mfraw_from_peer(const struct mfraw_roce *roce,
			    const struct mfraw_pkt *pkt)
{
	const u8 *sent = roce->path.hdr + roce->path.l3;
	const u8 *l3 = pkt->frame->hdr + pkt->l3;

	if (pkt->v6 != roce->path.v6 || pkt->vlan != roce->path.vlan)
		return false;
	if (pkt->v6) {
		const struct ipv6hdr *a = (const void *)l3;
		const struct ipv6hdr *b = (const void *)sent;

		return ipv6_addr_equal(&a->saddr, &b->daddr) &&
		       ipv6_addr_equal(&a->daddr, &b->saddr);
	} else {
		const struct iphdr *a = (const void *)l3;
		const struct iphdr *b = (const void *)sent;

		return a->saddr == b->daddr && a->daddr == b->saddr;
	}
}

/**
 * struct mfraw_rx_run - packets that arrive together
 * @dev: the device that received them
 * @sender: queue pair whose round they are, NULL for packets from elsewhere
 * @roce: queue pair that took the last packet, or NULL
 * @responses: @roce is between mfraw_comp_begin() and mfraw_comp_end(), and not
 *	between mfraw_resp_begin() and mfraw_resp_end()
 * @qpn: destination of an earlier packet
 * @found: queue pair with the number @qpn, or NULL
 * @own: an address of the port that an earlier datagram was for
 * @own_vlan: VLAN of @own, or MFRAW_VLAN_OTHER without @own
 * @pkt: the last packet, valid with @alike
 * @alike: @roce took @pkt, and takes packets whose headers up to the destination
 *	are the same
 */
struct mfraw_rx_run {
	struct mfraw_dev	*dev;
	struct mfraw_roce	*sender;
	struct mfraw_roce	*roce;
	bool			responses;
	u32			qpn;
	struct mfraw_roce	*found;
	union ib_gid		own;
	u16			own_vlan;
	bool			alike;
	struct mfraw_pkt	pkt;
};

/*
 * Find the queue pair that sends a frame. It has made the frame if it names the
 * function that completes it, and this is inside its call of the port.
 */
static struct mfraw_roce *mfraw_run_sender(const struct mf_frame *frame)
{
	const struct mfraw_rxq *rxq;
	const struct mfraw_qp *qp;

	if (frame->fill_trailer != mfraw_icrc_fill)
		return NULL;
	rxq = container_of(frame->src, struct mfraw_rxq, rxq);
	/* Its owner may be destroying it, and waits until its round is over. */
	qp = rcu_dereference_check(rxq->qp, 1);

	return likely(qp) ? qp->roce : NULL;
}

/* End the row of packets to one queue pair, if there is one. */
static void mfraw_run_end(struct mfraw_rx_run *run)
{
	run->alike = false;
	if (!run->roce)
		return;
	if (run->responses)
		mfraw_comp_end(run->roce);
	else
		mfraw_resp_end(run->roce, run->sender);
	run->roce = NULL;
}

/*
 * A response, or else a request or datagram, is next. Packets of one kind in a
 * row to one queue pair need one lock round.
 */
static void mfraw_run_next(struct mfraw_rx_run *run, struct mfraw_roce *roce,
			   bool response)
{
	if (likely(run->roce == roce && run->responses == response))
		return;
	mfraw_run_end(run);
	if (response)
		mfraw_comp_begin(roce);
	else
		mfraw_resp_begin(roce);
	run->roce = roce;
	run->responses = response;
}

/* Find a queue pair, which is mostly that of the packet before. */
static struct mfraw_roce *mfraw_run_find(struct mfraw_rx_run *run, u32 qpn)
{
	const struct mfraw_dev *dev = run->dev;

	if (run->found && run->qpn == qpn)
		return run->found;
	run->qpn = qpn;
	if (unlikely(qpn == MFRAW_GSI_QPN))
		/* Pairs with the release in mfraw_roce_add(). */
		run->found = smp_load_acquire(&dev->rdev.gsi);
	else
		run->found = mfraw_table_find(&dev->rdev.qps,
					      qpn - dev->qpn_first);

	return run->found;
}

/* Is a datagram for an address of the port in its VLAN? */
static bool mfraw_run_is_own(struct mfraw_rx_run *run,
			     const struct mfraw_pkt *pkt)
{
	union ib_gid gid;

	mfraw_pkt_dgid(pkt, &gid);
	if (likely(pkt->vlan == run->own_vlan) &&
	    ipv6_addr_equal((const void *)&gid, (const void *)&run->own))
		return pkt->vlan != MFRAW_VLAN_OTHER;
	if (!mfraw_gid_is_own(run->dev, &gid, pkt->vlan))
		return false;
	run->own = gid;
	run->own_vlan = pkt->vlan;

	return true;
}

/* Hand the packet to the queue pair of the row. */
static __always_inline void mfraw_run_take(const struct mfraw_rx_run *run)
{
	const struct mfraw_pkt *pkt = &run->pkt;
	struct mfraw_roce *roce = run->roce;

	if (unlikely(pkt->n > 1))
		mfraw_train_rx(roce, pkt);
	else if (run->responses)
		mfraw_comp_rx(roce, pkt);
	else if (roce->type == IB_QPT_UD)
		mfraw_ud_rx(roce, pkt);
	else
		mfraw_resp_rx(roce, pkt);
}

/*
 * An XRC_INI queue pair takes responses, an XRC_TGT queue pair takes requests.
 */
static enum ib_qp_type mfraw_xrc_receiver(const struct mfraw_pkt *pkt)
{
	return pkt->info & MFRAW_PKT_RESP ? IB_QPT_XRC_INI : IB_QPT_XRC_TGT;
}

/* Has the packet the transport of the queue pair? */
static bool mfraw_transport_ok(const struct mfraw_roce *roce,
			       const struct mfraw_pkt *pkt)
{
	/* CNPs have the same opcode for all connected transports. */
	if (unlikely(pkt->info & MFRAW_PKT_CNP))
		return roce->type != IB_QPT_UD;

	return (pkt->opcode & ~0x1f) == roce->transport &&
	       (likely(roce->transport != MFRAW_OPCODE_XRC) ||
		roce->type == mfraw_xrc_receiver(pkt));
}

/* Find the queue pair that a packet is for. Returns NULL if it is dropped. */
static struct mfraw_roce *mfraw_run_dest(struct mfraw_rx_run *run)
{
	const struct mfraw_pkt *pkt = &run->pkt;
	enum mfraw_stat cause = MFRAW_RX_NO_QP;
	struct mfraw_roce *roce = NULL;

	/* Multicast packets must name MFRAW_MULTICAST_QPN (IBTA 9.6.1.1). */
	if (likely(!is_multicast_ether_addr(pkt->frame->hdr)))
		roce = mfraw_run_find(run, pkt->qpn);
	if (unlikely(!roce))
		goto drop;
	cause = MFRAW_RX_OPCODE;
	if (unlikely(!mfraw_transport_ok(roce, pkt)))
		goto drop;
	cause = MFRAW_RX_PEER;
	if (likely(roce->type == IB_QPT_UD ? mfraw_run_is_own(run, pkt) :
					     mfraw_from_peer(roce, pkt)))
		return roce;
drop:
	mfraw_drop(run->dev, pkt->qpn, cause, pkt->n);
	return NULL;
}

static noinline void mfraw_run_one(struct mfraw_rx_run *run,
				   const struct mf_frame *frame)
{
	struct mfraw_pkt *pkt = &run->pkt;
	struct mfraw_dev *dev = run->dev;
	struct mfraw_roce *roce;
	bool marked;

	run->alike = false;
	if (unlikely(!mfraw_pkt_parse(pkt, frame))) {
		mfraw_drop(dev, 0, MFRAW_RX_MALFORMED,
			   mfraw_frame_packets(frame));
		return;
	}
	if (!frame->fill_trailer && unlikely(!mfraw_icrc_ok(pkt))) {
		mfraw_drop(dev, pkt->qpn, MFRAW_RX_ICRC, 1);
		return;
	}
	if (pkt->qpn == MFRAW_MULTICAST_QPN) {
		mfraw_run_end(run);
		mfraw_mcast_rx(dev, pkt);
		return;
	}

	roce = mfraw_run_dest(run);
	if (unlikely(!roce))
		return;
	if (unlikely(pkt->info & MFRAW_PKT_CNP)) {
		mfraw_cc_rx_cnp(roce);
		return;
	}
	/* Datagrams take no part in congestion control. */
	marked = roce->type != IB_QPT_UD && mfraw_pkt_is_ce(pkt);
	if (unlikely(marked))
		mfraw_cc_rx_marked(roce, pkt->n);
	mfraw_run_next(run, roce, pkt->info & MFRAW_PKT_RESP);
	/* Another XRC packet may name another SRQ behind its BTH. */
	run->alike = !marked && frame->fill_trailer && !frame->cut &&
		     pkt->l3 == ETH_HLEN && roce->transport != MFRAW_OPCODE_XRC;
	mfraw_run_take(run);
}

static __always_inline u64 mfraw_differ(const u8 *a, const u8 *b, u32 off)
{
	return get_unaligned((const u64 *)(a + off)) ^
	       get_unaligned((const u64 *)(b + off));
}

/*
 * Are the first @len bytes of two headers the same? @len is a constant from 48 to
 * 72.
 */
static __always_inline bool mfraw_same_hdr(const u8 *a, const u8 *b, u32 len)
{
	u64 differ = mfraw_differ(a, b, 0) | mfraw_differ(a, b, 8) |
		     mfraw_differ(a, b, 16) | mfraw_differ(a, b, 24) |
		     mfraw_differ(a, b, 32) | mfraw_differ(a, b, 40) |
		     mfraw_differ(a, b, len - 8);

	if (len > 56)
		differ |= mfraw_differ(a, b, 48) | mfraw_differ(a, b, 56);

	return !differ;
}

/*
 * Most packets that arrive together belong to one queue pair and have one
 * length. Then all headers up to the destination in the BTH are the same, and
 * what was found out about the packet before holds for the next one, too.
 */
static __always_inline bool mfraw_run_alike(struct mfraw_rx_run *run,
					    const struct mf_frame *frame)
{
	const u32 v4 = ETH_HLEN + sizeof(struct iphdr) + sizeof(struct udphdr);
	const u32 v6 = ETH_HLEN + sizeof(struct ipv6hdr) + sizeof(struct udphdr);
	const u32 dest = offsetofend(struct mfraw_bth, qpn);
	const struct mf_frame *before = run->pkt.frame;
	struct mfraw_pkt *pkt = &run->pkt;
	const struct mfraw_bth *bth;
	u32 psn;

	if (!run->alike || frame->cut || !frame->fill_trailer ||
	    frame->len != before->len || frame->hdr_len != before->hdr_len)
		return false;
	if (likely(!pkt->v6)) {
		if (!mfraw_same_hdr(frame->hdr, before->hdr, v4 + dest))
			return false;
		bth = (const void *)(frame->hdr + v4);
	} else {
		if (!mfraw_same_hdr(frame->hdr, before->hdr, v6 + dest))
			return false;
		bth = (const void *)(frame->hdr + v6);
	}
	psn = be32_to_cpu(bth->psn);
	pkt->psn = psn & MFRAW_PSN_MASK;
	pkt->ack_req = psn & MFRAW_BTH_ACK_REQ;
	pkt->ext = (const u8 *)(bth + 1);
	pkt->frame = frame;

	return true;
}

/* See struct mf_rxq_ops. */
static void mfraw_roce_rx(struct mf_rxq *rxq, const struct mf_frame *frames,
			  unsigned int n)
{
	struct mfraw_rx_run run __uninitialized;
	int idx;

	run.dev = container_of(rxq, struct mfraw_dev, rdev.rxq);
	run.sender = mfraw_run_sender(frames);
	run.roce = NULL;
	run.found = NULL;
	memset(&run.own, 0, sizeof(run.own));
	run.own_vlan = MFRAW_VLAN_OTHER;
	run.alike = false;

	idx = srcu_read_lock(&run.dev->readers);
	for (; n--; frames++) {
		if (mfraw_run_alike(&run, frames))
			mfraw_run_take(&run);
		else
			mfraw_run_one(&run, frames);
	}
	mfraw_run_end(&run);
	srcu_read_unlock(&run.dev->readers, idx);
}

static const struct mf_rxq_ops mfraw_roce_rxq_ops = {
	.rx = mfraw_roce_rx,
};

/**
 * mfraw_roce_rx_start - take the port's RoCEv2 packets
 * @dev: the device, after mfraw_roce_init()
 *
 * Adds one rule for UDP datagrams to the port's MAC and one for multicast.
 *
 * Context: sleeps.
 * Return: 0 or an errno.
 */
int mfraw_roce_rx_start(struct mfraw_dev *dev)
{
	struct mf_rx_rule_spec spec = {
		.kind = MF_RX_MATCH,
		.prio = MFRAW_ROCE_PRIO,
		.key.ip_proto = IPPROTO_UDP,
		.key.dport = htons(ROCE_V2_UDP_DPORT),
		.mask.ip_proto = 0xff,
		.mask.dport = htons(0xffff),
		.rxq = &dev->rdev.rxq,
	};
	struct mf_rx_rule *rule;

	if (!dev->roce)
		return 0;

	dev->rdev.rxq.ops = &mfraw_roce_rxq_ops;
	dev->rdev.rxq.whole = mfraw_train_finish;

	ether_addr_copy(spec.key.dmac, dev->attr.mac);
	eth_broadcast_addr(spec.mask.dmac);
	rule = dev->qb->ops->rx_rule_add(dev->qb, &spec);
	if (IS_ERR(rule))
		return PTR_ERR(rule);
	dev->rdev.rules[0] = rule;

	eth_zero_addr(spec.key.dmac);
	eth_zero_addr(spec.mask.dmac);
	spec.key.dmac[0] = 1;
	spec.mask.dmac[0] = 1;
	rule = dev->qb->ops->rx_rule_add(dev->qb, &spec);
	if (IS_ERR(rule)) {
		mfraw_roce_rx_stop(dev);
		return PTR_ERR(rule);
	}
	dev->rdev.rules[1] = rule;

	return 0;
}

/**
 * mfraw_roce_rx_stop - stop taking the port's RoCEv2 packets
 * @dev: the device
 *
 * Context: sleeps.
 */
void mfraw_roce_rx_stop(struct mfraw_dev *dev)
{
	int i;

	if (!dev->roce)
		return;

	for (i = 0; i < ARRAY_SIZE(dev->rdev.rules); i++) {
		if (dev->rdev.rules[i])
			dev->qb->ops->rx_rule_del(dev->qb, dev->rdev.rules[i]);
		dev->rdev.rules[i] = NULL;
	}
	/* Wait for steering, which may still be in mfraw_roce_rx(). */
	synchronize_rcu_expedited();
}
