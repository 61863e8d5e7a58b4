// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * State that survives RESET, the effects of an error, and ring entries that the
 * provider does not write.
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <rdma/mfraw-abi.h>

#include "device.h"
#include "roce.h"

#define MAGIC	0x5aa51234
#define SQ_OFF	4096	/* offset of the send queue, behind the doorbell page */

static int step(struct ibv_qp *qp, enum ibv_qp_state state)
{
	struct ibv_qp_attr attr = { .qp_state = state };

	return ibv_modify_qp(qp, &attr, IBV_QP_STATE);
}

/* The same pair, with the second QP as the one that posts. */
static struct pair back_of(const struct pair *p)
{
	return (struct pair) {
		.cq = { p->cq[1], p->cq[0] },
		.qp = { p->qp[1], p->qp[0] },
		.ex = ibv_qp_to_qp_ex(p->qp[1]),
	};
}

/* Send a message whose first packets arrive and whose last one does not. */
static void send_a_part(struct pair *p)
{
	struct ibv_sge sge[2] = { piece(0, 2048), piece(0, 2048) };
	struct ibv_send_wr wr = {
		.sg_list = sge,
		.num_sge = 2,
		.opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED,
	};

	sge[1].lkey ^= 0xff00;
	post(p, &wr, false);
	expect_cq(p->cq[0], 0, IBV_WC_LOC_PROT_ERR);
}

/* An SRQ gets the entry of an unfinished message back. */
static void srq_unfinished(void)
{
	struct ibv_srq_init_attr init = {
		.attr = { .max_wr = DEPTH, .max_sge = 1 },
	};
	struct ibv_sge sge = piece(PEER, 8192);
	struct ibv_recv_wr wr = { .sg_list = &sge, .num_sge = 1 }, *bad;
	struct ibv_send_wr send = {
		.opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED,
	};
	struct ibv_srq *srq;
	struct pair p;
	int i;

	srq = ibv_create_srq(pd, &init);
	check(srq);
	for (i = 0; i < (int)init.attr.max_wr; i++) {
		wr.wr_id = i;
		check(!ibv_post_srq_recv(srq, &wr, &bad));
	}
	for (i = 0; i < 3 * (int)init.attr.max_wr; i++) {
		pair_open(&p, i & 2 ? IBV_QPT_UC : IBV_QPT_RC, srq);
		send_a_part(&p);
		if (i & 1)
			check(!step(p.qp[1], IBV_QPS_RESET));
		else
			pair_close(&p);
		check(ibv_post_srq_recv(srq, &wr, &bad) == 0);
		check(ibv_post_srq_recv(srq, &wr, &bad) == ENOMEM);
		if (i & 1)
			pair_close(&p);
	}
	pair_open(&p, IBV_QPT_RC, srq);
	for (i = 0; i < (int)init.attr.max_wr; i++) {
		post(&p, &send, false);
		sent(&p, IBV_WC_SEND, 0);
		check(!wait_cq(p.cq[1]).status);
	}
	check(!ibv_poll_cq(p.cq[1], 1, &(struct ibv_wc) {}));
	pair_close(&p);
	check(!ibv_destroy_srq(srq));
}

static void bind(struct pair *back, struct ibv_mw *mw, uint32_t rkey,
		 struct ibv_mr *to, unsigned int access)
{
	struct ibv_send_wr wr = {
		.wr_id = 20,
		.opcode = IBV_WR_BIND_MW,
		.send_flags = IBV_SEND_SIGNALED,
		.bind_mw = {
			.mw = mw,
			.rkey = rkey,
			.bind_info = {
				.mr = to,
				.addr = (uintptr_t)buf + PEER,
				.length = 16384,
				.mw_access_flags = access,
			},
		},
	};

	post(back, &wr, false);
	sent(back, IBV_WC_BIND_MW, 20);
}

/*
 * Windows of type 2 belong to a QP, and are unbound when it is reset or
 * destroyed.
 */
static void windows_reset(void)
{
	struct ibv_mr *mr2 = ibv_reg_mr(pd, buf, SIZE, ACCESS);
	struct ibv_mw *mw[2];
	struct pair p, back;
	uint32_t rkey;
	int i;

	pair_open(&p, IBV_QPT_RC, NULL);
	back = back_of(&p);
	for (i = 0; i < 2; i++) {
		mw[i] = ibv_alloc_mw(pd, IBV_MW_TYPE_2);
		check(mw[i]);
		bind(&back, mw[i], ibv_inc_rkey(mw[i]->rkey), i ? mr2 : mr,
		     IBV_ACCESS_REMOTE_WRITE);
	}
	rkey = ibv_inc_rkey(mw[0]->rkey);
	check(write_by(&p, rkey, PEER) == IBV_WC_SUCCESS);
	check(ibv_dereg_mr(mr2) == EBUSY);
	for (i = 0; i < 2; i++) {
		check(!step(p.qp[i], IBV_QPS_RESET));
		to_init(p.qp[i]);
	}
	for (i = 0; i < 2; i++)
		to_rts(p.qp[i], p.qp[!i]->qp_num);
	check(!ibv_dereg_mr(mr2));
	check(write_by(&p, rkey, PEER) == IBV_WC_REM_ACCESS_ERR);
	pair_close(&p);

	/*
	 * They may be bound again by another QP, and are unbound when it is
	 * destroyed.
	 */
	pair_open(&p, IBV_QPT_RC, NULL);
	back = back_of(&p);
	bind(&back, mw[0], ibv_inc_rkey(rkey), mr, IBV_ACCESS_REMOTE_WRITE);
	check(write_by(&p, ibv_inc_rkey(rkey), PEER) == IBV_WC_SUCCESS);
	check(write_by(&p, rkey, PEER) == IBV_WC_REM_ACCESS_ERR);
	pair_close(&p);
	for (i = 0; i < 2; i++)
		check(!ibv_dealloc_mw(mw[i]));
}

/*
 * A send invalidates the key of a read that is still being answered; the key
 * stays valid until the answer is out.
 */
static void read_then_invalidate(void)
{
	struct ibv_sge sge[2] = { piece(0, 16384), piece(16384, 3000) };
	struct ibv_send_wr wr[2] = {
		{
			.wr_id = 1,
			.next = &wr[1],
			.sg_list = &sge[0],
			.num_sge = 1,
			.opcode = IBV_WR_RDMA_READ,
			.send_flags = IBV_SEND_SIGNALED,
			.wr.rdma.remote_addr = (uintptr_t)buf + PEER,
		}, {
			.wr_id = 2,
			.sg_list = &sge[1],
			.num_sge = 1,
			.opcode = IBV_WR_SEND_WITH_INV,
			.send_flags = IBV_SEND_SIGNALED,
		},
	}, *bad;
	struct ibv_mw *mw = ibv_alloc_mw(pd, IBV_MW_TYPE_2);
	uint32_t rkey = mw->rkey;
	struct pair p, back;
	int i;

	pair_open(&p, IBV_QPT_RC, NULL);
	back = back_of(&p);
	for (i = 0; i < 50; i++) {
		rkey = ibv_inc_rkey(rkey);
		bind(&back, mw, rkey, mr, IBV_ACCESS_REMOTE_READ);
		memset(buf + PEER, i + 1, 16384);
		wr[0].wr.rdma.rkey = rkey;
		wr[1].invalidate_rkey = rkey;
		recv_at(p.qp[1], 3, SIZE - 3000, 3000);
		check(!ibv_post_send(p.qp[0], wr, &bad));
		/* The read has finished when the send completes. */
		check(received(&p, IBV_WC_RECV, 3, 3000, IBV_WC_WITH_INV)
		      .invalidated_rkey == rkey);
		memset(buf + PEER, 0xff, 16384);
		expect_cq(p.cq[0], 1, IBV_WC_SUCCESS);
		expect_cq(p.cq[0], 2, IBV_WC_SUCCESS);
		check(buf[0] == i + 1 && !memcmp(buf, buf + 1, 16383));
	}
	pair_close(&p);
	check(!ibv_dealloc_mw(mw));
}

/* A local error of a send affects the send queue only. */
static void send_queue_error(enum ibv_qp_type type)
{
	bool ud = type == IBV_QPT_UD;
	uint32_t grh = ud ? GRH : 0, len = ud ? 500 : 1500;
	int flags = ud ? IBV_WC_GRH : 0, round;
	struct ibv_sge good = piece(0, 8), wrong[2] = {
		piece(0, len), piece(0, len),
	};
	struct ibv_send_wr wr[3] = {
		{ .next = &wr[1], .sg_list = &good, .num_sge = 1 },
		{ .next = &wr[2], .sg_list = wrong, .num_sge = 2 },
		{ .sg_list = &good, .num_sge = 1 },
	}, one, *bad;
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_RTS,
		.cur_qp_state = IBV_QPS_RTS,
	};
	struct pair p, back;
	int i;

	pair_open(&p, type, NULL);
	back = back_of(&p);
	wrong[1].lkey ^= 0xff00;
	for (i = 0; i < 3; i++) {
		wr[i].wr_id = i;
		wr[i].opcode = IBV_WR_SEND;
		wr[i].send_flags = IBV_SEND_SIGNALED;
		if (ud) {
			wr[i].wr.ud.ah = ah;
			wr[i].wr.ud.remote_qpn = p.qp[1]->qp_num;
			wr[i].wr.ud.remote_qkey = QKEY;
		}
	}
	one = wr[2];
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 2; i++)
			recv_at(p.qp[1], 10 + i, PEER, 4000);
		check(!ibv_post_send(p.qp[0], wr, &bad));
		expect_cq(p.cq[0], 0, IBV_WC_SUCCESS);
		expect_cq(p.cq[0], 1, IBV_WC_LOC_PROT_ERR);
		expect_cq(p.cq[0], 2, IBV_WC_WR_FLUSH_ERR);
		check(qp_state(p.qp[0]) == IBV_QPS_SQE);
		received(&p, IBV_WC_RECV, 10, grh + 8, flags);
		one.wr_id = 4;
		check(!ibv_post_send(p.qp[0], &one, &bad));
		expect_cq(p.cq[0], 4, IBV_WC_WR_FLUSH_ERR);

		/* The QP still receives. */
		recv_at(p.qp[0], 12, PEER, 100);
		one.wr_id = 5;
		one.wr.ud.remote_qpn = p.qp[0]->qp_num;
		if (!ud)
			one.wr.ud = wr[0].wr.ud;
		post(&back, &one, false);
		sent(&back, IBV_WC_SEND, 5);
		received(&back, IBV_WC_RECV, 12, grh + 8, flags);

		/* The QP goes on after a step from SQE to RTS. */
		check(step(p.qp[0], IBV_QPS_SQD) == EINVAL);
		check(ibv_modify_qp(p.qp[0], &attr, IBV_QP_STATE |
				    IBV_QP_CUR_STATE) == EINVAL);
		attr.cur_qp_state = IBV_QPS_SQE;
		check(!ibv_modify_qp(p.qp[0], &attr, IBV_QP_STATE |
				     IBV_QP_CUR_STATE));
		attr.cur_qp_state = IBV_QPS_RTS;
		check(qp_state(p.qp[0]) == IBV_QPS_RTS);
		one = wr[2];
		one.wr_id = 6;
		post(&p, &one, false);
		sent(&p, IBV_WC_SEND, 6);
		received(&p, IBV_WC_RECV, 11, grh + 8, flags);
	}
	check(!ibv_poll_cq(p.cq[0], 1, &(struct ibv_wc) {}));
	/* The send queue can fail again; a step to ERR ends the whole QP. */
	check(!ibv_post_send(p.qp[0], wr + 1, &bad));
	expect_cq(p.cq[0], 1, IBV_WC_LOC_PROT_ERR);
	expect_cq(p.cq[0], 2, IBV_WC_WR_FLUSH_ERR);
	recv_at(p.qp[0], 13, PEER, 100);
	check(!step(p.qp[0], IBV_QPS_ERR));
	expect_cq(p.cq[0], 13, IBV_WC_WR_FLUSH_ERR);
	check(!step(p.qp[0], IBV_QPS_RESET));
	pair_close(&p);
}

static void send_queue_errors(void)
{
	send_queue_error(IBV_QPT_UC);
	send_queue_error(IBV_QPT_UD);
}

/*
 * Find the doorbell page and the send queue of a QP whose only posted entry has
 * MAGIC.
 */
static uint8_t *find_ring(void)
{
	uint8_t *found = NULL;
	unsigned long from, to;
	char line[256];
	FILE *f;
	int i;

	f = fopen("/proc/self/maps", "r");
	check(f);
	while (fgets(line, sizeof(line), f)) {
		const uint32_t *entry;

		if (!strstr(line, "uverbs") ||
		    sscanf(line, "%lx-%lx", &from, &to) != 2 ||
		    to - from < SQ_OFF + 4096)
			continue;
		entry = (const uint32_t *)(from + SQ_OFF);
		for (i = 0; i < 12; i++)
			if (entry[i] == MAGIC || entry[i] == htobe32(MAGIC))
				found = (uint8_t *)from;
	}
	fclose(f);
	check(found);
	return found;
}

/* Post an entry with one reserved word that is not zero. */
static void reserved_word(enum ibv_qp_type type, enum ibv_wr_opcode opcode,
			  int word)
{
	struct ibv_qp_ex *ex;
	uint32_t *seg;
	struct pair p;

	pair_open(&p, type, NULL);
	ex = p.ex;
	ibv_wr_start(ex);
	ex->wr_id = word;
	ex->wr_flags = IBV_SEND_SIGNALED;
	switch (opcode) {
	case IBV_WR_SEND_WITH_IMM:
		ibv_wr_send_imm(ex, MAGIC);
		break;
	case IBV_WR_RDMA_WRITE:
		ibv_wr_rdma_write(ex, MAGIC, (uintptr_t)buf);
		break;
	case IBV_WR_RDMA_READ:
		ibv_wr_rdma_read(ex, MAGIC, (uintptr_t)buf);
		break;
	case IBV_WR_ATOMIC_CMP_AND_SWP:
		ibv_wr_atomic_cmp_swp(ex, MAGIC, (uintptr_t)buf, 1, 1);
		ibv_wr_set_sge(ex, mr->lkey, (uintptr_t)buf, 8);
		break;
	case IBV_WR_ATOMIC_FETCH_AND_ADD:
		ibv_wr_atomic_fetch_add(ex, MAGIC, (uintptr_t)buf, 1);
		ibv_wr_set_sge(ex, mr->lkey, (uintptr_t)buf, 8);
		break;
	default:
		ibv_wr_local_inv(ex, MAGIC);
		break;
	}
	if (type == IBV_QPT_UD)
		ibv_wr_set_ud_addr(ex, ah, p.qp[1]->qp_num, QKEY);
	seg = (uint32_t *)(find_ring() + SQ_OFF +
			   sizeof(struct mfraw_send_wqe));
	check(!seg[word]);
	seg[word] = 1;
	check(!ibv_wr_complete(ex));
	expect_cq(p.cq[0], word, IBV_WC_LOC_QP_OP_ERR);
	pair_close(&p);
}

static void reserved(void)
{
	static const struct {
		enum ibv_qp_type	type;
		enum ibv_wr_opcode	opcode;
		uint8_t			words;
	} ops[] = {
		{ IBV_QPT_RC, IBV_WR_SEND_WITH_IMM, 0xff },
		{ IBV_QPT_UC, IBV_WR_SEND_WITH_IMM, 0xff },
		{ IBV_QPT_UD, IBV_WR_SEND_WITH_IMM, 0xf8 },
		{ IBV_QPT_UC, IBV_WR_RDMA_WRITE, 0xf8 },
		{ IBV_QPT_RC, IBV_WR_RDMA_READ, 0xf8 },
		{ IBV_QPT_RC, IBV_WR_ATOMIC_CMP_AND_SWP, 0x08 },
		{ IBV_QPT_RC, IBV_WR_ATOMIC_FETCH_AND_ADD, 0xc8 },
		{ IBV_QPT_UC, IBV_WR_LOCAL_INV, 0xff },
	};
	unsigned int i, word;

	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		for (word = 0; word < 8; word++)
			if (ops[i].words & 1 << word)
				reserved_word(ops[i].type, ops[i].opcode, word);
}

/* The index goes back behind an entry that is being retried. */
static void moved_back(void)
{
	struct ibv_send_wr wr = {
		.opcode = IBV_WR_SEND_WITH_IMM,
		.imm_data = MAGIC,
	}, *bad;
	struct pollfd fd = { .fd = ctx->async_fd, .events = POLLIN };
	struct ibv_async_event event;
	struct mfraw_qp_db *db;
	struct pair p;

	pair_open(&p, IBV_QPT_RC, NULL);
	check(!step(p.qp[1], IBV_QPS_RESET));
	check(!ibv_post_send(p.qp[0], &wr, &bad));
	check(!ibv_post_send(p.qp[0], &wr, &bad));
	db = (struct mfraw_qp_db *)find_ring();
	check(db->sq_prod == htole32(2));
	/* Give the polling thread time to see the entries. */
	usleep(200000);
	db->sq_prod = htole32(1);
	check(poll(&fd, 1, 10000) == 1);
	check(!ibv_get_async_event(ctx, &event));
	check(event.event_type == IBV_EVENT_QP_FATAL &&
	      event.element.qp == p.qp[0]);
	ibv_ack_async_event(&event);
	check(qp_state(p.qp[0]) == IBV_QPS_ERR);
	check(!step(p.qp[0], IBV_QPS_RESET));
	pair_close(&p);
}

/*
 * Attach as many QPs to a group, and a QP to as many groups, as the device
 * allows.
 */
static void multicast_limits(void)
{
	union ibv_gid gid = {
		.raw = { 0xff, 0x0e, [10] = 0xff, 0xff, 0xef, 1, 0, 1 },
	};
	struct ibv_cq *cq = ibv_create_cq(ctx, 1, NULL, NULL, 0);
	struct ibv_device_attr attr;
	struct ibv_qp **qp;
	int i, most;

	check(cq && !ibv_query_device(ctx, &attr));
	check(attr.max_total_mcast_qp_attach ==
	      attr.max_mcast_grp * attr.max_mcast_qp_attach);
	most = attr.max_mcast_qp_attach;
	check(most > 0 && most <= 1024);
	qp = calloc(most + 1, sizeof(*qp));
	check(qp);
	for (i = 0; i <= most; i++) {
		struct ibv_qp_init_attr init = {
			.send_cq = cq,
			.recv_cq = cq,
			.cap = { .max_send_wr = 1, .max_recv_wr = 1 },
			.qp_type = IBV_QPT_UD,
		};

		qp[i] = ibv_create_qp(pd, &init);
		check(qp[i]);
		check(ibv_attach_mcast(qp[i], &gid, 0) ==
		      (i < most ? 0 : ENOMEM));
	}
	/*
	 * An attached QP may be attached again; a detached QP leaves room for
	 * another.
	 */
	check(!ibv_attach_mcast(qp[0], &gid, 0));
	check(!ibv_detach_mcast(qp[1], &gid, 0));
	check(!ibv_attach_mcast(qp[most], &gid, 0));
	check(ibv_attach_mcast(qp[1], &gid, 0) == ENOMEM);
	check(!ibv_detach_mcast(qp[most], &gid, 0));
	for (i = 0; i < most; i++)
		check(ibv_detach_mcast(qp[i], &gid, 0) == (i == 1 ? EINVAL : 0));
	/*
	 * The kernel counts each pair of GID and LID, and a QP whose count is not zero
	 * can't be destroyed. RoCE has no LIDs.
	 */
	check(!ibv_attach_mcast(qp[0], &gid, 1));
	check(!ibv_attach_mcast(qp[0], &gid, 2));
	check(!ibv_detach_mcast(qp[0], &gid, 1));
	check(!ibv_detach_mcast(qp[0], &gid, 2));
	check(ibv_detach_mcast(qp[0], &gid, 2) == EINVAL);

	for (i = 0; i <= attr.max_mcast_grp; i++) {
		gid.raw[14] = i >> 8;
		gid.raw[15] = i;
		check(ibv_attach_mcast(qp[0], &gid, 0) ==
		      (i < attr.max_mcast_grp ? 0 : ENOMEM));
	}
	gid.raw[14] = 0;
	gid.raw[15] = 0;
	check(!ibv_attach_mcast(qp[1], &gid, 0));
	while (i-- > 1) {
		gid.raw[14] = (i - 1) >> 8;
		gid.raw[15] = i - 1;
		check(!ibv_detach_mcast(qp[0], &gid, 0));
	}
	check(!ibv_detach_mcast(qp[1], &gid, 0));
	for (i = 0; i <= most; i++)
		check(!ibv_destroy_qp(qp[i]));
	free(qp);
	check(!ibv_destroy_cq(cq));
}

/* New keys can't be guessed from earlier keys. */
static void guessed_keys(void)
{
	struct ibv_mr *regions[32];
	struct ibv_mw *windows[32];
	int i, next = 0;

	for (i = 0; i < 32; i++) {
		regions[i] = ibv_reg_mr(pd, buf, SIZE, ACCESS);
		windows[i] = ibv_alloc_mw(pd, IBV_MW_TYPE_2);
		check(regions[i] && windows[i]);
		if (!i)
			continue;
		next += (uint8_t)(regions[i]->rkey - regions[i - 1]->rkey) == 1;
		next += (uint8_t)(windows[i]->rkey - windows[i - 1]->rkey) == 1;
	}
	check(next < 16);
	for (i = 0; i < 32; i++)
		check(!ibv_dereg_mr(regions[i]) && !ibv_dealloc_mw(windows[i]));
}

const struct edge_test edge_tests[] = {
	{ "receives that were begun", srq_unfinished },
	{ "windows of a queue pair that is reset", windows_reset },
	{ "a read, and its key", read_then_invalidate },
	{ "errors of send queues", send_queue_errors },
	{ "reserved words", reserved },
	{ "an index that goes back", moved_back },
	{ "limits of multicast", multicast_limits },
	{ "keys that are guessed", guessed_keys },
	{}
};
