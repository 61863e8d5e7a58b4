/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * RoCEv2: the queue pairs of type RC, UC, UD and XRC. See InfiniBand
 * Architecture Specification (IBTA) volume 1, chapters 9 and 10, and annexes
 * A14 and A17.
 */
#ifndef MFRAW_ROCE_H
#define MFRAW_ROCE_H

#include <linux/rhashtable.h>
#include <linux/rhashtable-types.h>
#include <rdma/ib_pack.h>
#include <rdma/ib_smi.h>

#include "verbs/cq.h"
#include "verbs/mr.h"
#include "queue/send.h"

/* Reads and atomics that a queue pair can have under way. */
#define MFRAW_MAX_RD_ATOMIC	16

#define MFRAW_MAX_MCAST_GRP	1024
#define MFRAW_MAX_MCAST_QP	256	/* of a group */

/* How late an acknowledge may be: 4.096 us << this. */
#define MFRAW_ACK_DELAY		15

/* Requests to answer, those that come once more included. */
#define MFRAW_RESP_JOBS		(2 * MFRAW_MAX_RD_ATOMIC)

/* Receives that can wait for the answer to a read, see roce_park.c. */
#define MFRAW_PARKED		16

/* Longest message in bytes (IBTA 9.3.1, table 35). */
#define MFRAW_MAX_MSG		BIT(31)

/*
 * Register memory by a work request; only the kernel's users do. In the segment,
 * @bind.new_rkey and @bind.access count. And the opcode of its completion.
 */
#define MFRAW_OP_REG_MR		32
#define MFRAW_CQE_REG_MR	32

#define MFRAW_PSN_MASK		0xffffff
#define MFRAW_MULTICAST_QPN	0xffffff

/*
 * Packets on the way that were not acknowledged, but for responses to reads: at
 * most, and what is left of it where packets are lost all the time.
 */
#define MFRAW_WINDOW		256
#define MFRAW_WINDOW_MIN	8

/*
 * IBTA 9.7.6.1.3: the peer may be silent for the timeout, or up to four times as
 * long. The longer one is for those that were silent before.
 */
#define MFRAW_BACKOFF		2

/* Packets of the response to one request of a read. */
#define MFRAW_READ_PACKETS	BIT(16)

/* Packets after which an acknowledge is asked for within a message. */
#define MFRAW_ACK_INTERVAL	64

/*
 * Headers as they travel. They stand anywhere in a frame, hence packed.
 */
struct mfraw_bth {
	u8	opcode;
	u8	flags;		/* MFRAW_BTH_SE .. */
	__be16	pkey;
	__be32	qpn;		/* 24 bits */
	__be32	psn;		/* MFRAW_BTH_ACK_REQ and 24 bits */
} __packed;

#define MFRAW_BTH_SE		0x80
#define MFRAW_BTH_PAD(flags)	(((flags) >> 4) & 3)
#define MFRAW_BTH_TVER		0x0f
#define MFRAW_BTH_ACK_REQ	BIT(31)
#define MFRAW_BTH_BECN		BIT(30)	/* beside the QPN */

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

/* Stands beside IB_OPCODE_RC and so on. */
#define MFRAW_OPCODE_XRC	0xa0

/* Congestion notification packet (annex A17.9.3), and what it has of payload. */
#define MFRAW_OPCODE_CNP	0x81
#define MFRAW_CNP_LEN		16

/* XRCETH: behind the BTH of each request of XRC; 24 bits name an SRQ. */
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
	MFRAW_SYN_MASK = 0x7f,		/* the other bit is reserved */
};

/* What an opcode's low five bits say, see mfraw_roce_ops. */
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

/* The most that stands between Ethernet header and payload, and behind it. */
#define MFRAW_ROCE_OVERHEAD	(40 + 8 + 12 + 28 + 4)

/* No vlan that an address here can be in. */
#define MFRAW_VLAN_OTHER	0xffff

/* Ethernet, a vlan tag, IPv6 and UDP. */
#define MFRAW_PATH_HDR	(ETH_HLEN + 4 + 40 + 8)

/**
 * struct mfraw_path - the way to a peer
 * @hdr: headers up to and including UDP, but for lengths and IPv4 checksum
 * @len: of @hdr
 * @l3: offset of the IP header
 * @v6: it is IPv6
 * @vlan: as @mfraw_pkt.vlan
 */
struct mfraw_path {
	u8	hdr[MFRAW_PATH_HDR];
	u8	len;
	u8	l3;
	bool	v6;
	u16	vlan;
};

/**
 * struct mfraw_av - address vector: what the data path knows of an address handle
 * @pd: of the address handle
 * @path: constant
 * @rcu: to free it
 */
struct mfraw_av {
	const struct ib_pd	*pd;
	struct mfraw_path	path;
	struct rcu_head		rcu;
};

/**
 * struct mfraw_ah - address handle
 * @ibah: of the core, which frees it before the data path is done
 * @ahn: number in dev.ahs, by which work requests name @av
 * @av: outlives it by a grace period
 * @attr: as it was created
 */
struct mfraw_ah {
	struct ib_ah		ibah;
	u32			ahn;
	struct mfraw_av		*av;
	struct rdma_ah_attr	attr;
};

/**
 * struct mfraw_pkt - a received packet
 * @frame: that it is in; its header holds all of the packet's headers
 * @opcode: of the BTH
 * @info: &enum mfraw_op_info
 * @flags: of the BTH
 * @l3: offset of the IP header
 * @off: of the payload in the frame
 * @len: bytes of payload, without padding
 * @vlan: that it came in: 0 if untagged, or with a tag for priority only;
 *	MFRAW_VLAN_OTHER for a stack of tags and for tags of other types
 * @v6: IPv6
 * @ack_req: of the BTH
 * @qpn: destination
 * @psn: packet sequence number
 * @srqn: of the XRCETH
 * @ext: headers behind the BTH and XRCETH
 */
struct mfraw_pkt {
	const struct mf_frame	*frame;
	u8			opcode;
	u8			flags;
	u16			info;
	u16			l3;
	u16			off;
	u32			len;
	u16			vlan;
	bool			v6;
	bool			ack_req;
	u32			qpn;
	u32			psn;
	u32			srqn;
	const u8		*ext;
};

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

/**
 * struct mfraw_completer - what was sent and what of it the peer has, under
 * qp.comp_lock, as is sq.cons: the oldest entry that is not completed
 * @psn: the oldest packet that is not acknowledged
 * @end_psn: behind the last packet ever sent
 * @end_idx: behind the last entry that the requester copied
 * @rd_done: reads and atomics that were completed
 * @window: packets that may be under way
 * @window_acked: packets acknowledged since it was changed
 * @deadline: when the peer is to have answered, in jiffies
 * @retry_left: tries
 * @rnr_left: tries
 * @retry: the requester is to start over at @psn
 * @recovering: what is missing was asked for once more
 * @dropped: @window is smaller since something was lost that the peer did not tell
 *	of yet
 * @rnr_wait: the peer is not ready; a timer runs
 * @blocked: the requester waits for an acknowledge
 * @held: the requester's packets wait for the port
 */
struct mfraw_completer {
	u32			psn;
	u32			end_psn;
	u32			end_idx;
	u32			rd_done;
	u32			window;
	u32			window_acked;
	unsigned long		deadline;
	u8			retry_left;
	u8			rnr_left;
	bool			retry;
	bool			recovering;
	bool			dropped;
	bool			rnr_wait;
	bool			blocked;
	bool			held;
};

/**
 * struct mfraw_rwqe - a receive entry that was taken, copied
 * @idx: for its completion
 * @num_sge: pieces of memory
 * @length: of them together
 * @sge: pieces of memory
 */
struct mfraw_rwqe {
	u32			idx;
	u32			num_sge;
	u64			length;
	struct mfraw_sge	sge[MFRAW_MAX_SGE];
};

/**
 * struct mfraw_job - a read or atomic request that is to be answered
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
struct mfraw_job {
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
 * struct mfraw_parked - a receive that is over, but completes later
 * @cqe: all but the number of the queue pair
 * @solicited: the sender wants the event
 * @waits: it invalidates @cqe.inv_rkey, by which a read is still being answered
 * @until: last packet of the answer to that read
 */
struct mfraw_parked {
	struct mfraw_cqe	cqe;
	bool			solicited;
	bool			waits;
	u32			until;
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
 * @ack: an acknowledge is to be sent, after the jobs
 * @ack_syndrome: of it
 * @ack_psn: of it
 * @ack_msn: messages completed up to that packet
 * @job_head: jobs taken in
 * @job_tail: jobs answered
 * @job_anew: the oldest job is another one, while it may be being answered
 * @job: modulo MFRAW_RESP_JOBS
 * @atomics: results that the peer may ask for once more
 * @atomics_n: how many there were ever
 * @reads: likewise; an answer once more may be of a part
 * @reads_n: how many there were ever
 * @parked: receives in order, of which the oldest waits; see roce_park.c
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
	u32			job_head;
	u32			job_tail;
	bool			job_anew;
	struct mfraw_job	job[MFRAW_RESP_JOBS];
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

/**
 * struct mfraw_cc - congestion control, see roce_cc.c; under sq.lock, but for the
 * first three
 * @tell: the peer is to be told that its packets meet congestion
 * @cut: the peer told so
 * @told: when the peer was told, in ns
 * @rate: in kbps; 0: there is no limit, and what follows does not matter
 * @goal: that it goes back to
 * @alpha: estimate of the congestion
 * @cut_at: when it was cut
 * @step_at: when it last grew by time
 * @bytes: sent since it last grew by bytes
 * @time_steps: that it has grown since it was cut
 * @byte_steps: likewise
 */
struct mfraw_cc {
	bool	tell;
	bool	cut;
	u64	told;
	u32	rate;
	u32	goal;
	u32	alpha;
	u64	cut_at;
	u64	step_at;
	u64	bytes;
	u32	time_steps;
	u32	byte_steps;
};

/**
 * struct mfraw_roce - what queue pairs of these types have more
 * @qp: the queue pair
 * @type: IB_QPT_RC, _UC, _UD, also for the GSI, _XRC_INI or _XRC_TGT
 * @transport: of its opcodes
 * @reliable: the responder acknowledges
 * @path: to the peer (RC, UC)
 * @dqpn: its queue pair
 * @mtu: payload of a packet in bytes
 * @qkey: of UD
 * @access: IB_ACCESS_REMOTE_* that the peer has
 * @attr: as ibv_modify_qp() set them
 * @srq: in place of a receive queue, or NULL; of XRC_TGT that of the latest
 *	message, see mfraw_xrc_enter()
 * @req: requester
 * @comp: completer
 * @resp: responder
 * @cc: congestion control of RC, UC and XRC
 * @task: sends what became due: responses, and requests that waited
 * @timer: looks at comp.deadline
 * @rnr_timer: ends comp.rnr_wait
 * @swqes: by index of the send queue
 * @swqe_size: bytes of each
 * @tails: padding and ICRC of the frames of a round
 * @comm_est: IB_EVENT_COMM_EST was raised
 * @not_local: not 0: it sends to the uplink, or may; under sq.lock
 * @last_wqe: IB_EVENT_QP_LAST_WQE_REACHED was raised, or would have been
 */
struct mfraw_roce {
	struct mfraw_qp		*qp;
	enum ib_qp_type		type;
	u8			transport;
	bool			reliable;
	struct mfraw_path	path;
	u32			dqpn;
	u32			mtu;
	u32			qkey;
	int			access;
	struct ib_qp_attr	attr;
	struct mfraw_srq	*srq;
	struct mfraw_requester	req;
	struct mfraw_completer	comp;
	struct mfraw_responder	resp;
	struct mfraw_cc		cc;
	struct work_struct	task;
	struct timer_list	timer;
	struct timer_list	rnr_timer;
	void			*swqes;
	size_t			swqe_size;
	struct page		*tails;
	bool			comm_est;
	u8			not_local;
	bool			last_wqe;
};

/**
 * struct mfraw_srq - shared receive queue
 * @ibsrq: of the core
 * @q: ring and indices; its lock is behind any rq.q.lock
 * @db: doorbell page, shared
 * @limit: entries below which an event is raised, once
 * @srqn: number
 * @mem: of the ring and @db
 * @failed: its process wrote an index that can't be
 * @ksrq: of the kernel's users, else NULL
 */
struct mfraw_srq {
	struct ib_srq		ibsrq;
	struct mfraw_queue	q;
	struct mfraw_qp_db	*db;
	u32			limit;
	u32			srqn;
	struct mfraw_qmem	*mem;
	bool			failed;
	struct mfraw_ksrq	*ksrq;
};

/* XRC domain: what it is good for is to be the same, or another. */
struct mfraw_xrcd {
	struct ib_xrcd		ibxrcd;
};

static inline struct mfraw_ah *to_mfraw_ah(struct ib_ah *ibah)
{
	return container_of(ibah, struct mfraw_ah, ibah);
}

static inline struct mfraw_srq *to_mfraw_srq(struct ib_srq *ibsrq)
{
	return container_of(ibsrq, struct mfraw_srq, ibsrq);
}

/* Less than, equal to or more than 0 as @a is before, at or behind @b. */
static inline s32 mfraw_psn_cmp(u32 a, u32 b)
{
	return (s32)((a - b) << 8);
}

static inline u32 mfraw_psn_add(u32 psn, u32 n)
{
	return (psn + n) & MFRAW_PSN_MASK;
}

static inline struct mfraw_swqe *mfraw_swqe(const struct mfraw_roce *roce,
					    u32 idx)
{
	return roce->swqes +
	       (idx & (roce->qp->sq.entries - 1)) * roce->swqe_size;
}

/* Where a packet's payload is in its message; false: in none of its bytes. */
static inline bool mfraw_swqe_off(const struct mfraw_roce *roce,
				  const struct mfraw_swqe *wqe, u32 psn,
				  u32 *off)
{
	u32 nth = (psn - wqe->first_psn) & MFRAW_PSN_MASK;
	u64 at = (u64)nth * roce->mtu;

	*off = at;

	/* A message without bytes has a packet, too. */
	return at < wqe->length || !nth;
}

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

static inline struct mfraw_job *mfraw_resp_job(struct mfraw_responder *resp,
					       u32 i)
{
	return &resp->job[i % MFRAW_RESP_JOBS];
}

/* roce_event.c */
void mfraw_roce_kick(struct mfraw_roce *roce);
void mfraw_roce_event(struct mfraw_roce *roce, enum ib_event_type type);
void mfraw_roce_drained(struct mfraw_roce *roce);

/* roce_pkt.c */
int mfraw_roce_pkt_init(void);
void mfraw_roce_pkt_exit(void);
bool mfraw_pkt_parse(struct mfraw_pkt *pkt, const struct mf_frame *frame);
bool mfraw_icrc_ok(const struct mfraw_pkt *pkt);
void mfraw_seal(const struct mf_frame *frame, u8 *copy);
void mfraw_pkt_to_mr(const struct mfraw_pkt *pkt, u32 off, struct mfraw_mr *mr,
		     u64 addr, u32 len);
u8 mfraw_roce_scatter(const struct mfraw_pkt *pkt, const u8 *data, u32 len,
		      const struct mfraw_sge *sge, u32 num_sge, u64 skip,
		      struct ib_pd *pd);

/* roce_req.c */
unsigned int mfraw_req_burst(struct mfraw_qp *qp);
bool mfraw_req_pending(const struct mfraw_qp *qp);

/* roce_comp.c */
void mfraw_comp_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt);
unsigned long mfraw_comp_timeout(const struct mfraw_roce *roce);
void mfraw_comp_sent(struct mfraw_roce *roce, u32 idx);
void mfraw_comp_dropped(struct mfraw_roce *roce);
void mfraw_comp_timer(struct timer_list *timer);
void mfraw_comp_rnr_timer(struct timer_list *timer);
void mfraw_comp_flush(struct mfraw_roce *roce);

/* roce_resp.c */
void mfraw_resp_flush(struct mfraw_roce *roce);
void mfraw_resp_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt);
void mfraw_resp_put_back(struct mfraw_roce *roce);
bool mfraw_resp_need_rwqe(struct mfraw_roce *roce);

/* roce_reply.c */
void mfraw_resp_ack(struct mfraw_roce *roce, u8 syndrome, u32 psn);
unsigned int mfraw_resp_burst(struct mfraw_roce *roce);

/* roce_park.c */
bool mfraw_park_key(const struct mfraw_responder *resp, u32 rkey, u32 *until);
bool mfraw_park_names(const struct mfraw_responder *resp,
		      const struct mfraw_pkt *pkt);
bool mfraw_resp_complete(struct mfraw_roce *roce, struct mfraw_cqe *cqe,
			 bool solicited);
void mfraw_park(struct mfraw_roce *roce, const struct mfraw_parked *done);
void mfraw_park_answered(struct mfraw_roce *roce, u32 psn);
void mfraw_park_flush(struct mfraw_roce *roce);

static inline u32 mfraw_parked(const struct mfraw_responder *resp)
{
	return resp->park_head - resp->park_tail;
}

/* roce_ud.c */
u8 mfraw_ud_pack(struct mfraw_roce *roce, const struct mfraw_swqe *wqe,
		 bool *full);
void mfraw_ud_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt);
void mfraw_ud_rx_mcast(struct mfraw_dev *dev, const struct mfraw_pkt *pkt);
extern const struct ib_device_ops mfraw_mcast_ops;
int mfraw_mcast_init(struct mfraw_dev *dev);
void mfraw_mcast_fini(struct mfraw_dev *dev);

/* roce_cc.c */
void mfraw_cc_rx_cnp(struct mfraw_roce *roce);
void mfraw_cc_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt);
bool mfraw_cc_closed(struct mfraw_roce *roce);
unsigned int mfraw_cc_xmit(struct mfraw_roce *roce,
			   const struct mf_frame *frames, unsigned int n,
			   bool *stall);
unsigned int mfraw_cc_run(struct mfraw_roce *roce);

/* roce_gid.c */
extern const struct ib_device_ops mfraw_gid_ops;
void mfraw_pkt_dgid(const struct mfraw_pkt *pkt, union ib_gid *gid);
bool mfraw_gid_is_own(struct mfraw_dev *dev, const struct mfraw_pkt *pkt);
bool mfraw_gid_vlan_known(const struct mfraw_dev *dev, u16 vlan);
int mfraw_gid_init(struct mfraw_dev *dev);
void mfraw_gid_fini(struct mfraw_dev *dev);

/* roce_uplink.c */
struct ubuf_info *mfraw_uplink_ubuf(const struct mfraw_dev *dev);
unsigned int mfraw_roce_xmit(struct mfraw_qp *qp, const struct mf_frame *frames,
			     unsigned int n);
void mfraw_uplink_reset(struct mfraw_roce *roce);
int mfraw_uplink_init(struct mfraw_dev *dev);
void mfraw_uplink_fini(struct mfraw_dev *dev);
void mfraw_uplink_exit(void);

/* roce_rx.c */
int mfraw_roce_start(struct mfraw_dev *dev);
void mfraw_roce_end(struct mfraw_dev *dev);

/* srq.c */
extern const struct ib_device_ops mfraw_srq_ops;
bool mfraw_srq_take(struct mfraw_srq *srq, struct mfraw_rwqe *rwqe);

/* ah.c */
extern const struct ib_device_ops mfraw_ah_ops;
int mfraw_ah_resolve(struct rdma_ah_attr *attr);
int mfraw_path_init(struct mfraw_dev *dev, struct mfraw_path *path,
		    const struct rdma_ah_attr *attr, u16 sport);
void mfraw_path_ect(struct mfraw_path *path);
const struct mfraw_path *mfraw_ah_path(const struct ib_pd *pd, u32 ahn);

/* xrc.c */
extern const struct ib_device_ops mfraw_xrc_ops;
int mfraw_xrc_srq_add(struct mfraw_srq *srq);
void mfraw_xrc_srq_del(struct mfraw_srq *srq);
bool mfraw_xrc_enter(struct mfraw_roce *roce, const struct mfraw_pkt *pkt);
struct ib_pd *mfraw_xrc_pd(const struct mfraw_roce *roce, u32 srqn);

#endif /* MFRAW_ROCE_H */
