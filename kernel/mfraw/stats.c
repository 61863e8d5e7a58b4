// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Counters of the port and of the driver, for "rdma statistic" and sysfs.
 */
#include "mfraw.h"
#include "stats.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* The port's counters come first, in the order of struct mf_qblock_stats. */
#define MFRAW_PORT_STAT(field) \
	[offsetof(struct mf_qblock_stats, field) / sizeof(u64)] = \
		{ .name = #field }

#define MFRAW_NUM_PORT_STATS	(sizeof(struct mf_qblock_stats) / sizeof(u64))

/* The driver's counters follow. */
#define MFRAW_STAT(stat, text) \
	[MFRAW_NUM_PORT_STATS + (stat)] = { .name = (text) }

#define MFRAW_NUM_ALL_STATS	(MFRAW_NUM_PORT_STATS + MFRAW_NUM_STATS)

static const struct rdma_stat_desc mfraw_stat_descs[MFRAW_NUM_ALL_STATS] = {
	MFRAW_PORT_STAT(tx_frames),
	MFRAW_PORT_STAT(tx_bytes),
	MFRAW_PORT_STAT(rx_frames),
	MFRAW_PORT_STAT(rx_bytes),
	MFRAW_PORT_STAT(tx_slow),
	MFRAW_PORT_STAT(tx_invalid),
	MFRAW_PORT_STAT(tx_link_down),
	MFRAW_PORT_STAT(tx_spoofed),
	MFRAW_PORT_STAT(tx_rule_drop),
	MFRAW_PORT_STAT(tx_no_dest),
	MFRAW_PORT_STAT(rx_no_rule),
	MFRAW_PORT_STAT(rx_too_long),
	MFRAW_PORT_STAT(rx_link_down),
	MFRAW_PORT_STAT(rx_fanout),
	MFRAW_PORT_STAT(rx_fanout_drop),
	MFRAW_PORT_STAT(rx_queue_drop),
	MFRAW_STAT(MFRAW_RX_NO_BUFFER, "rx_no_buffer"),
	MFRAW_STAT(MFRAW_RX_QP_STATE, "rx_qp_state"),
	MFRAW_STAT(MFRAW_RX_ERROR, "rx_error"),
	MFRAW_STAT(MFRAW_RX_FLOW_DROP, "rx_flow_drop"),
	MFRAW_STAT(MFRAW_RX_DELAYED, "rx_delayed"),
	MFRAW_STAT(MFRAW_RX_DELAY_TIMEOUT, "rx_delay_timeout"),
	MFRAW_STAT(MFRAW_TX_ERROR, "tx_error"),
	MFRAW_STAT(MFRAW_CQ_OVERRUN, "cq_overrun"),
	MFRAW_STAT(MFRAW_KICKS, "kicks"),
	MFRAW_STAT(MFRAW_ENGINE_WAKEUPS, "engine_wakeups"),
	MFRAW_STAT(MFRAW_STALLS, "stalls"),
	MFRAW_STAT(MFRAW_PACE_WAITS, "pace_waits"),
	MFRAW_STAT(MFRAW_RX_MALFORMED, "rx_malformed"),
	MFRAW_STAT(MFRAW_RX_ICRC, "rx_icrc_encapsulated"),
	MFRAW_STAT(MFRAW_RX_NO_QP, "rx_no_qp"),
	MFRAW_STAT(MFRAW_RX_OPCODE, "rx_opcode"),
	MFRAW_STAT(MFRAW_RX_PEER, "rx_peer"),
	MFRAW_STAT(MFRAW_RX_QKEY, "rx_qkey"),
	MFRAW_STAT(MFRAW_RX_RNR, "rx_rnr"),
	MFRAW_STAT(MFRAW_RX_INVALID_REQ, "rx_invalid_request"),
	MFRAW_STAT(MFRAW_RX_ACCESS, "resp_remote_access_errors"),
	MFRAW_STAT(MFRAW_OUT_OF_SEQUENCE, "out_of_sequence"),
	MFRAW_STAT(MFRAW_DUPLICATE, "duplicate_request"),
	MFRAW_STAT(MFRAW_RESP_STALE, "rx_stale_response"),
	MFRAW_STAT(MFRAW_SEQ_NAK, "packet_seq_err"),
	MFRAW_STAT(MFRAW_IMPLIED_NAK, "implied_nak_seq_err"),
	MFRAW_STAT(MFRAW_ACK_TIMEOUT, "local_ack_timeout_err"),
	MFRAW_STAT(MFRAW_ECN_MARKED, "np_ecn_marked_roce_packets"),
	MFRAW_STAT(MFRAW_CNP_SENT, "np_cnp_sent"),
	MFRAW_STAT(MFRAW_CNP_HANDLED, "rp_cnp_handled"),
	MFRAW_STAT(MFRAW_CNP_IGNORED, "rp_cnp_ignored"),
};

/**
 * mfraw_drop - count and trace dropped frames or packets
 * @dev: the device
 * @num: number of the QP or WQ that the frames were for, 0 if there is none
 * @cause: counter of the cause
 * @n: number of frames or packets
 *
 * Context: any.
 */
void mfraw_drop(struct mfraw_dev *dev, u32 num, enum mfraw_stat cause,
		unsigned int n)
{
	mfraw_count(dev, cause, n);
	trace_mfraw_drop(&dev->ibdev, num,
			 mfraw_stat_descs[MFRAW_NUM_PORT_STATS + cause].name,
			 n);
}

static struct rdma_hw_stats *mfraw_alloc_hw_port_stats(struct ib_device *ibdev,
						       u32 port)
{
	return rdma_alloc_hw_stats_struct(mfraw_stat_descs, MFRAW_NUM_ALL_STATS,
					  RDMA_HW_STATS_DEFAULT_LIFESPAN);
}

/**
 * mfraw_sum_stat - read a counter of the driver
 * @dev: the device
 * @stat: the counter
 *
 * Context: any.
 * Return: the sum over all CPUs.
 */
u64 mfraw_sum_stat(struct mfraw_dev *dev, enum mfraw_stat stat)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(dev->stats, cpu)->value[stat]);

	return sum;
}

static int mfraw_get_hw_stats(struct ib_device *ibdev,
			      struct rdma_hw_stats *stats, u32 port, int index)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibdev);
	struct mf_qblock_stats port_stats;
	int i;

	if (!port)
		return -EOPNOTSUPP;

	dev->qb->ops->get_stats(dev->qb, &port_stats);
	memcpy(stats->value, &port_stats, sizeof(port_stats));
	for (i = 0; i < MFRAW_NUM_STATS; i++)
		stats->value[MFRAW_NUM_PORT_STATS + i] = mfraw_sum_stat(dev, i);

	return MFRAW_NUM_ALL_STATS;
}

const struct ib_device_ops mfraw_stats_ops = {
	.alloc_hw_port_stats = mfraw_alloc_hw_port_stats,
	.get_hw_stats = mfraw_get_hw_stats,
};
