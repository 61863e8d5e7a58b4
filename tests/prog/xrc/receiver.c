// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The processes that receive: orders to them, and what they answer.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "connect.h"
#include "xrc.h"

/* Objects of the receiver process. */
static struct ibv_context *ctx;
static struct ibv_xrcd *xrcd, *other_xrcd;
static struct ibv_pd *pd;
static struct ibv_cq *cq;
static struct ibv_srq *srq;
static struct ibv_qp *qp;
static struct ibv_mr *mr;
static uint8_t *buf;
static unsigned int posted;

/* Open the domain of @file, or without a file a domain that can't be shared. */
struct ibv_xrcd *open_domain(struct ibv_context *in, const char *file,
			     int flags)
{
	struct ibv_xrcd_init_attr attr = {
		.comp_mask = IBV_XRCD_INIT_ATTR_FD | IBV_XRCD_INIT_ATTR_OFLAGS,
		.fd = file ? open(file, O_RDONLY | O_CREAT, 0600) : -1,
		.oflags = flags,
	};
	struct ibv_xrcd *domain;
	int err;

	check(!file || attr.fd >= 0);
	errno = 0;
	domain = ibv_open_xrcd(in, &attr);
	err = errno;
	if (file)
		close(attr.fd);
	errno = err;

	return domain;
}

struct ibv_srq *new_srq(struct ibv_pd *of, struct ibv_xrcd *domain,
			struct ibv_cq *to)
{
	struct ibv_srq_init_attr_ex attr = {
		.attr = { .max_wr = SLOTS, .max_sge = 1 },
		.comp_mask = IBV_SRQ_INIT_ATTR_TYPE | IBV_SRQ_INIT_ATTR_PD |
			     IBV_SRQ_INIT_ATTR_XRCD | IBV_SRQ_INIT_ATTR_CQ,
		.srq_type = IBV_SRQT_XRC,
		.pd = of,
		.xrcd = domain,
		.cq = to,
	};

	return ibv_create_srq_ex(of->context, &attr);
}

struct ibv_qp *new_target(struct ibv_context *in, struct ibv_xrcd *domain)
{
	struct ibv_qp_init_attr_ex attr = {
		/* Both are ignored. */
		.cap = { .max_send_wr = ~0, .max_recv_wr = ~0 },
		.qp_type = IBV_QPT_XRC_RECV,
		.comp_mask = IBV_QP_INIT_ATTR_XRCD,
		.xrcd = domain,
	};

	return ibv_create_qp_ex(in, &attr);
}

static void connect_target(const struct order *o, int gid_index)
{
	const struct connection c = {
		.dgid = o->gid,
		.sgid_index = gid_index,
		.dest_qpn = o->qpn,
		.access = ACCESS,
		.rq_psn = PSN,
		.timeout = 14,
		.min_rnr_timer = 1,
		.rd_atomic = 8,
	};
	struct ibv_qp_attr attr = { .qp_state = IBV_QPS_RESET };

	check(!ibv_modify_qp(qp, &attr, IBV_QP_STATE));
	/* The QP does not send, but the state machine allows RTS. */
	qp_connect(qp, &c);
}

static void post(uint32_t n)
{
	for (; n; n--) {
		struct ibv_sge sge = sge_at(mr, posted % SLOTS * SLOT, SLOT);
		struct ibv_recv_wr *bad, wr = {
			.wr_id = posted++ % SLOTS,
			.sg_list = &sge,
			.num_sge = 1,
		};

		check(!ibv_post_srq_recv(srq, &wr, &bad));
	}
}

static void describe(struct answer *a)
{
	a->qpn = qp->qp_num;
	check(!ibv_get_srq_num(srq, &a->srqn));
	a->rkey = mr->rkey;
	a->addr = (uintptr_t)buf;
}

static struct answer obey(const struct order *o, int gid_index)
{
	struct ibv_qp_init_attr init;
	struct ibv_qp_attr attr;
	struct answer a = {};

	switch (o->op) {
	case OP_CONNECT:
		connect_target(o, gid_index);
		break;
	case OP_POST:
		post(o->n);
		break;
	case OP_WAIT:
		a.wc = wait_cq(cq);
		a.n = 1;
		break;
	case OP_POLL:
		a.n = ibv_poll_cq(cq, 1, &a.wc);
		break;
	case OP_READ:
		memcpy(&a.value, buf + o->n, sizeof(a.value));
		break;
	case OP_STATE:
		check(!ibv_query_qp(qp, &attr, IBV_QP_STATE, &init));
		a.n = attr.qp_state;
		break;
	case OP_NEW_SRQ:
		check(!ibv_destroy_srq(srq));
		srq = new_srq(pd, o->n ? other_xrcd : xrcd, cq);
		check(srq);
		posted = 0;
		break;
	case OP_EXIT:
		break;
	}
	describe(&a);

	return a;
}

/* Destroy the objects in order; all calls succeed. */
static void leave(struct ibv_mr *other_mr, struct ibv_pd *other_pd)
{
	check(!ibv_destroy_qp(qp) && !ibv_destroy_srq(srq));
	check(!ibv_destroy_cq(cq) && !ibv_dereg_mr(mr));
	check(!ibv_dereg_mr(other_mr) && !ibv_dealloc_pd(other_pd));
	check(!ibv_dealloc_pd(pd));
	check(!ibv_close_xrcd(xrcd) && !ibv_close_xrcd(other_xrcd));
	check(!ibv_close_device(ctx));
	exit(0);
}

static void receive(int sock, const char *dev, int gid_index, const char *file,
		    uint32_t qpn)
{
	struct ibv_qp_open_attr open_attr = {
		.comp_mask = IBV_QP_OPEN_ATTR_NUM | IBV_QP_OPEN_ATTR_XRCD |
			     IBV_QP_OPEN_ATTR_TYPE,
		.qp_type = IBV_QPT_XRC_RECV,
		.qp_num = qpn,
	};
	struct ibv_mr *other_mr;
	struct ibv_pd *other_pd;
	struct answer a = {};
	struct order o;

	ctx = device_open(dev);
	pd = ibv_alloc_pd(ctx);
	other_pd = ibv_alloc_pd(ctx);
	cq = ibv_create_cq(ctx, 64, NULL, NULL, 0);
	buf = calloc(1, SIZE);
	check(pd && other_pd && cq && buf);
	mr = ibv_reg_mr(pd, buf, SIZE, ACCESS);
	other_mr = ibv_reg_mr(other_pd, buf, SIZE, ACCESS);
	xrcd = open_domain(ctx, file, O_CREAT);
	other_xrcd = open_domain(ctx, NULL, O_CREAT);
	check(mr && other_mr && xrcd && other_xrcd);
	srq = new_srq(pd, xrcd, cq);
	check(srq);

	if (qpn) {
		open_attr.xrcd = other_xrcd;
		check(!ibv_open_qp(ctx, &open_attr) && errno == EINVAL);
		open_attr.xrcd = xrcd;
		open_attr.qp_num ^= 0x800000;
		check(!ibv_open_qp(ctx, &open_attr) && errno == EINVAL);
		open_attr.qp_num = qpn;
		qp = ibv_open_qp(ctx, &open_attr);
	} else {
		qp = new_target(ctx, xrcd);
	}
	check(qp);

	describe(&a);
	a.other_rkey = other_mr->rkey;
	check(write(sock, &a, sizeof(a)) == sizeof(a));
	while (read(sock, &o, sizeof(o)) == sizeof(o)) {
		a = obey(&o, gid_index);
		check(write(sock, &a, sizeof(a)) == sizeof(a));
		if (o.op == OP_EXIT)
			leave(other_mr, other_pd);
	}
	exit(1);
}

struct receiver receiver_start(const char *dev, int gid_index, const char *file,
			       uint32_t qpn)
{
	struct receiver r;
	int sock[2];

	check(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock));
	fflush(stdout);
	r.pid = fork();
	check(r.pid >= 0);
	if (!r.pid) {
		close(sock[0]);
		receive(sock[1], dev, gid_index, file, qpn);
	}
	close(sock[1]);
	r.sock = sock[0];
	check(read(r.sock, &r.is, sizeof(r.is)) == sizeof(r.is));

	return r;
}

static struct answer order(struct receiver *r, const struct order *o)
{
	struct answer a;

	check(write(r->sock, o, sizeof(*o)) == sizeof(*o));
	check(read(r->sock, &a, sizeof(a)) == sizeof(a));
	r->is.srqn = a.srqn;

	return a;
}

struct answer tell(struct receiver *r, enum op op, uint32_t n)
{
	const struct order o = { .op = op, .n = n };

	return order(r, &o);
}

void receiver_connect(struct receiver *r, uint32_t qpn,
		      const union ibv_gid *gid)
{
	const struct order o = { .op = OP_CONNECT, .qpn = qpn, .gid = *gid };

	order(r, &o);
}

void receiver_end(struct receiver *r)
{
	int status;

	tell(r, OP_EXIT, 0);
	check(waitpid(r->pid, &status, 0) == r->pid);
	check(WIFEXITED(status) && !WEXITSTATUS(status));
	close(r->sock);
}
