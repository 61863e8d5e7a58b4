// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Device and context of the mfraw provider.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <util/util.h>

#include "ah.h"
#include "compat.h"
#include "context.h"
#include "counters.h"
#include "cq.h"
#include "flow.h"
#include "kick.h"
#include "mcast.h"
#include "mfraw-abi.h"
#include "mr.h"
#include "mw.h"
#include "pd.h"
#include "qp.h"
#include "recv.h"
#include "send.h"
#include "srq.h"
#include "wq.h"
#include "xrc.h"

/* @vdev: what libibverbs knows */
struct mfraw_device {
	struct verbs_device	vdev;
};

static void mfraw_free_context(struct ibv_context *ibctx);

/* The name matches if the kernel does not report the driver id. */
static const struct verbs_match_ent mfraw_match[] = {
	VERBS_DRIVER_ID(MFRAW_DRIVER_ID),
	VERBS_NAME_MATCH("mfraw", NULL),
	{}
};

static int mfraw_query_device_ex(struct ibv_context *ibctx,
				 const struct ibv_query_device_ex_input *input,
				 struct ibv_device_attr_ex *attr,
				 size_t attr_size)
{
	struct mfraw_query_device_cmd_resp resp = {};
	size_t resp_size = sizeof(resp);
	uint64_t ver;
	int ret;

	ret = ibv_cmd_query_device_any(ibctx, input, attr, attr_size,
				       &resp.ibv_resp, &resp_size);
	if (ret)
		return ret;

	if (attr_size >= offsetofend(struct ibv_device_attr_ex, tso_caps)) {
		attr->tso_caps.max_tso = resp.max_tso;
		attr->tso_caps.supported_qpts = resp.tso_qpts;
	}
	if (attr_size >= offsetofend(struct ibv_device_attr_ex, rss_caps)) {
		attr->rss_caps.rx_hash_fields_mask = resp.rx_hash_fields;
		attr->rss_caps.rx_hash_function = resp.rx_hash_functions;
	}

	if (attr_size >=
	    offsetofend(struct ibv_device_attr_ex, packet_pacing_caps)) {
		attr->packet_pacing_caps.qp_rate_limit_min =
			resp.rate_limit_min;
		attr->packet_pacing_caps.qp_rate_limit_max =
			resp.rate_limit_max;
		attr->packet_pacing_caps.supported_qpts = resp.rate_limit_qpts;
	}

	ver = resp.ibv_resp.base.fw_ver;
	snprintf(attr->orig_attr.fw_ver, sizeof(attr->orig_attr.fw_ver),
		 "%u.%u.%u", (unsigned int)(ver >> 32),
		 (unsigned int)(ver >> 16) & 0xffff,
		 (unsigned int)ver & 0xffff);
	return 0;
}

static int mfraw_query_port(struct ibv_context *ibctx, uint8_t port,
			    struct ibv_port_attr *attr)
{
	struct ibv_query_port cmd;

	return ibv_cmd_query_port(ibctx, port, attr, &cmd, sizeof(cmd));
}

static const struct verbs_context_ops mfraw_ops = {
	.alloc_mw = mfraw_alloc_mw,
	.attach_counters_point_flow = mfraw_attach_counters_point_flow,
	.attach_mcast = mfraw_attach_mcast,
	.alloc_parent_domain = mfraw_alloc_parent_domain,
	.alloc_pd = mfraw_alloc_pd,
	.alloc_td = mfraw_alloc_td,
	.bind_mw = mfraw_bind_mw,
	.close_xrcd = mfraw_close_xrcd,
	.create_ah = mfraw_create_ah,
	.create_counters = mfraw_create_counters,
	.create_cq = mfraw_create_cq,
	.create_cq_ex = mfraw_create_cq_ex,
	.create_flow = mfraw_create_flow,
	.create_qp = mfraw_create_qp,
	.create_qp_ex = mfraw_create_qp_ex,
	.create_rwq_ind_table = mfraw_create_rwq_ind_table,
	.create_srq = mfraw_create_srq,
	.create_srq_ex = mfraw_create_srq_ex,
	.create_wq = mfraw_create_wq,
	.dealloc_mw = mfraw_dealloc_mw,
	.dealloc_pd = mfraw_dealloc_pd,
	.dealloc_td = mfraw_dealloc_td,
	.dereg_mr = mfraw_dereg_mr,
	.destroy_ah = mfraw_destroy_ah,
	.destroy_counters = mfraw_destroy_counters,
	.destroy_cq = mfraw_destroy_cq,
	.destroy_flow = mfraw_destroy_flow,
	.destroy_qp = mfraw_destroy_qp,
	.destroy_srq = mfraw_destroy_srq,
	.detach_mcast = mfraw_detach_mcast,
	.destroy_rwq_ind_table = mfraw_destroy_rwq_ind_table,
	.destroy_wq = mfraw_destroy_wq,
	.free_context = mfraw_free_context,
	.get_srq_num = mfraw_get_srq_num,
	.modify_cq = mfraw_modify_cq,
	.modify_qp = mfraw_modify_qp,
	.modify_qp_rate_limit = mfraw_modify_qp_rate_limit,
	.modify_srq = mfraw_modify_srq,
	.modify_wq = mfraw_modify_wq,
	.open_qp = mfraw_open_qp,
	.open_xrcd = mfraw_open_xrcd,
	.poll_cq = mfraw_poll_cq,
	.post_recv = mfraw_post_recv,
	.post_send = mfraw_post_send,
	.post_srq_recv = mfraw_post_srq_recv,
	.query_device_ex = mfraw_query_device_ex,
	.query_port = mfraw_query_port,
	.query_qp = mfraw_query_qp,
	.query_rt_values = mfraw_query_rt_values,
	.query_srq = mfraw_query_srq,
	.read_counters = mfraw_read_counters,
	.reg_dmabuf_mr = mfraw_reg_dmabuf_mr,
	.reg_mr = mfraw_reg_mr,
	.req_notify_cq = mfraw_req_notify_cq,
	.rereg_mr = mfraw_rereg_mr,
	.resize_cq = mfraw_resize_cq,
};

static struct verbs_context *mfraw_alloc_context(struct ibv_device *ibdev,
						 int cmd_fd,
						 void *private_data)
{
	struct mfraw_alloc_ucontext_cmd_resp resp = {};
	struct mfraw_alloc_ucontext_cmd cmd = {};
	struct mfraw_context *ctx;

	ctx = verbs_init_and_alloc_context(ibdev, cmd_fd, ctx, vctx,
					   MFRAW_DRIVER_ID);
	if (!ctx)
		return NULL;

	if (ibv_cmd_get_context(&ctx->vctx, &cmd.ibv_cmd, sizeof(cmd),
				NULL, &resp.ibv_resp, sizeof(resp))) {
		verbs_err(&ctx->vctx, "the kernel did not create a context\n");
		goto err_uninit;
	}
	if (mfraw_kick_open(ctx)) {
		verbs_err(&ctx->vctx, "the kernel did not open a kick file\n");
		goto err_uninit;
	}

	mfraw_qp_table_init(&ctx->qp_table);
	mfraw_mcast_init(ctx);
	verbs_set_ops(&ctx->vctx, &mfraw_ops);
	return &ctx->vctx;

err_uninit:
	verbs_uninit_context(&ctx->vctx);
	free(ctx);
	return NULL;
}

static void mfraw_free_context(struct ibv_context *ibctx)
{
	struct mfraw_context *ctx = to_mctx(ibctx);

	mfraw_kick_close(ctx);
	mfraw_mcast_free(ctx);
	mfraw_qp_table_free(&ctx->qp_table);
	verbs_uninit_context(&ctx->vctx);
	free(ctx);
}

static struct verbs_device *mfraw_alloc_device(struct verbs_sysfs_dev *sysfs)
{
	struct mfraw_device *dev;

	dev = calloc(1, sizeof(*dev));
	return dev ? &dev->vdev : NULL;
}

static void mfraw_uninit_device(struct verbs_device *vdev)
{
	free(container_of(vdev, struct mfraw_device, vdev));
}

static const struct verbs_device_ops mfraw_dev_ops = {
	.name = "mfraw",
	.match_min_abi_version = MFRAW_ABI_VERSION,
	.match_max_abi_version = MFRAW_ABI_VERSION,
	.match_table = mfraw_match,
	.alloc_device = mfraw_alloc_device,
	.uninit_device = mfraw_uninit_device,
	.alloc_context = mfraw_alloc_context,
};

PROVIDER_DRIVER(mfraw, mfraw_dev_ops);
