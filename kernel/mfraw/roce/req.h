/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The requester, see req.c.
 */
#ifndef MFRAW_REQ_H
#define MFRAW_REQ_H

#include <rdma/mfraw-abi.h>

struct mfraw_qp;

/*
 * Register memory by a work request; only the kernel's users do. In the segment,
 * @bind.new_rkey and @bind.access count. And the opcode of its completion.
 */
#define MFRAW_OP_REG_MR		32
#define MFRAW_CQE_REG_MR	32

/* Packets of the response to one request of a read. */
#define MFRAW_READ_PACKETS	BIT(16)

/* Packets after which an acknowledge is asked for within a message. */
#define MFRAW_ACK_INTERVAL	64

/**
 * struct mfraw_swqe - a work request of the send queue, copied and checked
 * @opcode: enum mfraw_opcode
 * @flags: enum mfraw_send_flags
 * @num_sge: pieces of memory
 * @status: why it failed here, once @done
 * @done: needs nothing of the peer, and is ready to complete
 * @length: of the message in bytes
 * @first_psn: of its packets
 * @last_psn: of its packets, or those of the response to a read
 * @rd_seq: reads and atomics before it
 * @imm: as it travels
 * @srqn: the peer's shared receive queue, of XRC
 * @inv_rkey: to be invalidated, here or at the peer
 * @seg: as user space wrote it
 * @sge: pieces of memory, or inline data
 */
struct mfraw_swqe {
	u8			opcode;
	u8			flags;
	u8			num_sge;
	u8			status;
	bool			done;
	u32			length;
	u32			first_psn;
	u32			last_psn;
	u32			rd_seq;
	__be32			imm;
	u32			srqn;
	u32			inv_rkey;
	struct mfraw_roce_seg	seg;
	struct mfraw_sge	sge[];
};

/**
 * struct mfraw_requester - what is to be sent, under sq.lock
 * @fetch: next entry of the ring to copy
 * @idx: entry whose packets are being sent
 * @psn: of the next packet
 * @next_psn: of the next message to be fetched
 * @rd_seq: reads and atomics fetched
 * @since_ack: packets since one that asked for an acknowledge
 * @window: packets that may be under way, as the completer had it last
 */
struct mfraw_requester {
	u32	fetch;
	u32	idx;
	u32	psn;
	u32	next_psn;
	u32	rd_seq;
	u32	since_ack;
	u32	window;
};

static inline bool mfraw_op_is_atomic(u8 opcode)
{
	return opcode == MFRAW_OP_ATOMIC_CMP_SWP ||
	       opcode == MFRAW_OP_ATOMIC_FETCH_ADD;
}

static inline bool mfraw_op_is_read(u8 opcode)
{
	return opcode == MFRAW_OP_RDMA_READ || mfraw_op_is_atomic(opcode);
}

static inline bool mfraw_op_is_local(u8 opcode)
{
	return opcode == MFRAW_OP_LOCAL_INV || opcode == MFRAW_OP_BIND_MW ||
	       opcode == MFRAW_OP_REG_MR;
}

unsigned int mfraw_req_burst(struct mfraw_qp *qp);
bool mfraw_req_pending(const struct mfraw_qp *qp);

#endif /* MFRAW_REQ_H */
