// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Checks of the attributes with which a QP is created or modified.
 */
#include "refuse.h"
#include "verbs/qp.h"

#define MFRAW_QP_CREATE_FLAGS	(IB_QP_CREATE_BLOCK_MULTICAST_LOOPBACK | \
				 IB_QP_CREATE_CVLAN_STRIPPING | \
				 IB_QP_CREATE_SCATTER_FCS)

/**
 * mfraw_qp_check_init - check the attributes of a new QP
 * @ibdev: the device
 * @init: the attributes
 * @kernel: the QP is for a kernel user
 *
 * Return: 0 or an errno.
 */
int mfraw_qp_check_init(struct ib_device *ibdev,
			const struct ib_qp_init_attr *init, bool kernel)
{
	const struct ib_qp_cap *cap = &init->cap;
	const struct mfraw_limit limits[] = {
		{ "send requests", cap->max_send_wr, MFRAW_MAX_WR },
		{ "receives", cap->max_recv_wr, MFRAW_MAX_WR },
		{ "pieces of a send", cap->max_send_sge, MFRAW_MAX_SGE },
		{ "pieces of a receive", cap->max_recv_sge, MFRAW_MAX_SGE },
		{ "bytes inline", cap->max_inline_data, MFRAW_MAX_INLINE },
	};
	u32 flags = 0;
	bool ok;
	int err;

	err = mfraw_check_limits(ibdev, "QP", limits, ARRAY_SIZE(limits));
	if (err)
		return err;

	switch (init->qp_type) {
	case IB_QPT_RAW_PACKET:
		/* Only processes have raw packet QPs. */
		ok = !kernel && !init->srq;
		flags = MFRAW_QP_CREATE_FLAGS;
		break;
	case IB_QPT_GSI:
		ok = kernel;
		flags = IB_QP_CREATE_BLOCK_MULTICAST_LOOPBACK;
		break;
	case IB_QPT_UD:
		ok = true;
		flags = IB_QP_CREATE_BLOCK_MULTICAST_LOOPBACK;
		break;
	case IB_QPT_RC:
	case IB_QPT_UC:
		ok = true;
		break;
	case IB_QPT_XRC_INI:
		ok = !kernel;
		break;
	case IB_QPT_XRC_TGT:
		ok = init->xrcd && !init->srq;
		break;
	default:
		ok = false;
		break;
	}
	if (init->qp_type != IB_QPT_RAW_PACKET && !to_mfraw_dev(ibdev)->roce)
		ok = false;
	if (!ok || (kernel && init->rwq_ind_tbl))
		return mfraw_refuse(ibdev, -EOPNOTSUPP,
				    "QP: type %d of %s%s, not on this device",
				    init->qp_type, kernel ? "the kernel" : "a user",
				    init->srq ? " with an SRQ" : "");

	return mfraw_check_flags(ibdev, "QP", "flags", init->create_flags, flags);
}

/**
 * mfraw_qp_create_req - read the driver data of ibv_create_qp()
 * @ibdev: the device
 * @udata: driver data; NULL for a kernel user
 * @req: result, all zeros for a kernel user
 *
 * Context: process context.
 * Return: 0 or an errno.
 */
int mfraw_qp_create_req(struct ib_device *ibdev, struct ib_udata *udata,
			struct mfraw_create_qp_req *req)
{
	int err;

	memset(req, 0, sizeof(*req));
	if (!udata)
		return 0;

	err = ib_copy_validate_udata_in_cm(udata, *req, comp_mask,
					   MFRAW_CREATE_QP_MAX_TSO_HDR);
	err = mfraw_check_req(ibdev, "QP", udata, err);
	if (err)
		return err;
	if (!(req->comp_mask & MFRAW_CREATE_QP_MAX_TSO_HDR))
		req->max_tso_hdr = 0;
	else if (udata->inlen < offsetofend(typeof(*req), max_tso_hdr))
		return mfraw_refuse(ibdev, -EINVAL,
				    "QP: %zu bytes of driver data, without the TSO header",
				    udata->inlen);
	if (req->max_tso_hdr > MFRAW_MAX_TSO_HDR || req->reserved)
		return mfraw_refuse(ibdev, -EINVAL,
				    "QP: TSO header %u bytes, %u at most, reserved %u",
				    req->max_tso_hdr, MFRAW_MAX_TSO_HDR,
				    req->reserved);

	return 0;
}

/**
 * mfraw_qp_modify_req - read the driver data of ibv_modify_qp()
 * @ibqp: the queue pair
 * @udata: driver data, may be NULL or empty
 * @attr: attributes of the call
 * @mask: members of @attr that are set
 * @req: result, all zeros without driver data
 *
 * Context: process context.
 * Return: 0 or an errno.
 */
int mfraw_qp_modify_req(struct ib_qp *ibqp, struct ib_udata *udata,
			const struct ib_qp_attr *attr, int mask,
			struct mfraw_modify_qp_req *req)
{
	int err;

	memset(req, 0, sizeof(*req));
	if (!udata || !udata->inlen)
		return 0;

	err = ib_copy_validate_udata_in_cm(udata, *req, reserved,
					   MFRAW_MODIFY_QP_BURST);
	err = mfraw_check_req(ibqp->device, "QP", udata, err);
	if (err)
		return err;
	if (req->reserved)
		return mfraw_refuse(ibqp->device, -EINVAL,
				    "QP %u: reserved %#x", ibqp->qp_num,
				    req->reserved);
	if (!(req->comp_mask & MFRAW_MODIFY_QP_BURST)) {
		req->max_burst_sz = 0;
		return 0;
	}
	/* A burst size makes sense together with a rate only. */
	if (!(mask & IB_QP_RATE_LIMIT) ||
	    (!attr->rate_limit && (req->max_burst_sz || req->typical_pkt_sz)))
		return mfraw_refuse(ibqp->device, -EINVAL,
				    "QP %u: burst %u bytes, without a rate",
				    ibqp->qp_num, req->max_burst_sz);

	return 0;
}
