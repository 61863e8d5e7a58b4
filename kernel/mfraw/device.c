// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Query verbs of the device and its port.
 */
#include <linux/if_vlan.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <net/addrconf.h>

#include "mfraw.h"
#include "pma.h"
#include "refuse.h"

#define MFRAW_VENDOR_ID		0xffffff	/* the driver has no OUI */
#define MFRAW_VENDOR_PART_ID	1

static int mfraw_query_device(struct ib_device *ibdev,
			      struct ib_device_attr *attr,
			      struct ib_udata *udata)
{
	struct mfraw_query_device_resp resp = {
		.rx_hash_fields = MFRAW_RX_HASH_FIELDS,
		.rx_hash_functions = MFRAW_RX_HASH_FUNC_TOEPLITZ,
		.max_tso = MFRAW_MAX_TSO,
		.tso_qpts = BIT(IB_QPT_RAW_PACKET),
		.rate_limit_min = MFRAW_MIN_RATE,
		.rate_limit_max = MFRAW_MAX_RATE,
		.rate_limit_qpts = BIT(IB_QPT_RAW_PACKET),
	};
	int err;

	err = mfraw_check_empty(ibdev, "device", udata);
	if (err)
		return err;

	memset(attr, 0, sizeof(*attr));
	attr->fw_ver = mfraw_fw_ver();
	attr->sys_image_guid = ibdev->node_guid;
	attr->vendor_id = MFRAW_VENDOR_ID;
	attr->vendor_part_id = MFRAW_VENDOR_PART_ID;
	attr->max_mr_size = MFRAW_MAX_MR_SIZE;
	/* For fast-registered regions of kernel users, see kern/kmr.c. */
	attr->page_size_cap = GENMASK(31, 12);
	attr->device_cap_flags = IB_DEVICE_CURR_QP_STATE_MOD |
				 IB_DEVICE_PORT_ACTIVE_EVENT |
				 IB_DEVICE_SYS_IMAGE_GUID |
				 IB_DEVICE_RAW_SCATTER_FCS |
				 IB_DEVICE_MANAGED_FLOW_STEERING |
				 IB_DEVICE_RAW_IP_CSUM;
	attr->max_qp = MFRAW_MAX_QP;
	attr->max_raw_ethy_qp = MFRAW_MAX_QP;
	attr->max_qp_wr = MFRAW_MAX_WR;
	attr->max_send_sge = MFRAW_MAX_SGE;
	attr->max_recv_sge = MFRAW_MAX_SGE;
	attr->max_cq = MFRAW_MAX_CQ;
	attr->max_cqe = MFRAW_MAX_CQE;
	attr->max_mr = MFRAW_MAX_MR;
	attr->max_pd = INT_MAX;		/* a PD needs no resources */
	attr->max_pkeys = 1;
	attr->atomic_cap = IB_ATOMIC_NONE;
	/* The provider implements groups of raw packet QPs by flows. */
	attr->max_mcast_grp = MFRAW_MAX_MCAST_GRP;
	attr->max_mcast_qp_attach = MFRAW_MAX_MCAST_QP;
	attr->max_total_mcast_qp_attach = MFRAW_MAX_MCAST_GRP *
					  MFRAW_MAX_MCAST_QP;
	attr->raw_packet_caps = IB_RAW_PACKET_CAP_CVLAN_STRIPPING |
				IB_RAW_PACKET_CAP_SCATTER_FCS |
				IB_RAW_PACKET_CAP_IP_CSUM |
				IB_RAW_PACKET_CAP_DELAY_DROP;
	attr->max_wq_type_rq = MFRAW_MAX_QP;
	attr->rss_caps.supported_qpts = BIT(IB_QPT_RAW_PACKET);
	attr->rss_caps.max_rwq_indirection_tables = MFRAW_MAX_IND_TBL;
	attr->rss_caps.max_rwq_indirection_table_size =
		BIT(MFRAW_LOG_IND_TBL_SIZE);
	/* Timestamps are CLOCK_MONOTONIC_RAW in ns, as user space reads it. */
	attr->timestamp_mask = U64_MAX;
	attr->hca_core_clock = USEC_PER_SEC;	/* kHz */
	attr->cq_caps.max_cq_moderation_count = MFRAW_MAX_CQ_COUNT;
	attr->cq_caps.max_cq_moderation_period = MFRAW_MAX_CQ_PERIOD;
	mfraw_roce_device_attr(to_mfraw_dev(ibdev), attr);

	/* The core calls without udata when it registers the device. */
	return udata ? ib_respond_udata(udata, resp) : 0;
}

/*
 * Report the slowest InfiniBand link that carries @mbps. A port whose speed is
 * unknown (0) gets the slowest link.
 */
static void mfraw_port_speed(u32 mbps, struct ib_port_attr *port)
{
	static const struct {
		u32 mbps;
		u8 width;
		u16 speed;
	} links[] = {
		{ 2500, IB_WIDTH_1X, IB_SPEED_SDR },
		{ 10000, IB_WIDTH_1X, IB_SPEED_FDR10 },
		{ 25000, IB_WIDTH_1X, IB_SPEED_EDR },
		{ 40000, IB_WIDTH_4X, IB_SPEED_FDR10 },
		{ 50000, IB_WIDTH_1X, IB_SPEED_HDR },
		{ 100000, IB_WIDTH_4X, IB_SPEED_EDR },
		{ 200000, IB_WIDTH_4X, IB_SPEED_HDR },
		{ 400000, IB_WIDTH_4X, IB_SPEED_NDR },
	};
	unsigned int i = 0;

	while (i < ARRAY_SIZE(links) - 1 && links[i].mbps < mbps)
		i++;
	port->active_width = links[i].width;
	port->active_speed = links[i].speed;
}

static int mfraw_query_port(struct ib_device *ibdev, u32 port_num,
			    struct ib_port_attr *port)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibdev);

	mutex_lock(&dev->attr_lock);
	port->state = dev->attr.link_up ? IB_PORT_ACTIVE : IB_PORT_DOWN;
	port->phys_state = dev->attr.link_up ? IB_PORT_PHYS_STATE_LINK_UP :
					       IB_PORT_PHYS_STATE_DISABLED;
	port->phys_mtu = dev->attr.mtu;
	mfraw_port_speed(dev->attr.speed, port);
	mutex_unlock(&dev->attr_lock);

	/* The usual value of RDMA devices; phys_mtu limits a raw frame. */
	port->max_msg_sz = SZ_1G;
	/* MTUs of verbs are powers of two; phys_mtu is exact. */
	port->max_mtu = IB_MTU_4096;
	port->active_mtu = ib_mtu_int_to_enum(port->phys_mtu);
	port->gid_tbl_len = 1;
	port->pkey_tbl_len = 1;
	mfraw_roce_port_attr(dev, port);

	return 0;
}

/*
 * Ignore events of the network device. The state of the port is the state of
 * the queue block, and main.c reports its changes.
 */
static void __maybe_unused
mfraw_report_port_event(struct ib_device *ibdev, struct net_device *ndev,
			unsigned long event)
{
}

static int mfraw_get_port_immutable(struct ib_device *ibdev, u32 port_num,
				    struct ib_port_immutable *immutable)
{
	immutable->gid_tbl_len = 1;
	immutable->pkey_tbl_len = 1;
	immutable->core_cap_flags = RDMA_CORE_PORT_RAW_PACKET;
	mfraw_roce_immutable(to_mfraw_dev(ibdev), immutable);

	return 0;
}

static enum rdma_link_layer mfraw_get_link_layer(struct ib_device *ibdev,
						 u32 port_num)
{
	return IB_LINK_LAYER_ETHERNET;
}

/*
 * Return the link-local address with the MAC as interface id (RFC 4291,
 * appendix A). Called without RoCE only; with RoCE, the core has the GID table.
 */
static int mfraw_query_gid(struct ib_device *ibdev, u32 port_num, int index,
			   union ib_gid *gid)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibdev);

	if (index)
		return mfraw_refuse(ibdev, -EINVAL, "GID: index %d, only 0",
				    index);

	gid->global.subnet_prefix = cpu_to_be64(0xfe80000000000000ULL);
	mutex_lock(&dev->attr_lock);
	addrconf_addr_eui48((u8 *)&gid->global.interface_id, dev->attr.mac);
	mutex_unlock(&dev->attr_lock);

	return 0;
}

static int mfraw_query_pkey(struct ib_device *ibdev, u32 port_num, u16 index,
			    u16 *pkey)
{
	if (index)
		return mfraw_refuse(ibdev, -EINVAL, "P_Key: index %u, only 0",
				    index);
	*pkey = 0xffff;	/* the default partition, as full member */

	return 0;
}

const struct ib_device_ops mfraw_device_ops = {
	.owner = THIS_MODULE,
	.driver_id = RDMA_DRIVER_MFRAW,
	.uverbs_abi_ver = MFRAW_ABI_VERSION,

	.get_link_layer = mfraw_get_link_layer,
	.get_port_immutable = mfraw_get_port_immutable,
	.query_device = mfraw_query_device,
	.query_gid = mfraw_query_gid,
	.query_pkey = mfraw_query_pkey,
	.query_port = mfraw_query_port,
	MF_REPORT_PORT_EVENT(mfraw_report_port_event)
};
