// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * pacing TXDEV RXDEV [hold] - queue pairs with a rate limit.
 *
 * Each completion is checked: by then, no more bytes may have been sent than
 * the burst and the rate allow since the start. How late a frame is sent is not
 * checked. Frames carry numbers, so that lost, repeated and reordered frames
 * are noticed. With "hold", the program keeps a backlog and waits until it is
 * killed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rdma/ib_user_verbs.h>
#include <rdma/mfraw-abi.h>

#include "check.h"
#include "rawqp.h"

#define DEPTH		256
#define LEN		1000
#define SLOT		2048
#define TYPE		0xb901
#define HDR_LEN		54	/* Ethernet, IPv4 and TCP headers */
#define MSS		946
#define WAIT_MS		20000
#define SLOW		8	/* kbit/s: one frame per second */
#define FAST		4000
#define BURST		4000

/*
 * A sender: @posted frames were posted, @sent of them completed successfully.
 */
struct tx {
	struct ibv_qp	*qp;
	struct ibv_cq	*cq;
	uint32_t	posted;
	uint32_t	sent;
	uint8_t		id;
};

static const char *tx_name;
static struct rawdev tx_dev, rx_dev;
static struct rawqp rx;
static struct rawbuf txbuf, rxbuf;
static uint32_t arrived[256];	/* frames, by the sender's id */

static void to(struct tx *tx, enum ibv_qp_state state, int mask, uint32_t rate)
{
	struct ibv_qp_attr attr = {
		.qp_state = state,
		.port_num = 1,
		.rate_limit = rate,
	};

	mask |= IBV_QP_STATE;
	if (state == IBV_QPS_INIT)
		mask |= IBV_QP_PORT;
	check(!ibv_modify_qp(tx->qp, &attr, mask));
}

static void rts(struct tx *tx)
{
	to(tx, IBV_QPS_INIT, 0, 0);
	to(tx, IBV_QPS_RTR, 0, 0);
	to(tx, IBV_QPS_RTS, 0, 0);
}

static struct ibv_qp *create(struct ibv_cq *cq)
{
	struct ibv_qp_init_attr_ex attr = {
		.send_cq = cq,
		.recv_cq = cq,
		.cap = { .max_send_wr = DEPTH, .max_send_sge = 1 },
		.qp_type = IBV_QPT_RAW_PACKET,
		.sq_sig_all = 1,
		.comp_mask = IBV_QP_INIT_ATTR_PD |
			     IBV_QP_INIT_ATTR_MAX_TSO_HEADER,
		.pd = tx_dev.pd,
		.max_tso_header = HDR_LEN,
	};
	struct ibv_qp *qp = ibv_create_qp_ex(tx_dev.ctx, &attr);

	check(qp);
	return qp;
}

static void open_tx(struct tx *tx, uint8_t id)
{
	memset(tx, 0, sizeof(*tx));
	tx->id = id;
	arrived[id] = 0;
	tx->cq = ibv_create_cq(tx_dev.ctx, 2 * DEPTH, NULL, NULL, 0);
	check(tx->cq);
	tx->qp = create(tx->cq);
	rts(tx);
}

static void close_tx(struct tx *tx)
{
	check(!ibv_destroy_qp(tx->qp));
	check(!ibv_destroy_cq(tx->cq));
}

static int limit(struct tx *tx, uint32_t rate, uint32_t burst, uint16_t size,
		 uint32_t comp_mask)
{
	struct ibv_qp_rate_limit_attr attr = {
		.rate_limit = rate,
		.max_burst_sz = burst,
		.typical_pkt_sz = size,
		.comp_mask = comp_mask,
	};

	return ibv_modify_qp_rate_limit(tx->qp, &attr);
}

static void post_recv(uint64_t slot)
{
	post_recv_at(rx.qp, slot, rxbuf.mr, slot * SLOT, SLOT);
}

/* Post @n frames with type, sender and number, each in a buffer of its own. */
static void post(struct tx *tx, unsigned int n)
{
	struct ibv_send_wr *bad;

	while (n--) {
		uint8_t *frame = txbuf.addr +
				 (tx->id * DEPTH + tx->posted % DEPTH) * SLOT;
		struct ibv_sge sge = {
			.addr = (uintptr_t)frame,
			.length = LEN,
			.lkey = txbuf.mr->lkey,
		};
		struct ibv_send_wr wr = {
			.wr_id = tx->posted,
			.sg_list = &sge,
			.num_sge = 1,
			.opcode = IBV_WR_SEND,
		};
		uint32_t be = htonl(tx->posted);

		eth_header(frame, rx_dev.mac, tx_dev.mac, TYPE);
		frame[ETH_HDR_LEN] = tx->id;
		memcpy(frame + ETH_HDR_LEN + 1, &be, sizeof(be));
		check(!ibv_post_send(tx->qp, &wr, &bad));
		tx->posted++;
	}
}

static void collect(void)
{
	struct ibv_wc wc;
	uint32_t be;

	while (ibv_poll_cq(rx.recv_cq, 1, &wc)) {
		uint8_t *frame = rxbuf.addr + wc.wr_id * SLOT;

		check(wc.status == IBV_WC_SUCCESS && wc.byte_len == LEN);
		frame += ETH_HDR_LEN;
		memcpy(&be, frame + 1, sizeof(be));
		check(ntohl(be) == arrived[frame[0]]++);
		post_recv(wc.wr_id);
	}
}

/* Wait until all completed frames have arrived; no others may arrive. */
static void all_arrived(struct tx *tx)
{
	uint64_t end = now_us() + WAIT_MS * 1000ULL;

	while (collect(), arrived[tx->id] != tx->sent && now_us() < end)
		usleep(1000);
	check(arrived[tx->id] == tx->sent);
}

/*
 * Poll a successful completion of the next frame. Returns false if there is
 * none.
 */
static bool poll_one(struct tx *tx)
{
	struct ibv_wc wc;

	if (!ibv_poll_cq(tx->cq, 1, &wc))
		return false;
	check(wc.status == IBV_WC_SUCCESS && wc.wr_id == tx->sent);
	tx->sent++;
	return true;
}

/* Wait until all but @left frames are sent, and check that the rate holds. */
static void run(struct tx *tx, uint32_t left, uint64_t start, uint32_t before,
		uint64_t rate, uint64_t burst)
{
	uint64_t end = now_us() + WAIT_MS * 1000ULL;

	while (tx->posted - tx->sent > left) {
		uint64_t bytes, most;

		collect();
		if (!poll_one(tx)) {
			check(now_us() < end);
			usleep(100);
			continue;
		}
		bytes = (tx->sent - before) * (uint64_t)LEN;
		most = burst + rate * (now_us() - start + 1) / 8000;
		check(bytes <= most);
	}
}

/*
 * Each waiting frame completes once: the first ones successfully, then flushed.
 */
static void flushed(struct tx *tx, enum ibv_wc_status first)
{
	uint32_t next = tx->sent;
	bool bad = false;
	struct ibv_wc wc;

	while (next < tx->posted) {
		check(poll_cq_for(tx->cq, &wc, WAIT_MS) == 1);
		check(wc.wr_id == next++);
		if (!bad && wc.status == IBV_WC_SUCCESS) {
			tx->sent++;
			continue;
		}
		check(wc.status == (bad ? IBV_WC_WR_FLUSH_ERR : first));
		bad = true;
	}
	check(bad);
	check(!poll_cq_for(tx->cq, &wc, 300));
	all_arrived(tx);
}

static void test_caps(void)
{
	struct ibv_device_attr_ex dev;

	check(!ibv_query_device_ex(tx_dev.ctx, NULL, &dev));
	check(dev.packet_pacing_caps.qp_rate_limit_min == 1);
	check(dev.packet_pacing_caps.qp_rate_limit_max == UINT32_MAX);
	check(dev.packet_pacing_caps.supported_qpts == 1 << IBV_QPT_RAW_PACKET);
	done("the device reports its limits");
}

/* Call the command as a provider does, with @size bytes of driver data. */
static int modify_raw(struct tx *tx, uint32_t mask, uint32_t rate,
		      const void *data, size_t size)
{
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_ex_cmd_hdr ex;
		struct ib_uverbs_ex_modify_qp core;
		uint8_t driver[64];
	} cmd = {
		.hdr.command = IB_USER_VERBS_EX_CMD_MODIFY_QP |
			       IB_USER_VERBS_CMD_FLAG_EXTENDED,
		.hdr.in_words = sizeof(cmd.core) / 8,
		.ex.provider_in_words = size / 8,
		.core.base.qp_handle = tx->qp->handle,
		.core.base.attr_mask = mask,
		.core.rate_limit = rate,
	};
	struct ib_uverbs_ex_modify_qp_resp resp;
	size_t len = offsetof(typeof(cmd), driver) + size;

	cmd.hdr.out_words = sizeof(resp) / 8;
	cmd.ex.response = (uintptr_t)&resp;
	memcpy(cmd.driver, data, size);
	return write(tx->qp->context->cmd_fd, &cmd, len) == (ssize_t)len ?
	       0 : errno;
}

static void test_driver_data(struct tx *tx)
{
	struct mfraw_modify_qp_req req[2] = {
		{ .comp_mask = MFRAW_MODIFY_QP_BURST, .max_burst_sz = 9000 },
	}, bad[2];

	check(!modify_raw(tx, IBV_QP_RATE_LIMIT, 1000, req, sizeof(req[0])));
	check(!modify_raw(tx, IBV_QP_RATE_LIMIT, 1000, req, sizeof(req)));
	check(!modify_raw(tx, IBV_QP_RATE_LIMIT, 1000, req, 0));
	check(modify_raw(tx, IBV_QP_RATE_LIMIT, 1000, req, 8) == EINVAL);
	check(modify_raw(tx, 0, 0, req, sizeof(req[0])) == EINVAL);
	check(modify_raw(tx, IBV_QP_RATE_LIMIT << 1, 0, req, 0) == EOPNOTSUPP);

	memcpy(bad, req, sizeof(req));
	bad[0].comp_mask |= 2;
	check(modify_raw(tx, IBV_QP_RATE_LIMIT, 1000, bad, sizeof(bad[0])) ==
	      EOPNOTSUPP);
	memcpy(bad, req, sizeof(req));
	bad[0].reserved = 1;
	check(modify_raw(tx, IBV_QP_RATE_LIMIT, 1000, bad, sizeof(bad[0])) ==
	      EINVAL);
	memcpy(bad, req, sizeof(req));
	bad[1].reserved = 1;
	check(modify_raw(tx, IBV_QP_RATE_LIMIT, 1000, bad, sizeof(bad)) ==
	      EOPNOTSUPP);
	done("each field of the driver data is checked");
}

static void test_wrong(void)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_RTR,
		.port_num = 1,
		.rate_limit = 1000,
	};
	struct tx tx;

	open_tx(&tx, 0);
	check(limit(&tx, FAST, BURST, LEN, 1) == EINVAL);
	check(limit(&tx, 0, BURST, 0, 0) == EINVAL);
	check(limit(&tx, 0, 0, LEN, 0) == EINVAL);
	check(!limit(&tx, 1, 1, 1, 0));
	check(!limit(&tx, UINT32_MAX, UINT32_MAX, UINT16_MAX, 0));
	check(!limit(&tx, 0, 0, 0, 0));
	test_driver_data(&tx);

	to(&tx, IBV_QPS_RESET, 0, 0);
	check(limit(&tx, FAST, 0, 0, 0) == EINVAL);
	to(&tx, IBV_QPS_INIT, 0, 0);
	check(limit(&tx, FAST, 0, 0, 0) == EINVAL);
	check(ibv_modify_qp(tx.qp, &attr, IBV_QP_STATE | IBV_QP_RATE_LIMIT) ==
	      EINVAL);
	to(&tx, IBV_QPS_RTR, 0, 0);
	check(limit(&tx, FAST, 0, 0, 0) == EINVAL);
	to(&tx, IBV_QPS_ERR, 0, 0);
	check(limit(&tx, FAST, 0, 0, 0) == EINVAL);
	close_tx(&tx);
	done("wrong calls are refused");
}

static void test_rss(void)
{
	struct ibv_wq_init_attr wq_attr = {
		.wq_type = IBV_WQT_RQ,
		.max_wr = 1,
		.max_sge = 1,
		.pd = tx_dev.pd,
	};
	struct ibv_rwq_ind_table_init_attr tbl_attr = { 0 };
	struct ibv_qp_init_attr_ex attr = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.comp_mask = IBV_QP_INIT_ATTR_PD | IBV_QP_INIT_ATTR_RX_HASH |
			     IBV_QP_INIT_ATTR_IND_TABLE,
		.pd = tx_dev.pd,
		.rx_hash_conf = {
			.rx_hash_function = IBV_RX_HASH_FUNC_TOEPLITZ,
			.rx_hash_key_len = MFRAW_RX_HASH_KEY_LEN,
			.rx_hash_key = (uint8_t[MFRAW_RX_HASH_KEY_LEN]){ 1 },
			.rx_hash_fields_mask = IBV_RX_HASH_SRC_IPV4 |
					       IBV_RX_HASH_DST_IPV4,
		},
	};
	struct ibv_wq *wq;
	struct tx tx;

	wq_attr.cq = ibv_create_cq(tx_dev.ctx, 1, NULL, NULL, 0);
	check(wq_attr.cq);
	wq = ibv_create_wq(tx_dev.ctx, &wq_attr);
	check(wq);
	tbl_attr.ind_tbl = &wq;
	attr.rwq_ind_tbl = ibv_create_rwq_ind_table(tx_dev.ctx, &tbl_attr);
	check(attr.rwq_ind_tbl);
	tx.qp = ibv_create_qp_ex(tx_dev.ctx, &attr);
	check(tx.qp);
	check(limit(&tx, FAST, 0, 0, 0) == EOPNOTSUPP);
	check(!ibv_destroy_qp(tx.qp));
	check(!ibv_destroy_rwq_ind_table(attr.rwq_ind_tbl));
	check(!ibv_destroy_wq(wq));
	check(!ibv_destroy_cq(wq_attr.cq));
	done("a queue pair that does not send takes no limit");
}

/* Bursts: the default, a minimal one, and some frames. */
static void test_rate(void)
{
	static const uint32_t bursts[] = { 0, 1, 100, BURST };
	uint64_t start, waits;
	unsigned int i;
	struct tx tx;

	for (i = 0; i < sizeof(bursts) / sizeof(bursts[0]); i++) {
		uint32_t burst = bursts[i] ?: tx_dev.max_frame;

		usleep(20000);
		waits = device_counter(tx_name, "pace_waits");
		open_tx(&tx, i);
		check(!limit(&tx, FAST, bursts[i], LEN, 0));
		start = now_us();
		post(&tx, 200);
		run(&tx, 0, start, 0, FAST, burst > LEN ? burst : LEN);
		printf("# burst %u: %u frames took %.2f of their time\n",
		       bursts[i], tx.sent, (now_us() - start) * FAST /
		       (8000. * LEN * tx.sent));
		all_arrived(&tx);
		close_tx(&tx);
		usleep(20000);
		check(device_counter(tx_name, "pace_waits") > waits + 10);
	}
	done("no burst and no rate is exceeded");
}

/* At a slow rate, a full queue of frames would take minutes. */
static void unlimited(struct tx *tx)
{
	struct ibv_wc wc;
	int i;

	for (i = 0; i < DEPTH; i++)
		post(tx, 1);
	for (i = 0; i < DEPTH; i++) {
		collect();
		check(poll_cq_for(tx->cq, &wc, WAIT_MS) == 1);
		check(wc.status == IBV_WC_SUCCESS && wc.wr_id == tx->sent++);
	}
	all_arrived(tx);
}

/* A limit above any possible rate has no effect. */
static void test_highest(void)
{
	uint64_t waits;
	struct tx tx;

	usleep(20000);
	waits = device_counter(tx_name, "pace_waits");
	open_tx(&tx, 0);
	check(!limit(&tx, UINT32_MAX, 0, 0, 0));
	unlimited(&tx);
	check(!limit(&tx, UINT32_MAX, UINT32_MAX, UINT16_MAX, 0));
	unlimited(&tx);
	usleep(20000);
	check(device_counter(tx_name, "pace_waits") == waits);
	/* A burst of one byte slows sending down, but all frames are sent. */
	check(!limit(&tx, UINT32_MAX, 1, 0, 0));
	unlimited(&tx);
	close_tx(&tx);
	done("the highest rate does not limit");
}

static void test_two(void)
{
	uint64_t start, most;
	struct tx slow, other;

	open_tx(&slow, 0);
	open_tx(&other, 1);
	check(!limit(&slow, SLOW, 0, 0, 0));
	start = now_us();
	post(&slow, 100);
	post(&other, 200);
	while (other.sent < 200) {
		collect();
		if (!poll_one(&other))
			usleep(100);
	}
	while (poll_one(&slow))
		;
	most = tx_dev.max_frame + SLOW * (now_us() - start) / 8000;
	check(slow.sent && slow.sent * LEN <= most);
	all_arrived(&other);
	close_tx(&other);
	close_tx(&slow);
	collect();
	done("one queue pair waits, the other does not");
}

static void test_change(void)
{
	struct ibv_qp_attr attr = { .rate_limit = FAST / 10 };
	uint64_t start, first;
	uint32_t before;
	struct tx tx;
	int i;

	open_tx(&tx, 0);
	/*
	 * Set the rate with the step to RTS, and by the call that has no burst.
	 */
	to(&tx, IBV_QPS_RESET, 0, 0);
	to(&tx, IBV_QPS_INIT, 0, 0);
	to(&tx, IBV_QPS_RTR, 0, 0);
	to(&tx, IBV_QPS_RTS, IBV_QP_RATE_LIMIT, SLOW);
	first = now_us();
	post(&tx, DEPTH);
	for (i = 0; i < 500; i++)
		check(!limit(&tx, SLOW, 0, 0, 0));
	while (poll_one(&tx))
		;
	check(tx.sent * (uint64_t)LEN <=
	      tx_dev.max_frame + SLOW * (now_us() - first) / 8000);
	done("a limit that is set again gives no new burst");

	start = now_us();
	before = tx.sent;
	check(!ibv_modify_qp(tx.qp, &attr, IBV_QP_RATE_LIMIT));
	/*
	 * The waiting frame may have tokens already, but for less than a frame.
	 */
	run(&tx, 200, start, before, FAST / 10,
	    2 * tx_dev.max_frame + SLOW * (start - first) / 8000);
	check(!limit(&tx, SLOW, 0, 0, 0));
	while (poll_one(&tx))
		;
	start = now_us();
	before = tx.sent;
	check(tx.posted - before > 50);
	while (now_us() < start + 300000) {
		check((tx.sent - before) * (uint64_t)LEN <=
		      2 * tx_dev.max_frame + SLOW * (now_us() - start) / 8000);
		if (!poll_one(&tx))
			usleep(1000);
	}
	check(!limit(&tx, 0, 0, 0, 0));
	while (tx.sent < tx.posted) {
		check(now_us() < start + WAIT_MS * 1000ULL);
		collect();
		if (!poll_one(&tx))
			usleep(100);
	}
	all_arrived(&tx);
	done("a limit changes and ends while requests wait");
	close_tx(&tx);
}

static void restart(struct tx *tx)
{
	to(tx, IBV_QPS_RESET, 0, 0);
	rts(tx);
	usleep(100000);
	collect();
	tx->posted = 0;
	tx->sent = 0;
	arrived[tx->id] = 0;
}

static void test_states(void)
{
	struct ibv_wc wc;
	struct tx tx;

	open_tx(&tx, 0);
	check(!limit(&tx, SLOW, 0, 0, 0));
	post(&tx, 100);
	to(&tx, IBV_QPS_ERR, 0, 0);
	flushed(&tx, IBV_WC_WR_FLUSH_ERR);
	done("each request completes once in the error state");

	restart(&tx);
	unlimited(&tx);
	done("a reset removes the limit");

	check(!limit(&tx, SLOW, 0, 0, 0));
	post(&tx, 100);
	restart(&tx);
	usleep(300000);
	collect();
	check(!arrived[0] && !poll_cq_for(tx.cq, &wc, 100));
	unlimited(&tx);
	done("a reset removes the backlog");

	/* In SQD no frame is sent; in RTS all are. */
	check(!limit(&tx, SLOW, 0, 0, 0));
	post(&tx, 100);
	to(&tx, IBV_QPS_SQD, 0, 0);
	while (poll_one(&tx))
		;
	check(!poll_cq_for(tx.cq, &wc, 2500));
	to(&tx, IBV_QPS_RTS, 0, 0);
	check(poll_cq_for(tx.cq, &wc, WAIT_MS) == 1);
	check(wc.status == IBV_WC_SUCCESS && wc.wr_id == tx.sent++);
	check(!limit(&tx, 0, 0, 0, 0));
	while (tx.sent < tx.posted)
		if (!poll_one(&tx))
			usleep(100);
	all_arrived(&tx);
	done("a queue pair goes to SQD and back");

	check(!limit(&tx, SLOW, 0, 0, 0));
	post(&tx, 100);
	close_tx(&tx);
	collect();
	done("a queue pair is destroyed with a backlog");
}

/* A wrong request waits for its turn, and then fails. */
static void test_bad(void)
{
	struct ibv_sge sge = { .addr = 4096, .length = LEN };
	struct ibv_send_wr wr = {
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = IBV_WR_SEND,
	}, *bad;
	struct tx tx;

	open_tx(&tx, 0);
	check(!limit(&tx, FAST, LEN, 0, 0));
	post(&tx, 40);
	wr.wr_id = tx.posted++;
	check(!ibv_post_send(tx.qp, &wr, &bad));
	post(&tx, 40);
	flushed(&tx, IBV_WC_LOC_PROT_ERR);
	check(tx.sent == 40);
	close_tx(&tx);
	done("a wrong request fails behind others");
}

/* TSO requests: the limit applies to frames. */
static void test_tso(void)
{
	static const uint8_t ip_tcp[] = {
		0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0,
		10, 0, 0, 1, 10, 0, 0, 2,
		0, 80, 0x10, 0, 0, 0, 0, 0, 5, 6, 7, 8, 0x50, 0x10, 1, 0,
		0, 0, 0, 0,
	};
	struct ibv_flow *flow = rawqp_flow(&rx, 0x0800, 0xffff);
	uint32_t seq, next = 0, want = 60 * MSS;
	struct ibv_sge sge = {
		.addr = (uintptr_t)txbuf.addr,
		.length = want,
		.lkey = txbuf.mr->lkey,
	};
	uint8_t hdr[HDR_LEN];
	struct ibv_send_wr wr = {
		.wr_id = 5,
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = IBV_WR_TSO,
		.tso = { .hdr = hdr, .hdr_sz = HDR_LEN, .mss = MSS },
	}, *bad;
	struct ibv_wc wc;
	uint64_t start;
	struct tx tx;
	int turn;

	eth_header(hdr, rx_dev.mac, tx_dev.mac, 0x0800);
	memcpy(hdr + ETH_HDR_LEN, ip_tcp, sizeof(ip_tcp));
	open_tx(&tx, 0);
	for (turn = 0; turn < 3; turn++) {
		/*
		 * Start with a rate, give up half way, then go on with no rate.
		 */
		if (turn < 2)
			check(!limit(&tx, FAST, 2 * LEN, 0, 0));
		start = now_us();
		check(!ibv_post_send(tx.qp, &wr, &bad));
		for (next = 0; next < want; next += MSS) {
			uint8_t *frame;

			check(poll_cq_for(rx.recv_cq, &wc, WAIT_MS) == 1);
			frame = rxbuf.addr + wc.wr_id * SLOT;
			memcpy(&seq, frame + 38, sizeof(seq));
			check(wc.byte_len == LEN && ntohl(seq) == next);
			post_recv(wc.wr_id);
			if (turn < 2)
				check((next / MSS + 1) * LEN <= 2 * LEN +
				      FAST * (now_us() - start + 1) / 8000);
			if (turn != 1 || next < 5 * MSS)
				continue;
			check(!limit(&tx, SLOW, LEN, 0, 0));
			to(&tx, IBV_QPS_ERR, 0, 0);
			break;
		}
		check(poll_cq_for(tx.cq, &wc, WAIT_MS) == 1 && wc.wr_id == 5);
		check(!poll_cq_for(tx.cq, &wc, 100));
		if (turn != 1)
			continue;
		while (poll_cq_for(rx.recv_cq, &wc, 100))
			post_recv(wc.wr_id);
		to(&tx, IBV_QPS_RESET, 0, 0);
		rts(&tx);
	}
	close_tx(&tx);
	check(!ibv_destroy_flow(flow));
	done("segments are paced, too");
}

static void hold(void)
{
	struct tx tx;

	open_tx(&tx, 0);
	check(!limit(&tx, 1, 0, 0, 0));
	post(&tx, DEPTH);
	done("holding a backlog");
	fflush(stdout);
	pause();
}

int main(int argc, char **argv)
{
	struct ibv_flow *flow;
	int i;

	if (argc < 3)
		die("usage: pacing TXDEV RXDEV [hold]");
	tx_name = argv[1];
	rawdev_open(&tx_dev, argv[1]);
	rawdev_open(&rx_dev, argv[2]);
	rawbuf_alloc(&txbuf, tx_dev.pd, 4 * DEPTH * SLOT, 0);
	rawbuf_alloc(&rxbuf, rx_dev.pd, 2 * DEPTH * SLOT, IBV_ACCESS_LOCAL_WRITE);
	rx.dev = &rx_dev;
	rx.cap = (struct ibv_qp_cap){ .max_recv_wr = 2 * DEPTH,
				      .max_recv_sge = 1 };
	rawqp_open(&rx);
	rawqp_rts(&rx);
	for (i = 0; i < 2 * DEPTH; i++)
		post_recv(i);
	flow = rawqp_flow(&rx, TYPE, 0xffff);
	if (argc > 3)
		hold();

	test_caps();
	test_wrong();
	test_rss();
	test_rate();
	test_highest();
	test_two();
	test_change();
	test_states();
	test_bad();
	test_tso();

	check(!ibv_destroy_flow(flow));
	rawqp_close(&rx);
	rawbuf_free(&rxbuf);
	rawbuf_free(&txbuf);
	rawdev_close(&rx_dev);
	rawdev_close(&tx_dev);
	return 0;
}
