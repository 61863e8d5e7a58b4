// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * usage: xrc DEVICE1 GID_INDEX1 DEVICE2 GID_INDEX2 FILE
 *
 * One process sends by device 1 to two processes that share the receive QP of
 * device 2, in the XRC domain of FILE. Each of the two has its own SRQ and
 * memory.
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "connect.h"
#include "xrc.h"

#define TIMES	20	/* repetitions of an event while messages arrive */

static struct ibv_context *ctx;
static struct ibv_pd *pd;
static struct ibv_cq *cq;
static struct ibv_qp *qp;
static struct ibv_mr *mr;
static uint8_t *buf;
static union ibv_gid gid[2];
static int gid_index;
static const char *peer;	/* name of the receivers' device */

static uint64_t counter(const char *name)
{
	return device_counter(peer, name);
}

static void connect_sender(uint32_t dest)
{
	struct ibv_qp_init_attr_ex init = {
		.send_cq = cq,
		.cap = {
			.max_send_wr = SLOTS,
			.max_send_sge = 2,
			.max_recv_wr = SLOTS,	/* ignored */
			.max_inline_data = 64,
		},
		.qp_type = IBV_QPT_XRC_SEND,
		.sq_sig_all = 1,
		.comp_mask = IBV_QP_INIT_ATTR_PD |
			     IBV_QP_INIT_ATTR_SEND_OPS_FLAGS,
		.pd = pd,
		.send_ops_flags = IBV_QP_EX_WITH_SEND_WITH_IMM |
				  IBV_QP_EX_WITH_RDMA_READ |
				  IBV_QP_EX_WITH_LOCAL_INV,
	};
	const struct connection c = {
		.dgid = gid[1],
		.sgid_index = gid_index,
		.dest_qpn = dest,
		.sq_psn = PSN,
		.timeout = 12,
		.retry_cnt = 3,
		.rnr_retry = 7,
		.rd_atomic = 8,
	};

	if (qp)
		check(!ibv_destroy_qp(qp));
	qp = ibv_create_qp_ex(ctx, &init);
	check(qp && !init.cap.max_recv_wr);
	qp_connect(qp, &c);
}

static void connect(struct receiver *r)
{
	connect_sender(r->is.qpn);
	receiver_connect(r, qp->qp_num, &gid[0]);
}

/* Build a send request to a receiver. */
static struct ibv_send_wr request(const struct receiver *r,
				  enum ibv_wr_opcode opcode,
				  struct ibv_sge *sge, uint32_t at,
				  uint32_t length)
{
	*sge = sge_at(mr, at, length);
	return (struct ibv_send_wr) {
		.wr_id = opcode,
		.sg_list = sge,
		.num_sge = 1,
		.opcode = opcode,
		.imm_data = 0x12345678,
		.wr.rdma = { r->is.addr, r->is.rkey },
		.qp_type.xrc.remote_srqn = r->is.srqn,
	};
}

static void post(struct ibv_send_wr *wr)
{
	struct ibv_send_wr *bad;

	check(!ibv_post_send(qp, wr, &bad));
}

static void expect(enum ibv_wr_opcode opcode, enum ibv_wc_status status)
{
	check(expect_cq(cq, opcode, status).qp_num == qp->qp_num);
}

static void transfer(const struct receiver *r, enum ibv_wr_opcode opcode,
		     uint32_t at, uint32_t length, enum ibv_wc_status status)
{
	struct ibv_sge sge;
	struct ibv_send_wr wr = request(r, opcode, &sge, at, length);

	post(&wr);
	expect(opcode, status);
}

/* Check that a message arrived at @r, and not at @other. */
static void arrived(struct receiver *r, struct receiver *other,
		    enum ibv_wc_opcode opcode, uint32_t slot, uint32_t length)
{
	struct answer a = tell(r, OP_WAIT, 0);

	check(a.wc.status == IBV_WC_SUCCESS && a.wc.opcode == opcode);
	check(a.wc.wr_id == slot && a.wc.byte_len == length);
	check(a.wc.qp_num == r->is.qpn && !a.wc.src_qp);
	check(!other || !tell(other, OP_POLL, 0).n);
}

static uint64_t word(uint32_t at)
{
	uint64_t value;

	memcpy(&value, buf + at, sizeof(value));
	return value;
}

static void operations(struct receiver *a, struct receiver *b)
{
	struct ibv_qp_ex *ex = ibv_qp_to_qp_ex(qp);
	struct ibv_send_wr wr[SLOTS];
	struct ibv_sge sge[SLOTS];
	int i;

	tell(a, OP_POST, 8);
	tell(b, OP_POST, 8);

	/*
	 * A message of several packets to one receiver, one packet to the
	 * other.
	 */
	transfer(a, IBV_WR_SEND, 0, 3000, IBV_WC_SUCCESS);
	arrived(a, b, IBV_WC_RECV, 0, 3000);
	check(tell(a, OP_READ, 2992).value == word(2992));
	transfer(b, IBV_WR_SEND, 4096, 100, IBV_WC_SUCCESS);
	arrived(b, a, IBV_WC_RECV, 0, 100);
	check(tell(b, OP_READ, 0).value == word(4096));
	transfer(b, IBV_WR_SEND, 0, 0, IBV_WC_SUCCESS);
	arrived(b, a, IBV_WC_RECV, 1, 0);

	ibv_wr_start(ex);
	ex->wr_id = IBV_WR_SEND_WITH_IMM;
	ibv_wr_send_imm(ex, 0x11);
	ibv_wr_set_xrc_srqn(ex, a->is.srqn);
	ibv_wr_set_inline_data(ex, buf + 8, 64);
	check(!ibv_wr_complete(ex));
	expect(IBV_WR_SEND_WITH_IMM, IBV_WC_SUCCESS);
	arrived(a, b, IBV_WC_RECV, 1, 64);
	check(tell(a, OP_READ, SLOT).value == word(8));

	/* Writes and reads of the memory of the named receiver. */
	transfer(b, IBV_WR_RDMA_WRITE, 16, 2500, IBV_WC_SUCCESS);
	check(tell(b, OP_READ, 2492).value == word(16 + 2492));
	transfer(b, IBV_WR_RDMA_WRITE_WITH_IMM, 32, 2500, IBV_WC_SUCCESS);
	arrived(b, a, IBV_WC_RECV_RDMA_WITH_IMM, 2, 2500);
	check(tell(b, OP_READ, 0).value == word(32));
	for (i = 0; i < 8; i++) {
		wr[i] = request(i & 1 ? b : a, IBV_WR_RDMA_READ, &sge[i],
				i * 4096, 2100);
		wr[i].next = i < 7 ? &wr[i + 1] : NULL;
	}
	post(wr);
	for (i = 0; i < 8; i++) {
		expect(IBV_WR_RDMA_READ, IBV_WC_SUCCESS);
		check(word(i * 4096) ==
		      tell(i & 1 ? b : a, OP_READ, 0).value);
		check(word(i * 4096 + 2088) ==
		      tell(i & 1 ? b : a, OP_READ, 2088).value);
	}
	wr[0] = request(b, IBV_WR_ATOMIC_FETCH_AND_ADD, &sge[0], 0, 8);
	wr[0].wr.atomic.remote_addr = b->is.addr;
	wr[0].wr.atomic.rkey = b->is.rkey;
	wr[0].wr.atomic.compare_add = 5;
	post(wr);
	expect(IBV_WR_ATOMIC_FETCH_AND_ADD, IBV_WC_SUCCESS);
	check(tell(b, OP_READ, 0).value == word(0) + 5);

	/* XRC send QPs have local operations, which take no SRQ number. */
	ibv_wr_start(ex);
	ibv_wr_local_inv(ex, 0x77);
	ibv_wr_set_xrc_srqn(ex, 1);
	check(ibv_wr_complete(ex) == EINVAL);

	/* Each receiver gets its own messages, in order. */
	tell(a, OP_POST, 2);
	tell(b, OP_POST, 3);
	for (i = 0; i < SLOTS; i++) {
		wr[i] = request(i & 1 ? b : a, IBV_WR_SEND, &sge[i], 0,
				1000 + i * 100);
		wr[i].next = i < SLOTS - 1 ? &wr[i + 1] : NULL;
	}
	post(wr);
	for (i = 0; i < SLOTS; i++) {
		expect(IBV_WR_SEND, IBV_WC_SUCCESS);
		arrived(i & 1 ? b : a, NULL, IBV_WC_RECV,
			(i & 1 ? 3 : 2) + i / 2, 1000 + i * 100);
	}
	done("messages, writes, reads and atomics reach their receiver");
}

/*
 * A message waits until a receive is posted; the messages to the other receiver
 * follow then.
 */
static void not_ready(struct receiver *a, struct receiver *b)
{
	uint64_t before = counter("rx_rnr");
	struct ibv_send_wr wr[2];
	struct ibv_sge sge[2];

	wr[0] = request(a, IBV_WR_SEND, &sge[0], 0, 2000);
	wr[1] = request(b, IBV_WR_SEND, &sge[1], 0, 2000);
	wr[0].next = &wr[1];
	post(wr);
	while (counter("rx_rnr") == before)
		;
	tell(b, OP_POST, 1);
	check(!tell(b, OP_POLL, 0).n);
	tell(a, OP_POST, 1);
	expect(IBV_WR_SEND, IBV_WC_SUCCESS);
	expect(IBV_WR_SEND, IBV_WC_SUCCESS);
	arrived(a, NULL, IBV_WC_RECV, 10, 2000);
	arrived(b, NULL, IBV_WC_RECV, 11, 2000);
	done("a message waits for a receive");
}

/* A request that the receiver refuses, which ends the connection. */
static void denied(struct receiver *r, const struct receiver *named,
		   enum ibv_wr_opcode opcode, const char *text)
{
	uint64_t before = counter("resp_remote_access_errors");

	connect(r);
	tell(r, OP_POST, 1);
	transfer(named, opcode, 0, 2000, IBV_WC_REM_ACCESS_ERR);
	check(counter("resp_remote_access_errors") == before + 1);
	check(tell(r, OP_STATE, 0).n == IBV_QPS_ERR);
	check(!tell(r, OP_POLL, 0).n);
	tell(r, OP_NEW_SRQ, 0);
	done(text);
}

static void refusals(struct receiver *r)
{
	struct receiver named;

	named = *r;
	named.is.srqn ^= 0x800000;
	denied(r, &named, IBV_WR_SEND, "to a queue that there is not");
	named = *r;
	named.is.srqn = r->is.qpn;
	denied(r, &named, IBV_WR_RDMA_WRITE, "to the number of a queue pair");
	named = *r;
	named.is.srqn = 0xffffff;
	denied(r, &named, IBV_WR_RDMA_READ, "the same, to be read");
	named = *r;
	named.is.rkey = r->is.other_rkey;
	denied(r, &named, IBV_WR_RDMA_WRITE, "memory of another PD");
	named = *r;
	named.is.rkey = r->is.other_rkey;
	denied(r, &named, IBV_WR_RDMA_READ, "the same, to be read");
	tell(r, OP_NEW_SRQ, 1);
	named = *r;
	denied(r, &named, IBV_WR_SEND, "to a queue of another domain");

	/* A number of more than 24 bits fails locally. */
	connect(r);
	named = *r;
	named.is.srqn |= 0x1000000;
	transfer(&named, IBV_WR_SEND, 0, 100, IBV_WC_LOC_QP_OP_ERR);
	done("a wrong SRQ number fails");
}

/* Send to a receiver until the connection ends. */
static void *flood(void *arg)
{
	const struct receiver *r = arg;
	struct ibv_send_wr wr;
	struct ibv_sge sge;
	struct ibv_wc wc;
	int i;

	for (i = 0;; i++) {
		wr = request(r, i < SLOTS ? IBV_WR_SEND : IBV_WR_RDMA_WRITE,
			     &sge, 0, SLOT);
		post(&wr);
		wc = wait_cq(cq);
		if (wc.status != IBV_WC_SUCCESS)
			break;
	}
	check(wc.status == IBV_WC_REM_ACCESS_ERR);

	return NULL;
}

/* Destroy the SRQ while messages of many packets arrive. */
static void queue_goes(struct receiver *r)
{
	struct receiver was;
	pthread_t thread;
	int n;

	for (n = 0; n < TIMES; n++) {
		connect(r);
		tell(r, OP_POST, SLOTS);
		was = *r;
		check(!pthread_create(&thread, NULL, flood, &was));
		usleep(n * 300);
		/* The new SRQ may get the number of the old one. */
		tell(r, OP_NEW_SRQ, 1);
		check(!pthread_join(thread, NULL));
		/* No completion of the old SRQ is left. */
		tell(r, OP_NEW_SRQ, 0);
		connect(r);
		check(!tell(r, OP_POLL, 0).n);
		tell(r, OP_POST, 1);
		transfer(r, IBV_WR_SEND, 0, SLOT, IBV_WC_SUCCESS);
		arrived(r, NULL, IBV_WC_RECV, 0, SLOT);
		tell(r, OP_NEW_SRQ, 0);
	}
	done("an SRQ is destroyed while messages arrive");
}

int main(int argc, char **argv)
{
	struct receiver a, b, gone;
	struct ibv_context *peer_ctx;
	int status, i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 6) {
		fprintf(stderr, "usage: xrc DEV GID DEV GID FILE\n");
		return 2;
	}
	peer = argv[3];
	gid_index = atoi(argv[2]);
	check_refused(argv[3], argv[5]);

	a = receiver_start(peer, atoi(argv[4]), argv[5], 0);
	b = receiver_start(peer, atoi(argv[4]), argv[5], a.is.qpn);
	check(a.is.qpn == b.is.qpn && a.is.srqn != b.is.srqn);

	ctx = device_open(argv[1]);
	peer_ctx = device_open(peer);
	check(!ibv_query_gid(ctx, 1, gid_index, &gid[0]));
	check(!ibv_query_gid(peer_ctx, 1, atoi(argv[4]), &gid[1]));
	check(!ibv_close_device(peer_ctx));
	pd = ibv_alloc_pd(ctx);
	cq = ibv_create_cq(ctx, 64, NULL, NULL, 0);
	buf = malloc(SIZE);
	check(pd && cq && buf);
	for (i = 0; i < SIZE; i++)
		buf[i] = i ^ i >> 8;
	mr = ibv_reg_mr(pd, buf, SIZE, ACCESS);
	check(mr);

	connect(&a);
	operations(&a, &b);
	not_ready(&a, &b);

	/* The process that created the QP ends; the other one keeps it open. */
	check(!kill(a.pid, SIGKILL));
	check(waitpid(a.pid, &status, 0) == a.pid);
	close(a.sock);
	tell(&b, OP_POST, 1);
	transfer(&b, IBV_WR_SEND, 0, 3000, IBV_WC_SUCCESS);
	arrived(&b, NULL, IBV_WC_RECV, 12, 3000);
	done("the queue pair outlives the process that created it");
	gone = b;
	gone.is.srqn = a.is.srqn;
	denied(&b, &gone, IBV_WR_SEND, "to the queue of one that was killed");

	refusals(&b);
	queue_goes(&b);

	/* No process has the QP open any more. */
	connect(&b);
	receiver_end(&b);
	transfer(&b, IBV_WR_SEND, 0, 3000, IBV_WC_RETRY_EXC_ERR);
	done("the queue pair goes with its last process");

	check(!ibv_destroy_qp(qp) && !ibv_dereg_mr(mr));
	check(!ibv_destroy_cq(cq) && !ibv_dealloc_pd(pd));
	check(!ibv_close_device(ctx));
	done("XRC works");

	return 0;
}
