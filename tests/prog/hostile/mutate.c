// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Random changes of the mapped memory. Half of them are requests that are nearly
 * right, so that they get past the first check of the kernel.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <string.h>

#include "check.h"
#include "hostile.h"
#include "kick.h"

/* Values at which something may go wrong. */
static uint64_t edge(struct world *w)
{
	static const uint64_t edges[] = {
		0, 1, 2, 4, 8, 13, 14, 16, 59, 60, 63, 64, 127, 128, 255, 256, 1023,
		1024, 1460, 1500, 4095, 4096, 9000, 65535, 65536, BUF_LEN - 1, BUF_LEN,
		0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff, 0x100000000,
		0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffff000,
		0xffffffffffffffff,
	};
	unsigned int n = sizeof(edges) / sizeof(*edges);

	return below(w, 8) ? edges[below(w, n)] : rnd(w);
}

/* One time in @n, something else than @right. */
static uint64_t mostly(struct world *w, uint32_t n, uint64_t right)
{
	return below(w, n) ? right : edge(w);
}

static uint64_t address(struct world *w, const struct side *s)
{
	uint64_t start = (uintptr_t)s->buf;

	switch (below(w, 16)) {
	case 0:
		return start + edge(w);
	case 1:
		return start + BUF_LEN - below(w, 128);
	case 2:
		return edge(w);
	case 3:
		return start + below(w, BUF_LEN);
	default:
		/* A frame, or a word for atomics. */
		return start + below(w, 64) * 2048;
	}
}

static void fill_sges(struct world *w, const struct side *s, uint8_t *at, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		struct mfraw_sge sge = {
			.addr = htole64(address(w, s)),
			.length = htole32(mostly(w, 4, below(w, 3000))),
			.lkey = htole32(mostly(w, 16, s->mr->lkey)),
		};

		memcpy(at + i * sizeof(sge), &sge, sizeof(sge));
	}
}

static void fill_recv(struct world *w, const struct victim *v, uint32_t idx)
{
	uint8_t *at = v->rq.first + (idx % ENTRIES) * v->rq.stride;

	if (v->rq.sges) {
		struct mfraw_srq_wqe wqe = {
			.slot = htole32(mostly(w, 8, below(w, ENTRIES))),
			.reserved[0] = htole32(mostly(w, 32, 0)),
		};

		memcpy(at, &wqe, sizeof(wqe));
	}
	fill_sges(w, &w->side[v->side], at + v->rq.sges, 1 + below(w, MAX_SGE));
}

static uint8_t opcode(struct world *w, const struct victim *v)
{
	if (!below(w, 16))
		return edge(w);
	if (v->kind == TSO)
		return below(w, 4) ? MFRAW_OP_TSO : MFRAW_OP_SEND;
	if (v->kind == RAW || v->kind == UD)
		return below(w, 4) ? MFRAW_OP_SEND : MFRAW_OP_SEND_WITH_IMM;
	return MFRAW_OP_SEND + below(w, MFRAW_OP_BIND_MW);
}

static void fill_roce(struct world *w, const struct victim *v, uint8_t op,
		      uint8_t *at)
{
	const struct side *s = &w->side[v->side], *peer = &w->side[!v->side];
	struct mfraw_roce_seg seg = {};

	if (v->kind == UD) {
		seg.ud.ahn = htole32(mostly(w, 16, 0));
		seg.ud.qpn = htole32(mostly(w, 16, v->peer->qp->qp_num));
		seg.ud.qkey = htole32(mostly(w, 16, ATTACK_QKEY));
		memcpy(at, &seg, sizeof(seg));
		return;
	}
	switch (op) {
	case MFRAW_OP_RDMA_WRITE:
	case MFRAW_OP_RDMA_WRITE_WITH_IMM:
	case MFRAW_OP_RDMA_READ:
	case MFRAW_OP_ATOMIC_CMP_SWP:
	case MFRAW_OP_ATOMIC_FETCH_ADD:
		seg.atomic.addr = htole64(address(w, peer));
		seg.atomic.rkey = htole32(mostly(w, 16, below(w, 4) ? peer->mr->rkey :
						 peer->mw_rkey));
		if (op >= MFRAW_OP_ATOMIC_CMP_SWP)
			seg.atomic.compare_add = htole64(edge(w));
		if (op == MFRAW_OP_ATOMIC_CMP_SWP)
			seg.atomic.swap = htole64(edge(w));
		break;
	case MFRAW_OP_BIND_MW:
		seg.bind.addr = htole64(address(w, s));
		seg.bind.length = htole64(mostly(w, 4, below(w, 4096)));
		seg.bind.lkey = htole32(mostly(w, 8, s->mr->lkey));
		seg.bind.rkey = htole32(mostly(w, 8, s->mw_rkey));
		seg.bind.new_rkey = htole32(mostly(w, 4, s->mw_rkey + 1));
		seg.bind.access = htole32(mostly(w, 4, IBV_ACCESS_REMOTE_WRITE |
						 IBV_ACCESS_REMOTE_READ));
		break;
	default:
		break;
	}
	if (!below(w, 32))
		((uint8_t *)&seg)[below(w, sizeof(seg))] = rnd(w);
	memcpy(at, &seg, sizeof(seg));
}

static void fill_send(struct world *w, const struct victim *v, uint32_t idx)
{
	uint8_t *at = v->sq.first + (idx % ENTRIES) * v->sq.stride;
	bool raw = v->kind == RAW || v->kind == TSO;
	struct mfraw_send_wqe wqe = {
		.opcode = opcode(w, v),
		.flags = below(w, 8) ? MFRAW_SEND_SIGNALED : rnd(w),
	};
	uint32_t room = v->sq.stride - v->sq.sges;

	if (!raw)
		fill_roce(w, v, wqe.opcode, at + sizeof(wqe));
	if (!below(w, 4)) {
		wqe.flags |= MFRAW_SEND_INLINE;
		wqe.inline_len = htole32(mostly(w, 8, below(w, MAX_INLINE + 1)));
		if (raw && room >= 64)
			memcpy(at + v->sq.sges, w->side[v->side].buf, 64);
	} else {
		int n = below(w, MAX_SGE + 1);

		wqe.num_sge = htole16(mostly(w, 16, n));
		fill_sges(w, &w->side[v->side], at + v->sq.sges,
			  room < n * sizeof(struct mfraw_sge) ? 0 : n);
	}
	if (wqe.opcode == MFRAW_OP_TSO) {
		wqe.tso.mss = htole16(mostly(w, 2, 1000));
		wqe.tso.hdr_len = htole16(mostly(w, 2, 54));
		/* The header stands before the SGEs. */
		if (below(w, 4) && room >= 64 + sizeof(struct mfraw_sge)) {
			memcpy(at + v->sq.sges, w->side[v->side].buf + 2048, 54);
			fill_sges(w, &w->side[v->side], at + v->sq.sges + 64, 1);
		}
	} else if (wqe.opcode == MFRAW_OP_SEND_WITH_IMM ||
		   wqe.opcode == MFRAW_OP_SEND_WITH_INV ||
		   wqe.opcode == MFRAW_OP_RDMA_WRITE_WITH_IMM ||
		   wqe.opcode == MFRAW_OP_LOCAL_INV) {
		wqe.roce.inv_rkey = htole32(mostly(w, 2, w->side[0].mw_rkey));
	}
	if (v->kind == XRC)
		wqe.roce.srqn = htole32(mostly(w, 16, w->side[!v->side].xrc_srqn));
	else if (!below(w, 32))
		wqe.roce.srqn = htole32(edge(w));
	memcpy(at, &wqe, sizeof(wqe));
}

/* Frames that the raw QPs send: they begin each 2048 bytes of the memory. */
static void fill_frames(struct world *w, int n)
{
	const struct side *s = &w->side[n], *peer = &w->side[!n];
	int i;

	for (i = 0; i < 64; i++) {
		uint8_t *at = s->buf + i * 2048;
		uint16_t tcp[2];

		eth_header(at, peer->dev.mac, s->dev.mac,
			   i % 4 == 1 ? ETH_P_IPV4 : ATTACK_TYPE + i % 2);
		if (i % 4 != 1)
			continue;
		at[14] = 0x45;
		at[23] = IPPROTO_TCP;
		memcpy(at + 26, "\300\0\2\1\300\0\2\2", 8);
		tcp[0] = htons(i);
		tcp[1] = htons(7);
		memcpy(at + 34, tcp, 4);
		at[46] = 0x50;
	}
}

static void write_le32(__le32 *at, uint32_t val)
{
	__atomic_store_n(at, htole32(val), __ATOMIC_RELEASE);
}

/* An index that is right, a little wrong, or anything. */
static uint32_t index_for(struct world *w, uint32_t right)
{
	switch (below(w, 16)) {
	case 0:
		return right + ENTRIES + 1;
	case 1:
		return right - 1;
	case 2:
		return edge(w);
	default:
		return right;
	}
}

/* The pages of a CQ, whose doorbell may be anywhere in its first page. */
static void mutate_cq(struct world *w, struct victim *v, struct totals *t)
{
	struct side *s = &w->side[v->side];
	struct mfraw_cq_db *db = (struct mfraw_cq_db *)v->map.addr;
	struct ibv_cq *cq;
	void *context;

	switch (below(w, 4)) {
	case 0:
		write_le32(&db->arm, mostly(w, 4, MFRAW_CQ_ARM));
		break;
	case 1:
		write_le32(&db->cons, mostly(w, 2, le32toh(db->cons) + below(w, 64)));
		break;
	default:
		/* As a program would poll it, which keeps the CQ usable. */
		write_le32(&db->cons, le32toh(db->cons) + 1);
		break;
	}
	if (!below(w, 16) && !ibv_get_cq_event(s->channel, &cq, &context)) {
		ibv_ack_cq_events(cq, 1);
		t->completions++;
	}
}

static void kick_victim(struct world *w, struct victim *v, struct totals *t)
{
	if (!v->num)
		return;
	kick(w->side[v->side].kick_fd, mostly(w, 64, v->num));
	t->kicks++;
}

static void mutate_ring(struct world *w, struct victim *v, struct totals *t)
{
	struct mfraw_qp_db *db = (struct mfraw_qp_db *)v->map.addr;
	bool send = v->sq.first && (!v->rq.first || below(w, 4));

	switch (below(w, 8)) {
	case 0:
		/* Any bytes of the mapping. */
		v->map.addr[rnd(w) % v->map.len] = rnd(w);
		break;
	case 1: {
		/* An entry that the kernel may be reading. */
		uint32_t idx = below(w, ENTRIES);

		if (send)
			fill_send(w, v, idx);
		else if (v->rq.first)
			fill_recv(w, v, idx);
		break;
	}
	case 2: {
		uint64_t word = edge(w);

		memcpy(v->map.addr + 8 * (rnd(w) % (v->map.len / 8)), &word, 8);
		break;
	}
	default:
		if (send) {
			fill_send(w, v, v->sq_posted++);
			write_le32(&db->sq_prod, index_for(w, v->sq_posted));
		} else if (v->rq.first) {
			fill_recv(w, v, v->rq_posted++);
			write_le32(&db->rq_prod, index_for(w, v->rq_posted));
		}
		break;
	}
	if (!below(w, 4))
		kick_victim(w, v, t);
	if (!below(w, 24)) {
		if (v->peer)
			victim_revive(w, v->peer);
		if (v->num)
			victim_revive(w, v);
		t->revivals++;
	}
}

/* The kernel wrote completions since the last time. */
static bool completed(const struct victim *v, uint64_t *sum)
{
	uint64_t before = *sum;
	size_t pos;

	*sum = 0;
	/* The ring begins behind the doorbell. */
	for (pos = sizeof(struct mfraw_cq_db); pos + 8 <= v->map.len; pos += 8)
		*sum = *sum * 31 + *(volatile uint64_t *)(v->map.addr + pos);
	return *sum != before;
}

void mutate(struct world *w, struct totals *t, uint64_t n)
{
	uint64_t sum[MAX_VICTIMS] = {};
	uint64_t i;

	fill_frames(w, 0);
	fill_frames(w, 1);
	for (i = 0; i < n; i++) {
		struct victim *v = &w->victim[below(w, w->victims)];

		if (!v->map.len)
			continue;
		if (v->kind == CQ) {
			mutate_cq(w, v, t);
			if (!below(w, 8))
				t->completions += completed(v, &sum[v - w->victim]);
		} else {
			mutate_ring(w, v, t);
		}
		t->kind[v->kind]++;
		t->mutations++;
		if (!below(w, 256))
			fill_frames(w, below(w, 2));
		if (!below(w, 64))
			w->side[0].buf[below(w, BUF_LEN)] = rnd(w);
	}
}
