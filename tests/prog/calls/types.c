// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The calls, with arguments that the kernel would accept.
 */
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_verbs.h>
#include <rdma/mfraw-abi.h>
#include <rdma/rdma_user_ioctl_cmds.h>

#include "calls.h"

/* The core's part of a command, and the driver's. */
#define WITH(core_type, drv_type)					\
	struct { struct core_type core; struct drv_type drv; }

static const struct ib_uverbs_query_port query_port = { .port_num = 1 };
static const struct ib_uverbs_reg_mr reg_mr = {
	.length = MEMORY, .access_flags = 0xf,
};
static const struct ib_uverbs_rereg_mr rereg_mr = {
	.flags = 4, .length = MEMORY / 2, .access_flags = 1,
};
static const struct ib_uverbs_alloc_mw alloc_mw = { .mw_type = 2 };
static const struct ib_uverbs_open_xrcd open_xrcd = { .fd = -1, .oflags = 0100 };
static const WITH(ib_uverbs_create_cq, mfraw_create_cq_req) create_cq = {
	.core = { .cqe = 16, .comp_channel = -1 },
};
static const WITH(ib_uverbs_ex_create_cq, mfraw_create_cq_req) ex_create_cq = {
	.core = { .cqe = 16, .flags = 1 },
};
static const WITH(ib_uverbs_resize_cq, mfraw_resize_cq_req) resize_cq = {
	.core.cqe = 64,
};
static const struct ib_uverbs_poll_cq poll_cq = { .ne = 1 };
static const struct ib_uverbs_ex_modify_cq modify_cq = {
	.attr_mask = 1, .attr = { .cq_count = 4, .cq_period = 10 },
};

#define QP_CORE(type)							\
	.max_send_wr = 8, .max_recv_wr = 8, .max_send_sge = 2,		\
	.max_recv_sge = 2, .max_inline_data = 64, .qp_type = type
#define CREATE_QP(name, type)						\
static const WITH(ib_uverbs_create_qp, mfraw_create_qp_req) name = {	\
	.core = { QP_CORE(type) },					\
}
CREATE_QP(create_rc, 2);
CREATE_QP(create_uc, 3);
CREATE_QP(create_ud, 4);
CREATE_QP(create_raw, 8);
static const WITH(ib_uverbs_create_qp, mfraw_create_qp_req) create_rc_srq = {
	.core = { QP_CORE(2), .is_srq = 1 },
};
static const WITH(ib_uverbs_create_qp, mfraw_create_qp_req) create_xrc_send = {
	.core = { QP_CORE(9) },
};
static const WITH(ib_uverbs_create_qp, mfraw_create_qp_req) create_xrc_recv = {
	.core = { .qp_type = 10 },
};
static const WITH(ib_uverbs_ex_create_qp, mfraw_create_qp_req) ex_create_raw = {
	.core = { QP_CORE(8) },
	.drv = { .comp_mask = MFRAW_CREATE_QP_MAX_TSO_HDR, .max_tso_hdr = 64 },
};
static const WITH(ib_uverbs_ex_create_qp, mfraw_create_qp_rss_req) ex_create_rss = {
	.core = { .qp_type = 8, .comp_mask = 1 },
	.drv = {
		.rx_hash_fields = 3, .rx_hash_function = 1,
		.rx_key_len = MFRAW_RX_HASH_KEY_LEN,
	},
};
static const struct ib_uverbs_open_qp open_qp = { .qp_type = 10 };
static const struct ib_uverbs_query_qp query_qp = { .attr_mask = 0x1fffff };

/* A QP of each type goes through its states. */
#define TO_INIT_RAW	(1 | 0x20)
#define TO_INIT_UD	(1 | 0x10 | 0x20 | 0x40)
#define TO_INIT_RC	(1 | 8 | 0x10 | 0x20)
#define TO_RTR_RC	(1 | 0x80 | 0x100 | 0x1000 | 0x8000 | 0x20000 | 0x100000)
#define TO_RTS_RC	(1 | 0x200 | 0x400 | 0x800 | 0x2000 | 0x10000)
#define TO_RTR_UC	(1 | 0x80 | 0x100 | 0x1000 | 0x100000)
#define TO_RTS_UD	(1 | 0x10000)
#define MODIFY_QP(name, mask, state)					\
static const struct ib_uverbs_modify_qp name = {			\
	.attr_mask = mask, .qp_state = state, .port_num = 1, .path_mtu = 3, \
	.qp_access_flags = 0xe, .dest.is_global = 1, .dest.port_num = 1, \
	.dest.hop_limit = 4, .dest.dgid = { [10] = 0xff, 0xff, 192, 0, 2, 1 }, \
	.min_rnr_timer = 1, .max_dest_rd_atomic = 4, .max_rd_atomic = 4, \
	.timeout = 8, .retry_cnt = 3, .rnr_retry = 3,			\
}
MODIFY_QP(raw_init, TO_INIT_RAW, 1);
MODIFY_QP(ud_init, TO_INIT_UD, 1);
MODIFY_QP(rc_init, TO_INIT_RC, 1);
MODIFY_QP(plain_rtr, 1, 2);
MODIFY_QP(rc_rtr, TO_RTR_RC, 2);
MODIFY_QP(uc_rtr, TO_RTR_UC, 2);
MODIFY_QP(plain_rts, 1, 3);
MODIFY_QP(rc_rts, TO_RTS_RC, 3);
MODIFY_QP(ud_rts, TO_RTS_UD, 3);
MODIFY_QP(to_sqd, 1, 4);
MODIFY_QP(to_err, 1, 6);
MODIFY_QP(to_reset, 1, 0);
static const WITH(ib_uverbs_ex_modify_qp, mfraw_modify_qp_req) rate_limit = {
	.core = {
		.base = { .attr_mask = 1 | 0x2000000, .qp_state = 3 },
		.rate_limit = 1000,
	},
	.drv = { .comp_mask = MFRAW_MODIFY_QP_BURST, .max_burst_sz = 1500 },
};

static const WITH(ib_uverbs_create_srq, mfraw_create_srq_req) create_srq = {
	.core = { .max_wr = 8, .max_sge = 2 },
};
static const WITH(ib_uverbs_create_xsrq, mfraw_create_srq_req) create_xsrq = {
	.core = { .srq_type = 1, .max_wr = 8, .max_sge = 2 },
};
static const struct ib_uverbs_modify_srq modify_srq = {
	.attr_mask = 2, .srq_limit = 4,
};
static const struct ib_uverbs_create_ah create_ah = {
	.attr = {
		.is_global = 1, .port_num = 1, .grh.hop_limit = 4,
		.grh.dgid = { [10] = 0xff, 0xff, 192, 0, 2, 1 },
	},
};
static const struct ib_uverbs_attach_mcast attach_mcast = {
	.gid = { [10] = 0xff, 0xff, 224, 0, 1, 1 },
};
static const struct {
	struct ib_uverbs_post_recv	post;
	struct ib_uverbs_recv_wr	wr;
} post_recv = {
	.post = { .wr_count = 1, .wqe_size = sizeof(struct ib_uverbs_recv_wr) },
};
static const struct {
	struct ib_uverbs_create_flow	head;
	struct ib_uverbs_flow_spec_eth	eth;
} create_flow = {
	.head.flow_attr = {
		.size = sizeof(create_flow.eth), .num_of_specs = 1, .port = 1,
	},
	.eth = {
		.type = 0x20, .size = sizeof(create_flow.eth),
		.val.ether_type = 0x03b8, .mask.ether_type = 0xffff,
	},
};
static const struct {
	struct ib_uverbs_create_flow			head;
	struct ib_uverbs_flow_spec_eth			eth;
	struct ib_uverbs_flow_spec_ipv4			ip;
	struct ib_uverbs_flow_spec_tcp_udp		udp;
	struct ib_uverbs_flow_spec_action_tag		tag;
	struct ib_uverbs_flow_spec_action_count		count;
} create_rich_flow = {
	.head.flow_attr = {
		.size = sizeof(create_rich_flow) - sizeof(create_rich_flow.head),
		.num_of_specs = 5, .port = 1,
	},
	.eth = { .type = 0x20, .size = sizeof(create_rich_flow.eth) },
	.ip = { .type = 0x30, .size = sizeof(create_rich_flow.ip) },
	.udp = { .type = 0x41, .size = sizeof(create_rich_flow.udp) },
	.tag = { .type = 0x1000, .size = sizeof(create_rich_flow.tag), .tag_id = 7 },
	.count = { .type = 0x1003, .size = sizeof(create_rich_flow.count) },
};
static const struct ib_uverbs_create_flow create_sniffer = {
	.flow_attr = { .type = 3, .port = 1 },
};
static const WITH(ib_uverbs_ex_create_wq, mfraw_create_wq_req) create_wq = {
	.core = { .max_wr = 8, .max_sge = 2 },
};
static const struct ib_uverbs_ex_modify_wq modify_wq = {
	.attr_mask = 1, .wq_state = 1,
};
static const struct {
	struct ib_uverbs_ex_create_rwq_ind_table	head;
	uint32_t					wq[2];
} create_table = { .head.log_ind_tbl_size = 1 };

static const uint64_t nothing[8];

#define W(n, c, core_len, good_, ...)					\
	{ .name = n, .cmd = IB_USER_VERBS_CMD_##c, .core = core_len,	\
	  .good = good_, ##__VA_ARGS__ }
#define X(n, c, core_len, good_, ...)					\
	{ .name = n, .cmd = IB_USER_VERBS_EX_CMD_##c, .ex = true,	\
	  .core = core_len, .good = good_, ##__VA_ARGS__ }
#define DRV(s)		.drv = sizeof(s.drv)
#define REF(s, member, object)	{ offsetof(struct s, member), object }

#define QP_REFS								\
	.ref = {							\
		REF(ib_uverbs_create_qp, pd_handle, PD),		\
		REF(ib_uverbs_create_qp, send_cq_handle, CQ),		\
		REF(ib_uverbs_create_qp, recv_cq_handle, CQ),		\
		REF(ib_uverbs_create_qp, srq_handle, SRQ),		\
	}
#define NEW_QP(n, s, refs)						\
	W(n, CREATE_QP, sizeof(s.core), &s, DRV(s), .makes = QP,	\
	  .resp = sizeof(struct ib_uverbs_create_qp_resp),		\
	  .drv_resp = sizeof(struct mfraw_create_qp_resp), refs)
#define MOVE_QP(n, s)							\
	W(n, MODIFY_QP, sizeof(s), &s,					\
	  .ref = { REF(ib_uverbs_modify_qp, qp_handle, QP) })
/* Commands whose arguments begin with the handle. */
#define HANDLE(n, c, len, object)					\
	W(n, c, len, nothing, .ref = { { 0, object } })
/* Commands whose handle stands behind the address of the answer. */
#define ANSWERED(n, c, object, resp_len)				\
	W(n, c, 16, nothing, .resp = resp_len, .ref = { { 8, object } })

/* Attributes of an ioctl(). */
#define IN(i, l, v)	{ .id = i, .len = l, .data = v }
#define OUT(i, l)	{ .id = i, .len = l, .out = 1 }
#define NEW(i)		{ .id = i, .fd = 1 }
#define I(n, object, m, good_, ...)					\
	{ .name = n, .ioctl = true, .cmd = object, .method = m,		\
	  .core = sizeof(good_), .good = good_, ##__VA_ARGS__ }
#define AT(n, kind)							\
	{ offsetof(struct attr, data) + (n) * sizeof(struct attr), kind }

static const struct attr new_counters[] = {
	NEW(UVERBS_ATTR_CREATE_COUNTERS_HANDLE),
};
static const struct attr read_counters[] = {
	IN(UVERBS_ATTR_READ_COUNTERS_HANDLE, 0, 0),
	OUT(UVERBS_ATTR_READ_COUNTERS_BUFF, 16),
	IN(UVERBS_ATTR_READ_COUNTERS_FLAGS, 8, 0),
};
static const struct attr new_kicks[] = {
	NEW(MFRAW_ATTR_KICK_FILE_ALLOC_FD),
};
static const struct attr new_async[] = {
	NEW(UVERBS_ATTR_ASYNC_EVENT_ALLOC_FD_HANDLE),
};
static const struct attr advise_mr[] = {
	IN(UVERBS_ATTR_ADVISE_MR_PD_HANDLE, 0, 0),
	IN(UVERBS_ATTR_ADVISE_MR_ADVICE, 8, 0),
	IN(UVERBS_ATTR_ADVISE_MR_FLAGS, 4, 0),
	IN(UVERBS_ATTR_ADVISE_MR_SGE_LIST, 16, 0),
};
static const struct attr query_mr[] = {
	IN(UVERBS_ATTR_QUERY_MR_HANDLE, 0, 0),
	OUT(UVERBS_ATTR_QUERY_MR_RESP_LKEY, 4),
	OUT(UVERBS_ATTR_QUERY_MR_RESP_RKEY, 4),
	OUT(UVERBS_ATTR_QUERY_MR_RESP_LENGTH, 8),
	OUT(UVERBS_ATTR_QUERY_MR_RESP_IOVA, 8),
};
static const struct attr query_gids[] = {
	IN(UVERBS_ATTR_QUERY_GID_TABLE_ENTRY_SIZE, 8, 40),
	IN(UVERBS_ATTR_QUERY_GID_TABLE_FLAGS, 4, 0),
	OUT(UVERBS_ATTR_QUERY_GID_TABLE_RESP_ENTRIES, 160),
	OUT(UVERBS_ATTR_QUERY_GID_TABLE_RESP_NUM_ENTRIES, 8),
};
static const struct attr query_ports[] = {
	IN(UVERBS_ATTR_QUERY_PORT_PORT_NUM, 1, 1),
	OUT(UVERBS_ATTR_QUERY_PORT_RESP, 64),
};
static const struct attr dmabuf_mr[] = {
	NEW(UVERBS_ATTR_REG_DMABUF_MR_HANDLE),
	IN(UVERBS_ATTR_REG_DMABUF_MR_PD_HANDLE, 0, 0),
	IN(UVERBS_ATTR_REG_DMABUF_MR_OFFSET, 8, 0),
	IN(UVERBS_ATTR_REG_DMABUF_MR_LENGTH, 8, 4096),
	IN(UVERBS_ATTR_REG_DMABUF_MR_IOVA, 8, 0),
	IN(UVERBS_ATTR_REG_DMABUF_MR_FD, 4, 0),
	IN(UVERBS_ATTR_REG_DMABUF_MR_ACCESS_FLAGS, 4, 1),
	OUT(UVERBS_ATTR_REG_DMABUF_MR_RESP_LKEY, 4),
	OUT(UVERBS_ATTR_REG_DMABUF_MR_RESP_RKEY, 4),
};
static const struct attr destroy_cq[] = {
	IN(UVERBS_ATTR_DESTROY_CQ_HANDLE, 0, 0),
	OUT(UVERBS_ATTR_DESTROY_CQ_RESP, 8),
};
static const struct attr destroy_qp[] = {
	IN(UVERBS_ATTR_DESTROY_QP_HANDLE, 0, 0),
	OUT(UVERBS_ATTR_DESTROY_QP_RESP, 4),
};

const struct call_type call_types[] = {
	W("query device", QUERY_DEVICE, 8, nothing,
	  .resp = sizeof(struct ib_uverbs_query_device_resp)),
	X("query device, extended", QUERY_DEVICE, 8, nothing, .resp = 304,
	  .drv_resp = sizeof(struct mfraw_query_device_resp)),
	W("query port", QUERY_PORT, sizeof(query_port), &query_port,
	  .resp = sizeof(struct ib_uverbs_query_port_resp)),
	W("PD", ALLOC_PD, 8, nothing, .resp = 4, .makes = PD),
	HANDLE("PD del", DEALLOC_PD, 4, PD),
	W("MR", REG_MR, sizeof(reg_mr), &reg_mr, .resp = 12, .makes = MR,
	  .ref = { REF(ib_uverbs_reg_mr, pd_handle, PD) }),
	W("MR again", REREG_MR, sizeof(rereg_mr), &rereg_mr, .resp = 8,
	  .ref = { REF(ib_uverbs_rereg_mr, mr_handle, MR),
		   REF(ib_uverbs_rereg_mr, pd_handle, PD) }),
	HANDLE("MR del", DEREG_MR, 4, MR),
	W("MW", ALLOC_MW, sizeof(alloc_mw), &alloc_mw, .resp = 8, .makes = MW,
	  .ref = { REF(ib_uverbs_alloc_mw, pd_handle, PD) }),
	HANDLE("MW del", DEALLOC_MW, 4, MW),
	W("XRCD", OPEN_XRCD, sizeof(open_xrcd), &open_xrcd, .resp = 4, .makes = XRCD),
	HANDLE("XRCD del", CLOSE_XRCD, 4, XRCD),
	W("channel", CREATE_COMP_CHANNEL, 8, nothing, .resp = 4, .makes = CHANNEL),
	W("CQ", CREATE_CQ, sizeof(create_cq.core), &create_cq, DRV(create_cq),
	  .resp = 8, .drv_resp = sizeof(struct mfraw_create_cq_resp), .makes = CQ),
	X("CQ, extended", CREATE_CQ, sizeof(ex_create_cq.core), &ex_create_cq,
	  DRV(ex_create_cq), .makes = CQ,
	  .resp = sizeof(struct ib_uverbs_ex_create_cq_resp),
	  .drv_resp = sizeof(struct mfraw_create_cq_resp),
	  .ref = { REF(ib_uverbs_ex_create_cq, comp_channel, CHANNEL) }),
	W("CQ resize", RESIZE_CQ, sizeof(resize_cq.core), &resize_cq,
	  DRV(resize_cq), .resp = 8, .drv_resp = sizeof(struct mfraw_resize_cq_resp),
	  .ref = { REF(ib_uverbs_resize_cq, cq_handle, CQ) }),
	W("CQ poll", POLL_CQ, sizeof(poll_cq), &poll_cq, .resp = 56,
	  .ref = { REF(ib_uverbs_poll_cq, cq_handle, CQ) }),
	HANDLE("CQ notify", REQ_NOTIFY_CQ, 8, CQ),
	X("CQ modify", MODIFY_CQ, sizeof(modify_cq), &modify_cq,
	  .ref = { REF(ib_uverbs_ex_modify_cq, cq_handle, CQ) }),
	ANSWERED("CQ del", DESTROY_CQ, CQ, 8),
	NEW_QP("QP RC", create_rc, QP_REFS),
	NEW_QP("QP RC with SRQ", create_rc_srq, QP_REFS),
	NEW_QP("QP UC", create_uc, QP_REFS),
	NEW_QP("QP UD", create_ud, QP_REFS),
	NEW_QP("QP raw", create_raw, QP_REFS),
	NEW_QP("QP XRC sender", create_xrc_send, QP_REFS),
	/* The handle of the domain stands in the place of the PD's. */
	NEW_QP("QP XRC target", create_xrc_recv,
	       .ref = { REF(ib_uverbs_create_qp, pd_handle, XRCD) }),
	X("QP raw, extended", CREATE_QP, sizeof(ex_create_raw.core), &ex_create_raw,
	  DRV(ex_create_raw), .makes = QP,
	  .resp = sizeof(struct ib_uverbs_ex_create_qp_resp),
	  .drv_resp = sizeof(struct mfraw_create_qp_resp),
	  .ref = { REF(ib_uverbs_ex_create_qp, pd_handle, PD),
		   REF(ib_uverbs_ex_create_qp, send_cq_handle, CQ),
		   REF(ib_uverbs_ex_create_qp, recv_cq_handle, CQ) }),
	X("QP RSS", CREATE_QP, sizeof(ex_create_rss.core), &ex_create_rss,
	  DRV(ex_create_rss), .makes = QP,
	  .resp = sizeof(struct ib_uverbs_ex_create_qp_resp),
	  .drv_resp = sizeof(struct mfraw_create_qp_resp),
	  .ref = { REF(ib_uverbs_ex_create_qp, pd_handle, PD),
		   REF(ib_uverbs_ex_create_qp, rwq_ind_tbl_handle, TABLE) }),
	W("QP open", OPEN_QP, sizeof(open_qp), &open_qp, .makes = QP,
	  .resp = sizeof(struct ib_uverbs_create_qp_resp),
	  .ref = { REF(ib_uverbs_open_qp, pd_handle, XRCD) }),
	W("QP query", QUERY_QP, sizeof(query_qp), &query_qp,
	  .resp = sizeof(struct ib_uverbs_query_qp_resp),
	  .ref = { REF(ib_uverbs_query_qp, qp_handle, QP) }),
	MOVE_QP("QP raw to INIT", raw_init),
	MOVE_QP("QP UD to INIT", ud_init),
	MOVE_QP("QP RC to INIT", rc_init),
	MOVE_QP("QP to RTR", plain_rtr),
	MOVE_QP("QP RC to RTR", rc_rtr),
	MOVE_QP("QP UC to RTR", uc_rtr),
	MOVE_QP("QP to RTS", plain_rts),
	MOVE_QP("QP RC to RTS", rc_rts),
	MOVE_QP("QP UD to RTS", ud_rts),
	MOVE_QP("QP to SQD", to_sqd),
	MOVE_QP("QP to ERR", to_err),
	MOVE_QP("QP to RESET", to_reset),
	X("QP rate", MODIFY_QP, sizeof(rate_limit.core), &rate_limit, DRV(rate_limit),
	  .resp = sizeof(struct ib_uverbs_ex_modify_qp_resp),
	  .ref = { REF(ib_uverbs_modify_qp, qp_handle, QP) }),
	ANSWERED("QP del", DESTROY_QP, QP, 4),
	W("post to QP", POST_RECV, sizeof(post_recv), &post_recv, .resp = 4,
	  .ref = { REF(ib_uverbs_post_recv, qp_handle, QP) }),
	W("post send", POST_SEND, sizeof(post_recv), &post_recv, .resp = 4,
	  .ref = { REF(ib_uverbs_post_recv, qp_handle, QP) }),
	W("post to SRQ", POST_SRQ_RECV, sizeof(post_recv), &post_recv, .resp = 4,
	  .ref = { REF(ib_uverbs_post_recv, qp_handle, SRQ) }),
	W("multicast", ATTACH_MCAST, sizeof(attach_mcast), &attach_mcast,
	  .ref = { REF(ib_uverbs_attach_mcast, qp_handle, QP) }),
	W("multicast del", DETACH_MCAST, sizeof(attach_mcast), &attach_mcast,
	  .ref = { REF(ib_uverbs_attach_mcast, qp_handle, QP) }),
	W("SRQ", CREATE_SRQ, sizeof(create_srq.core), &create_srq, DRV(create_srq),
	  .resp = sizeof(struct ib_uverbs_create_srq_resp), .makes = SRQ,
	  .drv_resp = sizeof(struct mfraw_create_srq_resp),
	  .ref = { REF(ib_uverbs_create_srq, pd_handle, PD) }),
	W("SRQ XRC", CREATE_XSRQ, sizeof(create_xsrq.core), &create_xsrq,
	  DRV(create_xsrq), .makes = SRQ,
	  .resp = sizeof(struct ib_uverbs_create_srq_resp),
	  .drv_resp = sizeof(struct mfraw_create_srq_resp),
	  .ref = { REF(ib_uverbs_create_xsrq, pd_handle, PD),
		   REF(ib_uverbs_create_xsrq, xrcd_handle, XRCD),
		   REF(ib_uverbs_create_xsrq, cq_handle, CQ) }),
	W("SRQ modify", MODIFY_SRQ, sizeof(modify_srq), &modify_srq,
	  .ref = { REF(ib_uverbs_modify_srq, srq_handle, SRQ) }),
	W("SRQ query", QUERY_SRQ, 16, nothing,
	  .resp = sizeof(struct ib_uverbs_query_srq_resp), .ref = { { 8, SRQ } }),
	ANSWERED("SRQ del", DESTROY_SRQ, SRQ, 4),
	W("AH", CREATE_AH, sizeof(create_ah), &create_ah, .resp = 4, .makes = AH,
	  .drv_resp = sizeof(struct mfraw_create_ah_resp),
	  .ref = { REF(ib_uverbs_create_ah, pd_handle, PD) }),
	HANDLE("AH del", DESTROY_AH, 4, AH),
	X("flow", CREATE_FLOW, sizeof(create_flow), &create_flow, .resp = 8,
	  .makes = FLOW, .handle_at = 4,
	  .ref = { REF(ib_uverbs_create_flow, qp_handle, QP) }),
	X("flow, rich", CREATE_FLOW, sizeof(create_rich_flow), &create_rich_flow,
	  .resp = 8, .makes = FLOW, .handle_at = 4,
	  .ref = { REF(ib_uverbs_create_flow, qp_handle, QP),
		   { offsetof(typeof(create_rich_flow), count.handle), COUNTERS } }),
	X("flow, sniffer", CREATE_FLOW, sizeof(create_sniffer), &create_sniffer,
	  .resp = 8, .makes = FLOW, .handle_at = 4,
	  .ref = { REF(ib_uverbs_create_flow, qp_handle, QP) }),
	X("flow del", DESTROY_FLOW, 8, nothing, .ref = { { 4, FLOW } }),
	X("WQ", CREATE_WQ, sizeof(create_wq.core), &create_wq, DRV(create_wq),
	  .resp = sizeof(struct ib_uverbs_ex_create_wq_resp), .makes = WQ,
	  .handle_at = offsetof(struct ib_uverbs_ex_create_wq_resp, wq_handle),
	  .drv_resp = sizeof(struct mfraw_create_wq_resp),
	  .ref = { REF(ib_uverbs_ex_create_wq, pd_handle, PD),
		   REF(ib_uverbs_ex_create_wq, cq_handle, CQ) }),
	X("WQ modify", MODIFY_WQ, sizeof(modify_wq), &modify_wq,
	  .ref = { REF(ib_uverbs_ex_modify_wq, wq_handle, WQ) }),
	X("WQ del", DESTROY_WQ, 8, nothing, .ref = { { 4, WQ } },
	  .resp = sizeof(struct ib_uverbs_ex_destroy_wq_resp)),
	X("table", CREATE_RWQ_IND_TBL, sizeof(create_table), &create_table,
	  .resp = sizeof(struct ib_uverbs_ex_create_rwq_ind_table_resp),
	  .makes = TABLE,
	  .handle_at = offsetof(struct ib_uverbs_ex_create_rwq_ind_table_resp,
				ind_tbl_handle),
	  .ref = { { offsetof(typeof(create_table), wq[0]), WQ },
		   { offsetof(typeof(create_table), wq[1]), WQ } }),
	X("table del", DESTROY_RWQ_IND_TBL, 8, nothing, .ref = { { 4, TABLE } }),
	I("counters", UVERBS_OBJECT_COUNTERS, UVERBS_METHOD_COUNTERS_CREATE,
	  new_counters, .makes = COUNTERS),
	I("counters read", UVERBS_OBJECT_COUNTERS, UVERBS_METHOD_COUNTERS_READ,
	  read_counters, .ref = { AT(0, COUNTERS) }),
	I("counters del", UVERBS_OBJECT_COUNTERS, UVERBS_METHOD_COUNTERS_DESTROY,
	  read_counters, .ref = { AT(0, COUNTERS) }),
	I("kick file", MFRAW_OBJECT_KICK_FILE, MFRAW_METHOD_KICK_FILE_ALLOC,
	  new_kicks, .makes = KICKS),
	I("async file", UVERBS_OBJECT_ASYNC_EVENT, UVERBS_METHOD_ASYNC_EVENT_ALLOC,
	  new_async, .makes = ASYNC),
	I("MR advise", UVERBS_OBJECT_MR, UVERBS_METHOD_ADVISE_MR, advise_mr,
	  .ref = { AT(0, PD) }),
	I("MR query", UVERBS_OBJECT_MR, UVERBS_METHOD_QUERY_MR, query_mr,
	  .ref = { AT(0, MR) }),
	I("MR of a dma-buf", UVERBS_OBJECT_MR, UVERBS_METHOD_REG_DMABUF_MR, dmabuf_mr,
	  .makes = MR, .ref = { AT(1, PD) }),
	I("query GIDs", UVERBS_OBJECT_DEVICE, UVERBS_METHOD_QUERY_GID_TABLE,
	  query_gids),
	I("query port by ioctl", UVERBS_OBJECT_DEVICE, UVERBS_METHOD_QUERY_PORT,
	  query_ports),
	I("CQ del by ioctl", UVERBS_OBJECT_CQ, UVERBS_METHOD_CQ_DESTROY, destroy_cq,
	  .ref = { AT(0, CQ) }),
	I("QP del by ioctl", UVERBS_OBJECT_QP, UVERBS_METHOD_QP_DESTROY, destroy_qp,
	  .ref = { AT(0, QP) }),
	/* Not calls of uverbs: map the queue of the last answer, and kick. */
	{ .name = "map", .good = nothing, .core = 16 },
	{ .name = "kick", .good = nothing, .core = 16 },
};

const unsigned int num_call_types = sizeof(call_types) / sizeof(*call_types);
