// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Datagrams: what is special about UD queue pairs, the GSI among them, and
 * multicast groups. IBTA volume 1, 9.8.3 (UD), 10.5 (multicast), 11.4.1.2 (the
 * GRH in front of a received datagram).
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/if_inet6.h>
#include <net/ip.h>

#include "queue/burst.h"
#include "queue/rxq.h"
#include "refuse.h"
#include "roce/gid.h"
#include "roce/pack.h"
#include "roce/pkt.h"
#include "roce/roce.h"
#include "roce/ud.h"
#include "verbs/ah.h"

#define MFRAW_QKEY_CONTROLLED	BIT(31)	/* take the queue pair's own */

/**
 * struct mfraw_mcast - a queue pair in a multicast group
 * @node: in dev.mcasts, a list per group
 * @gid: the group
 * @roce: the queue pair
 * @rcu: to free it
 */
struct mfraw_mcast {
	struct rhlist_head	node;
	union ib_gid		gid;
	struct mfraw_roce	*roce;
	struct rcu_head		rcu;
};

static const struct rhashtable_params mfraw_mcast_params = {
	.head_offset = offsetof(struct mfraw_mcast, node),
	.key_offset = offsetof(struct mfraw_mcast, gid),
	.key_len = sizeof(union ib_gid),
	.automatic_shrinking = true,
};

/**
 * mfraw_ud_pack - make the packet of a datagram
 * @roce: UD
 * @wqe: the datagram
 * @full: set if it does not fit in this round
 *
 * Context: sq.lock, reader of the device until the round is sent.
 * Return: enum mfraw_cqe_status.
 */
u8 mfraw_ud_pack(struct mfraw_roce *roce, const struct mfraw_swqe *wqe,
		 bool *full)
{
	bool imm = wqe->opcode == MFRAW_OP_SEND_WITH_IMM;
	u32 dqpn = le32_to_cpu(wqe->seg.ud.qpn) & MFRAW_PSN_MASK;
	u32 qkey = le32_to_cpu(wqe->seg.ud.qkey);
	struct mfraw_qp *qp = roce->qp;
	struct mfraw_burst *b = qp->burst;
	struct mfraw_deth *deth;
	const struct mfraw_path *path;
	struct mfraw_packer p;
	struct udphdr *udp;
	u8 status;

	path = mfraw_ah_path(qp->ibqp.pd, le32_to_cpu(wqe->seg.ud.ahn));
	if (!path)
		return MFRAW_CQE_LOC_QP_OP_ERR;

	mfraw_pack_begin(&p, b, path,
			 imm ? IB_OPCODE_UD_SEND_ONLY_WITH_IMMEDIATE :
			       IB_OPCODE_UD_SEND_ONLY,
			 dqpn, roce->req.psn);
	udp = (struct udphdr *)p.bth - 1;
	if (!udp->source)
		udp->source = htons(rdma_get_udp_sport(0, qp->ibqp.qp_num,
						       dqpn));
	deth = mfraw_pack_ext(&p, sizeof(*deth));
	deth->qkey = cpu_to_be32(qkey & MFRAW_QKEY_CONTROLLED ? roce->qkey :
								qkey);
	deth->src_qpn = cpu_to_be32(qp->ibqp.qp_num);
	if (imm)
		memcpy(mfraw_pack_ext(&p, sizeof(wqe->imm)), &wqe->imm,
		       sizeof(wqe->imm));
	if (wqe->flags & MFRAW_SEND_SOLICITED)
		p.bth->flags |= MFRAW_BTH_SE;

	status = mfraw_req_payload(&p, wqe, 0, wqe->length, qp->ibqp.pd, full);
	if (status != MFRAW_CQE_SUCCESS || *full) {
		b->nr_frags = p.first_frag;
		return status;
	}
	mfraw_pack_end(&p, roce);

	return MFRAW_CQE_SUCCESS;
}

/* What stands in front of a received datagram: the IP header, at the end. */
static void mfraw_ud_grh(const struct mfraw_pkt *pkt, u8 *grh)
{
	const u8 *l3 = pkt->frame->hdr + pkt->l3;

	if (pkt->v6) {
		memcpy(grh, l3, sizeof(struct ipv6hdr));
	} else {
		memset(grh, 0, sizeof(struct ib_grh) - sizeof(struct iphdr));
		memcpy(grh + sizeof(struct ib_grh) - sizeof(struct iphdr), l3,
		       sizeof(struct iphdr));
	}
}

/* The tag, in a place of its own: what answers the kernel must have it. */
static void mfraw_ud_vlan(const struct mfraw_pkt *pkt, struct mfraw_cqe *cqe)
{
	const struct vlan_hdr *vlan = (const void *)(pkt->frame->hdr + ETH_HLEN);

	cqe->info |= MFRAW_CQE_CVLAN;
	cqe->flow_tag = cpu_to_le32(be16_to_cpu(vlan->h_vlan_TCI));
}

/* rq.q.lock held. */
static void mfraw_ud_receive(struct mfraw_roce *roce,
			     const struct mfraw_pkt *pkt)
{
	const struct mfraw_deth *deth = (const void *)pkt->ext;
	struct mfraw_responder *resp = &roce->resp;
	struct mfraw_rwqe *rwqe = &resp->rwqe;
	struct mfraw_qp *qp = roce->qp;
	struct ib_pd *pd = qp->ibqp.pd;
	struct mfraw_cqe cqe = {
		.byte_len = cpu_to_le32(sizeof(struct ib_grh) + pkt->len),
		.opcode = MFRAW_CQE_RECV,
		.info = MFRAW_CQE_GRH,
		.src_qp = cpu_to_le32(be32_to_cpu(deth->src_qpn) &
				      MFRAW_PSN_MASK),
	};
	u8 grh[sizeof(struct ib_grh)];

	lockdep_assert_held(&roce->qp->rq.q.lock);
	if (be32_to_cpu(deth->qkey) != roce->qkey) {
		mfraw_drop(qp->dev, qp->ibqp.qp_num, MFRAW_RX_QKEY, 1);
		return;
	}
	if (!mfraw_resp_need_rwqe(roce)) {
		mfraw_drop(qp->dev, qp->ibqp.qp_num, MFRAW_RX_NO_BUFFER, 1);
		return;
	}
	/* Anybody may send this: it ends nothing, and takes no entry. */
	if (sizeof(grh) + pkt->len > rwqe->length) {
		mfraw_drop(qp->dev, qp->ibqp.qp_num, MFRAW_RX_ERROR, 1);
		return;
	}
	resp->have_rwqe = false;

	mfraw_ud_grh(pkt, grh);
	cqe.wqe_idx = cpu_to_le32(rwqe->idx);
	cqe.status = mfraw_roce_scatter(NULL, grh, sizeof(grh), rwqe->sge,
					rwqe->num_sge, 0, pd);
	if (cqe.status == MFRAW_CQE_SUCCESS)
		cqe.status = mfraw_roce_scatter(pkt, NULL, pkt->len, rwqe->sge,
						rwqe->num_sge, sizeof(grh), pd);
	if (pkt->info & MFRAW_PKT_IMM) {
		memcpy(&cqe.imm, deth + 1, sizeof(cqe.imm));
		cqe.info |= MFRAW_CQE_WITH_IMM;
	} else if (qp->kqp && pkt->l3 > ETH_HLEN) {
		mfraw_ud_vlan(pkt, &cqe);
	}

	mfraw_resp_complete(roce, &cqe, pkt->flags & MFRAW_BTH_SE);
	if (unlikely(cqe.status != MFRAW_CQE_SUCCESS)) {
		mfraw_drop(qp->dev, qp->ibqp.qp_num, MFRAW_RX_ERROR, 1);
		qp->rq.fail(&qp->rq, false);
	}
}

/**
 * mfraw_ud_rx - a datagram arrives
 * @roce: UD
 * @pkt: the datagram
 *
 * Context: atomic, reader of the device.
 */
void mfraw_ud_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt)
{
	struct mfraw_rq *rq = &roce->qp->rq;

	spin_lock(&rq->q.lock);
	if (likely(READ_ONCE(rq->state) == IB_WQS_RDY))
		mfraw_ud_receive(roce, pkt);
	else
		mfraw_drop(roce->qp->dev, roce->qp->ibqp.qp_num,
			   MFRAW_RX_QP_STATE, 1);
	spin_unlock(&rq->q.lock);
}

/*
 * Is the packet's MAC that of the group that its IP address names? Who is not to
 * be in a group can't have its packets by another one's MAC, which the switch
 * looks at.
 */
static bool mfraw_mcast_mac_ok(const struct mfraw_pkt *pkt)
{
	const u8 *l3 = pkt->frame->hdr + pkt->l3;
	const u8 *dmac = pkt->frame->hdr;
	u8 mac[ETH_ALEN];

	if (pkt->v6)
		ipv6_eth_mc_map(&((const struct ipv6hdr *)l3)->daddr, mac);
	else
		ip_eth_mc_map(((const struct iphdr *)l3)->daddr, mac);

	return ether_addr_equal_unaligned(mac, dmac);
}

/**
 * mfraw_ud_rx_mcast - a datagram arrives that is for a group
 * @dev: where
 * @pkt: the datagram
 *
 * Context: atomic, reader of the device.
 */
void mfraw_ud_rx_mcast(struct mfraw_dev *dev, const struct mfraw_pkt *pkt)
{
	struct rhlist_head *list, *pos;
	struct mfraw_mcast *mcast;
	union ib_gid gid;

	if ((pkt->opcode & ~0x1f) != IB_OPCODE_UD) {
		mfraw_drop(dev, pkt->qpn, MFRAW_RX_NO_QP, 1);
		return;
	}

	mfraw_pkt_dgid(pkt, &gid);
	/* A group is one in each vlan that the port has an address in. */
	if (!mfraw_mcast_mac_ok(pkt) ||
	    !mfraw_gid_vlan_known(dev, pkt->vlan)) {
		mfraw_drop(dev, pkt->qpn, MFRAW_RX_PEER, 1);
		return;
	}
	list = rhltable_lookup(&dev->mcasts, &gid, mfraw_mcast_params);
	if (!list)
		mfraw_drop(dev, pkt->qpn, MFRAW_RX_NO_QP, 1);
	rhl_for_each_entry_rcu(mcast, pos, list, node)
		if (!test_bit(MFRAW_QP_BLOCK_LOOPBACK,
			      &mcast->roce->qp->flags) ||
		    pkt->frame->src != &mcast->roce->qp->rxq->rxq)
			mfraw_ud_rx(mcast->roce, pkt);
}

/*
 * A queue pair in a group, or NULL. @members: set to how many the group has that
 * come before it, or at all. RCU read section.
 */
static struct mfraw_mcast *mfraw_mcast_find(struct mfraw_roce *roce,
					    const union ib_gid *gid,
					    unsigned int *members)
{
	struct mfraw_dev *dev = roce->qp->dev;
	struct rhlist_head *list, *pos;
	struct mfraw_mcast *mcast;

	*members = 0;
	list = rhltable_lookup(&dev->mcasts, gid, mfraw_mcast_params);
	rhl_for_each_entry_rcu(mcast, pos, list, node) {
		if (mcast->roce == roce)
			return mcast;
		(*members)++;
	}

	return NULL;
}

/*
 * mcast_lock held. A frame to a group costs its members' copies, all in one
 * softirq: so there is a limit to them.
 */
static int mfraw_mcast_insert(struct mfraw_dev *dev, struct mfraw_mcast *mcast,
			      unsigned int members)
{
	int err;

	lockdep_assert_held(&dev->mcast_lock);
	if (members >= MFRAW_MAX_MCAST_QP ||
	    (!members && dev->mcast_groups >= MFRAW_MAX_MCAST_GRP))
		return mfraw_refuse(&dev->ibdev, -ENOMEM,
				    "group: members %u, %u at most; groups %u, %u at most",
				    members, MFRAW_MAX_MCAST_QP,
				    dev->mcast_groups, MFRAW_MAX_MCAST_GRP);
	err = rhltable_insert(&dev->mcasts, &mcast->node, mfraw_mcast_params);
	if (!err && !members)
		dev->mcast_groups++;

	return err;
}

static int mfraw_attach_mcast(struct ib_qp *ibqp, union ib_gid *gid, u16 lid)
{
	struct mfraw_roce *roce = to_mfraw_qp(ibqp)->roce;
	struct mfraw_dev *dev = to_mfraw_dev(ibqp->device);
	struct mfraw_mcast *mcast;
	unsigned int members;
	int err = 0;

	mcast = kzalloc_obj(*mcast, GFP_KERNEL_ACCOUNT);
	if (!mcast)
		return -ENOMEM;
	mcast->gid = *gid;
	mcast->roce = roce;

	mutex_lock(&dev->mcast_lock);
	rcu_read_lock();
	if (!mfraw_mcast_find(roce, gid, &members)) {
		err = mfraw_mcast_insert(dev, mcast, members);
		if (!err)
			mcast = NULL;
	}
	rcu_read_unlock();
	mutex_unlock(&dev->mcast_lock);
	kfree(mcast);

	return err;
}

static int mfraw_detach_mcast(struct ib_qp *ibqp, union ib_gid *gid, u16 lid)
{
	struct mfraw_roce *roce = to_mfraw_qp(ibqp)->roce;
	struct mfraw_dev *dev = to_mfraw_dev(ibqp->device);
	struct mfraw_mcast *mcast;
	unsigned int members;

	mutex_lock(&dev->mcast_lock);
	rcu_read_lock();
	mcast = mfraw_mcast_find(roce, gid, &members);
	if (mcast) {
		rhltable_remove(&dev->mcasts, &mcast->node, mfraw_mcast_params);
		if (!rhltable_lookup(&dev->mcasts, gid, mfraw_mcast_params))
			dev->mcast_groups--;
	}
	rcu_read_unlock();
	mutex_unlock(&dev->mcast_lock);
	if (!mcast)
		return mfraw_refuse(ibqp->device, -EINVAL,
				    "group: QP %u is no member of %pI6",
				    ibqp->qp_num, gid->raw);
	kfree_rcu(mcast, rcu);

	return 0;
}

/**
 * mfraw_mcast_init - a device without groups
 * @dev: the device
 *
 * Context: sleeps.
 * Return: 0 or an errno.
 */
int mfraw_mcast_init(struct mfraw_dev *dev)
{
	mutex_init(&dev->mcast_lock);
	return rhltable_init(&dev->mcasts, &mfraw_mcast_params);
}

void mfraw_mcast_fini(struct mfraw_dev *dev)
{
	/* Who was in a group has left it before his queue pair went. */
	WARN_ON(atomic_read(&dev->mcasts.ht.nelems));
	rhltable_destroy(&dev->mcasts);
}

const struct ib_device_ops mfraw_mcast_ops = {
	.attach_mcast = mfraw_attach_mcast,
	.detach_mcast = mfraw_detach_mcast,
};
