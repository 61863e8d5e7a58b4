// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The receiver: a QP for each stream, and a thread for each or for all. It
 * judges the run: each frame must be delivered, or counted as dropped.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "frames.h"

#define MAX_LIST	8
#define MAX_SGE		16

/* Guard bytes behind each SGE of a receive, which must not change. */
#define GUARD		8
#define GUARD_BYTE	0xa5

/* The SGEs that a slot was posted with. */
struct slot {
	struct ibv_sge	sge[MAX_SGE];
	int		num_sge;
};

struct receiver {
	struct control	*ctl;
	struct rawdev	*dev;
	struct rawqp	q;
	struct ibv_flow	*flow;
	uint32_t	stream;
	uint64_t	rnd;
	struct rawbuf	buf;
	size_t		slot_size;
	struct slot	*slots;
	uint8_t		*whole;
	uint32_t	next;		/* lowest number that may come */
	uint32_t	delivered;
	uint32_t	corrupted;
	uint32_t	disordered;	/* damaged, or delivered twice */
	uint32_t	until_pause;
	struct receiver	*all;
	pthread_t	thread;
};

/* Causes of dropped frames, and the counters that count them. */
static const struct {
	const char	*name;
	bool		sender;
} drops[] = {
	{ "rx_no_buffer", false },
	{ "rx_qp_state", false },
	{ "rx_too_long", false },
	{ "rx_no_rule", false },
	{ "tx_no_dest", true },
	{ "tx_slow", true },
	{ "tx_spoofed", true },
	{ "tx_link_down", true },
	{ "rx_link_down", false },
	{ "rx_fanout", false },
	{ "rx_fanout_drop", false },
	{ "rx_queue_drop", false },
	{ "tx_invalid", true },
};

#define NUM_DROPS	(sizeof(drops) / sizeof(drops[0]))

/* Lay out a slot: one SGE, or several with guards between them. */
static void receiver_build(struct receiver *r, uint32_t idx,
			   struct ibv_recv_wr *wr)
{
	uint32_t max = r->q.cap.max_recv_sge < MAX_SGE ?
			       r->q.cap.max_recv_sge : MAX_SGE;
	uint8_t *pos = r->buf.addr + idx * r->slot_size;
	uint32_t left = r->ctl->max_frame;
	struct slot *slot = &r->slots[idx];
	uint64_t rnd = prng(&r->rnd);
	int i;

	slot->num_sge = rnd & 3 ? 1 : 1 + (rnd >> 8) % max;
	for (i = 0; i < slot->num_sge; i++) {
		uint32_t n = left;

		if (i < slot->num_sge - 1)
			n = prng(&r->rnd) % 5 ? prng(&r->rnd) % 100 : 0;
		if (n > left)
			n = left;
		slot->sge[i].addr = (uintptr_t)pos;
		slot->sge[i].length = n;
		slot->sge[i].lkey = n ? r->buf.mr->lkey : 0xdeadbeef;
		memset(pos + n, GUARD_BYTE, GUARD);
		pos += n + GUARD;
		left -= n;
	}
	wr->wr_id = (uint64_t)r->stream << 32 | idx;
	wr->sg_list = slot->sge;
	wr->num_sge = slot->num_sge;
	wr->next = NULL;
}

static void receiver_post(struct receiver *r, struct ibv_recv_wr *wr)
{
	struct ibv_recv_wr *bad;
	int ret;

	ret = ibv_post_recv(r->q.qp, wr, &bad);
	if (ret)
		die("ibv_post_recv: %s", strerror(ret));
}

/* Returns the frame as one piece, or NULL if a guard changed. */
static uint8_t *receiver_join(struct receiver *r, uint32_t idx, uint32_t len)
{
	struct slot *slot = &r->slots[idx];
	uint32_t done = 0;
	int i, j;

	for (i = 0; i < slot->num_sge; i++) {
		uint8_t *piece = (uint8_t *)(uintptr_t)slot->sge[i].addr;
		uint32_t n = slot->sge[i].length;

		for (j = 0; j < GUARD; j++)
			if (piece[n + j] != GUARD_BYTE)
				return NULL;
		if (n > len - done)
			n = len - done;
		if (slot->num_sge == 1)
			return piece;
		memcpy(r->whole + done, piece, n);
		done += n;
	}
	return r->whole;
}

static void receiver_frame(struct receiver *r, const struct ibv_wc *wc)
{
	const struct params *p = &r->ctl->params;
	uint32_t idx = wc->wr_id;
	uint8_t *frame;
	uint32_t seq;

	if (wc->status != IBV_WC_SUCCESS)
		die("receive completed with %s", ibv_wc_status_str(wc->status));
	if (wc->opcode != IBV_WC_RECV || wc->qp_num != r->q.qp->qp_num ||
	    idx >= r->q.cap.max_recv_wr)
		die("a completion that is not ours");

	frame = receiver_join(r, idx, wc->byte_len);
	if (!frame || !frame_check(p, frame, wc->byte_len, r->stream, r->next,
				   &seq) || seq >= p->count) {
		r->corrupted++;
	} else if (seq < r->next) {
		r->disordered++;
	} else {
		r->delivered++;
		r->next = seq + 1;
		atomic_store(&r->ctl->stream[r->stream].seen, r->next);
	}

	if (p->pause_us && !--r->until_pause) {
		r->until_pause = p->pause_every;
		usleep(p->pause_us);
	}
}

/* Poll the CQ and post the buffers again. */
static int receiver_poll(struct receiver *r)
{
	struct ibv_recv_wr wr[MAX_LIST];
	struct ibv_wc wc[MAX_LIST];
	struct receiver *owner;
	int i, n, first = 0;

	n = ibv_poll_cq(r->q.recv_cq, MAX_LIST, wc);
	if (n < 0)
		die("ibv_poll_cq: %d", n);
	for (i = 0; i < n; i++) {
		owner = &r->all[wc[i].wr_id >> 32];
		receiver_frame(owner, &wc[i]);
		receiver_build(owner, wc[i].wr_id, &wr[i]);
		/* Post one list for each run of completions of the same QP. */
		if (i + 1 < n && wc[i + 1].wr_id >> 32 == owner->stream) {
			wr[i].next = &wr[i + 1];
			continue;
		}
		receiver_post(owner, &wr[first]);
		first = i + 1;
	}
	return n;
}

static void *receiver_thread(void *arg)
{
	struct receiver *r = arg;
	uint64_t quiet = 0;

	/*
	 * All frames are sent and none is under way, so the rest is in the CQ.
	 */
	for (;;) {
		bool done = atomic_load(&r->ctl->tx_done);

		if (receiver_poll(r)) {
			quiet = 0;
			continue;
		}
		if (done) {
			if (!quiet)
				quiet = now_us();
			else if (now_us() - quiet > 50000)
				return NULL;
		}
		if (!r->q.channel) {
			sched_yield();
			continue;
		}
		if (ibv_req_notify_cq(r->q.recv_cq, 0))
			die("ibv_req_notify_cq");
		if (!receiver_poll(r))
			wait_event(r->q.channel);
	}
}

static void receiver_open(struct receiver *r, struct ibv_cq *shared)
{
	const struct params *p = &r->ctl->params;
	struct ibv_recv_wr wr;
	struct ibv_td *td;
	uint32_t i;

	r->q.dev = r->dev;
	r->q.cap.max_recv_wr = p->rx_depth / (p->share ? p->streams : 1);
	r->q.cap.max_recv_sge = 4;
	r->q.events = p->events;
	r->q.recv_cq = shared;
	if (shared)
		r->q.channel = shared->channel;
	/*
	 * Each receive has room in the CQ, though the kernel rounds the queue
	 * up.
	 */
	r->q.recv_cqe = p->rx_depth * 2 * (p->share ? p->streams : 1);
	if (p->td)
		open_td_pd(r->dev, &td, &r->q.pd);
	rawqp_open(&r->q);

	r->slot_size = r->ctl->max_frame + (MAX_SGE + 1) * GUARD;
	r->slots = calloc(r->q.cap.max_recv_wr, sizeof(*r->slots));
	r->whole = malloc(r->ctl->max_frame);
	if (!r->slots || !r->whole)
		die("no memory");
	rawbuf_alloc(&r->buf, r->dev->pd,
		     r->slot_size * r->q.cap.max_recv_wr,
		     IBV_ACCESS_LOCAL_WRITE);

	rawqp_to(&r->q, IBV_QPS_INIT);
	for (i = 0; i < r->q.cap.max_recv_wr; i++) {
		receiver_build(r, i, &wr);
		receiver_post(r, &wr);
	}
	/* A QP receives in RTR. */
	rawqp_to(&r->q, IBV_QPS_RTR);
	r->flow = rawqp_flow(&r->q, stream_type(r->stream),
			     (uint16_t)~TYPE_SEQ_MASK);
}

/* Check that each frame is accounted for. */
static int receiver_judge(struct control *ctl, struct receiver *receivers,
			  const char *dev_name, const uint64_t *before,
			  const uint64_t *after, uint64_t us)
{
	uint64_t sent = 0, delivered = 0, dropped = 0, corrupted = 0, dis = 0;
	bool ok;
	uint32_t i;

	for (i = 0; i < ctl->params.streams; i++) {
		sent += atomic_load(&ctl->stream[i].sent);
		delivered += receivers[i].delivered;
		corrupted += receivers[i].corrupted;
		dis += receivers[i].disordered;
	}
	for (i = 0; i < NUM_DROPS; i++) {
		uint64_t n = after[i] - before[i];

		dropped += n;
		if (n)
			printf("  %s of %s: %llu\n", drops[i].name,
			       drops[i].sender ? ctl->tx_dev : dev_name,
			       (unsigned long long)n);
	}

	printf("frames: %llu sent, %llu delivered, %llu dropped and counted, %lld unaccounted, %llu corrupted, %llu duplicated or out of order; %u to %u bytes, %u streams, %.2f s\n",
	       (unsigned long long)sent, (unsigned long long)delivered,
	       (unsigned long long)dropped,
	       (long long)(sent - delivered - dropped),
	       (unsigned long long)corrupted, (unsigned long long)dis,
	       ETH_HDR_LEN, ctl->params.max_len, ctl->params.streams,
	       us / 1e6);

	ok = sent == (uint64_t)ctl->params.count * ctl->params.streams &&
	     sent == delivered + dropped && !corrupted && !dis;
	/* No frame is lost if the sender waits for the receiver. */
	if (ok && !ctl->params.lossy && dropped) {
		printf("frames were dropped though the sender waited\n");
		ok = false;
	}
	return ok ? 0 : 1;
}

static void receiver_counters(const char *rx_dev, const char *tx_dev,
			      uint64_t *val)
{
	uint32_t i;

	usleep(20000);
	for (i = 0; i < NUM_DROPS; i++)
		val[i] = device_counter(drops[i].sender ? tx_dev : rx_dev,
					drops[i].name);
}

int run_receiver(struct control *ctl, const char *dev_name)
{
	static struct receiver receivers[MAX_STREAMS];
	uint64_t before[NUM_DROPS], after[NUM_DROPS];
	const struct params *p = &ctl->params;
	uint32_t i, threads = p->share ? 1 : p->streams;
	struct ibv_cq *cq = NULL;
	struct rawdev dev;
	uint64_t start;

	rawdev_open(&dev, dev_name);
	memcpy(ctl->rx_mac, dev.mac, 6);
	ctl->max_frame = dev.max_frame;
	for (i = 0; i < p->streams; i++) {
		struct receiver *r = &receivers[i];

		r->ctl = ctl;
		r->dev = &dev;
		r->stream = i;
		r->rnd = ~(p->seed + i);
		r->until_pause = p->pause_every;
		r->all = receivers;
		receiver_open(r, cq);
		if (p->share)
			cq = r->q.recv_cq;
	}

	atomic_store(&ctl->rx_ready, true);
	while (!atomic_load(&ctl->tx_ready))
		usleep(1000);
	receiver_counters(dev_name, ctl->tx_dev, before);

	for (i = 0; i < threads; i++)
		if (pthread_create(&receivers[i].thread, NULL, receiver_thread,
				   &receivers[i]))
			die("pthread_create");
	start = now_us();
	atomic_store(&ctl->go, true);
	for (i = 0; i < threads; i++)
		pthread_join(receivers[i].thread, NULL);

	start = now_us() - start;
	receiver_counters(dev_name, ctl->tx_dev, after);
	return receiver_judge(ctl, receivers, dev_name, before, after, start);
}
