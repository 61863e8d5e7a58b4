/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR Linux-OpenIB */
/*
 * The interface between the mfraw kernel driver and its user space provider:
 * the driver data of uverbs commands and the layout of the mapped queues.
 */
#ifndef MFRAW_ABI_USER_H
#define MFRAW_ABI_USER_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/rdma_user_ioctl_cmds.h>

/**
 * DOC: Rules for the structs of uverbs commands
 *
 * Each verb of libibverbs that the comment of a struct names is a command of
 * uverbs. The request (_req) follows the request of the core, and the response
 * (_resp) follows the response of the core. The process owns both, and the
 * kernel has copied them when the command returns.
 *
 * - Sizes are multiples of 8 bytes, which kernel and provider assert.
 * - The first member is comp_mask. A set bit says that the member which the bit
 *   stands for is present and valid. The kernel returns EOPNOTSUPP for a bit
 *   that it does not know.
 * - Reserved members are zero; else the kernel returns EINVAL.
 * - A request may be longer than the struct that the kernel knows if the rest
 *   is zero; else the kernel returns EOPNOTSUPP. A request may be shorter if it
 *   has all members of the first version; else the kernel returns EINVAL.
 * - The kernel writes as much of a response as the caller has room for.
 * - Members are in native byte order.
 * - A command that finds no memory returns ENOMEM. After the device is gone, it
 *   returns EIO.
 */

/**
 * DOC: Rules for mapped memory
 *
 * - The kernel allocates the memory of an object's queues, and the process maps
 *   it: mmap() of the command file with MAP_SHARED, the offset @mmap_key and
 *   exactly @mmap_size bytes. All else returns EINVAL.
 * - Other offsets are in bytes from the start of the mapping.
 * - The memory counts against RLIMIT_MEMLOCK of the process that creates the
 *   object, as long as the object exists; over the limit, the command returns
 *   ENOMEM. A mapping may stay longer than the object; the kernel then neither
 *   reads nor writes it.
 * - A process may write all of it at any time. What it writes to a member that
 *   the kernel writes has an effect on the process only.
 * - Members are little endian unless their type says otherwise.
 */
#define MFRAW_ABI_VERSION	3

/*
 * The driver id. It is private until enum rdma_driver_id has one, and far from
 * the numbers of that enum.
 */
#define MFRAW_DRIVER_ID		0x6d667277

/**
 * struct mfraw_alloc_ucontext_req - request of ibv_open_device()
 * @comp_mask: zero
 */
struct mfraw_alloc_ucontext_req {
	__aligned_u64 comp_mask;
};

/**
 * struct mfraw_alloc_ucontext_resp - response of ibv_open_device()
 * @comp_mask: zero
 * @max_inline: maximum bytes of inline data in a send queue entry
 * @reserved: zero
 */
struct mfraw_alloc_ucontext_resp {
	__aligned_u64 comp_mask;
	__u32 max_inline;
	__u32 reserved;
};

/**
 * struct mfraw_query_device_resp - response of ibv_query_device_ex()
 * @comp_mask: zero
 * @rx_hash_fields: mask of enum mfraw_rx_hash_fields that RSS can hash
 * @rx_hash_functions: mask of enum mfraw_rx_hash_func
 * @reserved: zero
 * @max_tso: maximum bytes of payload in a TSO request
 * @tso_qpts: QP types that have MFRAW_OP_TSO
 * @rate_limit_min: lowest rate limit in kbit/s
 * @rate_limit_max: highest rate limit in kbit/s
 * @rate_limit_qpts: QP types that have rate limits
 * @reserved2: zero
 *
 * These are limits that the response of the core has no members for. A mask of
 * QP types has the bits 1 << enum ib_uverbs_qp_type.
 */
struct mfraw_query_device_resp {
	__aligned_u64 comp_mask;
	__aligned_u64 rx_hash_fields;
	__u8 rx_hash_functions;
	__u8 reserved[7];
	__u32 max_tso;
	__u32 tso_qpts;
	__u32 rate_limit_min;
	__u32 rate_limit_max;
	__u32 rate_limit_qpts;
	__u32 reserved2;
};

/**
 * struct mfraw_create_cq_req - request of ibv_create_cq()
 * @comp_mask: zero
 */
struct mfraw_create_cq_req {
	__aligned_u64 comp_mask;
};

/**
 * struct mfraw_create_cq_resp - response of ibv_create_cq()
 * @comp_mask: zero
 * @mmap_key: offset for mmap()
 * @mmap_size: size of the mapping in bytes
 * @db_off: offset of the struct mfraw_cq_db
 * @ring_off: offset of the ring, an array of struct mfraw_cqe
 * @num_cqe: number of entries of the ring, a power of two
 * @reserved: zero
 *
 * A CQ has one mapping. See IBTA volume 1, 11.2.6.
 *
 * The command returns EINVAL for a number of entries or a completion vector
 * that is out of range.
 */
struct mfraw_create_cq_resp {
	__aligned_u64 comp_mask;
	__aligned_u64 mmap_key;
	__u32 mmap_size;
	__u32 db_off;
	__u32 ring_off;
	__u32 num_cqe;
	__u32 reserved[2];
};

/**
 * struct mfraw_resize_cq_req - request of ibv_resize_cq()
 * @comp_mask: zero
 */
struct mfraw_resize_cq_req {
	__aligned_u64 comp_mask;
};

/**
 * struct mfraw_resize_cq_resp - response of ibv_resize_cq()
 * @comp_mask: zero
 * @mmap_key: offset of the new mapping for mmap()
 * @mmap_size: size of the new mapping in bytes
 * @db_off: offset of the struct mfraw_cq_db
 * @ring_off: offset of the ring, an array of struct mfraw_cqe
 * @num_cqe: number of entries of the ring, a power of two
 * @reserved: zero
 *
 * A resized CQ has a new mapping, whose consumer index is 0. Completions that
 * were not polled are in it from entry 0 on. See IBTA volume 1, 11.2.6.
 *
 * The command returns EINVAL if the new ring has no room for the completions
 * that were not polled, and the CQ stays as it is.
 */
struct mfraw_resize_cq_resp {
	__aligned_u64 comp_mask;
	__aligned_u64 mmap_key;
	__u32 mmap_size;
	__u32 db_off;
	__u32 ring_off;
	__u32 num_cqe;
	__u32 reserved[2];
};

/**
 * enum mfraw_create_qp_mask - bits of mfraw_create_qp_req.comp_mask
 * @MFRAW_CREATE_QP_MAX_TSO_HDR: the member max_tso_hdr is valid
 */
enum mfraw_create_qp_mask {
	MFRAW_CREATE_QP_MAX_TSO_HDR = 1 << 0,
};

/**
 * struct mfraw_create_qp_req - request of ibv_create_qp()
 * @comp_mask: mask of enum mfraw_create_qp_mask
 * @max_tso_hdr: maximum bytes of header in a TSO request
 * @reserved: zero
 */
struct mfraw_create_qp_req {
	__aligned_u64 comp_mask;
	__u32 max_tso_hdr;
	__u32 reserved;
};

/**
 * struct mfraw_create_qp_resp - response of ibv_create_qp()
 * @comp_mask: zero
 * @mmap_key: offset for mmap()
 * @mmap_size: size of the mapping in bytes
 * @db_off: offset of the doorbell page, a struct mfraw_qp_db
 * @sq_off: offset of the send queue
 * @sq_entries: number of entries of the send queue, a power of two; 0 if there
 *	is no send queue
 * @rq_off: offset of the receive queue
 * @rq_entries: number of entries of the receive queue, likewise
 * @sq_shift: log2 of the size of an entry of the send queue in bytes
 * @rq_shift: log2 of the size of an entry of the receive queue in bytes
 * @reserved: zero
 *
 * A QP has one mapping. An entry of the send queue begins with a struct
 * mfraw_send_wqe, and an entry of the receive queue is an array of struct
 * mfraw_sge. See IBTA volume 1, 11.2.4.1, which lets a queue have more entries
 * than the process has asked for.
 *
 * The command returns EINVAL for a size that is out of range, EOPNOTSUPP for a
 * type or a flag that the device does not have, and EPERM for a raw packet QP
 * without CAP_NET_RAW.
 */
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

/**
 * enum mfraw_modify_qp_mask - bits of mfraw_modify_qp_req.comp_mask
 * @MFRAW_MODIFY_QP_BURST: the members max_burst_sz and typical_pkt_sz are valid
 */
enum mfraw_modify_qp_mask {
	MFRAW_MODIFY_QP_BURST = 1 << 0,
};

/**
 * struct mfraw_modify_qp_req - request of ibv_modify_qp_rate_limit()
 * @comp_mask: mask of enum mfraw_modify_qp_mask
 * @max_burst_sz: maximum bytes to send at once; 0: the kernel chooses; 0 if
 *	there is no rate limit
 * @typical_pkt_sz: typical bytes of a frame, without effect; 0 if there is no
 *	rate limit
 * @reserved: zero
 *
 * The request is optional; other changes of a QP have none. No specification
 * describes rate limits of a QP: the meaning is that of the verb.
 */
struct mfraw_modify_qp_req {
	__aligned_u64 comp_mask;
	__u32 max_burst_sz;
	__u16 typical_pkt_sz;
	__u16 reserved;
};

/**
 * enum mfraw_rx_hash_func - functions of RSS
 * @MFRAW_RX_HASH_FUNC_TOEPLITZ: the Toeplitz function of Microsoft's
 *	specification of receive side scaling
 */
enum mfraw_rx_hash_func {
	MFRAW_RX_HASH_FUNC_TOEPLITZ = 1 << 0,
};

/**
 * enum mfraw_rx_hash_fields - fields that RSS hashes
 * @MFRAW_RX_HASH_SRC_IPV4: source address of IPv4
 * @MFRAW_RX_HASH_DST_IPV4: destination address of IPv4
 * @MFRAW_RX_HASH_SRC_IPV6: source address of IPv6
 * @MFRAW_RX_HASH_DST_IPV6: destination address of IPv6
 * @MFRAW_RX_HASH_SRC_PORT_TCP: source port of TCP
 * @MFRAW_RX_HASH_DST_PORT_TCP: destination port of TCP
 * @MFRAW_RX_HASH_SRC_PORT_UDP: source port of UDP
 * @MFRAW_RX_HASH_DST_PORT_UDP: destination port of UDP
 * @MFRAW_RX_HASH_FIELDS: mask of all of them
 *
 * The values are those of enum ibv_rx_hash_fields.
 */
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

/**
 * struct mfraw_create_qp_rss_req - request of ibv_create_qp_ex() with an
 *	indirection table
 * @comp_mask: zero
 * @rx_hash_fields: mask of enum mfraw_rx_hash_fields
 * @rx_hash_function: one of enum mfraw_rx_hash_func
 * @rx_key_len: bytes of @rx_hash_key that are valid, MFRAW_RX_HASH_KEY_LEN
 * @reserved: zero
 * @rx_hash_key: key of the hash function
 *
 * Such an RSS QP has no queues: all members of struct mfraw_create_qp_resp are
 * zero.
 *
 * The command returns EOPNOTSUPP for a function or a field that the device does
 * not have, and EINVAL for another length of the key or for fields of two
 * protocols of one layer.
 */
struct mfraw_create_qp_rss_req {
	__aligned_u64 comp_mask;
	__aligned_u64 rx_hash_fields;
	__u8 rx_hash_function;
	__u8 rx_key_len;
	__u8 reserved[6];
	__u8 rx_hash_key[MFRAW_RX_HASH_KEY_LEN];
};

/**
 * struct mfraw_create_wq_req - request of ibv_create_wq()
 * @comp_mask: zero
 */
struct mfraw_create_wq_req {
	__aligned_u64 comp_mask;
};

/**
 * struct mfraw_create_wq_resp - response of ibv_create_wq()
 * @comp_mask: zero
 * @mmap_key: offset for mmap()
 * @mmap_size: size of the mapping in bytes
 * @db_off: offset of the doorbell page, a struct mfraw_qp_db, of which only the
 *	members of the receive queue are used
 * @rq_off: offset of the receive queue
 * @rq_entries: number of entries of the receive queue, a power of two
 * @rq_shift: log2 of the size of an entry in bytes
 * @reserved: zero
 *
 * A WQ has one mapping, as a QP without send queue. No QP has the number of a
 * WQ. An entry is an array of struct mfraw_sge.
 *
 * The command returns EINVAL for a number of entries that is out of range, and
 * EOPNOTSUPP for a flag that the device does not have.
 */
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

/**
 * struct mfraw_qp_db - the doorbell page of a QP, WQ or SRQ
 * @sq_prod: index behind the last entry of the send queue; user space writes it
 * @reserved0: padding to a cache line
 * @rq_prod: index behind the last entry of the receive queue; user space writes
 *	it
 * @reserved1: padding to a cache line
 * @sq_wakeup: not zero if posts to the send queue need a kick; the kernel
 *	writes it
 * @rq_wakeup: not zero if posts to the receive queue need a kick; the kernel
 *	writes it
 * @reserved2: padding to a cache line
 *
 * An index counts the entries posted since the queue was last in RESET, modulo
 * 2^32. The entry with index i is at i modulo the number of entries of the
 * ring.
 *
 * The kernel trusts no index of user space: it keeps its own, and puts the QP
 * into the error state if the other is ahead by more than the ring. There are
 * no consumer indices: a completion returns its entry and all earlier entries
 * of that queue to user space.
 *
 * User space posts as follows: it writes the entries, writes the index
 * (release), issues a full barrier and reads the wakeup flag of that queue. If
 * the flag is set, it calls MFRAW_IOCTL_KICK with the number of the QP or WQ.
 *
 * Before the kernel sleeps, it sets the flag, issues a full barrier and reads
 * the index once more.
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

/**
 * DOC: The kick file
 *
 * The kick file is an object of uverbs that is a file. It belongs to the
 * context that created it, and a context can have several. It may outlive the
 * command file of its context.
 *
 * Each process that holds the file can kick the queues of that context, and
 * nothing else: the file can be inherited and passed to other processes as any
 * other.
 */

/**
 * enum mfraw_objects - objects of uverbs that only this driver has
 * @MFRAW_OBJECT_KICK_FILE: the kick file
 */
enum mfraw_objects {
	MFRAW_OBJECT_KICK_FILE = 1U << UVERBS_ID_NS_SHIFT,
};

/**
 * enum mfraw_kick_file_methods - methods of the kick file
 * @MFRAW_METHOD_KICK_FILE_ALLOC: create one. Returns EIO if the device is gone
 */
enum mfraw_kick_file_methods {
	MFRAW_METHOD_KICK_FILE_ALLOC = 1U << UVERBS_ID_NS_SHIFT,
};

/**
 * enum mfraw_kick_file_alloc_attrs - attributes of MFRAW_METHOD_KICK_FILE_ALLOC
 * @MFRAW_ATTR_KICK_FILE_ALLOC_FD: the new file descriptor, which is closed on
 *	exec; written by the kernel, mandatory
 */
enum mfraw_kick_file_alloc_attrs {
	MFRAW_ATTR_KICK_FILE_ALLOC_FD = 1U << UVERBS_ID_NS_SHIFT,
};

/**
 * DOC: The kick
 *
 * MFRAW_IOCTL_KICK is the ioctl() of a kick file. The argument is the number of
 * a QP or WQ of the context.
 *
 * For a QP, the kernel executes posted send requests in the context of the
 * caller, or wakes the thread that polls the send queue; in the error state it
 * flushes both queues.
 *
 * The call returns when all is done that was posted before, or has to wait for
 * the port or for a rate limit. If the caller is killed, the rest stays posted
 * until the next kick.
 *
 * For a WQ in the error state, the kernel flushes the queue. With
 * IB_UVERBS_WQ_FLAGS_DELAY_DROP it delivers the frames that it holds; as long
 * as it holds any, @rq_wakeup of the doorbell page is set.
 *
 * The call returns 0, or -1 with an error:
 *
 * - EIO: the context is closed, or the device is gone
 * - ENOENT: the context has no such QP or WQ
 * - EINVAL: the argument has more than 32 bits
 */
#define MFRAW_IOCTL_KICK	_IO(RDMA_IOCTL_MAGIC, 0x40)

/**
 * struct mfraw_create_ah_resp - response of ibv_create_ah()
 * @comp_mask: zero
 * @ahn: number of the address in struct mfraw_roce_seg
 *
 * This response follows the core's, which has 4 bytes, so no member may have 8.
 * See IBTA volume 1, 11.2.2. The command has no request.
 */
struct mfraw_create_ah_resp {
	__u32 comp_mask;
	__u32 ahn;
};

/**
 * struct mfraw_create_srq_req - request of ibv_create_srq()
 * @comp_mask: zero
 */
struct mfraw_create_srq_req {
	__aligned_u64 comp_mask;
};

/**
 * struct mfraw_create_srq_resp - response of ibv_create_srq()
 * @comp_mask: zero
 * @mmap_key: offset for mmap()
 * @mmap_size: size of the mapping in bytes
 * @db_off: offset of the doorbell page, a struct mfraw_qp_db, of which only
 *	@rq_prod is used
 * @rq_off: offset of the receive queue
 * @rq_entries: number of entries of the receive queue, a power of two
 * @srqn: number of the SRQ; no QP or WQ has the number of an XRC SRQ
 * @rq_shift: log2 of the size of an entry in bytes
 * @reserved: zero
 *
 * An SRQ has one mapping, as a WQ. An entry begins with a struct mfraw_srq_wqe,
 * and an array of struct mfraw_sge follows. See IBTA volume 1, 11.2.3, and
 * annex A14 for an XRC SRQ.
 *
 * The command returns EINVAL for a number of entries that is out of range, and
 * EOPNOTSUPP for a type that the device does not have.
 */
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

/**
 * struct mfraw_sge - a range of a memory region
 * @addr: address of the first byte, as the region was registered
 * @length: number of bytes
 * @lkey: key of the region
 *
 * In a receive entry, the first one of length 0 ends the array.
 *
 * User space writes an entry of a queue before it writes the index. The kernel
 * copies the entry once, and checks the copy. The entry is user space's again
 * with the completion that returns it.
 */
struct mfraw_sge {
	__le64 addr;
	__le32 length;
	__le32 lkey;
};

/**
 * struct mfraw_srq_wqe - the header of an entry of an SRQ
 * @slot: a number that no other entry has between post and completion; the
 *	kernel returns it in @wqe_idx of the completion
 * @reserved: zero
 *
 * The kernel takes entries in order, and completes them in any order.
 */
struct mfraw_srq_wqe {
	__le32 slot;
	__le32 reserved[3];
};

/**
 * enum mfraw_opcode - operations of a send queue
 * @MFRAW_OP_SEND: send; a frame, of a raw packet QP
 * @MFRAW_OP_TSO: send a TCP payload as several frames (RFC 9293)
 * @MFRAW_OP_SEND_WITH_IMM: send with immediate data
 * @MFRAW_OP_SEND_WITH_INV: send and invalidate a key of the peer
 * @MFRAW_OP_RDMA_WRITE: write to memory of the peer
 * @MFRAW_OP_RDMA_WRITE_WITH_IMM: likewise, with immediate data
 * @MFRAW_OP_RDMA_READ: read memory of the peer
 * @MFRAW_OP_ATOMIC_CMP_SWP: compare 64 bits of the peer and swap them
 * @MFRAW_OP_ATOMIC_FETCH_ADD: add to 64 bits of the peer
 * @MFRAW_OP_LOCAL_INV: invalidate a key
 * @MFRAW_OP_BIND_MW: bind a memory window
 *
 * Raw packet QPs have MFRAW_OP_SEND and MFRAW_OP_TSO. RC and XRC QPs have all
 * but MFRAW_OP_TSO; UC and UD QPs have those of them that the InfiniBand
 * specification gives them. See IBTA volume 1, 9.4 and 11.4.1.1.
 */
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

/**
 * enum mfraw_send_flags - bits of mfraw_send_wqe.flags
 * @MFRAW_SEND_SIGNALED: complete on success, too
 * @MFRAW_SEND_INLINE: the entry has data, and no SGEs
 * @MFRAW_SEND_IP_CSUM: fill in the checksums of IPv4, TCP and UDP
 * @MFRAW_SEND_FENCE: wait for earlier reads and atomics
 * @MFRAW_SEND_SOLICITED: raise an event at the receiver
 */
enum mfraw_send_flags {
	MFRAW_SEND_SIGNALED = 1 << 0,
	MFRAW_SEND_INLINE = 1 << 1,
	MFRAW_SEND_IP_CSUM = 1 << 2,
	MFRAW_SEND_FENCE = 1 << 3,
	MFRAW_SEND_SOLICITED = 1 << 4,
};

/**
 * struct mfraw_send_wqe - the header of a send queue entry
 * @opcode: enum mfraw_opcode
 * @flags: mask of enum mfraw_send_flags
 * @num_sge: number of SGEs; 0 with MFRAW_SEND_INLINE
 * @inline_len: bytes of data with MFRAW_SEND_INLINE; else 0
 * @reserved: zero, of all other operations
 * @tso: member of MFRAW_OP_TSO
 * @tso.mss: bytes of payload in a segment, at least MFRAW_TSO_MIN_MSS
 * @tso.hdr_len: bytes of frame header
 * @tso.reserved: zero
 * @roce: member of RC, UC, UD and XRC QPs
 * @roce.imm: immediate data, in network byte order, of an operation WITH_IMM
 * @roce.inv_rkey: key to invalidate, of SEND_WITH_INV and LOCAL_INV
 * @roce.srqn: number of the peer's SRQ, of XRC; else 0
 *
 * An array of @num_sge struct mfraw_sge follows, or @inline_len bytes of data.
 *
 * With MFRAW_OP_TSO, @tso.hdr_len bytes of frame header stand between the two,
 * padded to a multiple of MFRAW_TSO_HDR_ALIGN. The payload is cut into segments
 * of @tso.mss bytes, and each segment becomes a frame with that header.
 *
 * With RC, UC, UD and XRC QPs, a struct mfraw_roce_seg stands between the two.
 *
 * A malformed entry completes with MFRAW_CQE_LOC_QP_OP_ERR.
 */
struct mfraw_send_wqe {
	__u8 opcode;
	__u8 flags;
	__le16 num_sge;
	__le32 inline_len;
	union {
		__le64 reserved;
		struct {
			__le16 mss;
			__le16 hdr_len;
			__le32 reserved;
		} tso;
		struct {
			union {
				__be32 imm;
				__le32 inv_rkey;
			};
			__le32 srqn;
		} roce;
	};
};

/**
 * struct mfraw_roce_seg - the RoCE segment of a send queue entry
 * @rdma: member of RDMA_WRITE and RDMA_READ
 * @rdma.addr: remote address
 * @rdma.rkey: remote key
 * @rdma.reserved: zero
 * @atomic: member of ATOMIC_CMP_SWP and ATOMIC_FETCH_ADD
 * @atomic.addr: remote address, a multiple of 8
 * @atomic.rkey: remote key
 * @atomic.reserved: zero
 * @atomic.compare_add: value to compare with, or to add
 * @atomic.swap: new value; 0 with FETCH_ADD
 * @ud: member of each operation of a UD QP
 * @ud.ahn: number of the address, of struct mfraw_create_ah_resp
 * @ud.qpn: number of the remote QP
 * @ud.qkey: Q_Key of the remote QP
 * @ud.reserved: zero
 * @bind: member of BIND_MW
 * @bind.addr: address of the window in the region
 * @bind.length: bytes of the window; 0: unbind it
 * @bind.lkey: key of the region; 0 to unbind
 * @bind.rkey: key of the window before the request
 * @bind.new_rkey: key of the window after the request
 * @bind.access: mask of enum ib_uverbs_access_flags
 *
 * Members that the operation does not use are zero; else the entry is
 * malformed. See IBTA volume 1, 9.3 (the headers that carry them) and 10.6.7
 * (windows).
 */
struct mfraw_roce_seg {
	union {
		struct {
			__le64 addr;
			__le32 rkey;
			__le32 reserved;
		} rdma;
		struct {
			__le64 addr;
			__le32 rkey;
			__le32 reserved;
			__le64 compare_add;
			__le64 swap;
		} atomic;
		struct {
			__le32 ahn;
			__le32 qpn;
			__le32 qkey;
			__le32 reserved;
		} ud;
		struct {
			__le64 addr;
			__le64 length;
			__le32 lkey;
			__le32 rkey;
			__le32 new_rkey;
			__le32 access;
		} bind;
	};
};

#define MFRAW_TSO_HDR_ALIGN	16	/* bytes */
#define MFRAW_TSO_MIN_MSS	64	/* bytes */

/**
 * struct mfraw_cq_db - the doorbell of a CQ
 * @cons: number of completions polled, modulo 2^32; user space writes it
 * @reserved0: padding to a cache line
 * @arm: enum mfraw_cq_arm; user space sets it, and the kernel clears it when it
 *	raises the event
 * @reserved1: padding to a cache line
 *
 * The kernel reads @arm with each batch of completions, and @cons only if the
 * ring seems to be full. Each has a cache line of its own, so a write of @cons
 * does not evict the line of @arm.
 *
 * To get an event, user space writes @cons, then @arm, issues a full barrier,
 * and polls the CQ once more. The kernel writes completions, issues a full
 * barrier, and reads @arm. See IBTA volume 1, 11.4.2.2.
 */
struct mfraw_cq_db {
	__le32 cons;
	__le32 reserved0[15];
	__le32 arm;
	__le32 reserved1[15];
};

/**
 * enum mfraw_cq_arm - the completion that raises the next event
 * @MFRAW_CQ_ARM_NONE: none
 * @MFRAW_CQ_ARM_SOLICITED: the next solicited or failed one
 * @MFRAW_CQ_ARM: the next one
 */
enum mfraw_cq_arm {
	MFRAW_CQ_ARM_NONE,
	MFRAW_CQ_ARM_SOLICITED,
	MFRAW_CQ_ARM,
};

/**
 * enum mfraw_cqe_status - status of a completion
 * @MFRAW_CQE_SUCCESS: success
 * @MFRAW_CQE_LOC_LEN_ERR: frame or message too short or too long for the port
 *	or the receive entry
 * @MFRAW_CQE_LOC_QP_OP_ERR: malformed entry
 * @MFRAW_CQE_LOC_PROT_ERR: lkey, range, PD or access wrong
 * @MFRAW_CQE_WR_FLUSH_ERR: the QP was in the error state
 * @MFRAW_CQE_MW_BIND_ERR: a window could not be bound, or a key invalidated
 * @MFRAW_CQE_BAD_RESP_ERR: the peer's response has an unexpected opcode
 * @MFRAW_CQE_LOC_ACCESS_ERR: the peer's data could not be written to memory of
 *	the receiver
 * @MFRAW_CQE_REM_INV_REQ_ERR: the peer took the request for invalid
 * @MFRAW_CQE_REM_ACCESS_ERR: the peer allows no such access to its memory
 * @MFRAW_CQE_REM_OP_ERR: the peer failed to complete the request
 * @MFRAW_CQE_RETRY_EXC_ERR: the peer did not answer, after all retries
 * @MFRAW_CQE_RNR_RETRY_EXC_ERR: the peer had no receive posted, after all
 *	retries
 *
 * See IBTA volume 1, 11.6.2.
 */
enum mfraw_cqe_status {
	MFRAW_CQE_SUCCESS,
	MFRAW_CQE_LOC_LEN_ERR,
	MFRAW_CQE_LOC_QP_OP_ERR,
	MFRAW_CQE_LOC_PROT_ERR,
	MFRAW_CQE_WR_FLUSH_ERR,
	MFRAW_CQE_MW_BIND_ERR,
	MFRAW_CQE_BAD_RESP_ERR,
	MFRAW_CQE_LOC_ACCESS_ERR,
	MFRAW_CQE_REM_INV_REQ_ERR,
	MFRAW_CQE_REM_ACCESS_ERR,
	MFRAW_CQE_REM_OP_ERR,
	MFRAW_CQE_RETRY_EXC_ERR,
	MFRAW_CQE_RNR_RETRY_EXC_ERR,
};

/**
 * enum mfraw_cqe_opcode - the operation that a completion completes
 * @MFRAW_CQE_SEND: a send of any kind
 * @MFRAW_CQE_RECV: a receive of a send
 * @MFRAW_CQE_TSO: MFRAW_OP_TSO
 * @MFRAW_CQE_RDMA_WRITE: a write of any kind
 * @MFRAW_CQE_RDMA_READ: MFRAW_OP_RDMA_READ
 * @MFRAW_CQE_COMP_SWAP: MFRAW_OP_ATOMIC_CMP_SWP
 * @MFRAW_CQE_FETCH_ADD: MFRAW_OP_ATOMIC_FETCH_ADD
 * @MFRAW_CQE_LOCAL_INV: MFRAW_OP_LOCAL_INV
 * @MFRAW_CQE_BIND_MW: MFRAW_OP_BIND_MW
 * @MFRAW_CQE_RECV_RDMA_WITH_IMM: a receive of a write with immediate data
 */
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

/**
 * struct mfraw_cqe - a completion
 * @qpn: number of the QP, of the WQ or of the XRC SRQ
 * @wqe_idx: index of the entry as in struct mfraw_qp_db, modulo 2^32, or the
 *	slot of an SRQ's entry
 * @byte_len: number of bytes received
 * @status: enum mfraw_cqe_status
 * @opcode: enum mfraw_cqe_opcode
 * @info: mask of enum mfraw_cqe_info
 * @flags: MFRAW_CQE_OWNER
 * @timestamp: CLOCK_MONOTONIC_RAW in nanoseconds; 0 if the CQ was created
 *	without time stamps
 * @flow_tag: tag of the flow that chose the queue, of a raw packet QP
 * @imm: immediate data in network byte order, with MFRAW_CQE_WITH_IMM
 * @inv_rkey: key that the peer invalidated, with MFRAW_CQE_WITH_INV
 * @vlan_tci: VLAN tag that was stripped, with MFRAW_CQE_CVLAN
 * @src_qp: number of the sender's QP, of a UD QP
 * @xrc_qpn: number of the receiving QP, if @qpn is an SRQ
 * @reserved: zero
 *
 * The kernel writes completions, and user space only reads them. The entry is
 * valid if MFRAW_CQE_OWNER is set in the first pass over the ring, clear in the
 * second, and so on; the pass is the consumer index divided by the number of
 * entries.
 *
 * User space reads @flags (acquire) before all other members, and
 * ignores bits of @flags and @info that have no name here. See IBTA volume 1,
 * 11.4.2.1.
 */
struct mfraw_cqe {
	__le32 qpn;
	__le32 wqe_idx;
	__le32 byte_len;
	__u8 status;
	__u8 opcode;
	__u8 info;
	__u8 flags;
	__le64 timestamp;
	union {
		__le32 flow_tag;
		__be32 imm;
		__le32 inv_rkey;
	};
	union {
		struct {
			__le16 vlan_tci;
			__le16 reserved;
		};
		__le32 src_qp;
		__le32 xrc_qpn;
	};
};

#define MFRAW_CQE_OWNER		0x01

/**
 * enum mfraw_cqe_info - bits of mfraw_cqe.info
 * @MFRAW_CQE_IP_CSUM_OK: the checksums of IPv4, TCP and UDP are correct
 * @MFRAW_CQE_CVLAN: the member vlan_tci is valid
 * @MFRAW_CQE_GRH: the first 40 bytes are a GRH (IBTA volume 1, 11.4.1.2)
 * @MFRAW_CQE_WITH_IMM: the member imm is valid
 * @MFRAW_CQE_WITH_INV: the member inv_rkey is valid
 */
enum mfraw_cqe_info {
	MFRAW_CQE_IP_CSUM_OK = 1 << 0,
	MFRAW_CQE_CVLAN = 1 << 1,
	MFRAW_CQE_GRH = 1 << 2,
	MFRAW_CQE_WITH_IMM = 1 << 3,
	MFRAW_CQE_WITH_INV = 1 << 4,
};

#endif /* MFRAW_ABI_USER_H */
