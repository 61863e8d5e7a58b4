// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Sends that invalidate a key of the peer while the peer answers reads. A
 * storage target sends them when it has executed one of several commands.
 */
#include <string.h>

#include "pair.h"

#define READS	8
#define LEN	40000	/* bytes of a read: more packets than one burst has */
#define ROUNDS	4

/* Bind a window of type 2 to all memory of side 1. Returns its key. */
static uint32_t bind(struct pair *p, struct ibv_mw *mw)
{
	struct side *b = &p->side[1];
	struct ibv_send_wr wr = {
		.wr_id = 90,
		.opcode = IBV_WR_BIND_MW,
		.send_flags = IBV_SEND_SIGNALED,
		.bind_mw = {
			.mw = mw,
			.rkey = ibv_inc_rkey(mw->rkey),
			.bind_info = {
				.mr = b->mr,
				.addr = (uintptr_t)b->buf,
				.length = b->size,
				.mw_access_flags = IBV_ACCESS_REMOTE_READ |
						   IBV_ACCESS_REMOTE_WRITE,
			},
		},
	}, *bad;

	check(!ibv_post_send(b->qp, &wr, &bad));
	expect_cq(b->scq, 90, IBV_WC_SUCCESS);
	mw->rkey = wr.bind_mw.rkey;

	return wr.bind_mw.rkey;
}

/* Post reads by @read_key, and then a send that invalidates @inv_key. */
static void reads_and_send(struct pair *p, uint32_t read_key, uint32_t inv_key)
{
	struct side *a = &p->side[0], *b = &p->side[1];
	struct ibv_send_wr wr[READS + 1] = {}, *bad;
	struct ibv_sge sge[READS];
	struct ibv_recv_wr recv = { .wr_id = 50 }, *bad_recv;
	struct ibv_wc wc;
	unsigned int i;

	check(!ibv_post_recv(b->qp, &recv, &bad_recv));
	memset(a->buf, 0, a->size);
	for (i = 0; i < READS; i++) {
		sge[i] = (struct ibv_sge) {
			(uintptr_t)a->buf + i * LEN, LEN, a->mr->lkey,
		};
		wr[i] = (struct ibv_send_wr) {
			.wr_id = i,
			.next = &wr[i + 1],
			.sg_list = &sge[i],
			.num_sge = 1,
			.opcode = IBV_WR_RDMA_READ,
			.send_flags = IBV_SEND_SIGNALED,
			.wr.rdma = { (uintptr_t)b->buf + i * LEN, read_key },
		};
	}
	wr[READS].wr_id = READS;
	wr[READS].opcode = IBV_WR_SEND_WITH_INV;
	wr[READS].send_flags = IBV_SEND_SIGNALED;
	wr[READS].invalidate_rkey = inv_key;
	check(!ibv_post_send(a->qp, wr, &bad));
	for (i = 0; i <= READS; i++)
		expect_cq(a->scq, i, IBV_WC_SUCCESS);
	wc = wait_cq(b->rcq);
	check(wc.status == IBV_WC_SUCCESS && wc.wr_id == 50 &&
	      wc.wc_flags & IBV_WC_WITH_INV && wc.invalidated_rkey == inv_key);
	check(!memcmp(a->buf, b->buf, READS * LEN));
}

void invalidate(const struct config *cfg)
{
	uint64_t naks, gaps;
	struct ibv_mw *mw;
	struct pair p;
	unsigned int i;

	pair_open(&p, cfg, READS * LEN);
	for (i = 0; i < p.side[1].size; i++)
		p.side[1].buf[i] = i * 7 + (i >> 8);
	mw = ibv_alloc_mw(p.side[1].pd, IBV_MW_TYPE_2);
	check(mw);
	naks = device_counter(p.side[0].name, "packet_seq_err");
	gaps = device_counter(p.side[1].name, "out_of_sequence");
	for (i = 0; i < ROUNDS; i++)
		reads_and_send(&p, p.side[1].mr->rkey, bind(&p, mw));
	check(device_counter(p.side[0].name, "packet_seq_err") == naks);
	check(device_counter(p.side[1].name, "out_of_sequence") == gaps);
	done("a send does not wait for reads by another key");

	for (i = 0; i < ROUNDS; i++) {
		bind(&p, mw);
		reads_and_send(&p, mw->rkey, mw->rkey);
	}
	done("a send waits for reads by the key that it invalidates");
	check(!ibv_dealloc_mw(mw));
	pair_close(&p);
}
