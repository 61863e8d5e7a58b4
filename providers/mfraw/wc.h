/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Members of a completion as libibverbs has them. Inline, since each frame
 * needs several of them.
 */
#ifndef __MFRAW_WC_H__
#define __MFRAW_WC_H__

#include <assert.h>
#include <endian.h>
#include <stddef.h>
#include <string.h>

#include <ccan/array_size.h>

#include "mfraw-abi.h"
#include "qp.h"

/* Bits of @info that only completions of RC, UC, UD and XRC QPs have. */
#define MFRAW_ROCE_INFO                                                        \
	(MFRAW_CQE_GRH | MFRAW_CQE_WITH_IMM | MFRAW_CQE_WITH_INV)

static const enum ibv_wc_status mfraw_wc_status[] = {
	[MFRAW_CQE_SUCCESS] = IBV_WC_SUCCESS,
	[MFRAW_CQE_LOC_LEN_ERR] = IBV_WC_LOC_LEN_ERR,
	[MFRAW_CQE_LOC_QP_OP_ERR] = IBV_WC_LOC_QP_OP_ERR,
	[MFRAW_CQE_LOC_PROT_ERR] = IBV_WC_LOC_PROT_ERR,
	[MFRAW_CQE_WR_FLUSH_ERR] = IBV_WC_WR_FLUSH_ERR,
	[MFRAW_CQE_MW_BIND_ERR] = IBV_WC_MW_BIND_ERR,
	[MFRAW_CQE_BAD_RESP_ERR] = IBV_WC_BAD_RESP_ERR,
	[MFRAW_CQE_LOC_ACCESS_ERR] = IBV_WC_LOC_ACCESS_ERR,
	[MFRAW_CQE_REM_INV_REQ_ERR] = IBV_WC_REM_INV_REQ_ERR,
	[MFRAW_CQE_REM_ACCESS_ERR] = IBV_WC_REM_ACCESS_ERR,
	[MFRAW_CQE_REM_OP_ERR] = IBV_WC_REM_OP_ERR,
	[MFRAW_CQE_RETRY_EXC_ERR] = IBV_WC_RETRY_EXC_ERR,
	[MFRAW_CQE_RNR_RETRY_EXC_ERR] = IBV_WC_RNR_RETRY_EXC_ERR,
};

static const enum ibv_wc_opcode mfraw_wc_opcodes[] = {
	[MFRAW_CQE_SEND] = IBV_WC_SEND,
	[MFRAW_CQE_RECV] = IBV_WC_RECV,
	[MFRAW_CQE_TSO] = IBV_WC_TSO,
	[MFRAW_CQE_RDMA_WRITE] = IBV_WC_RDMA_WRITE,
	[MFRAW_CQE_RDMA_READ] = IBV_WC_RDMA_READ,
	[MFRAW_CQE_COMP_SWAP] = IBV_WC_COMP_SWAP,
	[MFRAW_CQE_FETCH_ADD] = IBV_WC_FETCH_ADD,
	[MFRAW_CQE_LOCAL_INV] = IBV_WC_LOCAL_INV,
	[MFRAW_CQE_BIND_MW] = IBV_WC_BIND_MW,
	[MFRAW_CQE_RECV_RDMA_WITH_IMM] = IBV_WC_RECV_RDMA_WITH_IMM,
};

static inline enum ibv_wc_status
mfraw_cqe_status(const struct mfraw_cqe *cqe)
{
	uint8_t status = cqe->status;

	return likely(status < ARRAY_SIZE(mfraw_wc_status)) ?
		       mfraw_wc_status[status] : IBV_WC_GENERAL_ERR;
}

static inline enum ibv_wc_opcode
mfraw_wc_opcode(const struct mfraw_cqe *cqe)
{
	uint8_t opcode = cqe->opcode;

	return likely(opcode < ARRAY_SIZE(mfraw_wc_opcodes)) ?
		       mfraw_wc_opcodes[opcode] : IBV_WC_SEND;
}

/* Status, opcode, info and flags in one word. */
static inline uint32_t mfraw_cqe_state(const struct mfraw_cqe *cqe)
{
	__le32 state;

	memcpy(&state, (const char *)cqe + offsetof(struct mfraw_cqe, status),
	       sizeof(state));
	return le32toh(state);
}

#define MFRAW_STATE_RECV	((uint32_t)MFRAW_CQE_RECV << 8)
#define MFRAW_STATE_CSUM_OK	((uint32_t)MFRAW_CQE_IP_CSUM_OK << 16)
#define MFRAW_STATE_OWNER	((uint32_t)MFRAW_CQE_OWNER << 24)

/*
 * Is this the state of a send or receive without error, with no more
 * information than that of the checksum?
 */
static inline bool mfraw_state_plain(uint32_t state)
{
	static_assert(!MFRAW_CQE_SUCCESS && !MFRAW_CQE_SEND &&
		      MFRAW_CQE_RECV == 1, "a plain state has no other bits");

	return !(state & ~(MFRAW_STATE_RECV | MFRAW_STATE_CSUM_OK |
			   MFRAW_STATE_OWNER));
}

static inline unsigned int mfraw_wc_flags(const struct mfraw_cqe *cqe)
{
	uint8_t info = cqe->info;
	unsigned int flags;

	flags = info & MFRAW_CQE_IP_CSUM_OK ? IBV_WC_IP_CSUM_OK : 0;
	if (unlikely(info & MFRAW_ROCE_INFO)) {
		if (info & MFRAW_CQE_GRH)
			flags |= IBV_WC_GRH;
		if (info & MFRAW_CQE_WITH_IMM)
			flags |= IBV_WC_WITH_IMM;
		if (info & MFRAW_CQE_WITH_INV)
			flags |= IBV_WC_WITH_INV;
	}
	return flags;
}

/*
 * Returns the immediate data in network byte order, or the invalidated rkey in
 * native byte order. libibverbs has one member and one function for both.
 */
static inline __be32 mfraw_wc_imm(const struct mfraw_cqe *cqe)
{
	uint8_t info = cqe->info;

	if (info & MFRAW_CQE_WITH_IMM)
		return cqe->imm;
	if (info & MFRAW_CQE_WITH_INV)
		return (__force __be32)le32toh(cqe->inv_rkey);
	return 0;
}

/* @qp is the QP of the completion, or NULL if it is not known. */
static inline uint32_t mfraw_wc_src_qp(const struct mfraw_qp *qp,
				       const struct mfraw_cqe *cqe)
{
	return qp && qp->vqp.qp.qp_type == IBV_QPT_UD ? le32toh(cqe->src_qp) :
							0;
}

/* In a completion of an XRC SRQ, the number of the SRQ stands in @qpn. */
static inline uint32_t mfraw_wc_qp_num(const struct mfraw_qp *qp,
				       const struct mfraw_cqe *cqe)
{
	return le32toh(qp && qp->vqp.qp.qp_type == IBV_QPT_XRC_RECV ?
		       cqe->xrc_qpn : cqe->qpn);
}

#endif /* __MFRAW_WC_H__ */
