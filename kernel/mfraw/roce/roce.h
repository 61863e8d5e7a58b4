/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * RoCEv2: the queue pairs of type RC, UC, UD and XRC. See InfiniBand
 * Architecture Specification (IBTA) volume 1, chapters 9 and 10, and annexes
 * A14 and A17.
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

/* How late an acknowledge may be: 4.096 us << this. */
#define MFRAW_ACK_DELAY		15

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

void mfraw_roce_kick(struct mfraw_roce *roce);
void mfraw_roce_event(struct mfraw_roce *roce, enum ib_event_type type);
void mfraw_roce_drained(struct mfraw_roce *roce);

#endif /* MFRAW_ROCE_H */
