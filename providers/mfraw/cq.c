// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Completion queues.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <ccan/array_size.h>

#include "ring.h"

static const enum ibv_wc_status mfraw_wc_status[] = {
	[MFRAW_CQE_SUCCESS] = IBV_WC_SUCCESS,
	[MFRAW_CQE_LOC_LEN_ERR] = IBV_WC_LOC_LEN_ERR,
	[MFRAW_CQE_LOC_QP_OP_ERR] = IBV_WC_LOC_QP_OP_ERR,
	[MFRAW_CQE_LOC_PROT_ERR] = IBV_WC_LOC_PROT_ERR,
	[MFRAW_CQE_WR_FLUSH_ERR] = IBV_WC_WR_FLUSH_ERR,
};

/* Map the rings of a new CQ, or the new rings of a resized one. */
static int mfraw_map_cq(struct mfraw_cq *cq, int cmd_fd, uint64_t key,
			size_t size, uint32_t db_off, uint32_t ring_off,
			uint32_t num_cqe)
{
	void *map;

	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, cmd_fd, key);
	if (map == MAP_FAILED)
		return errno;

	cq->map = map;
	cq->map_size = size;
	cq->db = map + db_off;
	cq->ring = map + ring_off;
	cq->num_cqe = num_cqe;
	cq->cons = 0;
	return 0;
}

struct ibv_cq *mfraw_create_cq(struct ibv_context *ibctx, int cqe,
			       struct ibv_comp_channel *channel,
			       int comp_vector)
{
	struct mfraw_create_cq_cmd_resp resp = {};
	struct mfraw_create_cq_cmd cmd = {};
	struct mfraw_cq *cq;
	int ret;

	cq = calloc(1, sizeof(*cq));
	if (!cq)
		return NULL;

	ret = mfraw_lock_init(&cq->lock, true);
	if (ret)
		goto err_free;

	ret = ibv_cmd_create_cq(ibctx, cqe, channel, comp_vector, &cq->vcq.cq,
				&cmd.ibv_cmd, sizeof(cmd), &resp.ibv_resp,
				sizeof(resp));
	if (ret)
		goto err_lock;

	ret = mfraw_map_cq(cq, ibctx->cmd_fd, resp.mmap_key, resp.mmap_size,
			   resp.db_off, resp.ring_off, resp.num_cqe);
	if (ret)
		goto err_destroy;

	return &cq->vcq.cq;

err_destroy:
	ibv_cmd_destroy_cq(&cq->vcq.cq);
err_lock:
	mfraw_lock_destroy(&cq->lock);
err_free:
	free(cq);
	errno = ret;
	return NULL;
}

/*
 * The lock is held across the command, so nobody polls the old ring while the
 * kernel moves its completions to the new one.
 */
int mfraw_resize_cq(struct ibv_cq *ibcq, int cqe)
{
	struct mfraw_resize_cq_cmd_resp resp = {};
	struct mfraw_resize_cq_cmd cmd = {};
	struct mfraw_cq *cq = to_mcq(ibcq);
	size_t old_size;
	void *old_map;
	int ret;

	mfraw_lock(&cq->lock);
	ret = ibv_cmd_resize_cq(ibcq, cqe, &cmd.ibv_cmd, sizeof(cmd),
				&resp.ibv_resp, sizeof(resp));
	if (ret)
		goto out;

	/*
	 * There is no way back if the mapping fails: completions go to the new
	 * ring. The caller learns of it, and polls see an empty CQ.
	 */
	old_map = cq->map;
	old_size = cq->map_size;
	ret = mfraw_map_cq(cq, ibcq->context->cmd_fd, resp.mmap_key,
			   resp.mmap_size, resp.db_off, resp.ring_off,
			   resp.num_cqe);
	if (!ret)
		munmap(old_map, old_size);
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

	munmap(cq->map, cq->map_size);
	mfraw_lock_destroy(&cq->lock);
	free(cq);
	return 0;
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
		uint8_t status;
		uint32_t qpn;

		cqe = mfraw_cq_peek(cq, cons);
		if (!cqe)
			break;
		cons++;

		qpn = le32toh(cqe->qpn);
		status = cqe->status;
		if (!qp || qp->vqp.qp.qp_num != qpn)
			qp = mfraw_find_qp(ctx, qpn);

		wc->status = likely(status < ARRAY_SIZE(mfraw_wc_status)) ?
				     mfraw_wc_status[status] :
				     IBV_WC_GENERAL_ERR;
		wc->vendor_err = status;
		wc->byte_len = le32toh(cqe->byte_len);
		wc->qp_num = qpn;
		wc->wc_flags = 0;
		if (unlikely(!qp)) {
			/* Somebody wrote into the ring. */
			wc->wr_id = 0;
			wc->status = IBV_WC_GENERAL_ERR;
		} else if (cqe->opcode == MFRAW_CQE_RECV) {
			wc->opcode = IBV_WC_RECV;
			wc->wr_id = mfraw_wq_complete(&qp->rq,
						      le32toh(cqe->wqe_idx));
		} else {
			wc->opcode = IBV_WC_SEND;
			wc->wr_id = mfraw_wq_complete(&qp->sq,
						      le32toh(cqe->wqe_idx));
		}
	}
	if (n)
		mfraw_cq_release(cq, cons);
	mfraw_unlock(&cq->lock);
	return n;
}

/* The lock keeps resize_cq from taking the doorbell away. */
int mfraw_req_notify_cq(struct ibv_cq *ibcq, int solicited_only)
{
	struct mfraw_cq *cq = to_mcq(ibcq);

	mfraw_lock(&cq->lock);
	mfraw_cq_arm(cq, solicited_only);
	mfraw_unlock(&cq->lock);
	return 0;
}

/* Lock both CQs of a QP, in the order of their addresses. */
void mfraw_lock_cqs(struct mfraw_qp *qp)
{
	struct mfraw_cq *send_cq = to_mcq(qp->vqp.qp.send_cq);
	struct mfraw_cq *recv_cq = to_mcq(qp->vqp.qp.recv_cq);

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

void mfraw_unlock_cqs(struct mfraw_qp *qp)
{
	struct mfraw_cq *send_cq = to_mcq(qp->vqp.qp.send_cq);
	struct mfraw_cq *recv_cq = to_mcq(qp->vqp.qp.recv_cq);

	mfraw_unlock(&send_cq->lock);
	if (send_cq != recv_cq)
		mfraw_unlock(&recv_cq->lock);
}

/*
 * Take the completions of a QP out of a locked CQ. The kernel has stopped
 * producing them, so what it adds meanwhile is of others. The survivors move
 * up to the end of what is there now, in order; the consumer index takes the
 * room in front. An entry keeps the owner bit of its place.
 */
static void mfraw_clean_cq(struct mfraw_cq *cq, uint32_t qpn)
{
	uint32_t cons = cq->cons, from, to;

	for (from = cons; from - cons < cq->num_cqe; from++)
		if (!mfraw_cq_peek(cq, from))
			break;

	for (to = from; from != cons;) {
		struct mfraw_cqe *cqe = mfraw_cq_entry(cq, --from), *dst;

		if (le32toh(cqe->qpn) == qpn)
			continue;
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
		dst->vlan_tci = cqe->vlan_tci;
	}
	if (to != cons)
		mfraw_cq_release(cq, to);
}

void mfraw_clean_cqs(struct mfraw_qp *qp)
{
	struct mfraw_cq *send_cq = to_mcq(qp->vqp.qp.send_cq);
	struct mfraw_cq *recv_cq = to_mcq(qp->vqp.qp.recv_cq);

	mfraw_clean_cq(send_cq, qp->vqp.qp.qp_num);
	if (send_cq != recv_cq)
		mfraw_clean_cq(recv_cq, qp->vqp.qp.qp_num);
}
