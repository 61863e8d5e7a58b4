// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The responder's part of reads and atomics: their execution, the queue of their
 * responses, and the memory of those that the peer may request again. IBTA volume
 * 1, 9.4.4 (reads), 9.4.5 (atomics), 9.7.5.1.4 (duplicates).
 */
#include <linux/highmem.h>

#include "roce/pkt.h"
#include "roce/reply.h"
#include "roce/resp.h"
#include "roce/roce.h"
#include "verbs/key.h"
#include "verbs/mr.h"
#include "verbs/xrc.h"

/**
 * mfraw_resp_remember - remember an executed read
 * @resp: the responder
 * @pkt: the request
 * @packets: number of response packets
 *
 * Context: rq.q.lock.
 */
void mfraw_resp_remember(struct mfraw_responder *resp,
			 const struct mfraw_pkt *pkt, u32 packets)
{
	const struct mfraw_reth *reth = (const void *)pkt->ext;

	resp->reads[resp->reads_n++ % MFRAW_MAX_RD_ATOMIC] =
		(struct mfraw_past_read) {
			.psn = pkt->psn,
			.packets = packets,
			.msn = resp->msn,
			.addr = be64_to_cpu(reth->addr),
			.length = be32_to_cpu(reth->length),
			.rkey = be32_to_cpu(reth->rkey),
		};
}

/*
 * Find an earlier read that covers this request. Returns NULL if there is none.
 */
static const struct mfraw_past_read *
mfraw_resp_was_read(const struct mfraw_roce *roce, const struct mfraw_pkt *pkt)
{
	const struct mfraw_reth *reth = (const void *)pkt->ext;
	const struct mfraw_responder *resp = &roce->resp;
	u32 n = min_t(u32, resp->reads_n, MFRAW_MAX_RD_ATOMIC);
	u32 len = be32_to_cpu(reth->length);
	u32 i, skip;
	u64 off;

	/* The latest first: older ones may have the same number. */
	for (i = resp->reads_n - 1; n; i--, n--) {
		const struct mfraw_past_read *past =
			&resp->reads[i % MFRAW_MAX_RD_ATOMIC];

		skip = (pkt->psn - past->psn) & MFRAW_PSN_MASK;
		if (skip >= past->packets)
			continue;
		off = be64_to_cpu(reth->addr) - past->addr;
		if (be32_to_cpu(reth->rkey) != past->rkey ||
		    off > past->length || len > past->length - off ||
		    DIV_ROUND_UP(len, roce->mtu) > past->packets - skip)
			break;
		return past;
	}

	return NULL;
}

/*
 * Get an entry for the response to a read or atomic. A peer that requests @psn
 * again went back to it, and requests all that followed again, in order (IBTA
 * 9.7.5.1.4). So drop the pending responses from @psn on.
 */
static struct mfraw_rd_atomic *
mfraw_resp_rd_alloc(struct mfraw_responder *resp, u32 psn)
{
	u32 i;

	for (i = resp->rd_tail; psn != resp->psn && i != resp->rd_head; i++) {
		if (mfraw_psn_cmp(mfraw_resp_rd(resp, i)->last_psn, psn) < 0)
			continue;
		if ((s32)(i - resp->rd_cut) < 0)
			resp->rd_cut = i;
		resp->rd_head = i;
		break;
	}
	if (resp->rd_head - resp->rd_tail == MFRAW_RESP_RD)
		return NULL;

	return mfraw_resp_rd(resp, resp->rd_head++);
}

/**
 * mfraw_resp_read - queue the response to a read, also to a duplicate
 * @roce: the queue pair
 * @pkt: the request
 * @msn: messages completed with it
 * @packets: set to the number of response packets
 *
 * Context: rq.q.lock, reader of the device.
 * Return: the outcome of the request.
 */
enum mfraw_verdict mfraw_resp_read(struct mfraw_roce *roce,
				   const struct mfraw_pkt *pkt, u32 msn,
				   u32 *packets)
{
	const struct mfraw_reth *reth = (const void *)pkt->ext;
	struct mfraw_responder *resp = &roce->resp;
	u32 len = be32_to_cpu(reth->length);
	struct mfraw_sge_view view;
	struct mfraw_rd_atomic *rd;
	u32 last_psn;

	if (len > MFRAW_MAX_MSG || !roce->attr.max_dest_rd_atomic)
		return MFRAW_REQ_INVALID;
	if (!(roce->access & IB_ACCESS_REMOTE_READ) ||
	    !mfraw_rkey_get_last(&view, roce->qp, roce->qp->rq.pd,
				 be32_to_cpu(reth->rkey),
				 be64_to_cpu(reth->addr), len,
				 IB_ACCESS_REMOTE_READ, &resp->last))
		return MFRAW_REQ_ACCESS;

	*packets = max(1U, DIV_ROUND_UP(len, roce->mtu));
	last_psn = mfraw_psn_add(pkt->psn, *packets - 1);
	rd = mfraw_resp_rd_alloc(resp, pkt->psn);
	if (!rd)
		return MFRAW_REQ_DROP;
	*rd = (struct mfraw_rd_atomic) {
		.first = true,
		.psn = pkt->psn,
		.last_psn = last_psn,
		.msn = msn,
		.addr = be64_to_cpu(reth->addr),
		.left = len,
		.rkey = be32_to_cpu(reth->rkey),
		.srqn = pkt->srqn,
	};

	return MFRAW_REQ_DONE;
}

/* Queue the response to an atomic. Returns false if there is no room for it. */
static bool mfraw_resp_queue_atomic(struct mfraw_responder *resp,
				    const struct mfraw_pkt *pkt, u32 msn,
				    u64 value)
{
	struct mfraw_rd_atomic *rd = mfraw_resp_rd_alloc(resp, pkt->psn);

	if (!rd)
		return false;
	*rd = (struct mfraw_rd_atomic) {
		.atomic = true,
		.psn = pkt->psn,
		.last_psn = pkt->psn,
		.msn = msn,
		.value = value,
	};

	return true;
}

/* Execute an atomic. CPUs of this machine see it as atomic, too. */
static u64 mfraw_resp_change(struct mfraw_mr *mr, u64 addr, bool swap,
			     const struct mfraw_atomic_eth *eth)
{
	u32 len = sizeof(u64);
	atomic64_t *at = mfraw_mr_map(mr, addr, &len);
	u64 orig;

	if (swap)
		orig = atomic64_cmpxchg(at, be64_to_cpu(eth->compare),
					be64_to_cpu(eth->swap_add));
	else
		orig = atomic64_fetch_add(be64_to_cpu(eth->swap_add), at);
	kunmap_local(at);

	return orig;
}

/**
 * mfraw_resp_atomic - execute an atomic, and queue its response
 * @roce: the queue pair
 * @pkt: the request
 *
 * Context: rq.q.lock, reader of the device.
 * Return: the outcome of the request.
 */
enum mfraw_verdict mfraw_resp_atomic(struct mfraw_roce *roce,
				     const struct mfraw_pkt *pkt)
{
	const struct mfraw_atomic_eth *eth = (const void *)pkt->ext;
	struct mfraw_responder *resp = &roce->resp;
	u64 addr = be64_to_cpu(eth->addr), orig;
	struct mfraw_sge_view view;
	u32 i;

	if (!roce->attr.max_dest_rd_atomic)
		return MFRAW_REQ_INVALID;
	if (!(roce->access & IB_ACCESS_REMOTE_ATOMIC) ||
	    !mfraw_rkey_get(&view, roce->qp, be32_to_cpu(eth->rkey), addr,
			    sizeof(u64), IB_ACCESS_REMOTE_ATOMIC))
		return MFRAW_REQ_ACCESS;
	if (view.addr & (sizeof(u64) - 1))
		return MFRAW_REQ_INVALID;
	if (resp->rd_head - resp->rd_tail == MFRAW_RESP_RD)
		return MFRAW_REQ_DROP;

	orig = mfraw_resp_change(view.mr, view.addr,
				 (pkt->opcode & 0x1f) == IB_OPCODE_COMPARE_SWAP,
				 eth);
	i = resp->atomics_n++ % MFRAW_MAX_RD_ATOMIC;
	resp->atomics[i].psn = pkt->psn;
	resp->atomics[i].msn = resp->msn + 1;
	resp->atomics[i].value = orig;
	mfraw_resp_queue_atomic(resp, pkt, resp->msn + 1, orig);

	return MFRAW_REQ_DONE;
}

/**
 * mfraw_resp_again - answer a duplicate of an executed request (IBTA 9.7.4.4)
 * @roce: the queue pair
 * @pkt: the request
 *
 * Context: rq.q.lock, reader of the device.
 */
void mfraw_resp_again(struct mfraw_roce *roce, const struct mfraw_pkt *pkt)
{
	struct mfraw_responder *resp = &roce->resp;
	const struct mfraw_past_read *past;
	u32 packets, i, n;

	mfraw_count(roce->qp->dev, MFRAW_DUPLICATE, 1);

	if (pkt->info & MFRAW_PKT_READ) {
		past = mfraw_resp_was_read(roce, pkt);
		if (!past)
			return;
		if (unlikely(roce->type == IB_QPT_XRC_TGT))
			roce->qp->rq.pd = mfraw_xrc_pd(roce, pkt->srqn);
		if (mfraw_resp_read(roce, pkt, past->msn,
				    &packets) == MFRAW_REQ_DONE)
			resp->due = true;
	} else if (pkt->info & MFRAW_PKT_ATOMIC) {
		/* The latest first: older ones may have the same number. */
		n = min_t(u32, resp->atomics_n, MFRAW_MAX_RD_ATOMIC);
		for (i = resp->atomics_n - 1; n; i--, n--)
			if (resp->atomics[i % MFRAW_MAX_RD_ATOMIC].psn ==
			    pkt->psn)
				break;
		if (!n)
			return;
		i %= MFRAW_MAX_RD_ATOMIC;
		if (mfraw_resp_queue_atomic(resp, pkt, resp->atomics[i].msn,
					    resp->atomics[i].value))
			resp->due = true;
	} else if (!resp->ack || resp->ack_syndrome == MFRAW_SYN_ACK) {
		mfraw_reply_ack(roce, MFRAW_SYN_ACK,
				mfraw_psn_add(resp->psn, -1));
	}
}
