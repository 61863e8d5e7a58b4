// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Calls that pyverbs does not have: ibv_modify_cq(), TSO by ibv_post_send(),
 * and a sender that changes its payload. Usage: offload DEVICE DEVICE
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "check.h"
#include "connect.h"
#include "rawqp.h"

#define SLOT		2048
#define DEPTH		64
#define HDR_LEN		54
#define MSS		500
#define PAYLOAD		7250
#define PERIOD_US	60000
#define WAIT_MS		10000
#define CHANGING_LEN	1500
#define CHANGING_FRAMES	2000

struct end {
	struct rawdev		dev;
	struct rawqp		q;
	struct rawbuf		buf;
};

static void end_open(struct end *end, const char *name)
{
	uint32_t i;

	rawdev_open(&end->dev, name);
	end->q.dev = &end->dev;
	end->q.events = true;
	end->q.cap.max_send_wr = DEPTH;
	end->q.cap.max_recv_wr = DEPTH;
	end->q.cap.max_send_sge = 3;
	end->q.cap.max_recv_sge = 1;
	rawqp_open(&end->q);
	rawqp_rts(&end->q);
	rawbuf_alloc(&end->buf, end->dev.pd, DEPTH * SLOT,
		     IBV_ACCESS_LOCAL_WRITE);
	for (i = 0; i < end->buf.len; i++)
		end->buf.addr[i] = i * 7 + i / 251;
}

static void end_close(struct end *end)
{
	rawqp_close(&end->q);
	rawbuf_free(&end->buf);
	rawdev_close(&end->dev);
}

static void post_recv(struct end *end, uint32_t slot)
{
	post_recv_at(end->q.qp, slot, end->buf.mr, slot * SLOT, SLOT);
}

static void send_small(struct end *tx, struct end *rx)
{
	eth_header(tx->buf.addr, rx->dev.mac, tx->dev.mac, 0x88b5);
	rawqp_send(&tx->q, &tx->buf, 60);
}

static int moderate(struct ibv_cq *cq, uint16_t count, uint16_t period)
{
	struct ibv_modify_cq_attr attr = {
		.attr_mask = IBV_CQ_ATTR_MODERATE,
		.moderate = { .cq_count = count, .cq_period = period },
	};

	return ibv_modify_cq(cq, &attr);
}

static bool event_there(struct end *end, int timeout_ms)
{
	struct pollfd fd = { .fd = end->q.channel->fd, .events = POLLIN };

	return poll(&fd, 1, timeout_ms) == 1;
}

static void take_event(struct end *end)
{
	struct ibv_cq *cq;
	void *context;

	check(!ibv_get_cq_event(end->q.channel, &cq, &context));
	check(cq == end->q.recv_cq);
	ibv_ack_cq_events(cq, 1);
}

/* Poll @n frames, and post as many receives. */
static void take_frames(struct end *end, unsigned int n)
{
	struct ibv_wc wc;

	while (n--) {
		check(poll_cq_for(end->q.recv_cq, &wc, WAIT_MS) == 1);
		check(wc.status == IBV_WC_SUCCESS);
		post_recv(end, wc.wr_id);
	}
}

/*
 * The event comes with the eighth completion, or after the period. The test can
 * tell the two apart only before the period is over.
 */
static void test_count(struct end *tx, struct end *rx)
{
	unsigned int try, i;

	check(!moderate(rx->q.recv_cq, 8, PERIOD_US));
	for (try = 0; try < 50; try++) {
		bool early, there;
		uint64_t start;

		check(!ibv_req_notify_cq(rx->q.recv_cq, 0));
		start = now_us();
		for (i = 0; i < 7; i++)
			send_small(tx, rx);
		early = event_there(rx, 0);
		send_small(tx, rx);
		there = event_there(rx, 0);
		if (now_us() - start < PERIOD_US) {
			check(!early);
			check(there);
			take_event(rx);
			take_frames(rx, 8);
			printf("ok - 8 completions raise an event\n");
			return;
		}
		check(event_there(rx, WAIT_MS));
		take_event(rx);
		take_frames(rx, 8);
	}
	printf("# this machine is too slow to see 8 completions in time\n");
}

static void test_period(struct end *tx, struct end *rx)
{
	uint64_t start;

	check(!moderate(rx->q.recv_cq, 1000, 20000));
	check(!ibv_req_notify_cq(rx->q.recv_cq, 0));
	start = now_us();
	send_small(tx, rx);
	check(event_there(rx, WAIT_MS));
	check(now_us() - start >= 20000);
	take_event(rx);
	take_frames(rx, 1);
	printf("ok - one completion raises an event after the period\n");

	/* New settings raise an event that is delayed. */
	check(!moderate(rx->q.recv_cq, 1000, 65535));
	check(!ibv_req_notify_cq(rx->q.recv_cq, 0));
	send_small(tx, rx);
	check(!moderate(rx->q.recv_cq, 0, 0));
	check(event_there(rx, 0));
	take_event(rx);
	check(!ibv_req_notify_cq(rx->q.recv_cq, 0));
	send_small(tx, rx);
	check(event_there(rx, 0));
	take_event(rx);
	take_frames(rx, 2);
	printf("ok - without moderation each completion raises an event\n");

	/* Destroy the CQ while its event is delayed. */
	check(!moderate(rx->q.recv_cq, 1000, 65535));
	check(!ibv_req_notify_cq(rx->q.recv_cq, 0));
	send_small(tx, rx);
}

static void test_moderate_bad(struct end *end)
{
	struct ibv_modify_cq_attr attr = { };

	check(ibv_modify_cq(end->q.recv_cq, &attr) == EINVAL);
	attr.attr_mask = IBV_CQ_ATTR_MODERATE << 1;
	check(ibv_modify_cq(end->q.recv_cq, &attr) == EINVAL);
	printf("ok - wrong attributes of ibv_modify_cq are refused\n");
}

/* A parent domain can't be destroyed while a CQ uses it. */
static void test_parent(struct end *end)
{
	struct ibv_parent_domain_init_attr pd_attr = { .pd = end->dev.pd };
	struct ibv_td_init_attr td_attr = { };
	struct ibv_cq_init_attr_ex attr = {
		.cqe = 4,
		.comp_mask = IBV_CQ_INIT_ATTR_MASK_PD,
	};
	struct ibv_cq_ex *cq;

	attr.parent_domain = end->dev.pd;
	check(!ibv_create_cq_ex(end->dev.ctx, &attr) && errno == EINVAL);
	pd_attr.td = ibv_alloc_td(end->dev.ctx, &td_attr);
	check(pd_attr.td);
	attr.parent_domain = ibv_alloc_parent_domain(end->dev.ctx, &pd_attr);
	check(attr.parent_domain);
	cq = ibv_create_cq_ex(end->dev.ctx, &attr);
	check(cq);
	check(ibv_dealloc_pd(attr.parent_domain) == EBUSY);
	check(!ibv_req_notify_cq(ibv_cq_ex_to_cq(cq), 0));
	check(!ibv_destroy_cq(ibv_cq_ex_to_cq(cq)));
	check(!ibv_dealloc_pd(attr.parent_domain));
	check(!ibv_dealloc_td(pd_attr.td));
	printf("ok - a parent domain in use can't be destroyed\n");
}

static struct ibv_qp *tso_qp(struct end *end, struct ibv_cq *cq, int hdr)
{
	struct ibv_qp_init_attr_ex attr = {
		.send_cq = cq,
		.recv_cq = cq,
		.cap = { .max_send_wr = 4, .max_recv_wr = 1,
			 .max_send_sge = 3, .max_recv_sge = 1 },
		.qp_type = IBV_QPT_RAW_PACKET,
		.comp_mask = IBV_QP_INIT_ATTR_PD |
			     IBV_QP_INIT_ATTR_MAX_TSO_HEADER |
			     IBV_QP_INIT_ATTR_SEND_OPS_FLAGS,
		.pd = end->dev.pd,
		.max_tso_header = hdr,
		.send_ops_flags = IBV_QP_EX_WITH_SEND | IBV_QP_EX_WITH_TSO,
	};

	return ibv_create_qp_ex(end->dev.ctx, &attr);
}

static void tso_header(uint8_t *hdr, struct end *tx, struct end *rx)
{
	static const uint8_t ip_tcp[] = {
		0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0,
		10, 0, 0, 1, 10, 0, 0, 2,
		0, 80, 0x10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x50, 0x99, 1, 0,
		0, 0, 0, 0,
	};

	eth_header(hdr, rx->dev.mac, tx->dev.mac, 0x0800);
	memcpy(hdr + ETH_HDR_LEN, ip_tcp, sizeof(ip_tcp));
}

static unsigned int collect(struct end *rx, uint8_t *to)
{
	unsigned int n = 0;
	struct ibv_wc wc;

	while (poll_cq_for(rx->q.recv_cq, &wc, n ? 100 : WAIT_MS) == 1) {
		uint8_t *slot = rx->buf.addr + wc.wr_id * SLOT;

		check(wc.status == IBV_WC_SUCCESS);
		check(wc.wc_flags & IBV_WC_IP_CSUM_OK);
		memcpy(to + n++ * SLOT, slot, wc.byte_len);
		post_recv(rx, wc.wr_id);
	}
	return n;
}

/* Both ways of posting make the same frames. */
static void test_tso(struct end *tx, struct end *rx)
{
	static uint8_t one[DEPTH * SLOT], two[DEPTH * SLOT];
	unsigned int want = (PAYLOAD + MSS - 1) / MSS;
	struct ibv_send_wr wr = { }, *bad;
	struct ibv_device_attr_ex dev;
	struct ibv_sge sge[3];
	uint8_t hdr[HDR_LEN];
	struct ibv_qp_ex *ex;
	struct ibv_cq *cq;
	struct ibv_qp *qp;
	struct ibv_wc wc;
	uint32_t off = 0;
	int i;

	check(!ibv_query_device_ex(tx->dev.ctx, NULL, &dev));
	check(dev.tso_caps.max_tso >= 65536);
	check(dev.tso_caps.supported_qpts == 1 << IBV_QPT_RAW_PACKET);
	check(dev.raw_packet_caps & IBV_RAW_PACKET_CAP_IP_CSUM);
	check(dev.cq_mod_caps.max_cq_count && dev.cq_mod_caps.max_cq_period);

	cq = ibv_create_cq(tx->dev.ctx, 16, NULL, NULL, 0);
	check(cq);
	check(!tso_qp(tx, cq, 0xffff) && errno == EINVAL);
	qp = tso_qp(tx, cq, HDR_LEN);
	check(qp);
	ex = ibv_qp_to_qp_ex(qp);
	check(ex);
	qp_connect(qp, &(struct connection) {});

	tso_header(hdr, tx, rx);
	for (i = 0; i < 3; i++) {
		sge[i] = sge_at(tx->buf.mr, 4001 * i,
				i < 2 ? 2001 : PAYLOAD - 2 * 2001);
	}
	wr.wr_id = 77;
	wr.sg_list = sge;
	wr.num_sge = 3;
	wr.opcode = IBV_WR_TSO;
	wr.send_flags = IBV_SEND_SIGNALED | IBV_SEND_IP_CSUM;
	wr.tso.hdr = hdr;
	wr.tso.hdr_sz = HDR_LEN;
	wr.tso.mss = MSS;
	check(!ibv_post_send(qp, &wr, &bad));
	check(poll_cq_for(cq, &wc, WAIT_MS) == 1);
	check(wc.status == IBV_WC_SUCCESS && wc.opcode == IBV_WC_TSO &&
	      wc.wr_id == 77);
	check(collect(rx, one) == want);

	ibv_wr_start(ex);
	ex->wr_id = 78;
	ex->wr_flags = IBV_SEND_SIGNALED;
	ibv_wr_send_tso(ex, hdr, HDR_LEN, MSS);
	ibv_wr_set_sge_list(ex, 3, sge);
	check(!ibv_wr_complete(ex));
	check(poll_cq_for(cq, &wc, WAIT_MS) == 1);
	check(wc.status == IBV_WC_SUCCESS && wc.opcode == IBV_WC_TSO &&
	      wc.wr_id == 78);
	check(collect(rx, two) == want);
	check(!memcmp(one, two, sizeof(one)));
	for (i = 0; i < (int)want; i++) {
		uint8_t *frame = one + i * SLOT;
		uint32_t len = ntohs(*(uint16_t *)(frame + 16)) - 40, k;

		for (k = 0; k < len; k++, off++) {
			unsigned int part = off < 2001 ? 0 : off < 4002 ? 1 : 2;

			check(frame[HDR_LEN + k] ==
			      tx->buf.addr[4001 * part + off - 2001 * part]);
		}
	}
	check(off == PAYLOAD);
	printf("ok - ibv_post_send and ibv_wr_send_tso segment alike\n");

	wr.tso.hdr_sz = HDR_LEN + 1;
	check(ibv_post_send(qp, &wr, &bad) == EINVAL && bad == &wr);
	wr.tso.hdr_sz = 0;
	check(ibv_post_send(qp, &wr, &bad) == EINVAL);
	wr.tso.hdr_sz = HDR_LEN;
	wr.tso.mss = 0;
	check(ibv_post_send(qp, &wr, &bad) == EINVAL);
	wr.tso.mss = MSS;
	wr.num_sge = 4;
	check(ibv_post_send(qp, &wr, &bad) == EINVAL);
	wr.num_sge = 3;
	wr.send_flags |= IBV_SEND_INLINE;
	check(ibv_post_send(qp, &wr, &bad) == EOPNOTSUPP);
	wr.send_flags = 1 << 20;
	check(ibv_post_send(qp, &wr, &bad) == EINVAL);
	check(!ibv_poll_cq(cq, 1, &wc));
	printf("ok - wrong requests are refused\n");

	check(!ibv_destroy_qp(qp));
	check(!ibv_destroy_cq(cq));
}

/* Changes a word of the payload until told to stop. */
struct changer {
	_Atomic(uint16_t)	*word;
	atomic_bool		stop;
};

static void *change(void *arg)
{
	struct changer *c = arg;

	while (!atomic_load(&c->stop)) {
		atomic_fetch_add(c->word, 0x1111);
		sched_yield();
	}
	return NULL;
}

/* Is the checksum of the UDP datagram correct? */
static bool udp_holds(const uint8_t *frame, uint32_t len)
{
	uint32_t sum = 17 + len - ETH_HDR_LEN - 20, i;

	/* Start at the addresses, which are part of the pseudo header. */
	for (i = ETH_HDR_LEN + 12; i < len; i += 2)
		sum += frame[i] << 8 | frame[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

/*
 * The flag describes the bytes that arrived, though the sender changes its
 * memory.
 */
static void test_changing(struct end *tx, struct end *rx)
{
	static const uint8_t ip_udp[] = {
		0x45, 0, (CHANGING_LEN - 14) >> 8, (CHANGING_LEN - 14) & 255,
		0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0x10, 0, 0x10, 1,
		(CHANGING_LEN - 34) >> 8, (CHANGING_LEN - 34) & 255, 0, 0,
	};
	struct ibv_sge sge = sge_at(tx->buf.mr, 0, CHANGING_LEN);
	struct ibv_send_wr wr = {
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED | IBV_SEND_IP_CSUM,
	}, *bad;
	struct changer c = { .word = (void *)(tx->buf.addr + 1400) };
	unsigned int i, good = 0;
	pthread_t thread;
	struct ibv_wc wc;

	eth_header(tx->buf.addr, rx->dev.mac, tx->dev.mac, 0x0800);
	memcpy(tx->buf.addr + ETH_HDR_LEN, ip_udp, sizeof(ip_udp));
	check(!pthread_create(&thread, NULL, change, &c));
	for (i = 0; i < CHANGING_FRAMES; i++) {
		bool ok;

		check(!ibv_post_send(tx->q.qp, &wr, &bad));
		check(poll_cq_for(tx->q.send_cq, &wc, WAIT_MS) == 1);
		check(wc.status == IBV_WC_SUCCESS);
		check(poll_cq_for(rx->q.recv_cq, &wc, WAIT_MS) == 1);
		check(wc.status == IBV_WC_SUCCESS &&
		      wc.byte_len == CHANGING_LEN);
		ok = wc.wc_flags & IBV_WC_IP_CSUM_OK;
		check(ok == udp_holds(rx->buf.addr + wc.wr_id * SLOT,
				      CHANGING_LEN));
		good += ok;
		post_recv(rx, wc.wr_id);
	}
	atomic_store(&c.stop, true);
	check(!pthread_join(thread, NULL));
	check(good);
	printf("ok - the checksum flag is right though payload changes: %u of %u hold\n",
	       good, CHANGING_FRAMES);
}

int main(int argc, char **argv)
{
	static struct end tx, rx;
	struct ibv_flow *flow;
	uint32_t i;

	if (argc != 3)
		die("usage: offload DEVICE DEVICE");
	end_open(&tx, argv[1]);
	end_open(&rx, argv[2]);
	flow = rawqp_flow(&rx.q, 0, 0);
	for (i = 0; i < DEPTH; i++)
		post_recv(&rx, i);

	test_tso(&tx, &rx);
	test_changing(&tx, &rx);
	test_parent(&tx);
	test_moderate_bad(&rx);
	test_count(&tx, &rx);
	test_period(&tx, &rx);

	check(!ibv_destroy_flow(flow));
	end_close(&rx);
	end_close(&tx);
	return 0;
}
