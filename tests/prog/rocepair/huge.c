// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The longest messages, in little memory: all chunks of a region but the first
 * and the last are the same pages.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pair.h"

#define CHUNK	(1UL << 20)
#define HEAD	13	/* bytes of the first chunk before the message */

static uint8_t *alias(size_t size)
{
	int fd = memfd_create("huge", 0);
	uint8_t *buf;
	size_t off;

	check(fd >= 0 && !ftruncate(fd, 3 * CHUNK));
	buf = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(buf != MAP_FAILED);
	for (off = 0; off < size; off += CHUNK) {
		size_t which = !off ? 0 : off + CHUNK < size ? CHUNK :
							      2 * CHUNK;

		check(mmap(buf + off, CHUNK, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_FIXED, fd, which) == buf + off);
	}
	close(fd);

	return buf;
}

static uint8_t pattern(unsigned int seed, size_t i)
{
	return seed + i * 7 + (i >> 8) * 13;
}

/* Fill the memory with the message, or with other bytes if @seed is 0. */
static void fill(const struct side *s, unsigned int seed)
{
	size_t i;

	for (i = 0; i < 2 * CHUNK; i++)
		s->buf[i] = seed ? pattern(seed, i % CHUNK) : 0xcc;
	memcpy(s->buf + s->size - CHUNK, s->buf + CHUNK, CHUNK);
}

/* Check that all of the message arrived, and nothing beside it. */
static void verify(const struct side *s, size_t size, unsigned int seed)
{
	size_t off, i;

	for (off = 0; off < s->size; off += CHUNK) {
		if (off > CHUNK && off + CHUNK < s->size)
			continue;
		for (i = off; i < off + CHUNK; i++)
			if (s->buf[i] != (i < HEAD || i >= HEAD + size ? 0xcc :
					  pattern(seed, i % CHUNK))) {
				printf("FAIL: byte %zu of %zu\n", i - HEAD,
				       size);
				exit(1);
			}
	}
}

/* Two SGEs, whose border is not the border of a packet or a page. */
static void pieces(const struct side *s, size_t size, struct ibv_sge *sge)
{
	size_t first = size / 3 + 5;

	sge[0] = (struct ibv_sge) {
		(uintptr_t)s->buf + HEAD, first, s->mr->lkey,
	};
	sge[1] = (struct ibv_sge) {
		(uintptr_t)s->buf + HEAD + first, size - first, s->mr->lkey,
	};
}

static void transfer(struct pair *p, enum ibv_wr_opcode opcode, size_t size)
{
	bool read = opcode == IBV_WR_RDMA_READ, send = opcode == IBV_WR_SEND;
	struct side *a = &p->side[0], *b = &p->side[1];
	struct ibv_sge sge[2], recv_sge[2];
	struct ibv_send_wr wr = {
		.wr_id = 1,
		.sg_list = sge,
		.num_sge = 2,
		.opcode = opcode,
		.send_flags = IBV_SEND_SIGNALED,
		.wr.rdma = { (uintptr_t)b->buf + HEAD, b->mr->rkey },
	}, *bad;
	struct ibv_recv_wr recv = {
		.wr_id = 2,
		.sg_list = recv_sge,
		.num_sge = 2,
	}, *bad_recv;
	struct ibv_wc wc;

	fill(a, read ? 0 : opcode + 1);
	fill(b, read ? opcode + 1 : 0);
	pieces(a, size, sge);
	pieces(b, size, recv_sge);
	if (send)
		check(!ibv_post_recv(b->qp, &recv, &bad_recv));
	check(!ibv_post_send(a->qp, &wr, &bad));
	expect_cq(a->scq, 1, IBV_WC_SUCCESS);
	if (send) {
		wc = wait_cq(b->rcq);
		check(wc.status == IBV_WC_SUCCESS && wc.byte_len == size);
	}
	verify(read ? a : b, size, opcode + 1);
	printf("ok - operation %d transfers %zu bytes\n", opcode, size);
}

void huge(const struct config *cfg, size_t size, int op)
{
	static const enum ibv_wr_opcode ops[] = {
		IBV_WR_RDMA_WRITE, IBV_WR_SEND, IBV_WR_RDMA_READ,
	};
	size_t most = (HEAD + size + CHUNK) / CHUNK * CHUNK;
	unsigned int i;
	struct pair p;
	int side;

	check(most >= 4 * CHUNK);
	pair_open(&p, cfg, CHUNK);
	for (side = 0; side < 2; side++) {
		struct side *s = &p.side[side];

		check(!ibv_dereg_mr(s->mr));
		munmap(s->buf, s->size);
		s->size = most;
		s->buf = alias(most);
		s->mr = ibv_reg_mr(s->pd, s->buf, most, PAIR_ACCESS);
		check(s->mr);
	}
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (op == HUGE_ALL || op == (int)ops[i])
			transfer(&p, ops[i], size);
	pair_close(&p);
}
