// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The RoCEv2 part of a device: its life, and what it adds to the attributes of
 * device and port. RoCEv2 brings the other types of QPs, their objects, and
 * kernel users.
 */
#include <linux/random.h>
#include <rdma/ib_addr.h>
#include <rdma/ib_mad.h>

#include "kern/kmr.h"
#include "kern/kverbs.h"
#include "roce/gid.h"
#include "roce/mcast.h"
#include "roce/pkt.h"
#include "roce/roce.h"
#include "roce/uplink.h"
#include "verbs/ah.h"
#include "verbs/mr.h"
#include "verbs/mw.h"
#include "verbs/qp_ops.h"
#include "verbs/srq.h"
#include "verbs/xrc.h"

/**
 * mfraw_roce_load - get what all devices share
 *
 * Context: sleeps.
 * Return: 0 or an errno.
 */
int mfraw_roce_load(void)
{
	return mfraw_pkt_init();
}

/**
 * mfraw_roce_unload - release what all devices shared
 *
 * Context: sleeps; all devices are gone.
 */
void mfraw_roce_unload(void)
{
	mfraw_pkt_exit();
	mfraw_uplink_exit();
}

static void mfraw_roce_tables(struct mfraw_roce_dev *rd)
{
	xa_init_flags(&rd->mws, XA_FLAGS_ALLOC1);
	rd->mw_next = get_random_u32_inclusive(1, MFRAW_MAX_MW);
	/* Kernel users create and destroy AHs with interrupts off. */
	xa_init_flags(&rd->ahs, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_IRQ);
	ida_init(&rd->srqns);
	xa_init(&rd->xsrqs);
	xa_init(&rd->kqps);
}

static void mfraw_roce_set_ops(struct mfraw_dev *dev)
{
	struct ib_device *ibdev = &dev->ibdev;

	dev->roce = &mfraw_roce_qp_ops;
	ib_set_device_ops(ibdev, &mfraw_kmr_ops);
	ib_set_device_ops(ibdev, &mfraw_kverbs_ops);
	ib_set_device_ops(ibdev, &mfraw_ah_ops);
	ib_set_device_ops(ibdev, &mfraw_mw_ops);
	ib_set_device_ops(ibdev, &mfraw_srq_ops);
	ib_set_device_ops(ibdev, &mfraw_xrc_ops);
	ib_set_device_ops(ibdev, &mfraw_mcast_ops);
	ib_set_device_ops(ibdev, &mfraw_gid_ops);
}

/**
 * mfraw_roce_init - add RoCE to a device if its port has it
 * @dev: the device, attached to its port, whose attributes have been read
 *
 * Context: sleeps.
 * Return: 0 or an errno.
 */
int mfraw_roce_init(struct mfraw_dev *dev)
{
	int err;

	/* A port with an MTU below that of the shortest packets has no RoCE. */
	if (!dev->attr.roce || !iboe_get_mtu(dev->attr.mtu))
		return 0;

	mfraw_roce_tables(&dev->rdev);
	err = mfraw_mcast_init(dev);
	if (err)
		return err;
	err = mfraw_gid_init(dev);
	if (err)
		goto err_mcast;
	err = mfraw_uplink_init(dev);
	if (err)
		goto err_gid;
	mfraw_roce_set_ops(dev);

	return 0;

err_gid:
	mfraw_gid_fini(dev);
err_mcast:
	mfraw_mcast_fini(dev);
	return err;
}

/**
 * mfraw_roce_fini - undo mfraw_roce_init()
 * @dev: the device, which has no objects
 *
 * Context: sleeps.
 */
void mfraw_roce_fini(struct mfraw_dev *dev)
{
	struct mfraw_roce_dev *rd = &dev->rdev;

	if (!dev->roce)
		return;

	mfraw_uplink_fini(dev);
	mfraw_gid_fini(dev);
	mfraw_mcast_fini(dev);
	WARN_ON(rd->gsi);
	mfraw_table_free(&rd->qps);
	WARN_ON(!xa_empty(&rd->mws));
	xa_destroy(&rd->mws);
	WARN_ON(!xa_empty(&rd->ahs));
	xa_destroy(&rd->ahs);
	WARN_ON(!ida_is_empty(&rd->srqns));
	WARN_ON(!xa_empty(&rd->xsrqs));
	WARN_ON(!xa_empty(&rd->kqps));
}

/**
 * mfraw_roce_device_attr - add what RoCE adds to the attributes of a device
 * @dev: the device
 * @attr: the attributes, already filled in
 */
void mfraw_roce_device_attr(const struct mfraw_dev *dev,
			    struct ib_device_attr *attr)
{
	if (!dev->roce)
		return;

	attr->device_cap_flags |= IB_DEVICE_RC_RNR_NAK_GEN |
				  IB_DEVICE_MEM_WINDOW |
				  IB_DEVICE_MEM_WINDOW_TYPE_2B |
				  IB_DEVICE_XRC |
				  IB_DEVICE_MEM_MGT_EXTENSIONS;
	attr->atomic_cap = IB_ATOMIC_HCA;
	attr->max_sge_rd = MFRAW_MAX_SGE;
	attr->max_qp_rd_atom = MFRAW_MAX_RD_ATOMIC;
	attr->max_qp_init_rd_atom = MFRAW_MAX_RD_ATOMIC;
	attr->max_res_rd_atom = MFRAW_MAX_QP * MFRAW_MAX_RD_ATOMIC;
	attr->max_fast_reg_page_list_len = MFRAW_MAX_FAST_REG;
	attr->max_ah = MFRAW_MAX_AH;
	attr->max_mw = MFRAW_MAX_MW;
	attr->max_srq = MFRAW_MAX_SRQ;
	attr->max_srq_wr = MFRAW_MAX_WR;
	attr->max_srq_sge = MFRAW_MAX_SGE;
	attr->local_ca_ack_delay = MFRAW_ACK_DELAY;
}

/**
 * mfraw_roce_port_attr - add what RoCE adds to the attributes of a port
 * @dev: the device
 * @port: the attributes, already filled in
 */
void mfraw_roce_port_attr(const struct mfraw_dev *dev,
			  struct ib_port_attr *port)
{
	if (!dev->roce)
		return;

	port->max_msg_sz = MFRAW_MAX_MSG;
	/* With RoCE, the active MTU is the maximum payload of a packet. */
	port->active_mtu = iboe_get_mtu(port->phys_mtu);
	port->gid_tbl_len = MFRAW_GID_TBL_LEN;
	port->port_cap_flags = IB_PORT_CM_SUP;
	port->ip_gids = true;
}

/**
 * mfraw_roce_immutable - add what RoCE adds to constant attributes of a port
 * @dev: the device
 * @immutable: the attributes, already filled in
 */
void mfraw_roce_immutable(const struct mfraw_dev *dev,
			  struct ib_port_immutable *immutable)
{
	if (!dev->roce)
		return;

	immutable->gid_tbl_len = MFRAW_GID_TBL_LEN;
	immutable->core_cap_flags |= RDMA_CORE_PORT_IBA_ROCE_UDP_ENCAP;
	immutable->max_mad_size = IB_MGMT_MAD_SIZE;
}
