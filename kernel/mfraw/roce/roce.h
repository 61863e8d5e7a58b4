/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * RoCEv2 queue pairs of types RC, UC, UD and XRC. See InfiniBand Architecture
 * Specification (IBTA) volume 1, chapters 9 and 10, and annexes A14 and A17.
 */
#ifndef MFRAW_ROCE_H
#define MFRAW_ROCE_H

#include <linux/timer.h>
#include <linux/workqueue.h>
#include <rdma/ib_verbs.h>

#include "roce/cc.h"
#include "roce/comp.h"
#include "roce/path.h"
#include "roce/req.h"
#include "roce/resp.h"
#include "roce/wire.h"
#include "verbs/qp.h"

struct mfraw_answer;
struct mfraw_trains;

/* Local CA ack delay: an acknowledge takes at most 4.096 us << this. */
#define MFRAW_ACK_DELAY		15

/**
 * struct mfraw_roce - the RoCEv2 part of a queue pair
 * @qp: the common part of the queue pair
 * @type: IB_QPT_RC, _UC, _UD, _XRC_INI or _XRC_TGT; the GSI has _UD
 * @transport: transport bits of the queue pair's opcodes
 * @reliable: the responder acknowledges requests (RC, XRC)
 * @path: packet headers for the way to the peer (RC, UC, XRC)
 * @dqpn: the peer's queue pair number
 * @mtu: largest payload of a packet in bytes
 * @qkey: Q_Key (UD)
 * @access: IB_ACCESS_REMOTE_* rights of the peer
 * @attr: attributes as the last ib_modify_qp() calls set them
 * @srq: the SRQ that replaces the receive queue, or NULL; with XRC_TGT the SRQ
 *	of the latest message, see mfraw_xrc_enter()
 * @req: requester
 * @comp: completer
 * @resp: responder
 * @cc: congestion control (RC, UC, XRC)
 * @task: sends due responses and delayed requests
 * @timer: checks comp.deadline
 * @rnr_timer: ends comp.rnr_wait
 * @swqes: copies of work requests, by index of the send queue
 * @swqe_size: size of one entry of @swqes in bytes
 * @tails: page with padding and ICRC of a round's frames
 * @trains: trains of a round, NULL with UD
 * @train_more: packets of a round beyond one for each frame, under sq.lock
 * @no_trains: the rest of a round gets no trains, under sq.lock
 * @answer: responses to the requests that the port is being handed now, or NULL;
 *	under sq.lock, and receivers use it inside the port's call
 * @comm_est: the first request has arrived, so IB_EVENT_COMM_EST is not raised
 *	again
 * @not_local: rounds for which the queue pair still counts as a sender to the
 *	uplink; 0: it sends to other ports only. Under sq.lock
 * @last_wqe: the receive queue was flushed in the error state, so
 *	IB_EVENT_QP_LAST_WQE_REACHED is not raised again
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
	struct mfraw_trains	*trains;
	u32			train_more;
	bool			no_trains;
	struct mfraw_answer	*answer;
	bool			comm_est;
	u8			not_local;
	bool			last_wqe;
};

static inline struct mfraw_swqe *mfraw_swqe(const struct mfraw_roce *roce,
					    u32 idx)
{
	return roce->swqes +
	       (idx & (roce->qp->sq.entries - 1)) * roce->swqe_size;
}

/*
 * Set @off to the offset of packet @psn's payload in its message. Returns false
 * if the offset is outside the message.
 */
static inline bool mfraw_swqe_off(const struct mfraw_roce *roce,
				  const struct mfraw_swqe *wqe, u32 psn,
				  u32 *off)
{
	u32 nth = (psn - wqe->first_psn) & MFRAW_PSN_MASK;
	u64 at = (u64)nth * roce->mtu;

	*off = at;

	/* A message without payload still has one packet. */
	return at < wqe->length || !nth;
}

void mfraw_roce_kick(struct mfraw_roce *roce);
void mfraw_roce_event(struct mfraw_roce *roce, enum ib_event_type type);
void mfraw_roce_drained(struct mfraw_roce *roce);

#endif /* MFRAW_ROCE_H */
