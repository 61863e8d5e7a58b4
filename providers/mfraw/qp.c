// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Life of a queue pair.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <rdma/rdma_user_ioctl.h>

#include <ccan/minmax.h>

#include "ring.h"

/*
 * Enter a QP into the table. Its number may be that of a QP that another
 * thread is destroying and that the kernel let go already; wait until that
 * one's completions are gone from its CQs.
 */
int mfraw_store_qp(struct mfraw_context *ctx, struct mfraw_qp *qp)
{
	uint32_t qpn = qp->vqp.qp.qp_num;
	struct mfraw_qp **leaf;
	int ret = 0;

	if (qpn >> MFRAW_QPN_BITS)
		return EINVAL;

	pthread_mutex_lock(&ctx->qp_mutex);
	leaf = ctx->qp_table[qpn >> MFRAW_QP_LEAF_BITS];
	if (!leaf) {
		leaf = calloc(MFRAW_QP_LEAF_SIZE, sizeof(*leaf));
		if (!leaf) {
			ret = ENOMEM;
			goto out;
		}
		atomic_store_explicit(&ctx->qp_table[qpn >> MFRAW_QP_LEAF_BITS],
				      leaf, memory_order_release);
	}
	while (leaf[qpn & MFRAW_QP_LEAF_MASK])
		pthread_cond_wait(&ctx->qp_gone, &ctx->qp_mutex);
	leaf[qpn & MFRAW_QP_LEAF_MASK] = qp;
out:
	pthread_mutex_unlock(&ctx->qp_mutex);
	return ret;
}

/* Forget a QP and its completions, once the kernel produces no more. */
void mfraw_clear_qp(struct mfraw_context *ctx, struct mfraw_qp *qp)
{
	uint32_t qpn = qp->vqp.qp.qp_num;
	struct mfraw_qp **leaf;

	pthread_mutex_lock(&ctx->qp_mutex);
	mfraw_lock_cqs(qp);
	mfraw_clean_cqs(qp);
	leaf = ctx->qp_table[qpn >> MFRAW_QP_LEAF_BITS];
	leaf[qpn & MFRAW_QP_LEAF_MASK] = NULL;
	mfraw_unlock_cqs(qp);
	pthread_cond_broadcast(&ctx->qp_gone);
	pthread_mutex_unlock(&ctx->qp_mutex);
}

int mfraw_init_queue(struct mfraw_wq *wq, void *ring, uint32_t entries,
		     uint8_t shift, uint32_t max_wr, uint32_t max_sge,
		     bool locked)
{
	int ret;

	if (entries) {
		wq->wrid = calloc(entries, sizeof(*wq->wrid));
		if (!wq->wrid)
			return ENOMEM;
	}
	ret = mfraw_lock_init(&wq->lock, locked);
	if (ret) {
		free(wq->wrid);
		return ret;
	}
	wq->ring = ring;
	wq->mask = entries - 1;
	wq->size = min_t(uint32_t, entries, max_wr);
	wq->shift = shift;
	wq->max_sge = max_sge;
	return 0;
}

void mfraw_free_queue(struct mfraw_wq *wq)
{
	mfraw_lock_destroy(&wq->lock);
	free(wq->wrid);
}

void mfraw_init_kick(struct mfraw_qp *qp, uint16_t object, uint16_t method,
		     uint16_t attr, uint32_t handle)
{
	qp->kick.hdr.length = sizeof(qp->kick);
	qp->kick.hdr.object_id = object;
	qp->kick.hdr.method_id = method;
	qp->kick.hdr.num_attrs = 1;
	qp->kick.hdr.driver_id = MFRAW_DRIVER_ID;
	qp->kick.handle.attr_id = attr;
	qp->kick.handle.flags = UVERBS_ATTR_F_MANDATORY;
	qp->kick.handle.data = handle;
}

/*
 * Ask the kernel to look at the queues of a QP, and wait until it did: this
 * thread does the work of the queue then. No lock may be held.
 */
int mfraw_kick(struct mfraw_qp *qp)
{
	int fd = qp->vqp.qp.context->cmd_fd;

	while (ioctl(fd, RDMA_VERBS_IOCTL, &qp->kick) < 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

#define MFRAW_RSS_ATTRS (IBV_QP_INIT_ATTR_IND_TABLE | IBV_QP_INIT_ATTR_RX_HASH)

/* A QP without queues: the kernel spreads frames over those of WQs. */
static struct ibv_qp *mfraw_create_rss_qp(struct ibv_context *ibctx,
					  struct ibv_qp_init_attr_ex *attr)
{
	const struct ibv_rx_hash_conf *conf = &attr->rx_hash_conf;
	struct mfraw_create_qp_rss_cmd_resp resp = {};
	struct mfraw_create_qp_rss_cmd cmd = {};
	struct mfraw_pd *pd;
	struct mfraw_qp *qp;
	int ret;

	if ((attr->comp_mask & MFRAW_RSS_ATTRS) != MFRAW_RSS_ATTRS ||
	    !(attr->comp_mask & IBV_QP_INIT_ATTR_PD) ||
	    (attr->comp_mask & (IBV_QP_INIT_ATTR_MAX_TSO_HEADER |
				IBV_QP_INIT_ATTR_SEND_OPS_FLAGS)) ||
	    attr->cap.max_send_wr ||
	    conf->rx_hash_key_len > sizeof(cmd.rx_hash_key) ||
	    (conf->rx_hash_key_len && !conf->rx_hash_key)) {
		errno = EINVAL;
		return NULL;
	}

	qp = calloc(1, sizeof(*qp));
	if (!qp)
		return NULL;

	cmd.rx_hash_fields = conf->rx_hash_fields_mask;
	cmd.rx_hash_function = conf->rx_hash_function;
	cmd.rx_key_len = conf->rx_hash_key_len;
	if (conf->rx_hash_key_len)
		memcpy(cmd.rx_hash_key, conf->rx_hash_key,
		       conf->rx_hash_key_len);
	ret = ibv_cmd_create_qp_ex2(ibctx, &qp->vqp, attr, &cmd.ibv_cmd,
				    sizeof(cmd), &resp.ibv_resp, sizeof(resp),
				    NULL);
	if (ret) {
		free(qp);
		errno = ret;
		return NULL;
	}

	pd = to_mpd(attr->pd);
	if (pd->parent)
		atomic_fetch_add(&pd->refcount, 1);
	return &qp->vqp.qp;
}

#define MFRAW_QP_ATTRS                                                         \
	(IBV_QP_INIT_ATTR_CREATE_FLAGS | IBV_QP_INIT_ATTR_SEND_OPS_FLAGS)

struct ibv_qp *mfraw_create_qp_ex(struct ibv_context *ibctx,
				  struct ibv_qp_init_attr_ex *attr)
{
	struct mfraw_context *ctx = to_mctx(ibctx);
	struct mfraw_create_qp_cmd_resp resp = {};
	struct mfraw_create_qp_cmd cmd = {};
	struct mfraw_pd *pd;
	struct mfraw_qp *qp;
	uint32_t known;
	bool locked;
	int ret;

	if (attr->qp_type == IBV_QPT_XRC_RECV)
		return mfraw_create_xrc_recv(ibctx, attr);

	/* Of types that there are not the kernel says so. */
	known = IBV_QP_INIT_ATTR_PD;
	if (attr->qp_type == IBV_QPT_RAW_PACKET)
		known |= MFRAW_QP_ATTRS | MFRAW_RSS_ATTRS |
			 IBV_QP_INIT_ATTR_MAX_TSO_HEADER;
	else if (mfraw_roce_ops(attr->qp_type))
		known |= MFRAW_QP_ATTRS;
	if (!check_comp_mask(attr->comp_mask, known)) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	if (attr->comp_mask & MFRAW_RSS_ATTRS)
		return mfraw_create_rss_qp(ibctx, attr);
	if (!(attr->comp_mask & IBV_QP_INIT_ATTR_PD) || !attr->send_cq ||
	    (!attr->recv_cq && attr->qp_type != IBV_QPT_XRC_SEND)) {
		/* Other types may do without, and are not there. */
		errno = attr->qp_type == IBV_QPT_RAW_PACKET ? EINVAL :
							      EOPNOTSUPP;
		return NULL;
	}

	qp = calloc(1, sizeof(*qp));
	if (!qp)
		return NULL;

	if (attr->comp_mask & IBV_QP_INIT_ATTR_SEND_OPS_FLAGS) {
		ret = mfraw_init_qp_ex(qp, attr->qp_type, attr->send_ops_flags);
		if (ret)
			goto err_free;
	}
	if (attr->comp_mask & IBV_QP_INIT_ATTR_MAX_TSO_HEADER) {
		cmd.comp_mask |= MFRAW_CREATE_QP_MAX_TSO_HDR;
		cmd.max_tso_hdr = attr->max_tso_header;
		qp->max_tso_hdr = attr->max_tso_header;
	}

	ret = ibv_cmd_create_qp_ex2(ibctx, &qp->vqp, attr, &cmd.ibv_cmd,
				    sizeof(cmd), &resp.ibv_resp, sizeof(resp),
				    NULL);
	if (ret)
		goto err_free;

	/* What the caller had in it was not meant. */
	if (attr->qp_type == IBV_QPT_XRC_SEND)
		qp->vqp.qp.recv_cq = NULL;
	/*
	 * The mapping is shared, kernel memory: a child of fork() that keeps
	 * its hands off does not take it away from its parent by
	 * copy-on-write, as it would with memory of the process.
	 */
	qp->map_size = resp.mmap_size;
	qp->map = mmap(NULL, qp->map_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		       ibctx->cmd_fd, resp.mmap_key);
	if (qp->map == MAP_FAILED) {
		ret = errno;
		goto err_destroy;
	}
	qp->db = qp->map + resp.db_off;

	/* The library has cleared it. */
	if (attr->comp_mask & IBV_QP_INIT_ATTR_SEND_OPS_FLAGS)
		qp->vqp.comp_mask |= VERBS_QP_EX;

	pd = to_mpd(attr->pd);
	locked = !pd->td;
	ret = mfraw_init_queue(&qp->sq, qp->map + resp.sq_off, resp.sq_entries,
			       resp.sq_shift, attr->cap.max_send_wr,
			       attr->cap.max_send_sge, locked);
	if (ret)
		goto err_unmap;
	ret = mfraw_init_queue(&qp->rq, qp->map + resp.rq_off, resp.rq_entries,
			       resp.rq_shift, attr->cap.max_recv_wr,
			       attr->cap.max_recv_sge, locked);
	if (ret)
		goto err_sq;

	qp->roce_ops = mfraw_roce_ops(attr->qp_type);
	qp->max_inline = attr->cap.max_inline_data;
	qp->sq_flags = attr->sq_sig_all ? MFRAW_SEND_SIGNALED : 0;
	mfraw_init_kick(qp, UVERBS_OBJECT_QP, MFRAW_METHOD_QP_KICK,
			MFRAW_ATTR_QP_KICK_HANDLE, qp->vqp.qp.handle);

	ret = mfraw_store_qp(ctx, qp);
	if (ret)
		goto err_rq;

	if (pd->parent)
		atomic_fetch_add(&pd->refcount, 1);
	return &qp->vqp.qp;

err_rq:
	mfraw_free_queue(&qp->rq);
err_sq:
	mfraw_free_queue(&qp->sq);
err_unmap:
	munmap(qp->map, qp->map_size);
err_destroy:
	ibv_cmd_destroy_qp(&qp->vqp.qp);
err_free:
	free(qp);
	errno = ret;
	return NULL;
}

struct ibv_qp *mfraw_create_qp(struct ibv_pd *ibpd,
			       struct ibv_qp_init_attr *attr)
{
	struct ibv_qp_init_attr_ex attr_ex = {
		.qp_context = attr->qp_context,
		.send_cq = attr->send_cq,
		.recv_cq = attr->recv_cq,
		.srq = attr->srq,
		.cap = attr->cap,
		.qp_type = attr->qp_type,
		.sq_sig_all = attr->sq_sig_all,
		.comp_mask = IBV_QP_INIT_ATTR_PD,
		.pd = ibpd,
	};
	struct ibv_qp *ibqp;

	ibqp = mfraw_create_qp_ex(ibpd->context, &attr_ex);
	if (ibqp)
		attr->cap = attr_ex.cap;
	return ibqp;
}

/* The kernel starts counting from 0 again, and so do we. */
void mfraw_reset_qp(struct mfraw_qp *qp)
{
	mfraw_lock(&qp->sq.lock);
	mfraw_lock(&qp->rq.lock);
	mfraw_lock_cqs(qp);

	mfraw_clean_cqs(qp);
	qp->sq.head = 0;
	qp->rq.head = 0;
	atomic_store(&qp->sq.tail, 0);
	atomic_store(&qp->rq.tail, 0);
	mfraw_store_release(&qp->db->sq_prod, 0);
	mfraw_store_release(&qp->db->rq_prod, 0);

	mfraw_unlock_cqs(qp);
	mfraw_unlock(&qp->rq.lock);
	mfraw_unlock(&qp->sq.lock);
}

int mfraw_modify_qp(struct ibv_qp *ibqp, struct ibv_qp_attr *attr,
		    int attr_mask)
{
	struct ib_uverbs_ex_modify_qp_resp resp;
	struct ibv_modify_qp_ex cmd_ex = {};
	struct ibv_modify_qp cmd;
	int ret;

	/* The library wants it so: the other command has no room for it. */
	if (attr_mask & IBV_QP_RATE_LIMIT)
		ret = ibv_cmd_modify_qp_ex(ibqp, attr, attr_mask, &cmd_ex,
					   sizeof(cmd_ex), &resp, sizeof(resp));
	else
		ret = ibv_cmd_modify_qp(ibqp, attr, attr_mask, &cmd,
					sizeof(cmd));
	if (ret)
		return ret;

	if ((attr_mask & IBV_QP_STATE) && attr->qp_state == IBV_QPS_RESET &&
	    to_mqp(ibqp)->map)
		mfraw_reset_qp(to_mqp(ibqp));
	return 0;
}

int mfraw_modify_qp_rate_limit(struct ibv_qp *ibqp,
			       struct ibv_qp_rate_limit_attr *attr)
{
	struct ibv_qp_attr qp_attr = { .rate_limit = attr->rate_limit };
	struct mfraw_modify_qp_cmd_resp resp = {};
	struct mfraw_modify_qp_cmd cmd = {};

	if (attr->comp_mask)
		return EINVAL;

	cmd.comp_mask = MFRAW_MODIFY_QP_BURST;
	cmd.max_burst_sz = attr->max_burst_sz;
	cmd.typical_pkt_sz = attr->typical_pkt_sz;
	return ibv_cmd_modify_qp_ex(ibqp, &qp_attr, IBV_QP_RATE_LIMIT,
				    &cmd.ibv_cmd, sizeof(cmd), &resp.ibv_resp,
				    sizeof(resp));
}

int mfraw_query_qp(struct ibv_qp *ibqp, struct ibv_qp_attr *attr,
		   int attr_mask, struct ibv_qp_init_attr *init_attr)
{
	struct ibv_query_qp cmd;

	return ibv_cmd_query_qp(ibqp, attr, attr_mask, init_attr, &cmd,
				sizeof(cmd));
}

int mfraw_destroy_qp(struct ibv_qp *ibqp)
{
	struct mfraw_qp *qp = to_mqp(ibqp);
	struct mfraw_pd *pd = ibqp->pd ? to_mpd(ibqp->pd) : NULL;
	int ret;

	ret = ibv_cmd_destroy_qp(ibqp);
	if (ret)
		return ret;

	if (pd && pd->parent)
		atomic_fetch_sub(&pd->refcount, 1);
	if (!qp->map) {
		/* It spreads frames or is of XRC, and has no queues. */
		free(qp);
		return 0;
	}
	mfraw_clear_qp(to_mctx(ibqp->context), qp);
	mfraw_free_queue(&qp->rq);
	mfraw_free_queue(&qp->sq);
	munmap(qp->map, qp->map_size);
	free(qp);
	return 0;
}
