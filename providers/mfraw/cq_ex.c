// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Extended completion queues: completions are polled one by one, and a function
 * reads each member.
 */
#include <errno.h>
#include <time.h>

#include "context.h"
#include "cq.h"
#include "ring.h"
#include "wc.h"

#define MFRAW_NSEC_PER_SEC	1000000000ULL

/*
 * If reading the clocks takes longer than this, the thread was interrupted and
 * reads them again.
 */
#define MFRAW_CLOCK_MAX_NSEC	2000
#define MFRAW_CLOCK_TRIES	4

static uint64_t mfraw_clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * MFRAW_NSEC_PER_SEC + ts.tv_nsec;
}

/*
 * Completions have times of CLOCK_MONOTONIC_RAW; read what turns them into
 * times of CLOCK_REALTIME. The vDSO has both clocks, so there is no system
 * call.
 */
static void mfraw_read_clock_offset(struct mfraw_cq *cq)
{
	uint64_t before, real, took, best = UINT64_MAX;
	int i;

	for (i = 0; i < MFRAW_CLOCK_TRIES && best > MFRAW_CLOCK_MAX_NSEC; i++) {
		before = mfraw_clock_ns(CLOCK_MONOTONIC_RAW);
		real = mfraw_clock_ns(CLOCK_REALTIME);
		took = mfraw_clock_ns(CLOCK_MONOTONIC_RAW) - before;
		if (took < best) {
			best = took;
			cq->clock_offset = real - (before + took / 2);
		}
	}
}

/* The core clock is a counter of nanoseconds, so tv_nsec holds all of it. */
int mfraw_query_rt_values(struct ibv_context *ibctx,
			  struct ibv_values_ex *values)
{
	if (!check_comp_mask(values->comp_mask, IBV_VALUES_MASK_RAW_CLOCK))
		return EINVAL;

	if (values->comp_mask & IBV_VALUES_MASK_RAW_CLOCK) {
		values->raw_clock.tv_sec = 0;
		values->raw_clock.tv_nsec = mfraw_clock_ns(CLOCK_MONOTONIC_RAW);
	}
	return 0;
}

static struct mfraw_cq *to_mcq_ex(struct ibv_cq_ex *ibcq)
{
	return to_mcq(ibv_cq_ex_to_cq(ibcq));
}

/* Make the next completion the current one. */
static int mfraw_next_poll(struct ibv_cq_ex *ibcq)
{
	struct mfraw_cq *cq = to_mcq_ex(ibcq);
	struct mfraw_qp *qp = cq->cur_qp;
	struct mfraw_cqe *cqe;
	uint32_t qpn;

	cqe = mfraw_cq_peek(cq, cq->cons);
	if (!cqe)
		return ENOENT;
	cq->cons++;
	cq->cur = cqe;

	qpn = le32toh(cqe->qpn);
	if (!qp || qp->vqp.qp.qp_num != qpn) {
		qp = mfraw_qp_table_find(&to_mctx(ibcq->context)->qp_table,
					 qpn);
		cq->cur_qp = qp;
	}
	if (unlikely(!qp)) {
		/* The application overwrote the entry. */
		ibcq->wr_id = 0;
		ibcq->status = IBV_WC_GENERAL_ERR;
		return 0;
	}
	ibcq->status = mfraw_cqe_status(cqe);
	if (mfraw_wc_opcode(cqe) & IBV_WC_RECV)
		ibcq->wr_id = mfraw_recv_complete(qp, le32toh(cqe->wqe_idx));
	else
		ibcq->wr_id = mfraw_queue_complete(&qp->sq,
						le32toh(cqe->wqe_idx));
	return 0;
}

static void mfraw_stop_poll(struct mfraw_cq *cq)
{
	atomic_store_explicit(&cq->poller, 0, memory_order_relaxed);
	mfraw_unlock(&cq->lock);
}

static int mfraw_start_poll(struct ibv_cq_ex *ibcq,
			    struct ibv_poll_cq_attr *attr)
{
	struct mfraw_cq *cq = to_mcq_ex(ibcq);
	int ret;

	if (unlikely(attr->comp_mask))
		return EINVAL;

	mfraw_lock(&cq->lock);
	atomic_store_explicit(&cq->poller, pthread_self(),
			      memory_order_relaxed);
	/* The QP may have been destroyed since the last poll. */
	cq->cur_qp = NULL;
	ret = mfraw_next_poll(ibcq);
	if (ret)
		mfraw_stop_poll(cq);
	else if (cq->wallclock)
		mfraw_read_clock_offset(cq);
	return ret;
}

static void mfraw_end_poll(struct ibv_cq_ex *ibcq)
{
	struct mfraw_cq *cq = to_mcq_ex(ibcq);

	mfraw_cq_release(cq, cq->cons);
	mfraw_stop_poll(cq);
}

static enum ibv_wc_opcode mfraw_read_opcode(struct ibv_cq_ex *ibcq)
{
	return mfraw_wc_opcode(to_mcq_ex(ibcq)->cur);
}

static uint32_t mfraw_read_vendor_err(struct ibv_cq_ex *ibcq)
{
	return to_mcq_ex(ibcq)->cur->status;
}

static unsigned int mfraw_read_wc_flags(struct ibv_cq_ex *ibcq)
{
	return mfraw_wc_flags(to_mcq_ex(ibcq)->cur);
}

static uint32_t mfraw_read_byte_len(struct ibv_cq_ex *ibcq)
{
	return le32toh(to_mcq_ex(ibcq)->cur->byte_len);
}

static uint32_t mfraw_read_qp_num(struct ibv_cq_ex *ibcq)
{
	struct mfraw_cq *cq = to_mcq_ex(ibcq);

	return mfraw_wc_qp_num(cq->cur_qp, cq->cur);
}

static uint64_t mfraw_read_completion_ts(struct ibv_cq_ex *ibcq)
{
	return le64toh(to_mcq_ex(ibcq)->cur->timestamp);
}

static uint64_t mfraw_read_wallclock_ns(struct ibv_cq_ex *ibcq)
{
	return mfraw_read_completion_ts(ibcq) + to_mcq_ex(ibcq)->clock_offset;
}

static uint16_t mfraw_read_cvlan(struct ibv_cq_ex *ibcq)
{
	const struct mfraw_cqe *cqe = to_mcq_ex(ibcq)->cur;

	return cqe->info & MFRAW_CQE_CVLAN ? le16toh(cqe->vlan_tci) : 0;
}

static uint32_t mfraw_read_flow_tag(struct ibv_cq_ex *ibcq)
{
	const struct mfraw_cqe *cqe = to_mcq_ex(ibcq)->cur;

	return cqe->info & MFRAW_ROCE_INFO ? 0 : le32toh(cqe->flow_tag);
}

static __be32 mfraw_read_imm_data(struct ibv_cq_ex *ibcq)
{
	return mfraw_wc_imm(to_mcq_ex(ibcq)->cur);
}

static uint32_t mfraw_read_src_qp(struct ibv_cq_ex *ibcq)
{
	struct mfraw_cq *cq = to_mcq_ex(ibcq);

	return mfraw_wc_src_qp(cq->cur_qp, cq->cur);
}

/* Members that InfiniBand has and Ethernet does not have. */
static uint32_t mfraw_read_u32_zero(struct ibv_cq_ex *ibcq)
{
	return 0;
}

static uint8_t mfraw_read_u8_zero(struct ibv_cq_ex *ibcq)
{
	return 0;
}

/* Set the functions of a CQ. The caller has checked @wc_flags. */
void mfraw_cq_init_ex(struct mfraw_cq *cq, uint64_t wc_flags)
{
	struct ibv_cq_ex *ex = &cq->vcq.cq_ex;

	ex->start_poll = mfraw_start_poll;
	ex->next_poll = mfraw_next_poll;
	ex->end_poll = mfraw_end_poll;
	ex->read_opcode = mfraw_read_opcode;
	ex->read_vendor_err = mfraw_read_vendor_err;
	ex->read_wc_flags = mfraw_read_wc_flags;
	if (wc_flags & IBV_WC_EX_WITH_BYTE_LEN)
		ex->read_byte_len = mfraw_read_byte_len;
	if (wc_flags & IBV_WC_EX_WITH_IMM)
		ex->read_imm_data = mfraw_read_imm_data;
	if (wc_flags & IBV_WC_EX_WITH_QP_NUM)
		ex->read_qp_num = mfraw_read_qp_num;
	if (wc_flags & IBV_WC_EX_WITH_SRC_QP)
		ex->read_src_qp = mfraw_read_src_qp;
	if (wc_flags & IBV_WC_EX_WITH_SLID)
		ex->read_slid = mfraw_read_u32_zero;
	if (wc_flags & IBV_WC_EX_WITH_SL)
		ex->read_sl = mfraw_read_u8_zero;
	if (wc_flags & IBV_WC_EX_WITH_DLID_PATH_BITS)
		ex->read_dlid_path_bits = mfraw_read_u8_zero;
	if (wc_flags & IBV_WC_EX_WITH_COMPLETION_TIMESTAMP)
		ex->read_completion_ts = mfraw_read_completion_ts;
	if (wc_flags & IBV_WC_EX_WITH_CVLAN)
		ex->read_cvlan = mfraw_read_cvlan;
	if (wc_flags & IBV_WC_EX_WITH_FLOW_TAG)
		ex->read_flow_tag = mfraw_read_flow_tag;
	if (wc_flags & IBV_WC_EX_WITH_COMPLETION_TIMESTAMP_WALLCLOCK) {
		ex->read_completion_wallclock_ns = mfraw_read_wallclock_ns;
		cq->wallclock = true;
	}
}
