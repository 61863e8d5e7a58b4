/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR Linux-OpenIB */
/*
 * All that the mfraw kernel driver and its user space provider share: the
 * driver data of uverbs commands and the layout of the mapped queues.
 */
#ifndef MFRAW_ABI_USER_H
#define MFRAW_ABI_USER_H

#include <linux/types.h>
#include <rdma/ib_user_ioctl_cmds.h>

/*
 * Rules for the structs of uverbs commands:
 * - Sizes are multiples of 8 bytes, which kernel and provider assert.
 * - comp_mask comes first; a set bit says that the member it stands for is
 *   there and meant. A bit that the kernel does not know gets EOPNOTSUPP.
 * - Reserved members are named and zero, else EINVAL. A longer request is
 *   taken when its unknown tail is zero, else EOPNOTSUPP; a shorter one when
 *   it holds the members of the first version, else EINVAL.
 * - A response is cut to the room that the caller gave.
 *
 * Queues are memory that the kernel allocates and the process maps: @mmap_key is
 * the offset to give to mmap() of the command file, with MAP_SHARED and exactly
 * @mmap_size bytes, else EINVAL. Offsets in it are in bytes. It counts against
 * RLIMIT_MEMLOCK of who creates the object (ENOMEM) while that exists; what is
 * still mapped then is plain memory that the kernel does not read.
 *
 * Command structs are in native byte order, as uverbs passes them. Everything
 * in mapped memory is little endian, but for members that say otherwise.
 */
#define MFRAW_ABI_VERSION	2

/*
 * The driver's number until enum rdma_driver_id has one for it; far from those
 * that the kernel assigns there.
 */
#define MFRAW_DRIVER_ID		0x6d667277

/*
 * ibv_open_device(). @comp_mask of the response is zero so far.
 */
struct mfraw_alloc_ucontext_req {
	__aligned_u64 comp_mask;
};

struct mfraw_alloc_ucontext_resp {
	__aligned_u64 comp_mask;
	__u32 max_inline;	/* bytes a send WQE can carry itself */
	__u32 reserved;
};

/*
 * ibv_query_device_ex(): what the core's response has no members for. QP types
 * are a mask of 1 << enum ib_uverbs_qp_type. @comp_mask is zero so far.
 */
struct mfraw_query_device_resp {
	__aligned_u64 comp_mask;
	__aligned_u64 rx_hash_fields;	/* enum mfraw_rx_hash_fields */
	__u8 rx_hash_functions;		/* enum mfraw_rx_hash_func */
	__u8 reserved[7];
	__u32 max_tso;		/* payload bytes of a work request */
	__u32 tso_qpts;		/* QP types that know MFRAW_OP_TSO */
	__u32 rate_limit_min;	/* kbps */
	__u32 rate_limit_max;	/* kbps */
	__u32 rate_limit_qpts;
	__u32 reserved2;
};

/*
 * ibv_create_cq() and ibv_resize_cq(). The CQ is one mapping: a struct
 * mfraw_cq_db at @db_off and @num_cqe entries of struct mfraw_cqe at @ring_off.
 * @num_cqe is a power of two. A resized CQ is a new mapping, in which the
 * completions that were not polled stand from entry 0 on and the consumer index
 * is 0.
 */
struct mfraw_create_cq_req {
	__aligned_u64 comp_mask;
};

struct mfraw_create_cq_resp {
	__aligned_u64 comp_mask;
	__aligned_u64 mmap_key;
	__u32 mmap_size;
	__u32 db_off;
	__u32 ring_off;
	__u32 num_cqe;
	__u32 reserved[2];
};

struct mfraw_resize_cq_req {
	__aligned_u64 comp_mask;
};

struct mfraw_resize_cq_resp {
	__aligned_u64 comp_mask;
	__aligned_u64 mmap_key;
	__u32 mmap_size;
	__u32 db_off;
	__u32 ring_off;
	__u32 num_cqe;
	__u32 reserved[2];
};

/*
 * ibv_create_qp(). The QP is one mapping: the doorbell page at @db_off (struct
 * mfraw_qp_db), the send queue at @sq_off, of struct mfraw_send_wqe, and the
 * receive queue at @rq_off, of struct mfraw_sge. Queues have a power of two of
 * entries (0 if the queue was not asked for) of 1 << shift bytes each.
 */
enum mfraw_create_qp_mask {
	MFRAW_CREATE_QP_MAX_TSO_HDR = 1 << 0,	/* @max_tso_hdr */
};

struct mfraw_create_qp_req {
	__aligned_u64 comp_mask;
	__u32 max_tso_hdr;	/* bytes of header that a TSO request has */
	__u32 reserved;
};

struct mfraw_create_qp_resp {
	__aligned_u64 comp_mask;
	__aligned_u64 mmap_key;
	__u32 mmap_size;
	__u32 db_off;
	__u32 sq_off;
	__u32 sq_entries;
	__u32 rq_off;
	__u32 rq_entries;
	__u8 sq_shift;
	__u8 rq_shift;
	__u8 reserved[6];
};

/*
 * ibv_modify_qp_rate_limit(). Other steps of a QP have no request, and this one
 * need not have it.
 */
enum mfraw_modify_qp_mask {
	MFRAW_MODIFY_QP_BURST = 1 << 0,	/* @max_burst_sz, @typical_pkt_sz */
};

struct mfraw_modify_qp_req {
	__aligned_u64 comp_mask;
	__u32 max_burst_sz;	/* bytes that may go at once, 0: not said */
	__u16 typical_pkt_sz;	/* of a frame; a hint */
	__u16 reserved;
};

/*
 * ibv_create_qp_ex() with an indirection table takes this request. Such a QP
 * has no queues: of the response all but @comp_mask is zero. @rx_key_len is the
 * size of @rx_hash_key.
 */
enum mfraw_rx_hash_func {
	MFRAW_RX_HASH_FUNC_TOEPLITZ = 1 << 0,
};

/* As enum ibv_rx_hash_fields has them. */
enum mfraw_rx_hash_fields {
	MFRAW_RX_HASH_SRC_IPV4 = 1 << 0,
	MFRAW_RX_HASH_DST_IPV4 = 1 << 1,
	MFRAW_RX_HASH_SRC_IPV6 = 1 << 2,
	MFRAW_RX_HASH_DST_IPV6 = 1 << 3,
	MFRAW_RX_HASH_SRC_PORT_TCP = 1 << 4,
	MFRAW_RX_HASH_DST_PORT_TCP = 1 << 5,
	MFRAW_RX_HASH_SRC_PORT_UDP = 1 << 6,
	MFRAW_RX_HASH_DST_PORT_UDP = 1 << 7,
	MFRAW_RX_HASH_FIELDS = (1 << 8) - 1,
};

#define MFRAW_RX_HASH_KEY_LEN	40

struct mfraw_create_qp_rss_req {
	__aligned_u64 comp_mask;
	__aligned_u64 rx_hash_fields;	/* enum mfraw_rx_hash_fields */
	__u8 rx_hash_function;		/* enum mfraw_rx_hash_func */
	__u8 rx_key_len;
	__u8 reserved[6];
	__u8 rx_hash_key[MFRAW_RX_HASH_KEY_LEN];
};

/*
 * ibv_create_wq(). One mapping, as of a QP; of the doorbell page only the
 * members of the receive queue are used. The number of a WQ is that of no QP.
 */
struct mfraw_create_wq_req {
	__aligned_u64 comp_mask;
};

struct mfraw_create_wq_resp {
	__aligned_u64 comp_mask;
	__aligned_u64 mmap_key;
	__u32 mmap_size;
	__u32 db_off;
	__u32 rq_off;
	__u32 rq_entries;
	__u8 rq_shift;
	__u8 reserved[7];
};

/*
 * The doorbell page of a QP. Indices count entries since the queue was last
 * in RESET and wrap at 2^32; entry i stands at i modulo the queue's size.
 * What user space writes is a hint: the kernel keeps its own indices, and one
 * that is ahead by more than the queue's size puts the QP into the error
 * state. There are no consumer indices: a completion hands its entry back,
 * and those of all earlier entries of that queue.
 *
 * @sq_prod, @rq_prod: written by user space after the entries before it.
 * @sq_wakeup, @rq_wakeup: written by the kernel. When not zero, user space
 * that moved the index asks the kernel to look: it writes the index, issues a
 * full barrier, reads the flag and, if it is set, calls
 * MFRAW_METHOD_QP_KICK for that QP, or MFRAW_METHOD_WQ_KICK for that WQ. The
 * kernel sets the flag, issues a full barrier and reads the index once more
 * before it goes to sleep.
 */
struct mfraw_qp_db {
	__le32 sq_prod;
	__le32 reserved0[15];
	__le32 rq_prod;
	__le32 reserved1[15];
	__le32 sq_wakeup;
	__le32 rq_wakeup;
	__le32 reserved2[14];
};

/*
 * The kick, a method of UVERBS_OBJECT_QP. Runs what is posted in the caller,
 * or wakes the thread that does; in the error state it flushes both queues.
 * Returns EIO when the device is gone.
 */
enum mfraw_qp_methods {
	MFRAW_METHOD_QP_KICK = 1U << UVERBS_ID_NS_SHIFT,
};

enum mfraw_qp_kick_attrs {
	MFRAW_ATTR_QP_KICK_HANDLE = 1U << UVERBS_ID_NS_SHIFT,
};

/*
 * The kick of a WQ, a method of UVERBS_OBJECT_WQ. In the error state it flushes
 * the queue. With IB_UVERBS_WQ_FLAGS_DELAY_DROP it delivers the frames that the
 * kernel holds; the doorbell page asks for it as long as there are any.
 */
enum mfraw_wq_methods {
	MFRAW_METHOD_WQ_KICK = 1U << UVERBS_ID_NS_SHIFT,
};

enum mfraw_wq_kick_attrs {
	MFRAW_ATTR_WQ_KICK_HANDLE = 1U << UVERBS_ID_NS_SHIFT,
};

/*
 * ibv_create_ah(). @ahn names the address in a struct mfraw_roce_seg. The core's
 * response, which comes before this one, has 4 bytes; hence no member of 8.
 */
struct mfraw_create_ah_resp {
	__u32 comp_mask;
	__u32 ahn;
};

/*
 * ibv_create_srq(). One mapping, as of a QP; of the doorbell page only @rq_prod
 * is used. Entries begin with a struct mfraw_srq_wqe. The number of an SRQ of
 * XRC is that of no QP or WQ.
 */
struct mfraw_create_srq_req {
	__aligned_u64 comp_mask;
};

struct mfraw_create_srq_resp {
	__aligned_u64 comp_mask;
	__aligned_u64 mmap_key;
	__u32 mmap_size;
	__u32 db_off;
	__u32 rq_off;
	__u32 rq_entries;
	__u32 srqn;
	__u8 rq_shift;
	__u8 reserved[3];
};

/*
 * A piece of registered memory; the receive queue's entries are arrays of
 * these. In a receive entry, the first one of length 0 ends the list.
 */
struct mfraw_sge {
	__le64 addr;		/* as the region was registered */
	__le32 length;		/* bytes */
	__le32 lkey;
};

/*
 * Entries of a shared receive queue are taken in order, but completed in any.
 * Those that are posted and not completed have different @slot; it comes back
 * as @wqe_idx of the completion, and means nothing to the kernel. Behind it
 * stand the pieces of memory, as in any receive entry.
 */
struct mfraw_srq_wqe {
	__le32 slot;
	__le32 reserved[3];
};

/* Raw packet queue pairs know the first two, the others all but the second. */
enum mfraw_opcode {
	MFRAW_OP_SEND = 1,
	MFRAW_OP_TSO = 2,
	MFRAW_OP_SEND_WITH_IMM = 3,
	MFRAW_OP_SEND_WITH_INV = 4,
	MFRAW_OP_RDMA_WRITE = 5,
	MFRAW_OP_RDMA_WRITE_WITH_IMM = 6,
	MFRAW_OP_RDMA_READ = 7,
	MFRAW_OP_ATOMIC_CMP_SWP = 8,
	MFRAW_OP_ATOMIC_FETCH_ADD = 9,
	MFRAW_OP_LOCAL_INV = 10,
	MFRAW_OP_BIND_MW = 11,
};

enum mfraw_send_flags {
	MFRAW_SEND_SIGNALED = 1 << 0,	/* completion on success, too */
	MFRAW_SEND_INLINE = 1 << 1,	/* data, not struct mfraw_sge, follow */
	MFRAW_SEND_IP_CSUM = 1 << 2,	/* fill in IPv4, TCP, UDP checksums */
	MFRAW_SEND_FENCE = 1 << 3,	/* after all reads and atomics before */
	MFRAW_SEND_SOLICITED = 1 << 4,	/* raise the receiver's event */
};

/*
 * A send queue entry: this header and, behind it, @num_sge pieces of memory,
 * or @inline_len bytes of data. With MFRAW_OP_TSO, @tso.hdr_len bytes of header
 * come first, with padding to a multiple of 16; they stand before each of the
 * segments of @tso.mss bytes, at least MFRAW_TSO_MIN_MSS, into which the pieces
 * of memory are cut.
 */
struct mfraw_send_wqe {
	__u8 opcode;		/* enum mfraw_opcode */
	__u8 flags;		/* enum mfraw_send_flags */
	__le16 num_sge;		/* 0 with MFRAW_SEND_INLINE */
	__le32 inline_len;	/* 0 without */
	union {
		__le64 reserved;
		struct {
			__le16 mss;	/* payload bytes of a segment */
			__le16 hdr_len;	/* bytes */
			__le32 reserved;
		} tso;		/* MFRAW_OP_TSO */
		struct {
			union {
				__be32 imm;	/* WITH_IMM, as it travels */
				__le32 inv_rkey; /* WITH_INV, LOCAL_INV */
			};
			__le32 srqn;	/* the peer's, of XRC; else 0 */
		} roce;		/* RC, UC, UD, XRC */
	};
};

/*
 * In RC, UC, UD and XRC queue pairs, stands between the header of a send queue
 * entry and what follows it. Zero where the opcode has no member (nor has
 * FETCH_ADD @atomic.swap), else the entry fails as a malformed one.
 */
struct mfraw_roce_seg {
	union {
		struct {
			__le64 addr;
			__le32 rkey;
			__le32 reserved;
		} rdma;		/* RDMA_WRITE, RDMA_READ */
		struct {
			__le64 addr;
			__le32 rkey;
			__le32 reserved;
			__le64 compare_add;
			__le64 swap;
		} atomic;
		struct {
			__le32 ahn;	/* of struct mfraw_create_ah_resp */
			__le32 qpn;
			__le32 qkey;
			__le32 reserved;
		} ud;
		struct {
			__le64 addr;
			__le64 length;	/* 0: unbind */
			__le32 lkey;	/* of the memory region */
			__le32 rkey;	/* that the window has or had */
			__le32 new_rkey;
			__le32 access;	/* enum ib_uverbs_access_flags */
		} bind;
	};
};

#define MFRAW_TSO_HDR_ALIGN	16
#define MFRAW_TSO_MIN_MSS	64

/*
 * The doorbell of a CQ. @cons counts polled completions; written by user
 * space. @arm: user space writes MFRAW_CQ_ARM or MFRAW_CQ_ARM_SOLICITED after
 * it wrote @cons; the kernel takes it back when it raises the event. As with
 * the QP's wakeup flag there is a full barrier between the write and the next
 * look at the ring.
 *
 * The kernel reads @arm with each batch of completions, and @cons only when the
 * ring looks full. Each has a cache line of its own, so that polling does not
 * take the line of @arm away from the kernel.
 */
struct mfraw_cq_db {
	__le32 cons;
	__le32 reserved0[15];
	__le32 arm;
	__le32 reserved1[15];
};

enum mfraw_cq_arm {
	MFRAW_CQ_ARM_NONE,
	MFRAW_CQ_ARM_SOLICITED,	/* the next solicited or failed completion */
	MFRAW_CQ_ARM,		/* the next completion */
};

/* Those without a comment are as the InfiniBand specification has them; RC. */
enum mfraw_cqe_status {
	MFRAW_CQE_SUCCESS,
	MFRAW_CQE_LOC_LEN_ERR,		/* frame too short or long, or more */
					/* than the receive entry holds */
	MFRAW_CQE_LOC_QP_OP_ERR,	/* malformed work request */
	MFRAW_CQE_LOC_PROT_ERR,		/* lkey, range, PD or access */
	MFRAW_CQE_WR_FLUSH_ERR,		/* QP was in the error state */
	MFRAW_CQE_MW_BIND_ERR,
	MFRAW_CQE_BAD_RESP_ERR,
	MFRAW_CQE_LOC_ACCESS_ERR,
	MFRAW_CQE_REM_INV_REQ_ERR,
	MFRAW_CQE_REM_ACCESS_ERR,
	MFRAW_CQE_REM_OP_ERR,
	MFRAW_CQE_RETRY_EXC_ERR,
	MFRAW_CQE_RNR_RETRY_EXC_ERR,
};

enum mfraw_cqe_opcode {
	MFRAW_CQE_SEND,
	MFRAW_CQE_RECV,
	MFRAW_CQE_TSO,
	MFRAW_CQE_RDMA_WRITE,
	MFRAW_CQE_RDMA_READ,
	MFRAW_CQE_COMP_SWAP,
	MFRAW_CQE_FETCH_ADD,
	MFRAW_CQE_LOCAL_INV,
	MFRAW_CQE_BIND_MW,
	MFRAW_CQE_RECV_RDMA_WITH_IMM,
};

/*
 * A completion. Valid when MFRAW_CQE_OWNER of @flags equals the pass over the
 * ring: set in the first, clear in the second, and so on; the consumer index
 * divided by the ring's size, even or odd, tells. The other members are read
 * after @flags (acquire). All other bits of @flags, and those of @info that have
 * no name below, are zero; user space does not look at them, so that they can
 * get a meaning.
 */
struct mfraw_cqe {
	__le32 qpn;		/* or the number of a WQ, or SRQ of XRC */
	__le32 wqe_idx;		/* index as in struct mfraw_qp_db, not */
				/* wrapped; or the slot of struct mfraw_srq_wqe */
	__le32 byte_len;	/* received bytes */
	__u8 status;		/* enum mfraw_cqe_status */
	__u8 opcode;		/* enum mfraw_cqe_opcode */
	__u8 info;		/* enum mfraw_cqe_info */
	__u8 flags;		/* MFRAW_CQE_OWNER */
	__le64 timestamp;	/* ns of CLOCK_MONOTONIC_RAW, 0 unless asked */
	union {
		__le32 flow_tag;	/* of the flow that chose the queue */
		__be32 imm;		/* MFRAW_CQE_WITH_IMM */
		__le32 inv_rkey;	/* MFRAW_CQE_WITH_INV */
	};
	union {
		struct {
			__le16 vlan_tci; /* MFRAW_CQE_CVLAN */
			__le16 reserved;
		};
		__le32 src_qp;		/* UD */
		__le32 xrc_qpn;		/* the QP's, if qpn is an SRQ's */
	};
};

#define MFRAW_CQE_OWNER		0x01

enum mfraw_cqe_info {
	MFRAW_CQE_IP_CSUM_OK = 1 << 0,	/* IP and TCP/UDP checksums hold */
	MFRAW_CQE_CVLAN = 1 << 1,	/* vlan_tci is valid */
	MFRAW_CQE_GRH = 1 << 2,		/* the first 40 bytes are a GRH */
	MFRAW_CQE_WITH_IMM = 1 << 3,
	MFRAW_CQE_WITH_INV = 1 << 4,
};

#endif /* MFRAW_ABI_USER_H */
