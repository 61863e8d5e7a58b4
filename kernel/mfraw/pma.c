// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Performance management of InfiniBand, and the firmware version. InfiniBand
 * tools query the counters by MADs, and the core shows them in the sysfs
 * directory "counters". See IBTA volume 1, 13.4 (MADs) and 16.1 (performance
 * management).
 */
#include <linux/mf_version.h>
#include <rdma/ib_mad.h>
#include <rdma/ib_pma.h>

#include "mfraw.h"
#include "pma.h"

/* Maximum time of a response: 4.096 us << this. */
#define MFRAW_PMA_RESP_TIME	18

/* Offset of the attribute in the data of a MAD of this class (16.1.1). */
#define MFRAW_PMA_DATA		40

/* Port number that selects all ports; the device has one port. */
#define MFRAW_PMA_ALL_PORTS	0xff

/* PMA counters stop at their maximum instead of wrapping. */
#define mfraw_pma_sat(type, value)	((type)min_t(u64, value, (type)~0))

static u64 mfraw_pma_rx_errors(struct mfraw_dev *dev,
			       const struct mf_qblock_stats *stats)
{
	return stats->rx_too_long + mfraw_sum_stat(dev, MFRAW_RX_MALFORMED) +
	       mfraw_sum_stat(dev, MFRAW_RX_ICRC);
}

/* Fill PortCounters (16.1.3.5). */
static void mfraw_pma_counters(struct mfraw_dev *dev, void *data)
{
	struct ib_pma_portcounters *to = data;
	struct mf_qblock_stats stats;

	dev->qb->ops->get_stats(dev->qb, &stats);
	to->link_downed_counter = mfraw_pma_sat(u8, READ_ONCE(dev->link_downed));
	to->port_rcv_errors =
		cpu_to_be16(mfraw_pma_sat(u16, mfraw_pma_rx_errors(dev, &stats)));
	/* The link was down, or the frame was invalid or had no destination. */
	to->port_xmit_discards =
		cpu_to_be16(mfraw_pma_sat(u16, stats.tx_link_down +
					       stats.tx_no_dest +
					       stats.tx_invalid));
	/* The operator's settings forbid the frame. */
	to->port_xmit_constraint_errors =
		mfraw_pma_sat(u8, stats.tx_spoofed + stats.tx_rule_drop);
	to->port_xmit_data = cpu_to_be32(mfraw_pma_sat(u32, stats.tx_bytes / 4));
	to->port_rcv_data = cpu_to_be32(mfraw_pma_sat(u32, stats.rx_bytes / 4));
	to->port_xmit_packets = cpu_to_be32(mfraw_pma_sat(u32, stats.tx_frames));
	to->port_rcv_packets = cpu_to_be32(mfraw_pma_sat(u32, stats.rx_frames));
}

/* Fill PortCountersExtended (16.1.4.11) without unicast and multicast. */
static void mfraw_pma_counters_ext(struct mfraw_dev *dev, void *data)
{
	struct ib_pma_portcounters_ext *to = data;
	struct mf_qblock_stats stats;

	dev->qb->ops->get_stats(dev->qb, &stats);
	to->port_xmit_data = cpu_to_be64(stats.tx_bytes / 4);
	to->port_rcv_data = cpu_to_be64(stats.rx_bytes / 4);
	to->port_xmit_packets = cpu_to_be64(stats.tx_frames);
	to->port_rcv_packets = cpu_to_be64(stats.rx_frames);
}

/* Fill ClassPortInfo (13.4.8.1 and 16.1.3.1). */
static void mfraw_pma_class_info(void *data)
{
	struct ib_class_port_info *to = data;

	to->base_version = IB_MGMT_BASE_VERSION;
	to->class_version = 1;
	to->capability_mask = IB_PMA_CLASS_CAP_ALLPORTSELECT |
			      IB_PMA_CLASS_CAP_EXT_WIDTH_NOIETF;
	ib_set_cpi_resp_time(to, MFRAW_PMA_RESP_TIME);
}

/* Fill the data of a response. Return the status for its header. */
static u16 mfraw_pma_get(struct mfraw_dev *dev, const struct ib_mad *in,
			 struct ib_mad *out)
{
	const u8 *asked = in->data + MFRAW_PMA_DATA;
	u8 *data = out->data + MFRAW_PMA_DATA;
	u8 port = asked[offsetof(struct ib_pma_portcounters, port_select)];

	static_assert(offsetof(struct ib_pma_portcounters, port_select) ==
		      offsetof(struct ib_pma_portcounters_ext, port_select));

	if (in->mad_hdr.base_version != IB_MGMT_BASE_VERSION ||
	    in->mad_hdr.class_version != 1)
		return IB_MGMT_MAD_STATUS_BAD_VERSION;
	/* Refuse Set: a peer must not reset the counters. */
	if (in->mad_hdr.method != IB_MGMT_METHOD_GET)
		return IB_MGMT_MAD_STATUS_UNSUPPORTED_METHOD_ATTRIB;
	if (in->mad_hdr.attr_id == IB_PMA_CLASS_PORT_INFO) {
		mfraw_pma_class_info(data);
		return IB_MGMT_MAD_STATUS_SUCCESS;
	}
	if (in->mad_hdr.attr_id != IB_PMA_PORT_COUNTERS &&
	    in->mad_hdr.attr_id != IB_PMA_PORT_COUNTERS_EXT)
		return IB_MGMT_MAD_STATUS_UNSUPPORTED_METHOD_ATTRIB;
	if (port != 1 && port != MFRAW_PMA_ALL_PORTS)
		return IB_MGMT_MAD_STATUS_INVALID_ATTRIB_VALUE;

	if (in->mad_hdr.attr_id == IB_PMA_PORT_COUNTERS)
		mfraw_pma_counters(dev, data);
	else
		mfraw_pma_counters_ext(dev, data);
	data[offsetof(struct ib_pma_portcounters, port_select)] = port;

	return IB_MGMT_MAD_STATUS_SUCCESS;
}

/* Answer a MAD of a peer, received on QP 1, or of the local core. May sleep. */
static int mfraw_process_mad(struct ib_device *ibdev, int flags, u32 port_num,
			     const struct ib_wc *in_wc,
			     const struct ib_grh *in_grh,
			     const struct ib_mad *in, struct ib_mad *out,
			     size_t *out_size, u16 *out_pkey_index)
{
	u16 status;

	if (in->mad_hdr.mgmt_class != IB_MGMT_CLASS_PERF_MGMT ||
	    (in->mad_hdr.method != IB_MGMT_METHOD_GET &&
	     in->mad_hdr.method != IB_MGMT_METHOD_SET))
		return IB_MAD_RESULT_SUCCESS;

	memset(out, 0, sizeof(*out));
	status = mfraw_pma_get(to_mfraw_dev(ibdev), in, out);
	out->mad_hdr = in->mad_hdr;
	out->mad_hdr.method = IB_MGMT_METHOD_GET_RESP;
	out->mad_hdr.status = cpu_to_be16(status);

	return IB_MAD_RESULT_SUCCESS | IB_MAD_RESULT_REPLY;
}

/**
 * mfraw_fw_ver - get the firmware version
 *
 * The device has no firmware, so the version of the drivers stands for it.
 *
 * Return: the version in the format of struct ib_device_attr.
 */
u64 mfraw_fw_ver(void)
{
	return (u64)MF_VERSION_MAJOR << 32 | MF_VERSION_MINOR << 16 |
	       MF_VERSION_PATCH;
}

static void mfraw_get_dev_fw_str(struct ib_device *ibdev, char *str)
{
	strscpy(str, MF_VERSION, IB_FW_VERSION_NAME_MAX);
}

const struct ib_device_ops mfraw_pma_ops = {
	.process_mad = mfraw_process_mad,
	.get_dev_fw_str = mfraw_get_dev_fw_str,
};
