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
 * enum mfraw_stat - the counters of the driver; the port's come from its owner
 * @MFRAW_RX_NO_BUFFER: frames dropped, receive queue empty
 * @MFRAW_RX_QP_STATE: frames dropped, QP or WQ not ready to receive
 * @MFRAW_RX_ERROR: frames that met a bad or too small receive entry
 * @MFRAW_RX_FLOW_DROP: frames that a flow dropped, as it was told to
 * @MFRAW_RX_DELAYED: frames that a WQ held until there was a receive entry
 * @MFRAW_RX_DELAY_TIMEOUT: of them, those dropped since there was none in time
 * @MFRAW_TX_ERROR: bad work requests
 * @MFRAW_CQ_OVERRUN: CQs that lost a completion
 * @MFRAW_KICKS: system calls that asked to run a queue
 * @MFRAW_ENGINE_WAKEUPS: of them, those that gave a queue to the thread
 * @MFRAW_STALLS: times that a send queue had to wait for the port's rate
 * @MFRAW_PACE_WAITS: times that one had to wait for its own rate
 * @MFRAW_RX_MALFORMED: RoCEv2 packets with headers that can't be
 * @MFRAW_RX_ICRC: damaged ones
 * @MFRAW_RX_NO_QP: for queue pairs or groups that there aren't
 * @MFRAW_RX_OPCODE: of another transport than the queue pair
 * @MFRAW_RX_PEER: from others than the queue pair is connected to
 * @MFRAW_RX_QKEY: datagrams with a wrong key
 * @MFRAW_RX_RNR: requests that found no receive entry
 * @MFRAW_RX_INVALID_REQ: requests that can't be
 * @MFRAW_RX_ACCESS: requests for memory that the peer may not have
 * @MFRAW_OUT_OF_SEQUENCE: packets after one that is missing
 * @MFRAW_DUPLICATE: requests that were executed already
 * @MFRAW_RESP_STALE: responses that nobody waits for
 * @MFRAW_SEQ_NAK: times that the peer missed a packet
 * @MFRAW_IMPLIED_NAK: times that a response was missing
 * @MFRAW_ACK_TIMEOUT: times that the peer was silent
 * @MFRAW_ECN_MARKED: packets that met congestion
 * @MFRAW_CNP_SENT: times that a peer was told so
 * @MFRAW_CNP_HANDLED: times that the peer told so
 * @MFRAW_CNP_IGNORED: times that it told a queue pair that sends nothing
 * @MFRAW_NUM_STATS: how many there are
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
