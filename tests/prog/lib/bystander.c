// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The bystander sends one frame after the other, each with another length.
 */
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bystander.h"
#include "child.h"
#include "rawqp.h"

#define SLOTS		32
#define SLOT_LEN	2048

struct bystander {
	pid_t		pid;
	atomic_bool	stop;
	atomic_ullong	moved;
	atomic_ullong	bad;
};

struct side {
	struct rawdev	dev;
	struct rawqp	q;
	struct rawbuf	buf;
};

static void bystander_fill(uint8_t *frame, uint32_t len, uint32_t seq)
{
	uint32_t i, sum;

	memcpy(frame + ETH_HDR_LEN, &seq, 4);
	for (i = ETH_HDR_LEN + 4; i < len - 4; i++)
		frame[i] = seq + i;
	sum = frame_sum(frame, len - 4);
	memcpy(frame + len - 4, &sum, 4);
}

static uint32_t bystander_len(uint32_t seq)
{
	return 64 + seq * 37 % 1400;
}

static void bystander_post_recv(struct side *s, uint32_t slot)
{
	post_recv_at(s->q.qp, slot, s->buf.mr, slot * SLOT_LEN, SLOT_LEN);
}

/* Send frame @seq and receive it at the other device. */
static bool bystander_move(struct side *tx, struct side *rx, uint32_t seq)
{
	uint8_t *frame = tx->buf.addr;
	uint32_t len = bystander_len(seq);
	struct ibv_sge sge = sge_at(tx->buf.mr, 0, len);
	struct ibv_send_wr wr = {
		.wr_id = seq,
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED,
	}, *bad;
	struct ibv_wc wc;
	bool ok;

	eth_header(frame, rx->dev.mac, tx->dev.mac, BYSTANDER_TYPE);
	bystander_fill(frame, len, seq);
	if (ibv_post_send(tx->q.qp, &wr, &bad))
		return false;
	if (!poll_cq_for(tx->q.send_cq, &wc, 60000) || wc.status ||
	    wc.wr_id != seq)
		return false;
	if (!poll_cq_for(rx->q.recv_cq, &wc, 60000) || wc.status ||
	    wc.wr_id != seq % SLOTS)
		return false;
	ok = wc.byte_len == len &&
	     !memcmp(rx->buf.addr + wc.wr_id * SLOT_LEN, frame, len);
	bystander_post_recv(rx, wc.wr_id);
	return ok;
}

static void bystander_run(struct bystander *by, const char *const *names)
{
	struct side s[2] = {};
	uint32_t seq, i;

	for (i = 0; i < 2; i++) {
		rawdev_open(&s[i].dev, names[i]);
		s[i].q.dev = &s[i].dev;
		s[i].q.cap.max_send_wr = SLOTS;
		s[i].q.cap.max_recv_wr = SLOTS;
		s[i].q.cap.max_send_sge = 1;
		s[i].q.cap.max_recv_sge = 1;
		rawqp_open(&s[i].q);
		rawbuf_alloc(&s[i].buf, s[i].dev.pd, SLOTS * SLOT_LEN,
			     IBV_ACCESS_LOCAL_WRITE);
	}
	rawqp_rts(&s[0].q);
	rawqp_rts(&s[1].q);
	for (i = 0; i < SLOTS; i++)
		bystander_post_recv(&s[1], i);
	rawqp_flow(&s[1].q, BYSTANDER_TYPE, 0xffff);

	for (seq = 0; !atomic_load(&by->stop); seq++) {
		if (bystander_move(&s[0], &s[1], seq)) {
			atomic_fetch_add(&by->moved, 1);
		} else {
			atomic_fetch_add(&by->bad, 1);
			break;
		}
		/* The test needs most of the processor. */
		usleep(1000);
	}
}

struct bystander *bystander_start(const char *const *names)
{
	struct bystander *by;
	int i;

	by = mmap(NULL, sizeof(*by), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (by == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	by->pid = child_fork();
	if (!by->pid) {
		bystander_run(by, names);
		_exit(0);
	}
	for (i = 0; i < 1000 && !atomic_load(&by->moved); i++)
		usleep(10000);
	if (!atomic_load(&by->moved))
		die("the bystander can't move frames");
	return by;
}

const char *bystander_check(struct bystander *by)
{
	unsigned long long before = atomic_load(&by->moved);
	int i;

	for (i = 0; i < 30000; i++) {
		if (atomic_load(&by->bad))
			return "the bystander lost a frame";
		if (atomic_load(&by->moved) >= before + 5)
			return NULL;
		usleep(2000);
	}
	return "the bystander is stuck";
}

void bystander_stop(struct bystander *by)
{
	atomic_store(&by->stop, true);
	waitpid(by->pid, NULL, 0);
	printf("# the bystander moved %llu frames\n",
	       (unsigned long long)atomic_load(&by->moved));
}
