// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Pairs of RC, UC and UD QPs, looped back on one device: each operation by both
 * ways of posting, its completions, refused requests, shared receive queues and
 * memory windows.
 *
 * usage: roce DEVICE GID_INDEX [EDGE_TEST]
 */
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "connect.h"
#include "device.h"
#include "roce.h"

#define UD_OPS		(IBV_QP_EX_WITH_SEND | IBV_QP_EX_WITH_SEND_WITH_IMM)
#define UC_OPS								\
	(UD_OPS | IBV_QP_EX_WITH_RDMA_WRITE |				\
	 IBV_QP_EX_WITH_RDMA_WRITE_WITH_IMM | IBV_QP_EX_WITH_LOCAL_INV |\
	 IBV_QP_EX_WITH_BIND_MW)
#define RC_OPS								\
	(UC_OPS | IBV_QP_EX_WITH_SEND_WITH_INV |			\
	 IBV_QP_EX_WITH_RDMA_READ | IBV_QP_EX_WITH_ATOMIC_CMP_AND_SWP |	\
	 IBV_QP_EX_WITH_ATOMIC_FETCH_AND_ADD)

struct ibv_context *ctx;
struct ibv_pd *pd;
struct ibv_mr *mr;
struct ibv_ah *ah;
static union ibv_gid gid;
static int gid_index;
uint8_t *buf;

static struct connection connection_to(uint32_t dest)
{
	return (struct connection) {
		.dgid = gid,
		.sgid_index = gid_index,
		.dest_qpn = dest,
		.qkey = QKEY,
		.access = IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ |
			  IBV_ACCESS_REMOTE_ATOMIC,
		.timeout = 14,
		.retry_cnt = 7,
		.rnr_retry = 7,
		.min_rnr_timer = 1,
		.rd_atomic = 1,
	};
}

void to_init(struct ibv_qp *qp)
{
	const struct connection c = connection_to(0);

	check(!qp_to_init(qp, &c));
}

void to_rts(struct ibv_qp *qp, uint32_t dest)
{
	const struct connection c = connection_to(dest);

	check(!qp_to_rtr(qp, &c));
	check(!qp_to_rts(qp, &c));
}

static struct ibv_qp *new_qp(enum ibv_qp_type type, struct ibv_cq *cq,
			     struct ibv_srq *srq, uint64_t ops)
{
	struct ibv_qp_init_attr_ex init = {
		.send_cq = cq,
		.recv_cq = cq,
		.srq = srq,
		.cap = {
			.max_send_wr = DEPTH,
			.max_recv_wr = srq ? 0 : DEPTH,
			.max_send_sge = MAX_SGE,
			.max_recv_sge = srq ? 0 : MAX_SGE,
			.max_inline_data = INLINE,
		},
		.qp_type = type,
		.comp_mask = IBV_QP_INIT_ATTR_PD,
		.pd = pd,
	};

	if (ops) {
		init.comp_mask |= IBV_QP_INIT_ATTR_SEND_OPS_FLAGS;
		init.send_ops_flags = ops;
	}
	return ibv_create_qp_ex(ctx, &init);
}

static uint64_t ops_of(enum ibv_qp_type type)
{
	return type == IBV_QPT_RC ? RC_OPS :
	       type == IBV_QPT_UC ? UC_OPS : UD_OPS;
}

void pair_open(struct pair *p, enum ibv_qp_type type, struct ibv_srq *srq)
{
	int i;

	for (i = 0; i < 2; i++) {
		p->cq[i] = ibv_create_cq(ctx, 4 * DEPTH, NULL, NULL, 0);
		check(p->cq[i]);
		p->qp[i] = new_qp(type, p->cq[i], i ? srq : NULL, ops_of(type));
		check(p->qp[i]);
		to_init(p->qp[i]);
	}
	for (i = 0; i < 2; i++)
		to_rts(p->qp[i], p->qp[!i]->qp_num);
	p->ex = ibv_qp_to_qp_ex(p->qp[0]);
	check(p->ex);
}

void pair_close(struct pair *p)
{
	int i;

	for (i = 0; i < 2; i++) {
		check(!ibv_destroy_qp(p->qp[i]));
		check(!ibv_destroy_cq(p->cq[i]));
	}
}

struct ibv_sge piece(uint32_t off, uint32_t len)
{
	return sge_at(mr, off, len);
}

void recv_at(struct ibv_qp *qp, uint64_t wr_id, uint32_t off, uint32_t len)
{
	post_recv_at(qp, wr_id, mr, off, len);
}

/* Post @wr by ibv_post_send(), or by the functions of struct ibv_qp_ex. */
void post(struct pair *p, struct ibv_send_wr *wr, bool by_ex)
{
	struct ibv_qp_ex *ex = p->ex;
	struct ibv_send_wr *bad;

	if (!by_ex) {
		check(!ibv_post_send(p->qp[0], wr, &bad));
		return;
	}
	ibv_wr_start(ex);
	ex->wr_id = wr->wr_id;
	ex->wr_flags = wr->send_flags;
	switch (wr->opcode) {
	case IBV_WR_SEND:
		ibv_wr_send(ex);
		break;
	case IBV_WR_SEND_WITH_IMM:
		ibv_wr_send_imm(ex, wr->imm_data);
		break;
	case IBV_WR_SEND_WITH_INV:
		ibv_wr_send_inv(ex, wr->invalidate_rkey);
		break;
	case IBV_WR_RDMA_WRITE:
		ibv_wr_rdma_write(ex, wr->wr.rdma.rkey,
				  wr->wr.rdma.remote_addr);
		break;
	case IBV_WR_RDMA_WRITE_WITH_IMM:
		ibv_wr_rdma_write_imm(ex, wr->wr.rdma.rkey,
				      wr->wr.rdma.remote_addr, wr->imm_data);
		break;
	case IBV_WR_RDMA_READ:
		ibv_wr_rdma_read(ex, wr->wr.rdma.rkey,
				 wr->wr.rdma.remote_addr);
		break;
	case IBV_WR_ATOMIC_CMP_AND_SWP:
		ibv_wr_atomic_cmp_swp(ex, wr->wr.atomic.rkey,
				      wr->wr.atomic.remote_addr,
				      wr->wr.atomic.compare_add,
				      wr->wr.atomic.swap);
		break;
	case IBV_WR_ATOMIC_FETCH_AND_ADD:
		ibv_wr_atomic_fetch_add(ex, wr->wr.atomic.rkey,
					wr->wr.atomic.remote_addr,
					wr->wr.atomic.compare_add);
		break;
	case IBV_WR_LOCAL_INV:
		ibv_wr_local_inv(ex, wr->invalidate_rkey);
		break;
	default:
		check(wr->opcode == IBV_WR_BIND_MW);
		ibv_wr_bind_mw(ex, wr->bind_mw.mw, wr->bind_mw.rkey,
			       &wr->bind_mw.bind_info);
	}
	if (p->qp[0]->qp_type == IBV_QPT_UD)
		ibv_wr_set_ud_addr(ex, wr->wr.ud.ah, wr->wr.ud.remote_qpn,
				   wr->wr.ud.remote_qkey);
	if (wr->num_sge && wr->send_flags & IBV_SEND_INLINE)
		ibv_wr_set_inline_data(ex, (void *)(uintptr_t)wr->sg_list->addr,
				       wr->sg_list->length);
	else if (wr->num_sge)
		ibv_wr_set_sge_list(ex, wr->num_sge, wr->sg_list);
	check(!ibv_wr_complete(ex));
}

struct ibv_wc sent(struct pair *p, enum ibv_wc_opcode opcode, uint64_t wr_id)
{
	struct ibv_wc wc = wait_cq(p->cq[0]);

	check(wc.status == IBV_WC_SUCCESS);
	check(wc.opcode == opcode && wc.wr_id == wr_id);
	check(wc.qp_num == p->qp[0]->qp_num);
	return wc;
}

struct ibv_wc received(struct pair *p, enum ibv_wc_opcode opcode,
		       uint64_t wr_id, uint32_t len, int flags)
{
	struct ibv_wc wc = wait_cq(p->cq[1]);

	check(wc.status == IBV_WC_SUCCESS);
	check(wc.opcode == opcode && wc.wr_id == wr_id);
	check(wc.byte_len == len && (int)wc.wc_flags == flags);
	check(wc.qp_num == p->qp[1]->qp_num);
	check(!wc.pkey_index && !wc.slid && !wc.sl && !wc.dlid_path_bits);
	return wc;
}

void fill(void)
{
	int i;

	for (i = 0; i < SIZE; i++)
		buf[i] = i < PEER ? i * 7 + i / 251 : 0;
}

/* Messages, and access to the peer's memory where the QP type has it. */
static void test_messages(enum ibv_qp_type type, bool by_ex)
{
	bool ud = type == IBV_QPT_UD;
	uint32_t grh = ud ? GRH : 0;
	int flags = ud ? IBV_WC_GRH : 0;
	struct ibv_sge sge[MAX_SGE] = {
		piece(0, 100), piece(300, 0), piece(200, 50),
	};
	struct ibv_send_wr wr = {
		.wr_id = 1,
		.sg_list = sge,
		.num_sge = 3,
		.opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED,
	};
	struct ibv_wc wc;
	struct pair p;

	pair_open(&p, type, NULL);
	if (ud) {
		wr.wr.ud.ah = ah;
		wr.wr.ud.remote_qpn = p.qp[1]->qp_num;
		wr.wr.ud.remote_qkey = QKEY;
	}

	/* Three SGEs, one of them empty. */
	fill();
	recv_at(p.qp[1], 11, PEER, 1000);
	post(&p, &wr, by_ex);
	sent(&p, IBV_WC_SEND, 1);
	wc = received(&p, IBV_WC_RECV, 11, grh + 150, flags);
	check(wc.src_qp == (ud ? p.qp[0]->qp_num : 0));
	check(!memcmp(buf + PEER + grh, buf, 100));
	check(!memcmp(buf + PEER + grh + 100, buf + 200, 50));

	/* Immediate data only. */
	wr.opcode = IBV_WR_SEND_WITH_IMM;
	wr.imm_data = htobe32(0x01020304);
	wr.num_sge = 0;
	recv_at(p.qp[1], 12, PEER, 1000);
	post(&p, &wr, by_ex);
	sent(&p, IBV_WC_SEND, 1);
	wc = received(&p, IBV_WC_RECV, 12, grh, flags | IBV_WC_WITH_IMM);
	check(wc.imm_data == htobe32(0x01020304));

	/* Inline data, which the caller may overwrite at once. */
	fill();
	wr.opcode = IBV_WR_SEND;
	wr.num_sge = 1;
	wr.send_flags |= IBV_SEND_INLINE;
	sge[0] = piece(0, INLINE);
	sge[0].lkey = 0;
	recv_at(p.qp[1], 13, PEER, 1000);
	post(&p, &wr, by_ex);
	sent(&p, IBV_WC_SEND, 1);
	received(&p, IBV_WC_RECV, 13, grh + INLINE, flags);
	check(!memcmp(buf + PEER + grh, buf, INLINE));
	wr.send_flags &= ~IBV_SEND_INLINE;
	sge[0] = piece(0, 5000);
	if (ud)
		goto out;

	/* RDMA writes, without and with immediate data. */
	fill();
	wr.opcode = IBV_WR_RDMA_WRITE;
	wr.wr.rdma.remote_addr = (uintptr_t)buf + PEER;
	wr.wr.rdma.rkey = mr->rkey;
	post(&p, &wr, by_ex);
	sent(&p, IBV_WC_RDMA_WRITE, 1);
	wr.opcode = IBV_WR_RDMA_WRITE_WITH_IMM;
	wr.wr.rdma.remote_addr += 5000;
	recv_at(p.qp[1], 14, SIZE - 8, 8);
	post(&p, &wr, by_ex);
	sent(&p, IBV_WC_RDMA_WRITE, 1);
	wc = received(&p, IBV_WC_RECV_RDMA_WITH_IMM, 14, 5000,
		      IBV_WC_WITH_IMM);
	check(wc.imm_data == htobe32(0x01020304));
	check(!memcmp(buf + PEER, buf, 5000));
	check(!memcmp(buf + PEER + 5000, buf, 5000));
	if (type == IBV_QPT_UC)
		goto out;

	/* RDMA read. */
	wr.opcode = IBV_WR_RDMA_READ;
	sge[0] = piece(8192, 5000);
	memset(buf + 8192, 0, 5000);
	post(&p, &wr, by_ex);
	sent(&p, IBV_WC_RDMA_READ, 1);
	check(!memcmp(buf + 8192, buf, 5000));

	/* Atomics, behind a fence. */
	*(uint64_t *)(buf + PEER) = 40;
	sge[0] = piece(0, 8);
	wr.wr.atomic.remote_addr = (uintptr_t)buf + PEER;
	wr.wr.atomic.rkey = mr->rkey;
	wr.wr.atomic.compare_add = 2;
	wr.opcode = IBV_WR_ATOMIC_FETCH_AND_ADD;
	wr.send_flags |= IBV_SEND_FENCE;
	post(&p, &wr, by_ex);
	sent(&p, IBV_WC_FETCH_ADD, 1);
	check(*(uint64_t *)buf == 40 && *(uint64_t *)(buf + PEER) == 42);
	wr.opcode = IBV_WR_ATOMIC_CMP_AND_SWP;
	wr.wr.atomic.compare_add = 42;
	wr.wr.atomic.swap = 1ULL << 60;
	post(&p, &wr, by_ex);
	sent(&p, IBV_WC_COMP_SWAP, 1);
	check(*(uint64_t *)buf == 42);
	check(*(uint64_t *)(buf + PEER) == 1ULL << 60);
out:
	pair_close(&p);
	printf("ok - all operations of type %d by %s\n", type, by_ex ? "ibv_wr_*" : "post_send");
}

/* Requests that are refused; requests before them are posted. */
#define refuse(qp, wr) do {						\
	struct ibv_send_wr *bad_ = NULL;				\
									\
	check(ibv_post_send(qp, wr, &bad_) == EINVAL && bad_ == (wr));	\
} while (0)

static void test_refused(void)
{
	struct ibv_sge sge[2] = { piece(0, 8), piece(0, 8) };
	struct ibv_send_wr wr = { .sg_list = sge, .num_sge = 1 }, *bad;
	struct ibv_send_wr list[DEPTH + 1];
	struct ibv_qp_init_attr init;
	struct ibv_qp_attr attr;
	struct ibv_qp *qp;
	struct pair p;
	int i;

	errno = 0;
	pair_open(&p, IBV_QPT_UD, NULL);
	check(!new_qp(IBV_QPT_UD, p.cq[0], NULL, IBV_QP_EX_WITH_RDMA_WRITE) &&
	      errno == EOPNOTSUPP);
	check(!new_qp(IBV_QPT_UC, p.cq[0], NULL, IBV_QP_EX_WITH_RDMA_READ) &&
	      errno == EOPNOTSUPP);
	check(!new_qp(IBV_QPT_RC, p.cq[0], NULL, IBV_QP_EX_WITH_TSO) &&
	      errno == EOPNOTSUPP);
	wr.opcode = IBV_WR_SEND;
	refuse(p.qp[0], &wr); /* no address handle */
	wr.opcode = IBV_WR_RDMA_WRITE;
	refuse(p.qp[0], &wr);
	pair_close(&p);

	pair_open(&p, IBV_QPT_UC, NULL);
	wr.opcode = IBV_WR_RDMA_READ;
	refuse(p.qp[0], &wr);
	wr.opcode = IBV_WR_SEND_WITH_INV;
	refuse(p.qp[0], &wr);
	pair_close(&p);

	pair_open(&p, IBV_QPT_RC, NULL);
	for (i = IBV_WR_TSO; i < 40; i++) {
		wr.opcode = i;
		refuse(p.qp[0], &wr);
	}
	wr.opcode = -1;
	refuse(p.qp[0], &wr);
	wr.opcode = IBV_WR_LOCAL_INV; /* has no data */
	refuse(p.qp[0], &wr);
	wr.opcode = IBV_WR_SEND;
	wr.send_flags = IBV_SEND_IP_CSUM;
	refuse(p.qp[0], &wr);
	wr.send_flags = 1 << 20;
	refuse(p.qp[0], &wr);
	wr.send_flags = 0;
	check(!ibv_query_qp(p.qp[0], &attr, IBV_QP_CAP, &init));
	wr.num_sge = init.cap.max_send_sge + 1;
	refuse(p.qp[0], &wr);
	wr.num_sge = -1;
	refuse(p.qp[0], &wr);
	wr.num_sge = 2;
	sge[1].length = init.cap.max_inline_data - 7;
	wr.send_flags = IBV_SEND_INLINE;
	refuse(p.qp[0], &wr);
	wr.num_sge = 1;
	wr.opcode = IBV_WR_RDMA_READ;
	refuse(p.qp[0], &wr);

	p.ex->wr_flags = IBV_SEND_IP_CSUM;
	ibv_wr_start(p.ex);
	ibv_wr_send(p.ex);
	check(ibv_wr_complete(p.ex) == EINVAL);
	p.ex->wr_flags = 0;
	ibv_wr_start(p.ex);
	ibv_wr_local_inv(p.ex, mr->rkey);
	ibv_wr_set_sge(p.ex, mr->lkey, 0, 8);
	check(ibv_wr_complete(p.ex) == EINVAL);
	ibv_wr_start(p.ex);
	ibv_wr_rdma_read(p.ex, mr->rkey, 0);
	ibv_wr_set_inline_data(p.ex, buf, 8);
	check(ibv_wr_complete(p.ex) == EINVAL);
	ibv_wr_start(p.ex);
	ibv_wr_send(p.ex);
	ibv_wr_set_inline_data(p.ex, buf, init.cap.max_inline_data + 1);
	ibv_wr_send(p.ex);
	check(ibv_wr_complete(p.ex) == EINVAL);
	check(!ibv_poll_cq(p.cq[0], 1, &(struct ibv_wc) {}));

	/* Requests before a wrong one are posted. */
	for (i = 0; i < 3; i++)
		recv_at(p.qp[1], i, PEER, 8);
	for (i = 0; i <= DEPTH; i++)
		list[i] = (struct ibv_send_wr) {
			.wr_id = i,
			.next = i < DEPTH ? &list[i + 1] : NULL,
			.opcode = i == 3 ? IBV_WR_TSO : IBV_WR_SEND,
			.send_flags = IBV_SEND_SIGNALED,
		};
	check(ibv_post_send(p.qp[0], list, &bad) == EINVAL && bad == &list[3]);
	for (i = 0; i < 3; i++) {
		sent(&p, IBV_WC_SEND, i);
		received(&p, IBV_WC_RECV, i, 0, 0);
	}
	check(!ibv_poll_cq(p.cq[0], 1, &(struct ibv_wc) {}));

	/* The queue fills up, since the peer posts no receives. */
	wr = (struct ibv_send_wr) { .opcode = IBV_WR_SEND };
	for (i = 0; i < (int)init.cap.max_send_wr; i++)
		post(&p, &wr, i & 1);
	check(ibv_post_send(p.qp[0], &wr, &bad) == ENOMEM && bad == &wr);
	ibv_wr_start(p.ex);
	p.ex->wr_flags = 0;
	ibv_wr_send(p.ex);
	check(ibv_wr_complete(p.ex) == ENOMEM);
	pair_close(&p);

	/* A QP that is not connected. */
	p.cq[0] = ibv_create_cq(ctx, DEPTH, NULL, NULL, 0);
	check(p.cq[0]);
	qp = new_qp(IBV_QPT_RC, p.cq[0], NULL, 0);
	check(qp);
	wr = (struct ibv_send_wr) { .opcode = IBV_WR_SEND };
	refuse(qp, &wr);
	to_init(qp);
	refuse(qp, &wr);
	check(!ibv_destroy_qp(qp) && !ibv_destroy_cq(p.cq[0]));
	done("wrong requests are refused");
}

/* All QPs take entries of the SRQ, and return them in any order. */
static void test_srq(void)
{
	struct ibv_srq_init_attr init = {
		.attr = { .max_wr = DEPTH, .max_sge = 1 },
	};
	struct ibv_sge sge[2] = { piece(PEER, 16), piece(PEER, 16) };
	struct ibv_recv_wr wr = { .sg_list = sge, .num_sge = 1 }, *bad;
	struct ibv_send_wr send = {
		.opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED,
	};
	struct ibv_srq_attr attr;
	struct ibv_srq *srq;
	struct pair p[2];
	int i, round;
	uint32_t num;

	srq = ibv_create_srq(pd, &init);
	check(srq && init.attr.max_wr >= DEPTH);
	check(!ibv_query_srq(srq, &attr) && attr.max_wr == init.attr.max_wr);
	check(!ibv_get_srq_num(srq, &num));
	for (i = 0; i < 2; i++)
		pair_open(&p[i], IBV_QPT_RC, srq);
	check(ibv_destroy_srq(srq) == EBUSY);
	check(ibv_post_recv(p[0].qp[1], &wr, &bad) == EINVAL && bad == &wr);
	wr.num_sge = init.attr.max_sge + 1;
	check(ibv_post_srq_recv(srq, &wr, &bad) == EINVAL && bad == &wr);
	wr.num_sge = 1;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < (int)init.attr.max_wr; i++) {
			wr.wr_id = i;
			check(!ibv_post_srq_recv(srq, &wr, &bad));
		}
		check(ibv_post_srq_recv(srq, &wr, &bad) == ENOMEM &&
		      bad == &wr);
		for (i = 0; i < (int)init.attr.max_wr; i++) {
			post(&p[i & 1], &send, false);
			sent(&p[i & 1], IBV_WC_SEND, 0);
		}
		/* Poll the completions of the second pair first. */
		for (i = 1; i < (int)init.attr.max_wr; i += 2)
			received(&p[1], IBV_WC_RECV, i, 0, 0);
		if (round == 2)
			break;
		for (i = 0; i < (int)init.attr.max_wr; i += 2)
			received(&p[0], IBV_WC_RECV, i, 0, 0);
	}

	/* Completions that were not polled return their entries, too. */
	pair_close(&p[0]);
	for (i = 0; i < (int)init.attr.max_wr; i++)
		check(!ibv_post_srq_recv(srq, &wr, &bad));
	check(ibv_post_srq_recv(srq, &wr, &bad) == ENOMEM);
	pair_close(&p[1]);
	check(!ibv_destroy_srq(srq));
	done("queue pairs share a receive queue");
}

/* Write from the first QP to the memory of the second. */
enum ibv_wc_status write_by(struct pair *p, uint32_t rkey, uint32_t off)
{
	struct ibv_sge sge = piece(0, 8);
	struct ibv_send_wr wr = {
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = IBV_WR_RDMA_WRITE,
		.send_flags = IBV_SEND_SIGNALED,
		.wr.rdma = { (uintptr_t)buf + off, rkey },
	};

	post(p, &wr, false);
	return wait_cq(p->cq[0]).status;
}

static void test_windows(bool by_ex)
{
	struct ibv_mw_bind bind = {
		.wr_id = 7,
		.send_flags = IBV_SEND_SIGNALED,
		.bind_info = {
			.mr = mr,
			.addr = (uintptr_t)buf + PEER,
			.length = 64,
			.mw_access_flags = IBV_ACCESS_REMOTE_WRITE,
		},
	};
	struct ibv_send_wr wr = {
		.wr_id = 8,
		.opcode = IBV_WR_BIND_MW,
		.send_flags = IBV_SEND_SIGNALED,
		.bind_mw.bind_info = bind.bind_info,
	};
	struct pair p, back;
	struct ibv_mw *mw;
	struct ibv_wc wc;
	uint32_t old;

	/* Type 1: the owner's QP binds the window, with a new key each time. */
	mw = ibv_alloc_mw(pd, IBV_MW_TYPE_1);
	check(mw);
	pair_open(&p, IBV_QPT_RC, NULL);
	old = mw->rkey;
	bind.bind_info.mw_access_flags |= IBV_ACCESS_ZERO_BASED;
	check(ibv_bind_mw(p.qp[1], mw, &bind) == EINVAL && mw->rkey == old);
	bind.bind_info.mw_access_flags &= ~IBV_ACCESS_ZERO_BASED;
	check(!ibv_bind_mw(p.qp[1], mw, &bind));
	check(mw->rkey == ibv_inc_rkey(old));
	wc = wait_cq(p.cq[1]);
	check(!wc.status && wc.opcode == IBV_WC_BIND_MW && wc.wr_id == 7);
	check(write_by(&p, mw->rkey, PEER) == IBV_WC_SUCCESS);
	check(write_by(&p, mw->rkey, PEER + 60) == IBV_WC_REM_ACCESS_ERR);
	pair_close(&p);
	check(!ibv_dealloc_mw(mw));

	/* Type 2: @back posts, since its first QP belongs to the owner. */
	mw = ibv_alloc_mw(pd, IBV_MW_TYPE_2);
	check(mw);
	pair_open(&p, IBV_QPT_RC, NULL);
	back = (struct pair) {
		.cq = { p.cq[1], p.cq[0] },
		.qp = { p.qp[1], p.qp[0] },
		.ex = ibv_qp_to_qp_ex(p.qp[1]),
	};
	wr.bind_mw.mw = mw;
	wr.bind_mw.rkey = ibv_inc_rkey(mw->rkey);
	post(&back, &wr, by_ex);
	sent(&back, IBV_WC_BIND_MW, 8);
	check(write_by(&p, wr.bind_mw.rkey, PEER) == IBV_WC_SUCCESS);
	/* libibverbs updates the key in struct ibv_mw for type 1 only. */
	old = wr.bind_mw.rkey;

	/* The peer, which knows the key, invalidates it. */
	wr = (struct ibv_send_wr) {
		.wr_id = 9,
		.opcode = IBV_WR_SEND_WITH_INV,
		.send_flags = IBV_SEND_SIGNALED,
		.invalidate_rkey = old,
	};
	recv_at(p.qp[1], 15, PEER, 64);
	post(&p, &wr, by_ex);
	sent(&p, IBV_WC_SEND, 9);
	wc = received(&p, IBV_WC_RECV, 15, 0, IBV_WC_WITH_INV);
	check(wc.invalidated_rkey == old);

	/*
	 * Bind the window again with the next key, and invalidate the key
	 * locally.
	 */
	wr.opcode = IBV_WR_BIND_MW;
	wr.invalidate_rkey = 0;
	wr.bind_mw.mw = mw;
	wr.bind_mw.rkey = ibv_inc_rkey(old);
	wr.bind_mw.bind_info = bind.bind_info;
	post(&back, &wr, by_ex);
	sent(&back, IBV_WC_BIND_MW, 9);
	check(write_by(&p, wr.bind_mw.rkey, PEER) == IBV_WC_SUCCESS);
	old = wr.bind_mw.rkey;
	wr = (struct ibv_send_wr) {
		.wr_id = 10,
		.opcode = IBV_WR_LOCAL_INV,
		.send_flags = IBV_SEND_SIGNALED,
		.invalidate_rkey = old,
	};
	post(&back, &wr, by_ex);
	sent(&back, IBV_WC_LOCAL_INV, 10);
	check(write_by(&p, old, PEER) == IBV_WC_REM_ACCESS_ERR);
	pair_close(&p);
	check(!ibv_dealloc_mw(mw));
	printf("ok - memory windows by %s\n", by_ex ? "ibv_wr_*" : "post_send");
}

int main(int argc, char **argv)
{
	enum ibv_qp_type types[] = { IBV_QPT_RC, IBV_QPT_UC, IBV_QPT_UD };
	struct ibv_ah_attr attr;
	const struct edge_test *t;
	int i;

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: roce DEVICE GID_INDEX [EDGE_TEST]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	gid_index = atoi(argv[2]);
	ctx = device_open(argv[1]);
	check(!ibv_query_gid(ctx, 1, gid_index, &gid));
	pd = ibv_alloc_pd(ctx);
	check(pd);
	buf = aligned_alloc(4096, SIZE);
	check(buf);
	mr = ibv_reg_mr(pd, buf, SIZE, ACCESS);
	check(mr);
	attr = path_to(&gid, gid_index);
	ah = ibv_create_ah(pd, &attr);
	check(ah);

	test_refused();
	for (i = 0; i < 3; i++) {
		test_messages(types[i], false);
		test_messages(types[i], true);
	}
	test_srq();
	test_windows(false);
	test_windows(true);
	for (t = edge_tests; t->name; t++) {
		if (argc > 3 && strcmp(argv[3], t->name))
			continue;
		t->run();
		done(t->name);
	}

	check(!ibv_destroy_ah(ah) && !ibv_dereg_mr(mr) &&
	      !ibv_dealloc_pd(pd) && !ibv_close_device(ctx));
	return 0;
}
