// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Generated: queue entries and doorbells, written to the mapped rings. A wrong
 * entry stands between two valid ones: it fails, the entry before it succeeds
 * and the entry behind it is flushed.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>

#include "gen.h"

#define RING_TYPE	0xb803
#define RING_CQE	256
#define FAR_MR		0x2000000000ULL
#define TSO_HDR		54

/* Statuses with which a wrong entry may complete. */
enum {
	S_LEN = 1 << MFRAW_CQE_LOC_LEN_ERR,
	S_OP = 1 << MFRAW_CQE_LOC_QP_OP_ERR,
	S_PROT = 1 << MFRAW_CQE_LOC_PROT_ERR,
};

/* A QP that is used without the provider. */
struct ring {
	struct gen		g;
	struct raw_qp_resp	qp;
	struct raw_cq_resp	cq;
	uint8_t			*map;
	struct mfraw_qp_db	*db;
	uint8_t			*cq_map;
	struct mfraw_cq_db	*cq_db;
	struct mfraw_cqe	*cqe;
	uint32_t		cons;
	struct ibv_mr		*mr;
	uint8_t			*mem;
	uint32_t		flow;
	unsigned int		tried;
	unsigned int		status[8];
};

#define THREE	3	/* entries: valid, wrong, valid */

static uint8_t *map_queue(struct ring *r, size_t len, uint64_t key)
{
	void *map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, r->g.fd,
			 key);

	check(map != MAP_FAILED);
	return map;
}

static void ring_step(struct ring *r, int state)
{
	check(!raw_modify_qp(r->g.fd, r->qp.core.base.qp_handle,
			     IBV_QP_STATE | (state == IBV_QPS_INIT ?
					     IBV_QP_PORT : 0), state));
}

static void ring_reset(struct ring *r)
{
	ring_step(r, IBV_QPS_RESET);
	ring_step(r, IBV_QPS_INIT);
	ring_step(r, IBV_QPS_RTR);
	ring_step(r, IBV_QPS_RTS);
}

/* Receive frames of the ring's type that are sent to the ring's device. */
static void ring_flow(struct ring *r)
{
	struct {
		struct ib_uverbs_create_flow	head;
		struct ib_uverbs_flow_spec_eth	eth;
	} flow = {
		.head = {
			.qp_handle = r->qp.core.base.qp_handle,
			.flow_attr = {
				.size = sizeof(flow.eth),
				.num_of_specs = 1,
				.port = 1,
			},
		},
		.eth = {
			.type = IBV_FLOW_SPEC_ETH,
			.size = sizeof(flow.eth),
			.val.ether_type = htobe16(RING_TYPE),
			.mask.ether_type = 0xffff,
		},
	};
	struct ib_uverbs_create_flow_resp resp;
	struct gcmd c = {
		.cmd = IB_USER_VERBS_EX_CMD_CREATE_FLOW,
		.ex = true,
		.core_len = sizeof(flow),
		.resp_len = sizeof(resp),
	};

	check(!raw_cmd(r->g.fd, &c, &flow, NULL, 0, &resp, 0));
	r->flow = resp.flow_handle;
}

static void ring_open(struct ring *r, struct env *env)
{
	gen_open(&r->g, env);
	raw_create_cq(r->g.fd, RING_CQE, &r->cq);
	raw_create_qp(&r->g, r->cq.core.base.cq_handle,
		      r->cq.core.base.cq_handle, &r->qp);
	r->map = map_queue(r, r->qp.drv.mmap_size, r->qp.drv.mmap_key);
	r->db = (void *)(r->map + r->qp.drv.db_off);
	r->cq_map = map_queue(r, r->cq.drv.mmap_size, r->cq.drv.mmap_key);
	r->cq_db = (void *)(r->cq_map + r->cq.drv.db_off);
	r->cqe = (void *)(r->cq_map + r->cq.drv.ring_off);
	/* At this address, few bit errors lead to other mapped memory. */
	r->mem = mmap((void *)FAR_MR, BUF_LEN, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		      0);
	check(r->mem != MAP_FAILED);
	r->mr = ibv_reg_mr(env->a.pd, r->mem, BUF_LEN, IBV_ACCESS_LOCAL_WRITE);
	check(r->mr);
	/* No QP receives this type. */
	eth_header(r->mem, env->b.mac, env->a.mac, RING_TYPE + 1);
	ring_flow(r);
	ring_reset(r);
}

static void ring_close(struct ring *r)
{
	int i;

	printf("# %u entries: %u good, %u length, %u operation, %u protection errors\n",
	       r->tried, r->status[MFRAW_CQE_SUCCESS],
	       r->status[MFRAW_CQE_LOC_LEN_ERR],
	       r->status[MFRAW_CQE_LOC_QP_OP_ERR],
	       r->status[MFRAW_CQE_LOC_PROT_ERR]);
	for (i = MFRAW_CQE_WR_FLUSH_ERR; i < 8; i++)
		check(!r->status[i]);
	check(!raw_destroy_flow(r->g.fd, r->flow));
	check(!raw_destroy_qp(r->g.fd, r->qp.core.base.qp_handle));
	check(!raw_destroy_cq(r->g.fd, r->cq.core.base.cq_handle));
	check(!munmap(r->map, r->qp.drv.mmap_size));
	check(!munmap(r->cq_map, r->cq.drv.mmap_size));
	check(!ibv_dereg_mr(r->mr));
	check(!munmap(r->mem, BUF_LEN));
	gen_close(&r->g);
}

/* Wait for the next completion, up to @timeout_ms. */
static bool ring_poll(struct ring *r, struct mfraw_cqe *out, int timeout_ms)
{
	struct mfraw_cqe *cqe = &r->cqe[r->cons & (r->cq.drv.num_cqe - 1)];
	bool pass = !(r->cons & r->cq.drv.num_cqe);
	uint64_t end = now_us() + timeout_ms * 1000;

	while ((__atomic_load_n(&cqe->flags, __ATOMIC_ACQUIRE) &
		MFRAW_CQE_OWNER) != pass) {
		if (now_us() >= end)
			return false;
		usleep(20);
	}
	*out = *cqe;
	check(le32toh(out->qpn) == r->qp.core.base.qpn);
	__atomic_store_n(&r->cq_db->cons, htole32(++r->cons), __ATOMIC_RELEASE);
	return true;
}

static void *sq_entry(struct ring *r, uint32_t i)
{
	return r->map + r->qp.drv.sq_off +
	       ((size_t)(i & (r->qp.drv.sq_entries - 1)) << r->qp.drv.sq_shift);
}

static void *rq_entry(struct ring *r, uint32_t i)
{
	return r->map + r->qp.drv.rq_off +
	       ((size_t)(i & (r->qp.drv.rq_entries - 1)) << r->qp.drv.rq_shift);
}

static void ring_kick(struct ring *r, uint32_t prod)
{
	__atomic_store_n(&r->db->sq_prod, htole32(prod), __ATOMIC_SEQ_CST);
	check(!kick_once(r->g.fd, r->qp.core.base.qpn));
}

static bool ring_event(struct ring *r, uint32_t type, int timeout_ms)
{
	struct pollfd pfd = {
		.fd = r->g.env->a.ctx->async_fd,
		.events = POLLIN,
	};
	struct ib_uverbs_async_event_desc event;

	while (poll(&pfd, 1, timeout_ms) > 0) {
		check(read(pfd.fd, &event, sizeof(event)) == sizeof(event));
		if (event.event_type == type)
			return true;
	}
	return false;
}

static void wrong(struct ring *r, const struct gfield *f, uint64_t value,
		  const char *why, int num)
{
	if (r->g.wrong++ < 20)
		printf("# %s, %s %#llx: %s %d\n", r->g.what, f->name,
		       (unsigned long long)value, why, num);
}

/* Judge the three completions; two if the entry in the middle is @silent. */
static void ring_judge(struct ring *r, const struct gfield *f, uint64_t value,
		       bool good, bool silent)
{
	struct mfraw_cqe cqe = {};
	int status = MFRAW_CQE_SUCCESS;
	uint32_t i;

	r->tried++;
	for (i = 0; i < THREE; i++) {
		if (!ring_poll(r, &cqe, 20000))
			return wrong(r, f, value, "no completion of", i);
		if (i == 1 && silent && le32toh(cqe.wqe_idx) == 2)
			i = 2;
		if (le32toh(cqe.wqe_idx) != i)
			return wrong(r, f, value, "completion of",
				     le32toh(cqe.wqe_idx));
		if (i == 0 && cqe.status)
			wrong(r, f, value, "the first fails:", cqe.status);
		if (i == 1)
			status = cqe.status;
		if (i == 2 && cqe.status != (status ? MFRAW_CQE_WR_FLUSH_ERR :
					     MFRAW_CQE_SUCCESS))
			wrong(r, f, value, "the last has", cqe.status);
	}
	if (ring_poll(r, &cqe, 0))
		wrong(r, f, value, "one more, of", le32toh(cqe.wqe_idx));

	r->status[status & 7]++;
	if (f->kind == G_CORE)
		good = !status;
	if (good ? status : !(f->errs & 1 << status) || !status)
		wrong(r, f, value, "completes with", status);
}

/* Try each field of the entry in the middle. The QP is reset for each value. */
static void gen_entries(struct ring *r, const char *what,
			const struct gfield *fields, const void *good,
			size_t len,
			void (*call)(struct ring *r, const void *entry,
				     const void *between, size_t len))
{
	uint64_t value[GEN_VALUES];
	bool is_good[GEN_VALUES];
	const struct gfield *f;
	uint8_t entry[len];
	unsigned int n, i;

	r->g.what = what;
	for (f = fields; f->name; f++) {
		uint64_t base = 0;

		memcpy(&base, (const uint8_t *)good + f->off, f->width);
		n = gen_values(&r->g, f, base, value, is_good);
		for (i = 0; i < n; i++) {
			bool silent;

			memcpy(entry, good, len);
			memcpy(entry + f->off, &value[i], f->width);
			ring_reset(r);
			call(r, good, entry, len);
			/* A valid entry may be unsignalled. */
			silent = !strcmp(f->name, "wqe.flags");
			ring_judge(r, f, value[i], is_good[i], silent);
		}
	}
	ring_reset(r);
}

struct gather {
	struct mfraw_send_wqe	wqe;
	struct mfraw_sge	sge;
};

struct inlined {
	struct mfraw_send_wqe	wqe;
	uint8_t			data[60];
};

struct tso {
	struct mfraw_send_wqe	wqe;
	uint8_t			hdr[64];
	struct mfraw_sge	sge;
};

static void send_call(struct ring *r, const void *entry, const void *between,
		      size_t len)
{
	uint32_t i;

	for (i = 0; i < THREE; i++) {
		void *wqe = sq_entry(r, i);

		memset(wqe, 0, 1 << r->qp.drv.sq_shift);
		memcpy(wqe, i == 1 ? between : entry, len);
	}
	ring_kick(r, THREE);
}

static bool send_flags_good(uint64_t flags)
{
	return !(flags & ~(uint64_t)(MFRAW_SEND_SIGNALED |
				     MFRAW_SEND_IP_CSUM));
}

static bool inline_flags_good(uint64_t flags)
{
	return send_flags_good(flags & ~(uint64_t)MFRAW_SEND_INLINE) &&
	       flags & MFRAW_SEND_INLINE;
}

static bool addr_good(uint64_t addr)
{
	return addr >= FAR_MR && addr <= FAR_MR + BUF_LEN - FRAME_LEN;
}

static void send_entries(struct env *env)
{
	/* The test sets the ranges. Entries of length 0 are valid, too. */
	static struct gfield fields[] = {
		FIELD(struct gather, wqe.num_sge, G_RANGE, 1, 1,
		      .errs = S_OP | S_LEN),
		FIELD(struct gather, sge.length, G_RANGE, ETH_HDR_LEN, 0,
		      .errs = S_LEN | S_PROT),
		FIELD(struct gather, wqe.opcode, G_EXACT, .errs = S_OP),
		FIELD(struct gather, wqe.flags, G_PRED,
		      .pred = send_flags_good, .errs = S_OP),
		FIELD(struct gather, wqe.inline_len, G_EXACT, .errs = S_OP),
		FIELD(struct gather, wqe.reserved, G_EXACT, .errs = S_OP),
		FIELD(struct gather, sge.addr, G_PRED, .pred = addr_good,
		      .errs = S_PROT),
		FIELD(struct gather, sge.lkey, G_EXACT, .errs = S_PROT),
		{}
	};
	static struct gfield inline_fields[] = {
		FIELD(struct inlined, wqe.inline_len, G_RANGE, ETH_HDR_LEN, 0,
		      .errs = S_LEN | S_OP),
		FIELD(struct inlined, wqe.num_sge, G_EXACT, .errs = S_OP),
		FIELD(struct inlined, wqe.opcode, G_EXACT, .errs = S_OP),
		FIELD(struct inlined, wqe.flags, G_PRED,
		      .pred = inline_flags_good, .errs = S_OP | S_LEN),
		FIELD(struct inlined, wqe.reserved, G_EXACT, .errs = S_OP),
		FIELD(struct inlined, data[0], G_ANY),
		FIELD(struct inlined, data[6], G_ANY),
		FIELD(struct inlined, data[12], G_ANY),
		FIELD(struct inlined, data[14], G_ANY),
		{}
	};
	struct ring r = {};

	ring_open(&r, env);

	struct gather good = {
		.wqe = {
			.opcode = MFRAW_OP_SEND,
			.flags = MFRAW_SEND_SIGNALED,
			.num_sge = htole16(1),
		},
		.sge = {
			.addr = htole64(FAR_MR),
			.length = htole32(FRAME_LEN),
			.lkey = htole32(r.mr->lkey),
		},
	};
	struct inlined in = {
		.wqe = {
			.opcode = MFRAW_OP_SEND,
			.flags = MFRAW_SEND_SIGNALED | MFRAW_SEND_INLINE,
			.inline_len = htole32(sizeof(in.data)),
		},
	};

	fields[0].b = r.qp.core.base.max_send_sge;
	fields[1].b = env->a.max_frame;
	gen_entries(&r, "send", fields, &good, sizeof(good), send_call);
	inline_fields[0].b = r.qp.core.base.max_inline_data;
	memcpy(in.data, r.mem, sizeof(in.data));
	gen_entries(&r, "send inline", inline_fields, &in, sizeof(in),
		    send_call);
	ring_close(&r);
}

#define TSO_LEN	3000

static void tso_entries(struct env *env)
{
	static const uint8_t hdr[TSO_HDR] = {
		0x02, 0, 0, 0, 0, 0x77, 0x02, 0, 0, 0, 0, 0x78, 0x08, 0x00,
		0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0,
		10, 0, 0, 1, 10, 0, 0, 2,
		0, 80, 0, 81, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x10, 1, 0,
	};
	static struct gfield fields[TSO_HDR + 16] = {
		FIELD(struct tso, wqe.tso.mss, G_RANGE, MFRAW_TSO_MIN_MSS, 0,
		      .errs = S_OP | S_LEN),
		FIELD(struct tso, wqe.tso.hdr_len, G_EXACT, .errs = S_OP),
		FIELD(struct tso, wqe.tso.reserved, G_EXACT, .errs = S_OP),
		FIELD(struct tso, wqe.flags, G_PRED, .pred = send_flags_good,
		      .errs = S_OP),
		FIELD(struct tso, wqe.inline_len, G_EXACT, .errs = S_OP),
		FIELD(struct tso, wqe.num_sge, G_RANGE, 1, 0,
		      .errs = S_OP | S_LEN),
		FIELD(struct tso, sge.length, G_RANGE, 1, BUF_LEN,
		      .errs = S_LEN | S_PROT),
		FIELD(struct tso, sge.lkey, G_EXACT, .errs = S_PROT),
		/* Without a header, the SGE is at another offset. */
		FIELD(struct tso, wqe.opcode, G_EXACT,
		      .errs = S_OP | S_PROT | S_LEN),
	};
	struct ring r = {};
	unsigned int i;

	ring_open(&r, env);

	struct tso good = {
		.wqe = {
			.opcode = MFRAW_OP_TSO,
			.flags = MFRAW_SEND_SIGNALED,
			.num_sge = htole16(1),
			.tso = {
				.mss = htole16(1000),
				.hdr_len = htole16(TSO_HDR),
			},
		},
		.sge = {
			.addr = htole64(FAR_MR),
			.length = htole32(TSO_LEN),
			.lkey = htole32(r.mr->lkey),
		},
	};

	memcpy(good.hdr, hdr, sizeof(hdr));
	fields[0].b = env->a.max_frame - TSO_HDR;
	fields[5].b = r.qp.core.base.max_send_sge;
	/*
	 * A byte of the header may have any value; the header is judged as a
	 * whole.
	 */
	for (i = 0; i < TSO_HDR; i++)
		fields[9 + i] = (struct gfield) {
			.name = "header byte",
			.off = offsetof(struct tso, hdr) + i,
			.width = 1,
			.kind = G_CORE,
			.errs = S_OP,
		};
	gen_entries(&r, "TSO", fields, &good, sizeof(good), send_call);
	ring_close(&r);
}

/* Send frames to the ring from the other device. */
static void send_frames(struct ring *r, uint32_t n)
{
	struct env *env = r->g.env;
	struct ibv_send_wr wr, *bad;
	struct ibv_sge sge;

	while (n--) {
		memset(env->rbuf.addr, 0, FRAME_LEN);
		eth_header(env->rbuf.addr, env->a.mac, env->b.mac, RING_TYPE);
		sge = (struct ibv_sge) {
			.addr = (uintptr_t)env->rbuf.addr,
			.length = FRAME_LEN,
			.lkey = env->rbuf.mr->lkey,
		};
		wr = (struct ibv_send_wr) {
			.wr_id = n,
			.sg_list = &sge,
			.num_sge = 1,
			.opcode = IBV_WR_SEND,
			.send_flags = IBV_SEND_SIGNALED,
		};
		check(!ibv_post_send(env->recv.qp, &wr, &bad));
		expect_wc(env->recv.send_cq, n, IBV_WC_SUCCESS);
	}
}

static void recv_call(struct ring *r, const void *entry, const void *between,
		      size_t len)
{
	uint32_t i;

	for (i = 0; i < THREE; i++) {
		void *wqe = rq_entry(r, i);

		memset(wqe, 0, 1 << r->qp.drv.rq_shift);
		memcpy(wqe, i == 1 ? between : entry, len);
	}
	__atomic_store_n(&r->db->rq_prod, htole32(THREE), __ATOMIC_SEQ_CST);
	send_frames(r, THREE);
}

static void recv_entries(struct env *env)
{
	static const struct gfield fields[] = {
		FIELD(struct mfraw_sge, addr, G_PRED, .pred = addr_good,
		      .errs = S_PROT),
		/* Only the bytes of the frame must be inside the region. */
		FIELD(struct mfraw_sge, length, G_RANGE, FRAME_LEN, UINT32_MAX,
		      .errs = S_LEN),
		FIELD(struct mfraw_sge, lkey, G_EXACT, .errs = S_PROT),
		{}
	};
	struct ring r = {};

	ring_open(&r, env);

	struct mfraw_sge good = {
		.addr = htole64(FAR_MR),
		.length = htole32(FRAME_LEN),
		.lkey = htole32(r.mr->lkey),
	};

	gen_entries(&r, "receive", fields, &good, sizeof(good), recv_call);
	ring_close(&r);
}

/*
 * Try an index. It is fatal to the QP if it is too far ahead; else it names
 * entries.
 */
static void try_index(struct ring *r, bool recv, uint32_t index)
{
	uint32_t entries = recv ? r->qp.drv.rq_entries : r->qp.drv.sq_entries;
	struct mfraw_cqe cqe;
	uint32_t i, n = index;
	struct gfield f = { .name = recv ? "rq_prod" : "sq_prod" };

	r->tried++;
	ring_reset(r);
	if (recv) {
		__atomic_store_n(&r->db->rq_prod, htole32(index),
				 __ATOMIC_SEQ_CST);
		send_frames(r, 1);
		if (n && n <= entries)
			n = 1;
	} else {
		ring_kick(r, index);
	}
	if (index <= entries) {
		for (i = 0; i < n; i++)
			if (!ring_poll(r, &cqe, 20000) || cqe.status ||
			    le32toh(cqe.wqe_idx) != i)
				wrong(r, &f, index, "status", cqe.status);
	} else if (!ring_event(r, IBV_EVENT_QP_FATAL, 2000)) {
		wrong(r, &f, index, "no event", 0);
	}
	if (ring_poll(r, &cqe, 0))
		wrong(r, &f, index, "one more, of", le32toh(cqe.wqe_idx));
}

static void doorbells(struct env *env)
{
	static const struct gfield index = {
		.name = "index", .width = 4, .kind = G_RANGE, .a = 0, .b = 16,
	};
	uint64_t value[GEN_VALUES];
	bool good[GEN_VALUES];
	struct mfraw_cqe cqe;
	unsigned int n, i, j;
	struct ring r = {};

	ring_open(&r, env);
	r.g.what = "doorbell";

	struct gather send = {
		.wqe = {
			.opcode = MFRAW_OP_SEND,
			.flags = MFRAW_SEND_SIGNALED,
			.num_sge = htole16(1),
		},
		.sge = {
			.addr = htole64(FAR_MR),
			.length = htole32(FRAME_LEN),
			.lkey = htole32(r.mr->lkey),
		},
	};

	for (i = 0; i < 16; i++) {
		memcpy(sq_entry(&r, i), &send, sizeof(send));
		memcpy(rq_entry(&r, i), &send.sge, sizeof(send.sge));
	}
	n = gen_values(&r.g, &index, 16, value, good);
	for (i = 0; i < n; i++) {
		try_index(&r, false, value[i]);
		try_index(&r, true, value[i]);
	}
	/* Overwrite the rest of the doorbell pages of the QP and the CQ. */
	for (i = 0; i < 1024; i += 7) {
		ring_reset(&r);
		for (j = 0; j < 1024; j++)
			if (j != offsetof(struct mfraw_qp_db, sq_prod) / 4 &&
			    j != offsetof(struct mfraw_qp_db, rq_prod) / 4)
				((uint32_t *)r.db)[j] = i * 0x01010101 ^ j;
		r.cq_db->arm = htole32(value[i % n]);
		memset(r.cq_db->reserved0, i, sizeof(r.cq_db->reserved0));
		memset(r.cq_db->reserved1, i, sizeof(r.cq_db->reserved1));
		ring_kick(&r, 1);
		check(ring_poll(&r, &cqe, 20000) && !cqe.status);
		r.tried++;
	}
	ring_reset(&r);
	ring_close(&r);
}

const struct bad_case gen_ring_cases[] = {
	{ "gen-send-entries", send_entries },
	{ "gen-tso-entries", tso_entries },
	{ "gen-recv-entries", recv_entries },
	{ "gen-doorbells", doorbells },
	{}
};
