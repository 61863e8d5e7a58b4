/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The responder, see resp.c, and resp_rd.c for reads and atomics.
 */
#ifndef MFRAW_RESP_H
#define MFRAW_RESP_H

#include <rdma/mfraw-abi.h>

#include "roce/park.h"
#include "verbs/srq.h"

struct mfraw_cq;
struct mfraw_mr;
struct mfraw_pkt;
struct mfraw_roce;

/* Largest number of reads and atomics under way per queue pair. */
#define MFRAW_MAX_RD_ATOMIC	16

/* Largest number of requests to answer, duplicates included. */
#define MFRAW_RESP_RD		(2 * MFRAW_MAX_RD_ATOMIC)

/* The outcome of a request. */
enum mfraw_verdict {
	MFRAW_REQ_DONE,
	MFRAW_REQ_DROP,		/* ignored: no room for its response */
	MFRAW_REQ_NOT_READY,	/* no receive entry */
	MFRAW_REQ_LATER,	/* no room to park its receive */
	MFRAW_REQ_INVALID,
	MFRAW_REQ_ACCESS,
	MFRAW_REQ_TOO_LONG,	/* longer than the receive entry */
	MFRAW_REQ_FAILED,	/* local error; receive entry completed */
};

/**
 * struct mfraw_rd_atomic - a read or atomic request to be answered
 * @atomic: the request is an atomic
 * @first: the next packet is the first of its response
 * @psn: sequence number of the next response packet
 * @last_psn: sequence number of the last response packet
 * @msn: message sequence number for the AETH
 * @addr: address of the next byte
 * @left: bytes left to send
 * @rkey: key of the request
 * @srqn: SRQ number of the request (XRC)
 * @value: original value that the atomic found
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
 * struct mfraw_past_read - an executed read that the peer may request again
 * @psn: sequence number of the first response packet
 * @packets: number of response packets
 * @addr: address of the first byte
 * @length: length in bytes
 * @rkey: key of the request
 * @msn: messages completed, this one included
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
 * struct mfraw_responder - state of the responder, under rq.q.lock
 * @psn: expected sequence number
 * @msn: number of messages completed
 * @in_msg: kind of the unfinished message, MFRAW_PKT_SEND or _WRITE, or 0
 * @nak_sent: a NAK already told the peer to start over at @psn
 * @have_rwqe: @rwqe is in use
 * @rwqe: receive entry of a send, or of a write with immediate
 * @addr: address of the next byte of a write
 * @rkey: key of the write
 * @left: bytes left of the write
 * @off: bytes of the message received so far
 * @due: responses became due since the last mfraw_resp_end()
 * @ack: an acknowledge is due, after the responses in @rd
 * @ack_syndrome: syndrome of the acknowledge
 * @ack_psn: sequence number of the acknowledge
 * @ack_msn: messages completed up to @ack_psn
 * @rd_head: number of reads and atomics put into @rd
 * @rd_tail: number of reads and atomics answered
 * @rd_cut: all entries of @rd from this number on were replaced since the
 *	construction of responses began; may be beyond @rd_head
 * @rd: requests to answer, modulo MFRAW_RESP_RD
 * @atomics: results of atomics that the peer may request again
 * @atomics_n: number of atomics executed
 * @reads: reads that the peer may request again, whole or in part
 * @reads_n: number of reads executed
 * @cq: CQ whose latest receives are not published yet, see
 *	mfraw_resp_publish(); or NULL
 * @last: cache of the region found last, see mfraw_sge_get(); valid between
 *	mfraw_resp_begin() and mfraw_resp_end()
 * @parked: receives in order, the oldest of which waits; see park.c
 * @park_head: number of receives put into @parked
 * @park_tail: number of these that completed
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
	bool			due;
	bool			ack;
	u8			ack_syndrome;
	u32			ack_psn;
	u32			ack_msn;
	u32			rd_head;
	u32			rd_tail;
	u32			rd_cut;
	struct mfraw_rd_atomic	rd[MFRAW_RESP_RD];
	struct {
		u32		psn;
		u32		msn;
		u64		value;
	} atomics[MFRAW_MAX_RD_ATOMIC];
	u32			atomics_n;
	struct mfraw_past_read	reads[MFRAW_MAX_RD_ATOMIC];
	u32			reads_n;
	struct mfraw_cq		*cq;
	struct mfraw_mr		*last;
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
void mfraw_resp_begin(struct mfraw_roce *roce);
void mfraw_resp_end(struct mfraw_roce *roce, struct mfraw_roce *sender);
void mfraw_resp_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt);
void mfraw_resp_put_back(struct mfraw_roce *roce);
bool mfraw_resp_need_rwqe(struct mfraw_roce *roce);

void mfraw_resp_remember(struct mfraw_responder *resp,
			 const struct mfraw_pkt *pkt, u32 packets);
enum mfraw_verdict mfraw_resp_read(struct mfraw_roce *roce,
				   const struct mfraw_pkt *pkt, u32 msn,
				   u32 *packets);
enum mfraw_verdict mfraw_resp_atomic(struct mfraw_roce *roce,
				     const struct mfraw_pkt *pkt);
void mfraw_resp_again(struct mfraw_roce *roce, const struct mfraw_pkt *pkt);

#endif /* MFRAW_RESP_H */
