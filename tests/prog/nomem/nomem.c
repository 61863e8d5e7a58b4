// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Create, use and destroy one of each object that a device has. Objects that
 * can't be created for lack of memory are left out.
 *
 * usage: nomem DEVICE GID_INDEX WHAT
 *
 * WHAT is "raw": CQs, raw packet queue pairs, work queues, flows, counters; or
 * "roce": address handles, shared receive queues, windows, XRC and the other
 * queue pairs. The exit status is 0 if all objects were created, else 3.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <infiniband/verbs.h>

#include "connect.h"

#define SIZE	65536

static struct ibv_context *ctx;
static struct ibv_pd *pd;
static struct ibv_cq *cq;
static struct ibv_mr *mr;
static uint8_t buf[SIZE] __attribute__((aligned(4096)));
static union ibv_gid gid;
static int gid_index;
static bool missing;

static void miss(int line)
{
	missing = true;
	fprintf(stderr, "line %d: %s\n", line, strerror(errno));
}

/* Evaluates to @object; notes if it is NULL. */
#define made(object) ({				\
	__typeof__(object) __o = (object);	\
	if (!__o)				\
		miss(__LINE__);			\
	__o;					\
})

#define done(ret) do { if (ret) miss(__LINE__); } while (0)

static struct ibv_qp *create_qp(enum ibv_qp_type type, struct ibv_srq *srq)
{
	struct ibv_qp_init_attr init = {
		.send_cq = cq,
		.recv_cq = cq,
		.srq = srq,
		.cap = { 32, 32, 2, 2, 64 },
		.qp_type = type,
	};

	return made(ibv_create_qp(pd, &init));
}

/* Bring the QP to RTS, send a message, and reset the QP. */
static void use_qp(struct ibv_qp *qp, struct ibv_ah *ah)
{
	const struct connection c = {
		.dgid = gid,
		.sgid_index = gid_index,
		.dest_qpn = qp->qp_num,
		.qkey = 1,
		.timeout = 14,
		.retry_cnt = 7,
		.rnr_retry = 7,
		.min_rnr_timer = 1,
		.rd_atomic = 1,
	};
	struct ibv_qp_attr attr = { .qp_state = IBV_QPS_RESET };
	struct ibv_sge sge = {
		.addr = (uintptr_t)buf, .length = 64,
		.lkey = mr ? mr->lkey : 0,
	};
	struct ibv_send_wr wr = {
		.sg_list = &sge, .num_sge = 1, .opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED,
	}, *bad;

	if (ah) {
		wr.wr.ud.ah = ah;
		wr.wr.ud.remote_qpn = qp->qp_num;
		wr.wr.ud.remote_qkey = 1;
	}
	if (!qp_to_init(qp, &c) && !qp_to_rtr(qp, &c) && !qp_to_rts(qp, &c))
		done(ibv_post_send(qp, &wr, &bad));
	else
		miss(__LINE__);
	done(ibv_modify_qp(qp, &attr, IBV_QP_STATE));
}

/* Create a flow to the QP that counts its frames. */
static void use_flow(struct ibv_qp *qp)
{
	/* Specifications follow each other without a gap. */
	struct {
		struct ibv_flow_attr		attr;
		struct ibv_flow_spec_eth	eth;
		struct ibv_flow_spec_counter_action count;
	} __attribute__((packed, aligned(8))) spec = {
		.attr = {
			.type = IBV_FLOW_ATTR_NORMAL,
			.size = sizeof(spec),
			.num_of_specs = 2,
			.port = 1,
		},
		.eth = {
			.type = IBV_FLOW_SPEC_ETH,
			.size = sizeof(spec.eth),
			.val.dst_mac = { 2, 0, 0, 0, 9, 9 },
			.mask.dst_mac = { 255, 255, 255, 255, 255, 255 },
		},
		.count = {
			.type = IBV_FLOW_SPEC_ACTION_COUNT,
			.size = sizeof(spec.count),
		},
	};
	struct ibv_counter_attach_attr attach = {
		.counter_desc = IBV_COUNTER_PACKETS,
	};
	struct ibv_counters_init_attr init = {};
	struct ibv_counters *counters;
	struct ibv_flow *flow;
	uint64_t value;

	counters = made(ibv_create_counters(ctx, &init));
	if (!counters)
		return;
	done(ibv_attach_counters_point_flow(counters, &attach, NULL));
	spec.count.counters = counters;
	flow = made(ibv_create_flow(qp, &spec.attr));
	if (flow) {
		done(ibv_read_counters(counters, &value, 1, 0));
		done(ibv_destroy_flow(flow));
	}
	done(ibv_destroy_counters(counters));
}

/* Create work queues, a table of them, and an RSS QP. */
static void use_rss(void)
{
	struct ibv_wq_init_attr wq_init = {
		.wq_type = IBV_WQT_RQ, .max_wr = 32, .max_sge = 1,
		.pd = pd, .cq = cq,
		.comp_mask = IBV_WQ_INIT_ATTR_FLAGS,
		.create_flags = IBV_WQ_FLAGS_DELAY_DROP,
	};
	struct ibv_wq_attr ready = {
		.attr_mask = IBV_WQ_ATTR_STATE, .wq_state = IBV_WQS_RDY,
	};
	struct ibv_rwq_ind_table_init_attr tbl_init = { .log_ind_tbl_size = 1 };
	struct ibv_rwq_ind_table *tbl = NULL;
	uint8_t key[40] = { 1 };
	struct ibv_qp_init_attr_ex init = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.pd = pd,
		.comp_mask = IBV_QP_INIT_ATTR_PD | IBV_QP_INIT_ATTR_IND_TABLE |
			     IBV_QP_INIT_ATTR_RX_HASH,
		.rx_hash_conf = {
			.rx_hash_function = IBV_RX_HASH_FUNC_TOEPLITZ,
			.rx_hash_key_len = sizeof(key),
			.rx_hash_key = key,
			.rx_hash_fields_mask = IBV_RX_HASH_SRC_IPV4,
		},
	};
	struct ibv_wq *wqs[2] = {};
	struct ibv_qp *qp;
	int i;

	for (i = 0; i < 2; i++) {
		wqs[i] = made(ibv_create_wq(ctx, &wq_init));
		if (wqs[i])
			done(ibv_modify_wq(wqs[i], &ready));
	}
	tbl_init.ind_tbl = wqs;
	if (wqs[0] && wqs[1])
		tbl = made(ibv_create_rwq_ind_table(ctx, &tbl_init));
	if (tbl) {
		init.rwq_ind_tbl = tbl;
		qp = made(ibv_create_qp_ex(ctx, &init));
		if (qp) {
			use_flow(qp);
			done(ibv_destroy_qp(qp));
		}
		done(ibv_destroy_rwq_ind_table(tbl));
	}
	for (i = 0; i < 2; i++)
		if (wqs[i])
			done(ibv_destroy_wq(wqs[i]));
}

static void raw(void)
{
	struct ibv_cq_init_attr_ex ex_init = {
		.cqe = 64,
		.wc_flags = IBV_WC_STANDARD_FLAGS |
			    IBV_WC_EX_WITH_COMPLETION_TIMESTAMP,
	};
	struct ibv_modify_cq_attr moderate = {
		.attr_mask = IBV_CQ_ATTR_MODERATE,
		.moderate = { .cq_count = 4, .cq_period = 100 },
	};
	struct ibv_comp_channel *channel;
	struct ibv_cq_ex *ex;
	struct ibv_qp *qp;

	ex = made(ibv_create_cq_ex(ctx, &ex_init));
	if (ex)
		done(ibv_destroy_cq(ibv_cq_ex_to_cq(ex)));
	channel = made(ibv_create_comp_channel(ctx));
	if (channel) {
		struct ibv_cq *other;

		other = made(ibv_create_cq(ctx, 16, NULL, channel, 0));
		if (other) {
			done(ibv_modify_cq(other, &moderate));
			done(ibv_resize_cq(other, 200));
			done(ibv_destroy_cq(other));
		}
		done(ibv_destroy_comp_channel(channel));
	}
	qp = create_qp(IBV_QPT_RAW_PACKET, NULL);
	if (qp) {
		use_flow(qp);
		use_qp(qp, NULL);
		done(ibv_destroy_qp(qp));
	}
	use_rss();
}

static void use_xrc(void)
{
	struct ibv_xrcd_init_attr attr = {
		.comp_mask = IBV_XRCD_INIT_ATTR_FD | IBV_XRCD_INIT_ATTR_OFLAGS,
		.fd = -1, .oflags = O_CREAT,
	};
	struct ibv_srq_init_attr_ex srq_init = {
		.attr = { .max_wr = 16, .max_sge = 1 },
		.comp_mask = IBV_SRQ_INIT_ATTR_TYPE | IBV_SRQ_INIT_ATTR_XRCD |
			     IBV_SRQ_INIT_ATTR_CQ | IBV_SRQ_INIT_ATTR_PD,
		.srq_type = IBV_SRQT_XRC,
		.pd = pd, .cq = cq,
	};
	struct ibv_qp_init_attr_ex ini = {
		.qp_type = IBV_QPT_XRC_SEND,
		.send_cq = cq,
		.cap = { .max_send_wr = 16, .max_send_sge = 1 },
		.comp_mask = IBV_QP_INIT_ATTR_PD,
		.pd = pd,
	}, tgt = {
		.qp_type = IBV_QPT_XRC_RECV,
		.comp_mask = IBV_QP_INIT_ATTR_XRCD,
	};
	struct ibv_xrcd *xrcd;
	struct ibv_srq *srq;
	struct ibv_qp *qp;

	xrcd = made(ibv_open_xrcd(ctx, &attr));
	if (!xrcd)
		return;
	srq_init.xrcd = xrcd;
	tgt.xrcd = xrcd;
	srq = made(ibv_create_srq_ex(ctx, &srq_init));
	if (srq)
		done(ibv_destroy_srq(srq));
	qp = made(ibv_create_qp_ex(ctx, &ini));
	if (qp)
		done(ibv_destroy_qp(qp));
	qp = made(ibv_create_qp_ex(ctx, &tgt));
	if (qp)
		done(ibv_destroy_qp(qp));
	done(ibv_close_xrcd(xrcd));
}

static void use_window(enum ibv_mw_type type)
{
	struct ibv_mw *mw = made(ibv_alloc_mw(pd, type));

	if (mw)
		done(ibv_dealloc_mw(mw));
}

static void roce(void)
{
	static const enum ibv_qp_type types[] = {
		IBV_QPT_RC, IBV_QPT_UC, IBV_QPT_UD,
	};
	struct ibv_ah_attr ah_attr = {
		.is_global = 1,
		.port_num = 1,
		.grh = { .sgid_index = gid_index, .hop_limit = 4 },
	};
	struct ibv_srq_init_attr srq_init = { .attr = { 16, 1, 0 } };
	union ibv_gid group = { .raw = { 0xff, 0x0e, [15] = 9 } };
	struct ibv_srq *srq;
	struct ibv_ah *ah;
	struct ibv_qp *qp;
	unsigned int i;

	ah_attr.grh.dgid = gid;
	ah = made(ibv_create_ah(pd, &ah_attr));
	srq = made(ibv_create_srq(pd, &srq_init));
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		qp = create_qp(types[i], NULL);
		if (!qp)
			continue;
		if (types[i] == IBV_QPT_UD) {
			if (!ibv_attach_mcast(qp, &group, 0))
				done(ibv_detach_mcast(qp, &group, 0));
			else
				miss(__LINE__);
			if (ah)
				use_qp(qp, ah);
		} else {
			use_qp(qp, NULL);
		}
		done(ibv_destroy_qp(qp));
	}
	if (srq) {
		qp = create_qp(IBV_QPT_RC, srq);
		if (qp)
			done(ibv_destroy_qp(qp));
		done(ibv_destroy_srq(srq));
	}
	if (ah)
		done(ibv_destroy_ah(ah));
	use_window(IBV_MW_TYPE_1);
	use_window(IBV_MW_TYPE_2);
	use_xrc();
}

static void device(const char *what)
{
	int access = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_READ;

	pd = made(ibv_alloc_pd(ctx));
	if (!pd)
		return;
	cq = made(ibv_create_cq(ctx, 64, NULL, NULL, 0));
	mr = made(ibv_reg_mr(pd, buf, SIZE, access));
	if (mr)
		done(ibv_rereg_mr(mr, IBV_REREG_MR_CHANGE_ACCESS, pd, NULL, 0,
				  access | IBV_ACCESS_REMOTE_WRITE));
	if (cq && !strcmp(what, "raw"))
		raw();
	else if (cq)
		roce();
	if (mr)
		done(ibv_dereg_mr(mr));
	if (cq)
		done(ibv_destroy_cq(cq));
	/* Closing the file destroys all remaining objects. */
	done(ibv_dealloc_pd(pd));
}

int main(int argc, char **argv)
{
	struct ibv_device **list;
	int i;

	if (argc != 4) {
		fprintf(stderr, "usage: nomem DEVICE GID_INDEX raw|roce\n");
		return 2;
	}
	gid_index = atoi(argv[2]);
	/* Touch the pages, so that no page fault allocates them later. */
	memset(buf, 1, sizeof(buf));
	list = ibv_get_device_list(NULL);
	for (i = 0; list && list[i]; i++)
		if (!strcmp(ibv_get_device_name(list[i]), argv[1]))
			ctx = made(ibv_open_device(list[i]));
	if (ctx) {
		done(ibv_query_gid(ctx, 1, gid_index, &gid));
		device(argv[3]);
		done(ibv_close_device(ctx));
	} else {
		miss(__LINE__);
	}
	if (list)
		ibv_free_device_list(list);

	return missing ? 3 : 0;
}
