/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * RoCEv2 wire format: headers, opcodes and packet sequence numbers. See
 * InfiniBand Architecture Specification (IBTA) volume 1, chapter 9, and annexes
 * A14 and A17.
 */
#ifndef MFRAW_WIRE_H
#define MFRAW_WIRE_H

#include <linux/bits.h>
#include <linux/types.h>
#include <rdma/ib_pack.h>

/* Longest message in bytes (IBTA 9.3.1, table 35). */
#define MFRAW_MAX_MSG		BIT(31)

#define MFRAW_PSN_MASK		0xffffff
#define MFRAW_MULTICAST_QPN	0xffffff

/*
 * Headers in wire format. They are packed because a frame may contain them at
 * any alignment.
 */
struct mfraw_bth {
	u8	opcode;
	u8	flags;		/* solicited event, pad count, version */
	__be16	pkey;
	__be32	qpn;		/* 24 bits */
	__be32	psn;		/* MFRAW_BTH_ACK_REQ and 24 bits */
} __packed;

#define MFRAW_BTH_SE		0x80
#define MFRAW_BTH_PAD(flags)	(((flags) >> 4) & 3)
#define MFRAW_BTH_TVER		0x0f
#define MFRAW_BTH_ACK_REQ	BIT(31)
#define MFRAW_BTH_BECN		BIT(30)	/* in the byte before the QPN */

struct mfraw_reth {
	__be64	addr;
	__be32	rkey;
	__be32	length;
} __packed;

struct mfraw_atomic_eth {
	__be64	addr;
	__be32	rkey;
	__be64	swap_add;
	__be64	compare;
} __packed;

/* The transport of XRC, like IB_OPCODE_RC for RC. */
#define MFRAW_OPCODE_XRC	0xa0

/*
 * Opcode of a congestion notification packet (annex A17.9.3), and the length of
 * its reserved payload.
 */
#define MFRAW_OPCODE_CNP	0x81
#define MFRAW_CNP_LEN		16

/* XRCETH: follows the BTH of each XRC request; its low 24 bits name an SRQ. */
#define MFRAW_XRCETH_LEN	4

struct mfraw_deth {
	__be32	qkey;
	__be32	src_qpn;	/* 24 bits */
} __packed;

/* AETH: syndrome in the first byte, MSN in the others. */
#define MFRAW_AETH(syndrome, msn)	((u32)(syndrome) << 24 | ((msn) & MFRAW_PSN_MASK))
#define MFRAW_AETH_LEN			4

enum mfraw_syndrome {
	MFRAW_SYN_ACK = 0x1f,		/* credits: unlimited */
	MFRAW_SYN_RNR = 0x20,		/* timer in the lower five bits */
	MFRAW_SYN_NAK_SEQ = 0x60,
	MFRAW_SYN_NAK_INV_REQ = 0x61,
	MFRAW_SYN_NAK_ACCESS = 0x62,
	MFRAW_SYN_NAK_OP = 0x63,
	MFRAW_SYN_TYPE = 0x60,		/* mask */
	MFRAW_SYN_MASK = 0x7f,		/* bit 7 is reserved */
};

/* Properties of an opcode's low five bits, see mfraw_roce_ops. */
enum mfraw_op_info {
	MFRAW_PKT_FIRST = BIT(0),
	MFRAW_PKT_LAST = BIT(1),
	MFRAW_PKT_SEND = BIT(2),
	MFRAW_PKT_WRITE = BIT(3),
	MFRAW_PKT_READ = BIT(4),	/* request */
	MFRAW_PKT_ATOMIC = BIT(5),	/* request */
	MFRAW_PKT_RESP = BIT(6),
	MFRAW_PKT_AETH = BIT(7),
	MFRAW_PKT_RETH = BIT(8),
	MFRAW_PKT_IMM = BIT(9),
	MFRAW_PKT_INV = BIT(10),
	MFRAW_PKT_ATOMIC_ACK = BIT(11),
	MFRAW_PKT_PAYLOAD = BIT(12),
	MFRAW_PKT_CNP = BIT(13),
};

#define MFRAW_PKT_ONLY	(MFRAW_PKT_FIRST | MFRAW_PKT_LAST)

extern const u16 mfraw_roce_ops[32];

/* Largest length of all headers between Ethernet and payload, plus the ICRC. */
#define MFRAW_ROCE_OVERHEAD	(40 + 8 + 12 + 28 + 4)

/*
 * Compare sequence numbers: the result is negative, 0 or positive if @a is
 * before, equal to or after @b.
 */
static inline s32 mfraw_psn_cmp(u32 a, u32 b)
{
	return (s32)((a - b) << 8);
}

static inline u32 mfraw_psn_add(u32 psn, u32 n)
{
	return (psn + n) & MFRAW_PSN_MASK;
}

#endif /* MFRAW_WIRE_H */
