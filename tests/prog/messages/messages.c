// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * messages - the time that a RoCEv2 message takes between two devices, on one
 * CPU.
 *
 * One thread posts all requests and polls for all completions, so the time of a
 * round is the time for its messages. The program measures N rounds and then
 * twice as many; the difference leaves out what is done once.
 */
#include <getopt.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "check.h"
#include "connect.h"
#include "device.h"
#include "die.h"
#include "mark.h"
#include "post.h"

#define MAX_BATCH	64
#define GRH		40	/* bytes in front of a received datagram */
#define QKEY		0x11111111
#define ACCESS							\
	(IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE |	\
	 IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_ATOMIC)

static const char usage[] =
"usage: messages [options] OPERATION DEVICE GID-INDEX DEVICE GID-INDEX\n"
"\n"
"Sends messages from the first device to the second one, and prints the\n"
"nanoseconds that one takes, from the posting of its requests until all of its\n"
"completions are polled. OPERATION is\n"
"\n"
"  send    RC sends\n"
"  uc      UC sends\n"
"  ud      UD sends\n"
"  write   RC writes\n"
"  ucwrite UC writes with immediate data, of which the receiver hears\n"
"  read    RC reads\n"
"  add     RC fetch and add, of 8 bytes\n"
"  pong    RC sends to and fro; a message is a round trip\n"
"\n"
"  -b, --batch N    messages that are posted together (32)\n"
"  -n, --rounds N   how often: N times, and 2 N times (1000)\n"
"  -l, --length N   bytes of a message (64)\n";

static const struct option options[] = {
	{ "batch", required_argument, NULL, 'b' },
	{ "rounds", required_argument, NULL, 'n' },
	{ "length", required_argument, NULL, 'l' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

/* One of the two ends. */
struct end {
	const char		*name;
	int			gid_index;
	struct ibv_context	*ctx;
	struct ibv_pd		*pd;
	struct ibv_cq		*scq, *rcq;
	struct ibv_qp		*qp;
	struct ibv_mr		*mr;
	struct ibv_send_wr	send_wr[MAX_BATCH];
	struct ibv_recv_wr	recv_wr[MAX_BATCH];
	struct ibv_sge		send_sge[MAX_BATCH], recv_sge[MAX_BATCH];
};

static struct end end[2];
static uint32_t batch = 32, rounds = 1000, length = 64;
static enum ibv_qp_type type = IBV_QPT_RC;
static bool pong, receives;
static enum ibv_wr_opcode opcode = IBV_WR_SEND;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void operation(const char *name)
{
	if (!strcmp(name, "write"))
		opcode = IBV_WR_RDMA_WRITE;
	else if (!strcmp(name, "ucwrite"))
		opcode = IBV_WR_RDMA_WRITE_WITH_IMM;
	else if (!strcmp(name, "read"))
		opcode = IBV_WR_RDMA_READ;
	else if (!strcmp(name, "add"))
		opcode = IBV_WR_ATOMIC_FETCH_AND_ADD;
	else if (!strcmp(name, "pong"))
		pong = true;
	else if (strcmp(name, "send") && strcmp(name, "uc") && strcmp(name, "ud"))
		die("no operation '%s'", name);
	if (!strcmp(name, "ud"))
		type = IBV_QPT_UD;
	else if (!strncmp(name, "uc", 2))
		type = IBV_QPT_UC;
	receives = opcode == IBV_WR_SEND || opcode == IBV_WR_RDMA_WRITE_WITH_IMM;
	if (opcode == IBV_WR_ATOMIC_FETCH_AND_ADD)
		length = sizeof(uint64_t);
	if (pong)
		batch = 1;
}

static void end_open(struct end *e)
{
	/* Room for messages that are sent, and for others that are received. */
	size_t size = 2 * (size_t)batch * (length + GRH);
	struct ibv_qp_init_attr init = {
		.cap = {
			.max_send_wr = batch,
			.max_recv_wr = batch,
			.max_send_sge = 1,
			.max_recv_sge = 1,
		},
		.qp_type = type,
	};
	void *buf;

	e->ctx = device_open(e->name);
	e->pd = ibv_alloc_pd(e->ctx);
	check(e->pd);
	e->scq = ibv_create_cq(e->ctx, batch, NULL, NULL, 0);
	e->rcq = ibv_create_cq(e->ctx, batch, NULL, NULL, 0);
	check(e->scq && e->rcq);
	buf = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	check(buf != MAP_FAILED);
	e->mr = ibv_reg_mr(e->pd, buf, size, ACCESS);
	check(e->mr);
	init.send_cq = e->scq;
	init.recv_cq = e->rcq;
	e->qp = ibv_create_qp(e->pd, &init);
	check(e->qp);
}

static void end_connect(struct end *e, const struct end *peer)
{
	struct connection c = {
		.sgid_index = e->gid_index,
		.dest_qpn = peer->qp->qp_num,
		.qkey = QKEY,
		.access = ACCESS,
		.timeout = 14,
		.retry_cnt = 7,
		.rnr_retry = 7,
		.min_rnr_timer = 12,
		.rd_atomic = 16,
	};

	check(!ibv_query_gid(peer->ctx, 1, peer->gid_index, &c.dgid));
	qp_connect(e->qp, &c);
}

static void end_build(struct end *e, const struct end *peer)
{
	size_t middle = (size_t)batch * (length + GRH);
	struct ibv_ah *ah = NULL;
	struct ibv_ah_attr attr;
	union ibv_gid dgid;
	uint32_t i;

	if (type == IBV_QPT_UD) {
		check(!ibv_query_gid(peer->ctx, 1, peer->gid_index, &dgid));
		attr = path_to(&dgid, e->gid_index);
		ah = ibv_create_ah(e->pd, &attr);
		check(ah);
	}
	for (i = 0; i < batch; i++) {
		struct ibv_send_wr *wr = &e->send_wr[i];
		size_t at = (size_t)i * (length + GRH);

		e->send_sge[i] = sge_at(e->mr, at, length);
		wr->sg_list = &e->send_sge[i];
		wr->num_sge = 1;
		wr->opcode = opcode;
		wr->next = i + 1 < batch ? wr + 1 : NULL;
		if (type == IBV_QPT_UD) {
			wr->wr.ud.ah = ah;
			wr->wr.ud.remote_qpn = peer->qp->qp_num;
			wr->wr.ud.remote_qkey = QKEY;
		} else if (opcode == IBV_WR_ATOMIC_FETCH_AND_ADD) {
			wr->wr.atomic.remote_addr = (uintptr_t)peer->mr->addr +
						    middle + at;
			wr->wr.atomic.rkey = peer->mr->rkey;
			wr->wr.atomic.compare_add = 1;
		} else if (opcode != IBV_WR_SEND) {
			wr->wr.rdma.remote_addr = (uintptr_t)peer->mr->addr +
						  middle + at;
			wr->wr.rdma.rkey = peer->mr->rkey;
		}
		e->recv_sge[i] = sge_at(e->mr, middle + at,
					length + (type == IBV_QPT_UD ? GRH : 0));
		e->recv_wr[i].sg_list = &e->recv_sge[i];
		e->recv_wr[i].num_sge = 1;
		e->recv_wr[i].next = i + 1 < batch ? &e->recv_wr[i + 1] : NULL;
	}
	e->send_wr[batch - 1].send_flags = IBV_SEND_SIGNALED;
}

/* Wait for @n completions. */
static void poll_for(struct ibv_cq *cq, uint32_t n)
{
	struct ibv_wc wc[32];
	int i, got;

	while (n) {
		got = ibv_poll_cq(cq, n < 32 ? n : 32, wc);
		if (got < 0)
			die("ibv_poll_cq: %d", got);
		for (i = 0; i < got; i++)
			if (wc[i].status != IBV_WC_SUCCESS)
				die("%s", ibv_wc_status_str(wc[i].status));
		n -= got;
		if (!got)
			sched_yield();
	}
}

static void post_recv(struct end *e)
{
	struct ibv_recv_wr *bad;

	check(!ibv_post_recv(e->qp, e->recv_wr, &bad));
}

static void post_send(struct end *e)
{
	struct ibv_send_wr *bad;

	check(!ibv_post_send(e->qp, e->send_wr, &bad));
}

/* Returns the time of @n rounds. */
static uint64_t run(uint32_t n)
{
	uint64_t start = now_ns();

	while (n--) {
		if (receives)
			post_recv(&end[1]);
		if (pong)
			post_recv(&end[0]);
		post_send(&end[0]);
		if (receives)
			poll_for(end[1].rcq, batch);
		if (pong) {
			post_send(&end[1]);
			poll_for(end[0].rcq, 1);
			poll_for(end[1].scq, 1);
		}
		poll_for(end[0].scq, 1);
	}
	return now_ns() - start;
}

int main(int argc, char **argv)
{
	uint64_t once, twice;
	int opt, i;

	while ((opt = getopt_long(argc, argv, "b:n:l:h", options, NULL)) != -1) {
		switch (opt) {
		case 'b':
			batch = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			rounds = strtoul(optarg, NULL, 0);
			break;
		case 'l':
			length = strtoul(optarg, NULL, 0);
			break;
		default:
			fputs(usage, opt == 'h' ? stdout : stderr);
			return opt == 'h' ? 0 : 2;
		}
	}
	if (argc - optind != 5 || !batch || batch > MAX_BATCH || !rounds ||
	    !length) {
		fputs(usage, stderr);
		return 2;
	}

	operation(argv[optind]);
	for (i = 0; i < 2; i++) {
		end[i].name = argv[optind + 1 + 2 * i];
		end[i].gid_index = atoi(argv[optind + 2 + 2 * i]);
		end_open(&end[i]);
	}
	for (i = 0; i < 2; i++)
		end_connect(&end[i], &end[!i]);
	for (i = 0; i < 2; i++)
		end_build(&end[i], &end[!i]);
	run(rounds / 10 + 1);
	once = run(rounds);
	twice = run(2 * rounds);
	if (mark_wanted()) {
		mark_begin();
		run(rounds);
		mark_end((uint64_t)rounds * batch);
	}
	printf("%.1f\n", ((double)twice - once) / rounds / batch);
	return 0;
}
