/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The responder, see resp.c.
 */
#ifndef MFRAW_RESP_H
#define MFRAW_RESP_H

#include <rdma/mfraw-abi.h>

#include "roce/park.h"
#include "verbs/srq.h"

struct mfraw_pkt;
struct mfraw_roce;

/* Reads and atomics that a queue pair can have under way. */
#define MFRAW_MAX_RD_ATOMIC	16

/* Requests to answer, those that come once more included. */
#define MFRAW_RESP_RD		(2 * MFRAW_MAX_RD_ATOMIC)

/**
 * struct mfraw_rd_atomic - a read or atomic request that is to be answered
 * @atomic: an atomic
 * @first: the response begins with the first packet of a message
 * @psn: of the next packet
 * @last_psn: of the last one
 * @msn: for the AETH
 * @addr: of the next byte
 * @left: bytes
 * @rkey: by which it was asked for
 * @srqn: of the request, of XRC
 * @value: that the atomic found
 */
struct mfraw_rd_atomic {
	bool	atomic;
	bool	first;
	u32	psn;
	u32	last_psn;
	u32	msn;
	u64	addr;
	u32	left;
	u32	rkey;
	u32	srqn;
	u64	value;
};

/**
 * struct mfraw_past_read - a read that the peer may ask for once more
 * @psn: of the first packet of the response
 * @packets: of the response
 * @addr: of the first byte
 * @length: bytes
 * @rkey: by which it was asked for
 * @msn: messages completed with it
 */
struct mfraw_past_read {
	u32	psn;
	u32	packets;
	u32	msn;
	u64	addr;
	u32	length;
	u32	rkey;
};

/**
 * struct mfraw_responder - what the peer asks for, under rq.q.lock
 * @psn: expected
 * @msn: messages completed
 * @in_msg: kind of the message that was begun, MFRAW_PKT_SEND or _WRITE, or 0
 * @nak_sent: the peer knows that it is to start over at @psn
 * @have_rwqe: @rwqe is in use
 * @rwqe: where a send goes, or what an immediate takes
 * @addr: of the next byte that a write writes
 * @rkey: by which it does
 * @left: bytes that the write still has
 * @off: bytes of the message so far
 * @ack: an acknowledge is to be sent, after the answers of @rd
 * @ack_syndrome: of it
 * @ack_psn: of it
 * @ack_msn: messages completed up to that packet
 * @rd_head: reads and atomics that were taken in
 * @rd_tail: of these, how many were answered
 * @rd_replaced: the oldest one is another one, while it may be being answered
 * @rd: reads and atomics, modulo MFRAW_RESP_RD
 * @atomics: results that the peer may ask for once more
 * @atomics_n: how many there were ever
 * @reads: likewise; an answer once more may be of a part
 * @reads_n: how many there were ever
 * @parked: receives in order, of which the oldest waits; see park.c
 * @park_head: how many there were ever
 * @park_tail: of these, how many were completed
 */
struct mfraw_responder {
	u32			psn;
	u32			msn;
	u16			in_msg;
	bool			nak_sent;
	bool			have_rwqe;
	struct mfraw_rwqe	rwqe;
	u64			addr;
	u32			rkey;
	u32			left;
	u32			off;
	bool			ack;
	u8			ack_syndrome;
	u32			ack_psn;
	u32			ack_msn;
	u32			rd_head;
	u32			rd_tail;
	bool			rd_replaced;
	struct mfraw_rd_atomic	rd[MFRAW_RESP_RD];
	struct {
		u32		psn;
		u32		msn;
		u64		value;
	} atomics[MFRAW_MAX_RD_ATOMIC];
	u32			atomics_n;
	struct mfraw_past_read	reads[MFRAW_MAX_RD_ATOMIC];
	u32			reads_n;
	struct mfraw_parked	parked[MFRAW_PARKED];
	u32			park_head;
	u32			park_tail;
};

static inline struct mfraw_rd_atomic *
mfraw_resp_rd(struct mfraw_responder *resp, u32 i)
{
	return &resp->rd[i % MFRAW_RESP_RD];
}

static inline u32 mfraw_parked(const struct mfraw_responder *resp)
{
	return resp->park_head - resp->park_tail;
}

void mfraw_resp_flush(struct mfraw_roce *roce);
void mfraw_resp_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt);
void mfraw_resp_put_back(struct mfraw_roce *roce);
bool mfraw_resp_need_rwqe(struct mfraw_roce *roce);

#endif /* MFRAW_RESP_H */
