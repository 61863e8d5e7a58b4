// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Messages over a wire that loses, repeats, reorders and damages packets.
 */
#include <string.h>
#include <unistd.h>

#include "pair.h"

#define SLOTS		32	/* requests under way, and posted receives */
#define SLOT		8192
#define MOST		5500	/* maximum bytes of a message */
#define CANARY		0xc5

/* Areas of the memory of each side. */
enum area {
	SOURCE,		/* data of sends and writes, results of reads */
	RECEIVES,
	WRITTEN,	/* the peer writes it */
	CONSTANT,	/* the peer reads it */
	WORDS,		/* targets of the peer's atomics */
	AREAS,
};

#define AREA		(SLOTS * SLOT)

struct request {
	enum ibv_wr_opcode	opcode;
	uint32_t		length;
	uint64_t		orig;	/* value that the atomic must find */
};

/* The requests from one side to the other. */
struct flow {
	const struct config *cfg;
	struct side	*from, *to;
	struct request	*req;		/* all requests */
	unsigned int	n, posted, completed;
	unsigned int	*recv;		/* requests that take a receive */
	unsigned int	recvs, received, recv_posted;
	uint64_t	sum, word;	/* expected words of the peer */
	unsigned int	rng;
};

static unsigned int rnd(struct flow *f)
{
	f->rng = f->rng * 1103515245 + 12345;
	return f->rng >> 8;
}

static uint8_t *area(const struct side *s, enum area a, unsigned int i)
{
	return s->buf + a * AREA + (size_t)(i % SLOTS) * SLOT;
}

static uint8_t pattern(unsigned int id, unsigned int i)
{
	return id * 37 + (i >> 8) * 11 + i;
}

static void fill(uint8_t *p, unsigned int id, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		p[i] = pattern(id, i);
	memset(p + len, CANARY, SLOT - len);
}

/* Check @end bytes of a slot; bytes behind @len must not have changed. */
static void intact(const char *what, const uint8_t *p, unsigned int id,
		   unsigned int len, unsigned int end)
{
	unsigned int i;

	for (i = 0; i < end; i++) {
		uint8_t want = i < len ? pattern(id, i) : CANARY;

		if (p[i] == want)
			continue;
		printf("FAIL: %s %u of %u bytes: byte %u is %02x, not %02x\n",
		       what, id, len, i, p[i], want);
		exit(1);
	}
}

static void post_recv(struct flow *f)
{
	uint8_t *at = area(f->to, RECEIVES, f->recv_posted);

	memset(at, CANARY, SLOT);
	if (f->to->srq) {
		struct ibv_sge sge = sge_at(f->to->mr, at - f->to->buf, SLOT);
		struct ibv_recv_wr *bad, wr = {
			.wr_id = f->recv_posted,
			.sg_list = &sge,
			.num_sge = 1,
		};

		check(!ibv_post_srq_recv(f->to->srq, &wr, &bad));
	} else {
		post_recv_at(f->to->qp, f->recv_posted, f->to->mr,
			     at - f->to->buf, SLOT);
	}
	f->recv_posted++;
}

static uint32_t any_length(struct flow *f)
{
	switch (rnd(f) % 4) {
	case 0:
		return rnd(f) % 64;
	case 1:
		return 1024 * (rnd(f) % 5);
	default:
		return rnd(f) % MOST;
	}
}

static uint32_t length(struct flow *f)
{
	uint32_t len = any_length(f);

	return len < f->cfg->least ? f->cfg->least : len;
}

static struct ibv_send_wr request_wr(unsigned int id, struct ibv_sge *sge)
{
	return (struct ibv_send_wr) {
		.wr_id = id,
		.sg_list = sge,
		.num_sge = 1,
		.send_flags = IBV_SEND_SIGNALED,
		.imm_data = htobe32(id),
	};
}

static void post_rc(struct flow *f)
{
	static const enum ibv_wr_opcode ops[] = {
		IBV_WR_SEND, IBV_WR_SEND_WITH_IMM, IBV_WR_RDMA_WRITE,
		IBV_WR_RDMA_WRITE_WITH_IMM, IBV_WR_RDMA_READ,
		IBV_WR_ATOMIC_CMP_AND_SWP, IBV_WR_ATOMIC_FETCH_AND_ADD,
	};
	unsigned int id = f->posted++;
	struct request *r = &f->req[id];
	uint8_t *at = area(f->from, SOURCE, id);
	struct ibv_sge sge = sge_at(f->from->mr, at - f->from->buf, length(f));
	struct ibv_send_wr wr = request_wr(id, &sge), *bad;
	unsigned int i;

	do {
		i = rnd(f) % 7;
	} while (!(f->cfg->ops & 1 << i));
	r->opcode = wr.opcode = ops[i];
	r->length = sge.length;
	if (!(rnd(f) % 16))
		wr.send_flags |= IBV_SEND_FENCE;
	if (f->to->srq)
		wr.qp_type.xrc.remote_srqn = f->to->srqn;

	switch (wr.opcode) {
	case IBV_WR_SEND:
	case IBV_WR_SEND_WITH_IMM:
		fill(at, id, sge.length);
		f->recv[f->recvs++] = id;
		break;
	case IBV_WR_RDMA_WRITE_WITH_IMM:
		f->recv[f->recvs++] = id;
		/* fallthrough */
	case IBV_WR_RDMA_WRITE:
		fill(at, id, sge.length);
		memset(area(f->to, WRITTEN, id), CANARY, SLOT);
		wr.wr.rdma.remote_addr = (uintptr_t)area(f->to, WRITTEN, id);
		wr.wr.rdma.rkey = f->to->mr->rkey;
		break;
	case IBV_WR_RDMA_READ:
		memset(at, CANARY, SLOT);
		wr.wr.rdma.remote_addr = (uintptr_t)area(f->to, CONSTANT, id);
		wr.wr.rdma.rkey = f->to->mr->rkey;
		break;
	default:
		memset(at, CANARY, SLOT);
		sge.length = 8;
		wr.wr.atomic.remote_addr = (uintptr_t)area(f->to, WORDS, 0);
		wr.wr.atomic.rkey = f->to->mr->rkey;
		wr.wr.atomic.compare_add = rnd(f);
		if (wr.opcode == IBV_WR_ATOMIC_FETCH_AND_ADD) {
			r->orig = f->sum;
			f->sum += wr.wr.atomic.compare_add;
			break;
		}
		wr.wr.atomic.remote_addr += 8;
		wr.wr.atomic.swap = (uint64_t)id << 32 | rnd(f);
		r->orig = f->word;
		if (rnd(f) & 1)
			wr.wr.atomic.compare_add = f->word;
		if (wr.wr.atomic.compare_add == f->word)
			f->word = wr.wr.atomic.swap;
	}
	check(!ibv_post_send(f->from->qp, &wr, &bad));
}

static void completed(struct flow *f, const struct ibv_wc *wc)
{
	unsigned int id = f->completed++;
	struct request *r = &f->req[id];
	uint64_t orig;

	if (wc->status != IBV_WC_SUCCESS || wc->wr_id != id) {
		printf("FAIL: request %u (opcode %d, %u bytes): %s of %llu\n",
		       id, r->opcode, r->length, ibv_wc_status_str(wc->status),
		       (unsigned long long)wc->wr_id);
		exit(1);
	}
	switch (r->opcode) {
	case IBV_WR_RDMA_WRITE:
	case IBV_WR_RDMA_WRITE_WITH_IMM:
		intact("write", area(f->to, WRITTEN, id), id, r->length,
		       SLOT);
		break;
	case IBV_WR_RDMA_READ:
		intact("read", area(f->from, SOURCE, id), id % SLOTS,
		       r->length, SLOT);
		break;
	case IBV_WR_ATOMIC_CMP_AND_SWP:
	case IBV_WR_ATOMIC_FETCH_AND_ADD:
		memcpy(&orig, area(f->from, SOURCE, id), 8);
		if (orig == r->orig)
			break;
		printf("FAIL: atomic %u found %#llx, not %#llx\n", id,
		       (unsigned long long)orig, (unsigned long long)r->orig);
		exit(1);
	default:
		break;
	}
}

static void received_rc(struct flow *f, const struct ibv_wc *wc)
{
	unsigned int nth = f->received++, id;
	struct request *r;
	bool write;

	check(wc->status == IBV_WC_SUCCESS && wc->wr_id == nth);
	check(nth < f->recvs);
	id = f->recv[nth];
	r = &f->req[id];
	write = r->opcode == IBV_WR_RDMA_WRITE_WITH_IMM;
	check(wc->byte_len == r->length);
	check(wc->opcode == (write ? IBV_WC_RECV_RDMA_WITH_IMM : IBV_WC_RECV));
	check(!!(wc->wc_flags & IBV_WC_WITH_IMM) == (r->opcode != IBV_WR_SEND));
	if (r->opcode != IBV_WR_SEND)
		check(wc->imm_data == htobe32(id));
	intact("receive", area(f->to, RECEIVES, nth), id,
	       write ? 0 : r->length, SLOT);
}

/* Poll both sides of a flow. */
static unsigned int poll_flow(struct flow *f,
			      void (*received)(struct flow *,
					       const struct ibv_wc *))
{
	struct ibv_wc wc[SLOTS];
	unsigned int did = 0;
	int i, n;

	n = ibv_poll_cq(f->to->rcq, SLOTS, wc);
	check(n >= 0);
	for (i = 0; i < n; i++)
		received(f, &wc[i]);
	did += n;
	n = ibv_poll_cq(f->from->scq, SLOTS, wc);
	check(n >= 0);
	for (i = 0; i < n; i++)
		completed(f, &wc[i]);

	return did + n;
}

static void flow_init(struct flow *f, struct pair *p, int from, unsigned int n,
		      unsigned int seed)
{
	unsigned int i;

	memset(f, 0, sizeof(*f));
	f->cfg = &p->cfg;
	f->from = &p->side[from];
	f->to = &p->side[!from];
	f->n = n;
	f->rng = seed * 2 + from;
	f->req = calloc(n, sizeof(*f->req));
	f->recv = calloc(n, sizeof(*f->recv));
	check(f->req && f->recv);
	for (i = 0; i < SLOTS; i++)
		fill(area(f->to, CONSTANT, i), i, MOST);
	memset(area(f->to, WORDS, 0), 0, 16);
}

void stream_rc(const struct config *cfg, unsigned int n, unsigned int seed)
{
	/* XRC has one direction. */
	const int ways = cfg->type == IBV_QPT_RC ? 2 : 1;
	struct flow flows[2], *f;
	unsigned int recvs = 0;
	bool busy = true;
	struct pair p;
	int i;

	pair_open(&p, cfg, AREAS * AREA);
	for (i = 0; i < ways; i++)
		flow_init(&flows[i], &p, i, n, seed);

	while (busy) {
		unsigned int did = 0;

		busy = false;
		for (f = flows; f < flows + ways; f++) {
			/* Sometimes no receive is posted. */
			if (rnd(f) % 4 || cfg->ready)
				while (f->recv_posted - f->received < SLOTS &&
				       (rnd(f) % 16 || cfg->ready))
					post_recv(f);
			while (f->posted < n &&
			       f->posted - f->completed < SLOTS)
				post_rc(f);
			did += poll_flow(f, received_rc);
			busy |= f->completed < n || f->received < f->recvs;
		}
		if (!did)
			usleep(200);
	}
	for (f = flows; f < flows + ways; f++) {
		uint64_t words[2];

		memcpy(words, area(f->to, WORDS, 0), sizeof(words));
		check(words[0] == f->sum && words[1] == f->word);
		check(!ibv_poll_cq(f->to->rcq, 1, &(struct ibv_wc){}));
		recvs += f->received;
		free(f->req);
		free(f->recv);
	}
	printf("# %u requests completed, %u receives\n", ways * n, recvs);
	pair_close(&p);
}

static void post_unreliable(struct flow *f, bool ud)
{
	static const enum ibv_wr_opcode ops[] = {
		IBV_WR_SEND_WITH_IMM, IBV_WR_SEND_WITH_IMM,
		IBV_WR_RDMA_WRITE_WITH_IMM,
	};
	unsigned int id = f->posted++;
	uint8_t *at = area(f->from, SOURCE, id);
	struct request *r = &f->req[id];
	struct ibv_sge sge = sge_at(f->from->mr, at - f->from->buf, length(f));
	struct ibv_send_wr wr = request_wr(id, &sge), *bad;

	/* The third one is the fourth of post_rc(). */
	wr.opcode = ops[rnd(f) % (ud || !(f->cfg->ops & 1 << 3) ? 2 : 3)];
	if (ud) {
		sge.length %= 1025;
		wr.wr.ud.ah = f->from->ah;
		wr.wr.ud.remote_qpn = f->to->qp->qp_num;
		wr.wr.ud.remote_qkey = PAIR_QKEY;
	}
	/* completed() must not look at the memory: the message may be lost. */
	r->opcode = IBV_WR_SEND;
	r->length = sge.length;
	fill(at, id, sge.length);
	if (wr.opcode == IBV_WR_RDMA_WRITE_WITH_IMM) {
		r->orig = 1;
		memset(area(f->to, WRITTEN, id), CANARY, SLOT);
		wr.wr.rdma.remote_addr = (uintptr_t)area(f->to, WRITTEN, id);
		wr.wr.rdma.rkey = f->to->mr->rkey;
	}
	check(!ibv_post_send(f->from->qp, &wr, &bad));
}

static void received_unreliable(struct flow *f, const struct ibv_wc *wc)
{
	/* Only a datagram has a GRH in front; rdma_rxe sets the flag for UC, too. */
	const bool ud = f->cfg->type == IBV_QPT_UD;
	uint32_t grh = ud && wc->wc_flags & IBV_WC_GRH ? 40 : 0, id;
	unsigned int nth = f->received++;
	uint8_t *at = area(f->to, RECEIVES, nth);

	check(wc->status == IBV_WC_SUCCESS && wc->wr_id == nth);
	check(wc->wc_flags & IBV_WC_WITH_IMM);
	id = be32toh(wc->imm_data);
	check(id < f->posted);
	check(wc->byte_len == f->req[id].length + grh);
	if (wc->opcode == IBV_WC_RECV_RDMA_WITH_IMM) {
		check(f->req[id].orig);
		intact("write", area(f->to, WRITTEN, id), id,
		       f->req[id].length, SLOT);
		return;
	}
	check(!f->req[id].orig);
	/* The bytes behind it may be of another message. */
	intact("receive", at + grh, id, f->req[id].length, f->req[id].length);
}

void stream_unreliable(const struct config *cfg, unsigned int n,
		       unsigned int seed)
{
	/* Polls without a result, 200 us each, until no message is on its way. */
	const unsigned int quiet = 5 * cfg->quiet;
	unsigned int idle = 0;
	struct flow f;
	struct pair p;

	pair_open(&p, cfg, AREAS * AREA);
	flow_init(&f, &p, 0, n, seed);
	while (f.completed < n || idle < quiet) {
		while (f.recv_posted - f.received < SLOTS)
			post_recv(&f);
		/* No message is under way when the slots are used again. */
		if (f.posted < n && (f.posted % (SLOTS / 2) ||
				     (idle > quiet / 5 && f.completed == f.posted))) {
			post_unreliable(&f, cfg->type == IBV_QPT_UD);
			idle = 0;
		}
		if (poll_flow(&f, received_unreliable)) {
			idle = 0;
		} else {
			idle++;
			usleep(200);
		}
	}
	printf("# %u of %u messages arrived\n", f.received, n);
	check(f.received > n / 4);
	free(f.req);
	free(f.recv);
	pair_close(&p);
}
