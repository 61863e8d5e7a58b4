// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Send and receive datagrams of UD queue pairs, the GSI included. IBTA volume
 * 1, 9.8.3 (UD), 11.4.1.2 (the GRH in front of a received datagram).
 */
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include "queue/burst.h"
#include "queue/rxq.h"
#include "refuse.h"
#include "roce/gid.h"
#include "roce/pack.h"
#include "roce/pkt.h"
#include "roce/roce.h"
#include "roce/ud.h"
#include "verbs/ah.h"

#define MFRAW_QKEY_CONTROLLED	BIT(31)	/* use the queue pair's own Q_Key */

/* Find an address handle, which is mostly that of the datagram before. */
static const struct mfraw_path *mfraw_ud_path(struct mfraw_roce *roce, u32 ahn)
{
	struct mfraw_requester *req = &roce->req;

	if (!req->path || req->ahn != ahn) {
		req->path = mfraw_ah_path(roce->qp->ibqp.pd, ahn);
		req->ahn = ahn;
	}

	return req->path;
}

/**
 * mfraw_ud_pack - build the packet of a datagram
 * @roce: a UD queue pair
 * @wqe: work request of the datagram
 * @full: set if the packet does not fit in this round
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
	struct mfraw_packer p __uninitialized;
	struct udphdr *udp;
	u8 status;

	path = mfraw_ud_path(roce, le32_to_cpu(wqe->seg.ud.ahn));
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

	status = mfraw_pack_payload(&p, wqe, 0, wqe->length, qp->ibqp.pd,
				    &roce->req.last, full);
	if (status != MFRAW_CQE_SUCCESS || *full) {
		b->nr_frags = p.first_frag;
		return status;
	}
	mfraw_pack_end(&p, roce);

	return MFRAW_CQE_SUCCESS;
}

/*
 * Build the GRH of a received datagram. An IPv4 header is in its last 20 bytes.
 */
static __always_inline void mfraw_ud_grh(const struct mfraw_pkt *pkt, u8 *grh)
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

/* Write GRH and payload to the receive entry. Returns the completion status. */
static u8 mfraw_ud_scatter(struct mfraw_roce *roce,
			   const struct mfraw_pkt *pkt)
{
	struct mfraw_responder *resp = &roce->resp;
	const struct mfraw_rwqe *rwqe = &resp->rwqe;
	struct ib_pd *pd = roce->qp->ibqp.pd;
	u8 grh[sizeof(struct ib_grh)], status;

	mfraw_ud_grh(pkt, grh);
	status = mfraw_pkt_scatter(NULL, grh, sizeof(grh), rwqe->sge,
				   rwqe->num_sge, 0, pd, &resp->last);
	if (status == MFRAW_CQE_SUCCESS)
		status = mfraw_pkt_scatter(pkt, NULL, pkt->len, rwqe->sge,
					   rwqe->num_sge, sizeof(grh), pd,
					   &resp->last);
	/* Short datagrams that follow find the region in the window. */
	if (resp->last && pkt->len <= MFRAW_SHORT_MAX)
		mfraw_mr_window_set(&roce->qp->rq.window, resp->last, pd,
				    IB_ACCESS_LOCAL_WRITE);

	return status;
}

/* The same for a short datagram. Returns false if it is not that simple. */
static __always_inline bool mfraw_ud_short(struct mfraw_roce *roce,
					   const struct mfraw_pkt *pkt)
{
	const u32 grh = sizeof(struct ib_grh);
	u8 *to;

	if (!mfraw_pkt_is_short(pkt))
		return false;
	to = mfraw_recv_short(&roce->qp->rq.window, &roce->resp.rwqe,
			      grh + pkt->len);
	if (unlikely(!to))
		return false;
	mfraw_ud_grh(pkt, to);
	mfraw_copy_short(to + grh, pkt->frame->hdr + pkt->off, pkt->len);
	kunmap_local(to);

	return true;
}

/* Report the VLAN tag in flow_tag: kernel consumers need the tag to reply. */
static void mfraw_ud_vlan(const struct mfraw_pkt *pkt, struct mfraw_cqe *cqe)
{
	const struct vlan_hdr *vlan = (const void *)(pkt->frame->hdr + ETH_HLEN);

	cqe->info |= MFRAW_CQE_CVLAN;
	cqe->flow_tag = cpu_to_le32(be16_to_cpu(vlan->h_vlan_TCI));
}

/* Receive a datagram. rq.q.lock held. */
static void mfraw_ud_receive(struct mfraw_roce *roce,
			     const struct mfraw_pkt *pkt)
{
	const struct mfraw_deth *deth = (const void *)pkt->ext;
	struct mfraw_responder *resp = &roce->resp;
	struct mfraw_rwqe *rwqe = &resp->rwqe;
	struct mfraw_qp *qp = roce->qp;
	struct mfraw_cqe cqe = {
		.byte_len = cpu_to_le32(sizeof(struct ib_grh) + pkt->len),
		.opcode = MFRAW_CQE_RECV,
		.info = MFRAW_CQE_GRH,
		.src_qp = cpu_to_le32(be32_to_cpu(deth->src_qpn) &
				      MFRAW_PSN_MASK),
	};

	lockdep_assert_held(&roce->qp->rq.q.lock);
	if (be32_to_cpu(deth->qkey) != roce->qkey) {
		mfraw_drop(qp->dev, qp->ibqp.qp_num, MFRAW_RX_QKEY, 1);
		return;
	}
	if (!mfraw_resp_need_rwqe(roce)) {
		mfraw_drop(qp->dev, qp->ibqp.qp_num, MFRAW_RX_NO_BUFFER, 1);
		return;
	}
	/*
	 * Any peer may send such a datagram, so it must not cost an entry or
	 * the queue pair.
	 */
	if (sizeof(struct ib_grh) + pkt->len > rwqe->length) {
		mfraw_drop(qp->dev, qp->ibqp.qp_num, MFRAW_RX_ERROR, 1);
		return;
	}
	resp->have_rwqe = false;

	cqe.wqe_idx = cpu_to_le32(rwqe->idx);
	if (!mfraw_ud_short(roce, pkt))
		cqe.status = mfraw_ud_scatter(roce, pkt);
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
 * mfraw_ud_rx - handle a datagram
 * @roce: a UD queue pair
 * @pkt: the datagram
 *
 * Context: between mfraw_resp_begin() and mfraw_resp_end().
 */
void mfraw_ud_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt)
{
	if (likely(READ_ONCE(roce->qp->rq.state) == IB_WQS_RDY))
		mfraw_ud_receive(roce, pkt);
	else
		mfraw_drop(roce->qp->dev, roce->qp->ibqp.qp_num,
			   MFRAW_RX_QP_STATE, 1);
}
