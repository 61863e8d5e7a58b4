// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The sender: a thread for each stream, each on its own QP or all on one.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "frames.h"

#define MAX_LIST	32
#define MAX_SGE		16

/*
 * Frame number s uses slot s % @slots. @done is the number of frames whose
 * slots are free again; threads that share the CQ advance each other's.
 */
struct sender {
	struct control	*ctl;
	struct rawdev	*dev;
	struct rawqp	*q;
	uint32_t	stream;
	uint64_t	rnd;
	struct rawbuf	buf;
	uint32_t	slots;
	uint32_t	next;
	uint32_t	last_signaled;
	uint32_t	num_signaled;
	atomic_uint	done;
	atomic_uint	completions;
	struct sender	*all;
	pthread_t	thread;
};

static void sender_complete(struct sender *s, const struct ibv_wc *wc)
{
	struct sender *owner = &s->all[wc->wr_id >> 32];
	uint32_t count = wc->wr_id;
	uint32_t done;

	if (wc->status != IBV_WC_SUCCESS)
		die("send completed with %s", ibv_wc_status_str(wc->status));
	if (wc->opcode != IBV_WC_SEND || wc->qp_num != s->q->qp->qp_num)
		die("a completion that is not ours");

	done = atomic_load(&owner->done);
	while (done < count &&
	       !atomic_compare_exchange_weak(&owner->done, &done, count))
		;
	atomic_fetch_add(&owner->completions, 1);
}

static int sender_poll(struct sender *s)
{
	struct ibv_wc wc[16];
	int i, n;

	n = ibv_poll_cq(s->q->send_cq, 16, wc);
	if (n < 0)
		die("ibv_poll_cq: %d", n);
	for (i = 0; i < n; i++)
		sender_complete(s, &wc[i]);
	return n;
}

/*
 * If the device is removed, the frames under way neither complete nor arrive,
 * and the sender would wait for them forever. All streams share the events of
 * the device.
 */
static void sender_check_device(struct sender *s)
{
	struct ibv_async_event event;

	if (ibv_get_async_event(s->dev->ctx, &event))
		return;
	if (event.event_type == IBV_EVENT_DEVICE_FATAL)
		die("the device is gone");
	ibv_ack_async_event(&event);
}

/* The queue is full: wait for completions. */
static void sender_wait(struct sender *s)
{
	if (sender_poll(s))
		return;
	sender_check_device(s);
	if (!s->q->channel) {
		sched_yield();
		return;
	}
	if (ibv_req_notify_cq(s->q->send_cq, 0))
		die("ibv_req_notify_cq");
	if (!sender_poll(s))
		wait_event(s->q->channel);
}

/* Returns how many frames may be sent now. */
static uint32_t sender_room(struct sender *s)
{
	const struct params *p = &s->ctl->params;
	uint32_t room = s->slots - (s->next - atomic_load(&s->done));
	uint32_t list = 1 + prng(&s->rnd) % MAX_LIST;
	uint32_t window, ahead;

	if (room > list)
		room = list;
	if (room > p->count - s->next)
		room = p->count - s->next;
	if (!p->lossy) {
		window = p->rx_depth / 2 / (p->share ? p->streams : 1);
		ahead = s->next -
			atomic_load(&s->ctl->stream[s->stream].seen);
		if (ahead >= window) {
			sender_check_device(s);
			usleep(50);
			return 0;
		}
		if (room > window - ahead)
			room = window - ahead;
	}
	return room;
}

/* Cut a frame into SGEs, some of them empty and with an invalid key. */
static int sender_cut(struct sender *s, struct ibv_sge *sge, uint8_t *frame,
		      uint32_t len)
{
	uint32_t max = s->q->cap.max_send_sge < MAX_SGE ?
			       s->q->cap.max_send_sge : MAX_SGE;
	uint64_t r = prng(&s->rnd);
	uint32_t pieces = r & 1 ? 1 : 1 + (r >> 8) % max;
	uint32_t i;

	for (i = 0; i < pieces; i++) {
		uint32_t n = len;

		if (i < pieces - 1)
			n = prng(&s->rnd) % 5 ? prng(&s->rnd) % (len + 1) : 0;
		sge[i].addr = (uintptr_t)frame;
		sge[i].length = n;
		sge[i].lkey = n ? s->buf.mr->lkey : 0xdeadbeef;
		frame += n;
		len -= n;
	}
	return pieces;
}

static void sender_build(struct sender *s, struct ibv_send_wr *wr,
			 struct ibv_sge *sge)
{
	const struct params *p = &s->ctl->params;
	uint32_t seq = s->next++;
	uint8_t *frame = s->buf.addr + (size_t)(seq % s->slots) * p->max_len;
	uint32_t len = frame_len(p, s->stream, seq);

	frame_fill(p, frame, s->ctl->rx_mac, s->dev->mac, s->stream, seq);
	wr->wr_id = (uint64_t)s->stream << 32 | (seq + 1);
	wr->opcode = IBV_WR_SEND;
	wr->send_flags = 0;
	wr->sg_list = sge;
	wr->num_sge = sender_cut(s, sge, frame, len);
	if (len <= s->q->cap.max_inline_data && prng(&s->rnd) & 1)
		wr->send_flags |= IBV_SEND_INLINE;
	if (prng(&s->rnd) % 8 == 0 || seq + 1 == p->count ||
	    s->next - s->last_signaled >= s->slots / 2) {
		wr->send_flags |= IBV_SEND_SIGNALED;
		s->last_signaled = s->next;
		s->num_signaled++;
	}
}

static void sender_post(struct sender *s, struct ibv_send_wr *wr)
{
	struct ibv_send_wr *bad;
	int ret;

	while ((ret = ibv_post_send(s->q->qp, wr, &bad))) {
		/* Only other threads on the same QP fill the queue. */
		if (ret != ENOMEM || !s->ctl->params.share)
			die("ibv_post_send: %s", strerror(ret));
		wr = bad;
		sender_wait(s);
	}
}

static void *sender_thread(void *arg)
{
	struct sender *s = arg;
	const struct params *p = &s->ctl->params;
	struct ibv_sge sge[MAX_LIST][MAX_SGE];
	struct ibv_send_wr wr[MAX_LIST];

	while (s->next < p->count) {
		uint32_t i, n = sender_room(s);

		if (!n) {
			sender_wait(s);
			continue;
		}
		for (i = 0; i < n; i++) {
			sender_build(s, &wr[i], sge[i]);
			wr[i].next = i + 1 < n ? &wr[i + 1] : NULL;
		}
		sender_post(s, wr);
		atomic_store(&s->ctl->stream[s->stream].sent, s->next);
		if (prng(&s->rnd) % 4 == 0)
			sender_poll(s);
	}
	while (atomic_load(&s->done) != p->count ||
	       atomic_load(&s->completions) != s->num_signaled)
		sender_wait(s);
	return NULL;
}

static void sender_open(struct sender *s, struct rawqp *shared)
{
	const struct params *p = &s->ctl->params;
	struct rawqp *q = shared;

	if (!q || !q->dev) {
		struct ibv_td *td;

		if (!q)
			q = calloc(1, sizeof(*q));
		if (!q)
			die("no memory");
		q->dev = s->dev;
		q->cap.max_send_wr = p->tx_depth;
		q->cap.max_send_sge = 4;
		q->cap.max_inline_data = 128;
		q->events = p->events && !p->share;
		if (p->td)
			open_td_pd(s->dev, &td, &q->pd);
		rawqp_open(q);
		rawqp_rts(q);
	}
	s->q = q;
	s->slots = q->cap.max_send_wr / (p->share ? p->streams : 1);
	rawbuf_alloc(&s->buf, s->dev->pd, (size_t)s->slots * p->max_len, 0);
}

void run_sender(struct control *ctl, const char *dev_name)
{
	static struct sender senders[MAX_STREAMS];
	struct params *p = &ctl->params;
	struct rawqp shared = {};
	struct rawdev dev;
	uint32_t i;

	rawdev_open(&dev, dev_name);
	if (fcntl(dev.ctx->async_fd, F_SETFL, O_NONBLOCK))
		die("fcntl: %s", strerror(errno));
	while (!atomic_load(&ctl->rx_ready))
		usleep(1000);

	if (!p->max_len)
		p->max_len = dev.max_frame < ctl->max_frame ? dev.max_frame :
							      ctl->max_frame;
	snprintf(ctl->tx_dev, sizeof(ctl->tx_dev), "%s", dev_name);

	for (i = 0; i < p->streams; i++) {
		struct sender *s = &senders[i];

		s->ctl = ctl;
		s->dev = &dev;
		s->stream = i;
		s->rnd = p->seed + i;
		s->all = senders;
		sender_open(s, p->share ? &shared : NULL);
	}
	/* The receiver reads the counters before the first frame. */
	atomic_store(&ctl->tx_ready, true);
	while (!atomic_load(&ctl->go))
		usleep(1000);

	for (i = 0; i < p->streams; i++)
		if (pthread_create(&senders[i].thread, NULL, sender_thread,
				   &senders[i]))
			die("pthread_create");
	for (i = 0; i < p->streams; i++)
		pthread_join(senders[i].thread, NULL);
	atomic_store(&ctl->tx_done, true);
}
