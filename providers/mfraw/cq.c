// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Completion queues.
 */
#include <errno.h>
#include <stdlib.h>

#include "compat.h"
#include "context.h"
#include "cq.h"
#include "pd.h"
#include "ring.h"
#include "wc.h"

/* Map the ring of a new CQ, or the new ring of a resized one. */
static int mfraw_cq_map(struct mfraw_cq *cq, int cmd_fd, uint64_t mmap_key,
			size_t size, uint32_t db_off, uint32_t ring_off,
			uint32_t num_cqe)
{
	int ret;

	ret = mfraw_qmem_map(&cq->mem, cmd_fd, mmap_key, size);
	if (ret)
		return ret;

	cq->db = cq->mem.addr + db_off;
	cq->ring = cq->mem.addr + ring_off;
	cq->num_cqe = num_cqe;
	cq->cons = 0;
	return 0;
}

static struct mfraw_cq *mfraw_new_cq(struct ibv_context *ibctx,
				     const struct ibv_cq_init_attr_ex *attr,
				     struct mfraw_pd *pd, bool locked)
{
	struct mfraw_create_cq_cmd_resp resp = {};
	struct mfraw_create_cq_cmd cmd = {};
	struct mfraw_cq *cq;
	int ret;

	cq = calloc(1, sizeof(*cq));
	if (!cq)
		return NULL;

	ret = mfraw_lock_init(&cq->lock, locked);
	if (ret)
		goto err_free;

	ret = ibv_cmd_create_cq_ex(ibctx, attr, NULL, &cq->vcq, &cmd.ibv_cmd,
				   sizeof(cmd), &resp.ibv_resp, sizeof(resp),
				   0);
	if (ret)
		goto err_lock;

	ret = mfraw_cq_map(cq, ibctx->cmd_fd, resp.mmap_key, resp.mmap_size,
			   resp.db_off, resp.ring_off, resp.num_cqe);
	if (ret)
		goto err_destroy;

	if (pd)
		mfraw_pd_get(pd);
	cq->pd = pd;
	return cq;

err_destroy:
	ibv_cmd_destroy_cq(&cq->vcq.cq);
err_lock:
	mfraw_lock_destroy(&cq->lock);
err_free:
	free(cq);
	errno = ret;
	return NULL;
}

struct ibv_cq *mfraw_create_cq(struct ibv_context *ibctx, int cqe,
			       struct ibv_comp_channel *channel,
			       int comp_vector)
{
	const struct ibv_cq_init_attr_ex attr = {
		.cqe = cqe,
		.channel = channel,
		.comp_vector = comp_vector,
	};
	struct mfraw_cq *cq;

	cq = mfraw_new_cq(ibctx, &attr, NULL, true);
	return cq ? &cq->vcq.cq : NULL;
}

/*
 * IBV_WC_STANDARD_FLAGS has members that no RoCE packet or Ethernet frame has,
 * such as a LID. Programs ask for all of them at once, so these are accepted
 * and read as zero, as in struct ibv_wc.
 */
#define MFRAW_WC_FLAGS                                                         \
	(IBV_WC_STANDARD_FLAGS | IBV_WC_EX_WITH_COMPLETION_TIMESTAMP |         \
	 IBV_WC_EX_WITH_CVLAN | IBV_WC_EX_WITH_FLOW_TAG |                      \
	 IBV_WC_EX_WITH_COMPLETION_TIMESTAMP_WALLCLOCK)

#define MFRAW_CQ_ATTRS                                                         \
	(IBV_CQ_INIT_ATTR_MASK_FLAGS | IBV_CQ_INIT_ATTR_MASK_PD)

#define MFRAW_CQ_FLAGS                                                         \
	(IBV_CREATE_CQ_ATTR_SINGLE_THREADED | IBV_CREATE_CQ_ATTR_IGNORE_OVERRUN)

struct ibv_cq_ex *mfraw_create_cq_ex(struct ibv_context *ibctx,
				     struct ibv_cq_init_attr_ex *attr)
{
	struct mfraw_pd *pd = NULL;
	struct mfraw_cq *cq;
	uint32_t flags = 0;

	if (attr->comp_mask & IBV_CQ_INIT_ATTR_MASK_FLAGS)
		flags = attr->flags;
	if (!check_comp_mask(attr->comp_mask, MFRAW_CQ_ATTRS) ||
	    (flags & ~MFRAW_CQ_FLAGS) || (attr->wc_flags & ~MFRAW_WC_FLAGS)) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	if (attr->comp_mask & IBV_CQ_INIT_ATTR_MASK_PD) {
		pd = attr->parent_domain ? to_mpd(attr->parent_domain) : NULL;
		if (!pd || !pd->parent) {
			errno = EINVAL;
			return NULL;
		}
	}

	cq = mfraw_new_cq(ibctx, attr, pd,
			  !(flags & IBV_CREATE_CQ_ATTR_SINGLE_THREADED) &&
				  !(pd && pd->td));
	if (!cq)
		return NULL;
	mfraw_cq_init_ex(cq, attr->wc_flags);
	return &cq->vcq.cq_ex;
}

int mfraw_modify_cq(struct ibv_cq *ibcq, struct ibv_modify_cq_attr *attr)
{
	struct ibv_modify_cq cmd = {};

	return ibv_cmd_modify_cq(ibcq, attr, &cmd, sizeof(cmd));
}

/*
 * The lock is held during the command, so no thread polls the old ring while
 * the kernel moves its completions to the new one.
 */
int mfraw_resize_cq(struct ibv_cq *ibcq, int cqe)
{
	struct mfraw_resize_cq_cmd_resp resp = {};
	struct mfraw_resize_cq_cmd cmd = {};
	struct mfraw_cq *cq = to_mcq(ibcq);
	struct mfraw_qmem old;
	int ret;

	mfraw_lock(&cq->lock);
	ret = ibv_cmd_resize_cq(ibcq, cqe, &cmd.ibv_cmd, sizeof(cmd),
				&resp.ibv_resp, sizeof(resp));
	if (ret)
		goto out;

	/*
	 * If the mapping fails, the kernel still writes completions to the new
	 * ring. The caller gets the error, and polls find an empty CQ.
	 */
	old = cq->mem;
	ret = mfraw_cq_map(cq, ibcq->context->cmd_fd, resp.mmap_key,
			   resp.mmap_size, resp.db_off, resp.ring_off,
			   resp.num_cqe);
	if (!ret)
		mfraw_qmem_unmap(&old);
out:
	mfraw_unlock(&cq->lock);
	return ret;
}

int mfraw_destroy_cq(struct ibv_cq *ibcq)
{
	struct mfraw_cq *cq = to_mcq(ibcq);
	int ret;

	ret = ibv_cmd_destroy_cq(ibcq);
	if (ret)
		return ret;

	if (cq->pd)
		mfraw_pd_put(cq->pd);
	mfraw_qmem_unmap(&cq->mem);
	mfraw_lock_destroy(&cq->lock);
	free(cq);
	return 0;
}

/* Members of a completion that raw packet QPs do not have, and do not write. */
static void mfraw_fill_roce_wc(const struct mfraw_qp *qp, struct ibv_wc *wc,
			       const struct mfraw_cqe *cqe)
{
	wc->imm_data = mfraw_wc_imm(cqe);
	wc->qp_num = mfraw_wc_qp_num(qp, cqe);
	wc->src_qp = mfraw_wc_src_qp(qp, cqe);
	wc->pkey_index = 0;
	wc->slid = 0;
	wc->sl = 0;
	wc->dlid_path_bits = 0;
}

/* Fill in @wc from a completion of a raw packet QP with a plain @state. */
static inline void mfraw_plain_wc(struct mfraw_qp *qp, struct ibv_wc *wc,
				  const struct mfraw_cqe *cqe, uint32_t state)
{
	bool recv = state & MFRAW_STATE_RECV;
	struct mfraw_queue *q = recv ? &qp->rq : &qp->sq;

	wc->status = IBV_WC_SUCCESS;
	wc->opcode = recv ? IBV_WC_RECV : IBV_WC_SEND;
	wc->vendor_err = 0;
	wc->byte_len = le32toh(cqe->byte_len);
	wc->qp_num = qp->vqp.qp.qp_num;
	wc->wc_flags = state & MFRAW_STATE_CSUM_OK ? IBV_WC_IP_CSUM_OK : 0;
	wc->wr_id = mfraw_queue_complete(q, le32toh(cqe->wqe_idx));
}

/* Fill in @wc from any completion. @qp is NULL if the number is of no QP. */
static void mfraw_any_wc(struct mfraw_qp *qp, struct ibv_wc *wc,
			 const struct mfraw_cqe *cqe)
{
	wc->status = mfraw_cqe_status(cqe);
	wc->vendor_err = cqe->status;
	wc->byte_len = le32toh(cqe->byte_len);
	wc->qp_num = le32toh(cqe->qpn);
	wc->wc_flags = mfraw_wc_flags(cqe);
	wc->opcode = mfraw_wc_opcode(cqe);
	if (unlikely(!qp)) {
		/* The application overwrote the entry. */
		wc->wr_id = 0;
		wc->status = IBV_WC_GENERAL_ERR;
		return;
	}
	if (wc->opcode & IBV_WC_RECV)
		wc->wr_id = mfraw_recv_complete(qp, le32toh(cqe->wqe_idx));
	else
		wc->wr_id = mfraw_queue_complete(&qp->sq,
						 le32toh(cqe->wqe_idx));
	if (qp->roce_send_ops)
		mfraw_fill_roce_wc(qp, wc, cqe);
}

int mfraw_poll_cq(struct ibv_cq *ibcq, int num_entries, struct ibv_wc *wc)
{
	struct mfraw_context *ctx = to_mctx(ibcq->context);
	struct mfraw_cq *cq = to_mcq(ibcq);
	struct mfraw_qp *qp = NULL;
	struct mfraw_cqe *cqe;
	uint32_t cons;
	int n;

	mfraw_lock(&cq->lock);
	cons = cq->cons;
	for (n = 0; n < num_entries; n++, wc++) {
		uint32_t qpn, state;

		cqe = mfraw_cq_peek(cq, cons);
		if (!cqe)
			break;
		cons++;

		qpn = le32toh(cqe->qpn);
		if (!qp || qp->vqp.qp.qp_num != qpn)
			qp = mfraw_qp_table_find(&ctx->qp_table, qpn);

		state = mfraw_cqe_state(cqe);
		if (likely(qp && !qp->roce_send_ops &&
			   mfraw_state_plain(state)))
			mfraw_plain_wc(qp, wc, cqe, state);
		else
			mfraw_any_wc(qp, wc, cqe);
	}
	if (n)
		mfraw_cq_release(cq, cons);
	mfraw_unlock(&cq->lock);
	return n;
}

/*
 * The lock keeps mfraw_resize_cq() from unmapping the doorbell. A thread
 * between ibv_start_poll() and ibv_end_poll() holds it already.
 */
int mfraw_req_notify_cq(struct ibv_cq *ibcq, int solicited_only)
{
	struct mfraw_cq *cq = to_mcq(ibcq);
	bool locked = atomic_load_explicit(&cq->poller, memory_order_relaxed) ==
		      pthread_self();

	if (!locked)
		mfraw_lock(&cq->lock);
	mfraw_cq_arm(cq, solicited_only);
	if (!locked)
		mfraw_unlock(&cq->lock);
	return 0;
}

static struct mfraw_cq *mfraw_recv_cq(const struct mfraw_qp *qp)
{
	/* An XRC send QP has a send CQ only. */
	return to_mcq(qp->vqp.qp.recv_cq ?: qp->vqp.qp.send_cq);
}

/* Lock both CQs of a QP in the order of their addresses. */
void mfraw_cqs_lock(struct mfraw_qp *qp)
{
	struct mfraw_cq *send_cq = to_mcq(qp->vqp.qp.send_cq);
	struct mfraw_cq *recv_cq = mfraw_recv_cq(qp);

	if (send_cq == recv_cq) {
		mfraw_lock(&send_cq->lock);
	} else if (send_cq < recv_cq) {
		mfraw_lock(&send_cq->lock);
		mfraw_lock(&recv_cq->lock);
	} else {
		mfraw_lock(&recv_cq->lock);
		mfraw_lock(&send_cq->lock);
	}
}

void mfraw_cqs_unlock(struct mfraw_qp *qp)
{
	struct mfraw_cq *send_cq = to_mcq(qp->vqp.qp.send_cq);
	struct mfraw_cq *recv_cq = mfraw_recv_cq(qp);

	mfraw_unlock(&send_cq->lock);
	if (send_cq != recv_cq)
		mfraw_unlock(&recv_cq->lock);
}

/*
 * Remove the completions of a QP from a locked CQ. The kernel writes no more of
 * them, and may write completions of other QPs meanwhile. The remaining
 * completions move, in their order, to the end of those that are there now, and
 * the consumer index skips the entries before them. Each entry keeps its owner
 * bit, which belongs to its place in the ring.
 */
static void mfraw_clean_cq(struct mfraw_cq *cq, struct mfraw_qp *qp)
{
	uint32_t cons = cq->cons, from, to;

	for (from = cons; from - cons < cq->num_cqe; from++)
		if (!mfraw_cq_peek(cq, from))
			break;

	for (to = from; from != cons;) {
		struct mfraw_cqe *cqe = mfraw_cq_entry(cq, --from), *dst;

		if (le32toh(cqe->qpn) == qp->vqp.qp.qp_num) {
			/* An SRQ gets the entry back for its other QPs. */
			if (qp->vqp.qp.srq &&
			    (mfraw_wc_opcode(cqe) & IBV_WC_RECV))
				mfraw_recv_complete(qp, le32toh(cqe->wqe_idx));
			continue;
		}
		if (--to == from)
			continue;
		dst = mfraw_cq_entry(cq, to);
		dst->qpn = cqe->qpn;
		dst->wqe_idx = cqe->wqe_idx;
		dst->byte_len = cqe->byte_len;
		dst->status = cqe->status;
		dst->opcode = cqe->opcode;
		dst->info = cqe->info;
		dst->timestamp = cqe->timestamp;
		dst->flow_tag = cqe->flow_tag;
		/* This copies all members of the union. */
		dst->src_qp = cqe->src_qp;
	}
	if (to != cons)
		mfraw_cq_release(cq, to);
}

/* Remove the completions of a QP from its CQs, which are locked. */
void mfraw_cqs_clean(struct mfraw_qp *qp)
{
	struct mfraw_cq *send_cq = to_mcq(qp->vqp.qp.send_cq);
	struct mfraw_cq *recv_cq = mfraw_recv_cq(qp);

	mfraw_clean_cq(send_cq, qp);
	if (send_cq != recv_cq)
		mfraw_clean_cq(recv_cq, qp);
}
