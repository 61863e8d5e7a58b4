/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Counters of the driver.
 */
#ifndef MFRAW_STATS_H
#define MFRAW_STATS_H

#include <linux/types.h>
#include <rdma/ib_verbs.h>

struct mfraw_dev;

/**
 * enum mfraw_stat - counters of the driver, besides those of the port
 * @MFRAW_RX_NO_BUFFER: frames dropped since the receive queue is empty
 * @MFRAW_RX_QP_STATE: frames dropped since the QP or WQ is not ready to receive
 * @MFRAW_RX_ERROR: frames dropped since the receive entry is bad or too small
 * @MFRAW_RX_FLOW_DROP: frames dropped by the action of a flow
 * @MFRAW_RX_DELAYED: frames that a WQ held until there was a receive entry
 * @MFRAW_RX_DELAY_TIMEOUT: held frames dropped since no entry came in time
 * @MFRAW_TX_ERROR: work requests that failed
 * @MFRAW_CQ_OVERRUN: CQs that lost a completion
 * @MFRAW_KICKS: system calls that kick a queue
 * @MFRAW_ENGINE_WAKEUPS: send queues given to the polling thread
 * @MFRAW_STALLS: times that a send queue waited for the port
 * @MFRAW_PACE_WAITS: times that a send queue waited for its own rate
 * @MFRAW_RX_MALFORMED: RoCEv2 packets with malformed headers
 * @MFRAW_RX_ICRC: packets with a wrong ICRC
 * @MFRAW_RX_NO_QP: packets for a QP or group that does not exist
 * @MFRAW_RX_OPCODE: packets of a transport that differs from the QP's
 * @MFRAW_RX_PEER: packets whose addresses differ from those of the QP, group or
 *	port
 * @MFRAW_RX_QKEY: datagrams with a wrong Q_Key
 * @MFRAW_RX_RNR: requests that found no receive entry
 * @MFRAW_RX_INVALID_REQ: invalid requests
 * @MFRAW_RX_ACCESS: requests for memory that the peer may not access
 * @MFRAW_OUT_OF_SEQUENCE: packets after a missing packet
 * @MFRAW_DUPLICATE: requests that were executed before
 * @MFRAW_RESP_STALE: responses that match no outstanding request
 * @MFRAW_SEQ_NAK: sequence error NAKs from a peer
 * @MFRAW_IMPLIED_NAK: missing responses, found by a later one
 * @MFRAW_ACK_TIMEOUT: timeouts without an acknowledge of the peer
 * @MFRAW_ECN_MARKED: packets received with a congestion mark
 * @MFRAW_CNP_SENT: congestion notifications sent to a peer
 * @MFRAW_CNP_HANDLED: congestion notifications handled
 * @MFRAW_CNP_IGNORED: congestion notifications for a QP that is not connected
 * @MFRAW_NUM_STATS: number of counters
 */
enum mfraw_stat {
	MFRAW_RX_NO_BUFFER,
	MFRAW_RX_QP_STATE,
	MFRAW_RX_ERROR,
	MFRAW_RX_FLOW_DROP,
	MFRAW_RX_DELAYED,
	MFRAW_RX_DELAY_TIMEOUT,
	MFRAW_TX_ERROR,
	MFRAW_CQ_OVERRUN,
	MFRAW_KICKS,
	MFRAW_ENGINE_WAKEUPS,
	MFRAW_STALLS,
	MFRAW_PACE_WAITS,
	MFRAW_RX_MALFORMED,
	MFRAW_RX_ICRC,
	MFRAW_RX_NO_QP,
	MFRAW_RX_OPCODE,
	MFRAW_RX_PEER,
	MFRAW_RX_QKEY,
	MFRAW_RX_RNR,
	MFRAW_RX_INVALID_REQ,
	MFRAW_RX_ACCESS,
	MFRAW_OUT_OF_SEQUENCE,
	MFRAW_DUPLICATE,
	MFRAW_RESP_STALE,
	MFRAW_SEQ_NAK,
	MFRAW_IMPLIED_NAK,
	MFRAW_ACK_TIMEOUT,
	MFRAW_ECN_MARKED,
	MFRAW_CNP_SENT,
	MFRAW_CNP_HANDLED,
	MFRAW_CNP_IGNORED,
	MFRAW_NUM_STATS,
};

struct mfraw_stats {
	u64	value[MFRAW_NUM_STATS];
};

extern const struct ib_device_ops mfraw_stats_ops;
u64 mfraw_sum_stat(struct mfraw_dev *dev, enum mfraw_stat stat);
void mfraw_drop(struct mfraw_dev *dev, u32 num, enum mfraw_stat cause,
		unsigned int n);

#endif /* MFRAW_STATS_H */
