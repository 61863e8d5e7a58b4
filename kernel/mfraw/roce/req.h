/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The requester, see req.c, and its work requests, see wqe.c.
 */
#ifndef MFRAW_REQ_H
#define MFRAW_REQ_H

#include <rdma/mfraw-abi.h>

struct mfraw_mr;
struct mfraw_path;
struct mfraw_qp;
struct mfraw_roce;

/*
 * Opcodes of a work request that registers memory, and of its completion. Only
 * kernel consumers post it; of its segment, @bind.new_rkey and @bind.access are
 * used.
 */
#define MFRAW_OP_REG_MR		32
#define MFRAW_CQE_REG_MR	32

/* Largest number of response packets to one READ request packet. */
#define MFRAW_READ_PACKETS	BIT(16)

/* Packets of a message after which the requester asks for an acknowledge. */
#define MFRAW_ACK_INTERVAL	64

/**
 * struct mfraw_swqe - a validated copy of a send work request
 * @opcode: enum mfraw_opcode
 * @flags: enum mfraw_send_flags
 * @num_sge: number of memory pieces
 * @status: local completion status, valid with @done
 * @done: needs no response of the peer, and is ready to complete
 * @length: length of the message in bytes
 * @first_psn: sequence number of the first packet
 * @last_psn: sequence number of the last packet, or of the last response packet
 *	with a read
 * @rd_seq: number of reads and atomics posted before this one
 * @imm: immediate data in wire format
 * @srqn: the peer's SRQ number (XRC)
 * @inv_rkey: key to invalidate, here or at the peer
 * @seg: copy of the segment that user space wrote
 * @sge: memory pieces, or inline data
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
 * struct mfraw_requester - send state of the requester, under sq.lock
 * @fetch: next entry of the ring to copy
 * @idx: entry whose packets are being sent
 * @psn: sequence number of the next packet
 * @next_psn: first sequence number of the next fetched message
 * @rd_seq: number of reads and atomics fetched
 * @since_ack: packets sent since the last one that asked for an acknowledge
 * @window: limit of packets under way, last copied from the completer
 * @last: cache of the region found last in this round, see mfraw_sge_get()
 * @ahn: number of the address handle found last in this round
 * @path: path of this address handle, or NULL
 */
struct mfraw_requester {
	u32	fetch;
	u32	idx;
	u32	psn;
	u32	next_psn;
	u32	rd_seq;
	u32	since_ack;
	u32	window;
	struct mfraw_mr	*last;
	u32	ahn;
	const struct mfraw_path *path;
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

u8 mfraw_wqe_copy(struct mfraw_roce *roce, struct mfraw_swqe *wqe,
		  const struct mfraw_send_wqe *from);
unsigned int mfraw_req_burst(struct mfraw_qp *qp);
bool mfraw_req_more(const struct mfraw_qp *qp);
bool mfraw_req_pending(const struct mfraw_qp *qp);

#endif /* MFRAW_REQ_H */
