// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * uverbs without libibverbs: the write() and ioctl() interfaces.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "gen.h"

struct ex_hdr {
	struct ib_uverbs_cmd_hdr	hdr;
	struct ib_uverbs_ex_cmd_hdr	ex;
};

/*
 * Returns 0 or an error number. @drv and @resp may be too short or not mapped.
 */
int raw_cmd(int fd, const struct gcmd *c, const void *core, const void *drv,
	    size_t drv_len, void *resp, size_t drv_resp_len)
{
	static uint8_t buf[65536] __attribute__((aligned(8)));
	size_t out = c->resp_len + drv_resp_len;
	struct ex_hdr *h = (void *)buf;
	size_t hdr_len, len;

	memset(h, 0, sizeof(*h));
	h->hdr.command = c->cmd;
	hdr_len = c->ex ? sizeof(*h) : sizeof(h->hdr);
	len = hdr_len + c->core_len + drv_len;
	check(len <= sizeof(buf));
	memcpy(buf + hdr_len, core, c->core_len);
	memcpy(buf + hdr_len + c->core_len, drv, drv_len);

	if (c->ex) {
		h->hdr.command |= IB_USER_VERBS_CMD_FLAG_EXTENDED;
		h->hdr.in_words = c->core_len / 8;
		h->hdr.out_words = c->resp_len / 8;
		h->ex.provider_in_words = drv_len / 8;
		h->ex.provider_out_words = drv_resp_len / 8;
		h->ex.response = out ? (uintptr_t)resp : 0;
	} else {
		h->hdr.in_words = len / 4;
		h->hdr.out_words = out / 4;
		if (out)
			memcpy(buf + hdr_len, &resp, sizeof(resp));
	}

	return write(fd, buf, len) == (ssize_t)len ? 0 : errno;
}

int raw_ioctl(int fd, void *hdr)
{
	return ioctl(fd, RDMA_VERBS_IOCTL, hdr) ? errno : 0;
}

/* Commands that name an object: a handle and, for some, a response. */
static int raw_legacy_destroy(int fd, uint32_t cmd, uint32_t handle)
{
	struct ib_uverbs_destroy_cq req = { .cq_handle = handle };
	struct ib_uverbs_destroy_cq_resp resp;
	struct gcmd c = {
		.cmd = cmd,
		.core_len = sizeof(req),
		.resp_len = sizeof(resp),
	};

	return raw_cmd(fd, &c, &req, NULL, 0, &resp, 0);
}

static int raw_handle_only(int fd, uint32_t cmd, uint32_t handle)
{
	struct gcmd c = { .cmd = cmd, .core_len = sizeof(handle) };

	return raw_cmd(fd, &c, &handle, NULL, 0, NULL, 0);
}

static int raw_ex_destroy(int fd, uint32_t cmd, uint32_t handle,
			  size_t resp_len)
{
	uint32_t req[2] = { 0, handle };
	uint64_t resp[4];
	struct gcmd c = {
		.cmd = cmd,
		.ex = true,
		.core_len = sizeof(req),
		.resp_len = resp_len,
	};

	return raw_cmd(fd, &c, req, NULL, 0, resp, 0);
}

int raw_destroy_qp(int fd, uint32_t handle)
{
	return raw_legacy_destroy(fd, IB_USER_VERBS_CMD_DESTROY_QP, handle);
}

int raw_destroy_cq(int fd, uint32_t handle)
{
	return raw_legacy_destroy(fd, IB_USER_VERBS_CMD_DESTROY_CQ, handle);
}

int raw_dereg_mr(int fd, uint32_t handle)
{
	return raw_handle_only(fd, IB_USER_VERBS_CMD_DEREG_MR, handle);
}

int raw_dealloc_pd(int fd, uint32_t handle)
{
	return raw_handle_only(fd, IB_USER_VERBS_CMD_DEALLOC_PD, handle);
}

int raw_destroy_wq(int fd, uint32_t handle)
{
	return raw_ex_destroy(fd, IB_USER_VERBS_EX_CMD_DESTROY_WQ, handle,
			      sizeof(struct ib_uverbs_ex_destroy_wq_resp));
}

int raw_destroy_table(int fd, uint32_t handle)
{
	return raw_ex_destroy(fd, IB_USER_VERBS_EX_CMD_DESTROY_RWQ_IND_TBL,
			      handle, 0);
}

int raw_destroy_flow(int fd, uint32_t handle)
{
	return raw_ex_destroy(fd, IB_USER_VERBS_EX_CMD_DESTROY_FLOW, handle, 0);
}

int raw_modify_qp(int fd, uint32_t handle, int mask, int state)
{
	struct ib_uverbs_modify_qp req = {
		.qp_handle = handle,
		.attr_mask = mask,
		.qp_state = state,
		.port_num = 1,
	};
	struct gcmd c = {
		.cmd = IB_USER_VERBS_CMD_MODIFY_QP,
		.core_len = sizeof(req),
	};

	return raw_cmd(fd, &c, &req, NULL, 0, NULL, 0);
}

/* Call a method with one attribute, an object. */
static int raw_method(int fd, uint16_t object, uint16_t method, uint16_t attr,
		      uint32_t *handle)
{
	struct {
		struct ib_uverbs_ioctl_hdr hdr;
		struct ib_uverbs_attr attr;
	} req = {
		.hdr = {
			.length = sizeof(req),
			.object_id = object,
			.method_id = method,
			.num_attrs = 1,
			.driver_id = MFRAW_DRIVER_ID,
		},
		.attr = {
			.attr_id = attr,
			.flags = UVERBS_ATTR_F_MANDATORY,
			.data = *handle,
		},
	};
	int ret = raw_ioctl(fd, &req);

	*handle = req.attr.data;
	return ret;
}

int raw_counters(int fd, uint32_t *handle)
{
	*handle = 0;
	return raw_method(fd, UVERBS_OBJECT_COUNTERS,
			  UVERBS_METHOD_COUNTERS_CREATE,
			  UVERBS_ATTR_CREATE_COUNTERS_HANDLE, handle);
}

int raw_destroy_counters(int fd, uint32_t handle)
{
	return raw_method(fd, UVERBS_OBJECT_COUNTERS,
			  UVERBS_METHOD_COUNTERS_DESTROY,
			  UVERBS_ATTR_DESTROY_COUNTERS_HANDLE, &handle);
}

void raw_create_cq(int fd, uint32_t cqe, struct raw_cq_resp *resp)
{
	struct ib_uverbs_ex_create_cq req = { .cqe = cqe, .comp_channel = -1 };
	struct mfraw_create_cq_req drv = {};
	struct gcmd c = {
		.cmd = IB_USER_VERBS_EX_CMD_CREATE_CQ,
		.ex = true,
		.core_len = sizeof(req),
		.resp_len = sizeof(resp->core),
	};

	check(!raw_cmd(fd, &c, &req, &drv, sizeof(drv), resp,
		       sizeof(resp->drv)));
}

void raw_create_qp(struct gen *g, uint32_t send_cq, uint32_t recv_cq,
		   struct raw_qp_resp *resp)
{
	struct ib_uverbs_ex_create_qp req = {
		.pd_handle = g->handle[H_PD],
		.send_cq_handle = send_cq,
		.recv_cq_handle = recv_cq,
		.max_send_wr = 16,
		.max_recv_wr = 16,
		.max_send_sge = 2,
		.max_recv_sge = 2,
		.max_inline_data = 64,
		.qp_type = IBV_QPT_RAW_PACKET,
	};
	struct mfraw_create_qp_req drv = {
		.comp_mask = MFRAW_CREATE_QP_MAX_TSO_HDR,
		.max_tso_hdr = 64,
	};
	struct gcmd c = {
		.cmd = IB_USER_VERBS_EX_CMD_CREATE_QP,
		.ex = true,
		.core_len = sizeof(req),
		.resp_len = sizeof(resp->core),
	};

	check(!raw_cmd(g->fd, &c, &req, &drv, sizeof(drv), resp,
		       sizeof(resp->drv)));
}

void raw_create_wq(struct gen *g, uint32_t cq, struct raw_wq_resp *resp)
{
	struct ib_uverbs_ex_create_wq req = {
		.pd_handle = g->handle[H_PD],
		.cq_handle = cq,
		.max_wr = 16,
		.max_sge = 2,
	};
	struct mfraw_create_wq_req drv = {};
	struct gcmd c = {
		.cmd = IB_USER_VERBS_EX_CMD_CREATE_WQ,
		.ex = true,
		.core_len = sizeof(req),
		.resp_len = sizeof(resp->core),
	};

	check(!raw_cmd(g->fd, &c, &req, &drv, sizeof(drv), resp,
		       sizeof(resp->drv)));
}

/* Create a table with one entry. The request is a multiple of 8 bytes. */
uint32_t raw_create_table(struct gen *g, uint32_t wq)
{
	uint32_t req[4] = { 0, 0, wq };
	struct ib_uverbs_ex_create_rwq_ind_table_resp resp;
	struct gcmd c = {
		.cmd = IB_USER_VERBS_EX_CMD_CREATE_RWQ_IND_TBL,
		.ex = true,
		.core_len = sizeof(req),
		.resp_len = sizeof(resp),
	};

	check(!raw_cmd(g->fd, &c, req, NULL, 0, &resp, 0));
	return resp.ind_tbl_handle;
}
