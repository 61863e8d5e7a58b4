/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The uverbs commands that carry data of the mfraw driver.
 */
#ifndef __MFRAW_ABI_H__
#define __MFRAW_ABI_H__

#include <assert.h>

#include <infiniband/kern-abi.h>
#include <rdma/mfraw-abi.h>
#include <kernel-abi/mfraw-abi.h>

DECLARE_DRV_CMD(mfraw_alloc_ucontext_cmd, IB_USER_VERBS_CMD_GET_CONTEXT,
		mfraw_alloc_ucontext_req, mfraw_alloc_ucontext_resp);
DECLARE_DRV_CMD(mfraw_query_device_cmd, IB_USER_VERBS_EX_CMD_QUERY_DEVICE,
		empty, mfraw_query_device_resp);
DECLARE_DRV_CMD(mfraw_create_cq_cmd, IB_USER_VERBS_EX_CMD_CREATE_CQ,
		mfraw_create_cq_req, mfraw_create_cq_resp);
DECLARE_DRV_CMD(mfraw_resize_cq_cmd, IB_USER_VERBS_CMD_RESIZE_CQ,
		mfraw_resize_cq_req, mfraw_resize_cq_resp);
DECLARE_DRV_CMD(mfraw_create_qp_cmd, IB_USER_VERBS_EX_CMD_CREATE_QP,
		mfraw_create_qp_req, mfraw_create_qp_resp);
DECLARE_DRV_CMD(mfraw_create_qp_rss_cmd, IB_USER_VERBS_EX_CMD_CREATE_QP,
		mfraw_create_qp_rss_req, mfraw_create_qp_resp);
DECLARE_DRV_CMD(mfraw_modify_qp_cmd, IB_USER_VERBS_EX_CMD_MODIFY_QP,
		mfraw_modify_qp_req, empty);
DECLARE_DRV_CMD(mfraw_create_ah_cmd, IB_USER_VERBS_CMD_CREATE_AH, empty,
		mfraw_create_ah_resp);
DECLARE_DRV_CMD(mfraw_create_srq_cmd, IB_USER_VERBS_CMD_CREATE_XSRQ,
		mfraw_create_srq_req, mfraw_create_srq_resp);
DECLARE_DRV_CMD(mfraw_create_wq_cmd, IB_USER_VERBS_EX_CMD_CREATE_WQ,
		mfraw_create_wq_req, mfraw_create_wq_resp);

/* The kernel asserts the same sizes. */
#define MFRAW_ABI_SIZE(type, size) static_assert(sizeof(type) == (size), #type)

MFRAW_ABI_SIZE(struct mfraw_alloc_ucontext_req, 8);
MFRAW_ABI_SIZE(struct mfraw_alloc_ucontext_resp, 16);
MFRAW_ABI_SIZE(struct mfraw_query_device_resp, 48);
MFRAW_ABI_SIZE(struct mfraw_create_cq_req, 8);
MFRAW_ABI_SIZE(struct mfraw_create_cq_resp, 40);
MFRAW_ABI_SIZE(struct mfraw_resize_cq_req, 8);
MFRAW_ABI_SIZE(struct mfraw_resize_cq_resp, 40);
MFRAW_ABI_SIZE(struct mfraw_create_qp_req, 16);
MFRAW_ABI_SIZE(struct mfraw_create_qp_resp, 48);
MFRAW_ABI_SIZE(struct mfraw_create_qp_rss_req, 64);
MFRAW_ABI_SIZE(struct mfraw_modify_qp_req, 16);
MFRAW_ABI_SIZE(struct mfraw_create_wq_req, 8);
MFRAW_ABI_SIZE(struct mfraw_create_wq_resp, 40);
MFRAW_ABI_SIZE(struct mfraw_create_ah_resp, 8);
MFRAW_ABI_SIZE(struct mfraw_create_srq_req, 8);
MFRAW_ABI_SIZE(struct mfraw_create_srq_resp, 40);
MFRAW_ABI_SIZE(struct mfraw_qp_db, 192);
MFRAW_ABI_SIZE(struct mfraw_sge, 16);
MFRAW_ABI_SIZE(struct mfraw_srq_wqe, 16);
MFRAW_ABI_SIZE(struct mfraw_send_wqe, 16);
MFRAW_ABI_SIZE(struct mfraw_roce_seg, 32);
MFRAW_ABI_SIZE(struct mfraw_cq_db, 128);
MFRAW_ABI_SIZE(struct mfraw_cqe, 32);

#endif /* __MFRAW_ABI_H__ */
