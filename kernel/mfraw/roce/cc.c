// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Congestion control of connected queue pairs (DCQCN). A switch marks packets
 * before it has to drop some, the receiver reports marks to the sender by a
 * congestion notification packet (CNP, IBTA annex A17.9), and the sender
 * reduces its rate for a while. "Congestion Control for Large-Scale RDMA
 * Deployments" (SIGCOMM 2015) describes the algorithm. The parameters are those
 * of mlx5, except for the threshold.
 *
 * The token bucket of queue/pace.c limits the rate of requests and of read
 * responses. A queue pair that gets no notifications has no limit and no cost.
 * Growth steps need no timer: due steps are counted when the queue pair sends,
 * since its rate does not matter before.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/math64.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>

#include "queue/burst.h"
#include "queue/stall.h"
#include "roce/cc.h"
#include "roce/pack.h"
#include "roce/roce.h"
#include "roce/uplink.h"

/* Minimum time between two CNPs of a queue pair, and between two cuts. */
#define MFRAW_CC_CNP_NS		(50 * NSEC_PER_USEC)

/*
 * Congestion estimate: its unit, the shift by which a period without a CNP
 * reduces it, and that period.
 */
#define MFRAW_CC_ALPHA_ONE	BIT(16)
#define MFRAW_CC_ALPHA_SHIFT	8
#define MFRAW_CC_ALPHA_NS	(55 * NSEC_PER_USEC)

/* Time and bytes per growth step. */
#define MFRAW_CC_STEP_NS	(300 * NSEC_PER_USEC)
#define MFRAW_CC_STEP_BYTES	(32767 * 64)

/*
 * Number of steps that only halve the distance to the goal; then growth of the
 * goal per step, in kbps.
 */
#define MFRAW_CC_FAST		5
#define MFRAW_CC_ADD		5000
#define MFRAW_CC_ADD_HYPER	50000

/* Lowest rate, and line rate of a port with unknown speed, both in kbps. */
#define MFRAW_CC_MIN		1000
#define MFRAW_CC_LINE		10000000

/* Largest number of overdue growth steps per call. */
#define MFRAW_CC_STEPS		64

/* Is the queue pair connected, so that CNPs can be sent and received? */
static bool mfraw_cc_connected(const struct mfraw_roce *roce)
{
	switch (READ_ONCE(roce->qp->state)) {
	case IB_QPS_RTR:
	case IB_QPS_RTS:
	case IB_QPS_SQD:
		return true;
	default:
		return false;
	}
}

/**
 * mfraw_cc_rx_cnp - handle a CNP of the peer
 * @roce: queue pair whose packets met congestion
 *
 * Context: atomic, RCU read section.
 */
void mfraw_cc_rx_cnp(struct mfraw_roce *roce)
{
	if (!mfraw_cc_connected(roce)) {
		mfraw_count(roce->qp->dev, MFRAW_CNP_IGNORED, 1);
		return;
	}
	mfraw_count(roce->qp->dev, MFRAW_CNP_HANDLED, 1);
	WRITE_ONCE(roce->cc.cnp_received, true);
	mfraw_roce_kick(roce);
}

/**
 * mfraw_cc_rx_marked - handle received packets with a congestion mark
 * @roce: the connected queue pair
 * @n: number of packets
 *
 * Context: atomic, RCU read section.
 */
void mfraw_cc_rx_marked(struct mfraw_roce *roce, u32 n)
{
	mfraw_count(roce->qp->dev, MFRAW_ECN_MARKED, n);
	if (!mfraw_cc_connected(roce) ||
	    ktime_get_ns() - READ_ONCE(roce->cc.cnp_sent) < MFRAW_CC_CNP_NS)
		return;
	WRITE_ONCE(roce->cc.cnp_due, true);
	mfraw_roce_kick(roce);
}

/* Send a CNP, which is not ECN-capable itself (A17.9.3). */
static unsigned int mfraw_cc_send_cnp(struct mfraw_roce *roce)
{
	struct mfraw_qp *qp = roce->qp;
	struct mfraw_burst *b = qp->burst;
	struct mfraw_packer p;
	unsigned int taken;
	u8 *l3;

	WRITE_ONCE(roce->cc.cnp_due, false);
	mfraw_burst_begin(b);
	b->ubuf = mfraw_uplink_ubuf(qp->dev);
	mfraw_pack_begin(&p, b, &roce->path, MFRAW_OPCODE_CNP, roce->dqpn, 0);
	p.bth->qpn |= cpu_to_be32(MFRAW_BTH_BECN);
	memset(mfraw_pack_ext(&p, MFRAW_CNP_LEN), 0, MFRAW_CNP_LEN);
	l3 = p.hdr + roce->path.l3;
	if (roce->path.v6)
		ipv6_change_dsfield((struct ipv6hdr *)l3,
				    (u8)~INET_ECN_MASK, INET_ECN_NOT_ECT);
	else
		((struct iphdr *)l3)->tos &= ~INET_ECN_MASK;
	mfraw_pack_end(&p, roce);

	rcu_read_lock();
	taken = mfraw_roce_xmit(qp, b->frames, 1);
	rcu_read_unlock();
	if (unlikely(!taken)) {
		WRITE_ONCE(roce->cc.cnp_due, true);
		return mfraw_stall(qp);
	}
	WRITE_ONCE(roce->cc.cnp_sent, ktime_get_ns());
	mfraw_count(qp->dev, MFRAW_CNP_SENT, 1);

	return 1;
}

/* Reduce @alpha for @periods without a CNP. */
static u32 mfraw_cc_decay(u32 alpha, u64 periods)
{
	u32 left = MFRAW_CC_ALPHA_ONE -
		   (MFRAW_CC_ALPHA_ONE >> MFRAW_CC_ALPHA_SHIFT);

	for (; periods && alpha; periods >>= 1) {
		if (periods & 1)
			alpha = (u64)alpha * left / MFRAW_CC_ALPHA_ONE;
		left = (u64)left * left / MFRAW_CC_ALPHA_ONE;
	}

	return alpha;
}

static u32 mfraw_cc_line(const struct mfraw_dev *dev)
{
	/* No lock: an outdated speed is harmless for a moment. */
	u64 speed = READ_ONCE(dev->attr.speed) * 1000ULL;

	return speed ? min_t(u64, speed, U32_MAX) : MFRAW_CC_LINE;
}

/* Do one growth step. */
static void mfraw_cc_step(struct mfraw_cc *cc, u32 line)
{
	u32 most = max(cc->time_steps, cc->byte_steps);
	u32 least = min(cc->time_steps, cc->byte_steps);
	u64 goal = cc->goal;

	if (least > MFRAW_CC_FAST)
		goal += (u64)MFRAW_CC_ADD_HYPER * (least - MFRAW_CC_FAST);
	else if (most > MFRAW_CC_FAST)
		goal += MFRAW_CC_ADD;
	cc->goal = min_t(u64, goal, line);
	cc->rate = ((u64)cc->rate + cc->goal + 1) / 2;
}

/* Do the growth steps that are due. sq.lock held. */
static void mfraw_cc_grow(struct mfraw_roce *roce)
{
	u32 line = mfraw_cc_line(roce->qp->dev), n = MFRAW_CC_STEPS;
	struct mfraw_cc *cc = &roce->cc;
	u64 now = ktime_get_ns();
	u32 was = cc->rate;

	lockdep_assert_held(&roce->qp->sq.lock);
	while (n-- && cc->rate < line) {
		if (now - cc->step_at >= MFRAW_CC_STEP_NS) {
			cc->step_at += MFRAW_CC_STEP_NS;
			cc->time_steps++;
		} else if (cc->bytes >= MFRAW_CC_STEP_BYTES) {
			cc->bytes -= MFRAW_CC_STEP_BYTES;
			cc->byte_steps++;
		} else {
			break;
		}
		mfraw_cc_step(cc, line);
	}
	if (cc->rate >= line)
		cc->rate = 0;
	if (cc->rate != was)
		mfraw_pace_apply(roce->qp, cc->rate, 0);
}

/* Cut the rate after a CNP of the peer. sq.lock held. */
static void mfraw_cc_cut(struct mfraw_roce *roce)
{
	struct mfraw_cc *cc = &roce->cc;
	u64 now = ktime_get_ns();
	u32 rate;

	lockdep_assert_held(&roce->qp->sq.lock);
	WRITE_ONCE(cc->cnp_received, false);
	if (cc->rate)
		mfraw_cc_grow(roce);
	rate = cc->rate;
	if (rate && now - cc->cut_at < MFRAW_CC_CNP_NS)
		return;
	if (!rate) {
		rate = mfraw_cc_line(roce->qp->dev);
		cc->alpha = MFRAW_CC_ALPHA_ONE;
	} else {
		cc->alpha = mfraw_cc_decay(cc->alpha,
					   div_u64(now - cc->cut_at,
						   MFRAW_CC_ALPHA_NS));
		cc->alpha += (MFRAW_CC_ALPHA_ONE - cc->alpha) >>
			     MFRAW_CC_ALPHA_SHIFT;
	}

	cc->goal = rate;
	rate -= (u64)rate * cc->alpha / (2 * MFRAW_CC_ALPHA_ONE);
	cc->rate = max(rate, MFRAW_CC_MIN);
	cc->cut_at = now;
	cc->step_at = now;
	cc->bytes = 0;
	cc->time_steps = 0;
	cc->byte_steps = 0;
	mfraw_pace_apply(roce->qp, cc->rate, 0);
}

/**
 * mfraw_cc_closed - check whether the limit forbids sending now
 * @roce: a queue pair with a limit
 *
 * Context: atomic, sq.lock.
 * Return: true if so; a timer then runs the task.
 */
bool mfraw_cc_closed(struct mfraw_roce *roce)
{
	if (mfraw_pace_closed(roce->qp))
		return true;
	mfraw_cc_grow(roce);

	return false;
}

/**
 * mfraw_cc_xmit - hand frames to the port within the rate limit
 * @roce: the queue pair
 * @frames: frames of a round
 * @n: number of frames
 * @stall: set if the caller must call mfraw_stall() for frames that are left;
 *	otherwise a timer runs the task for them
 *
 * Context: atomic, RCU read section, sq.lock.
 * Return: number of frames that the port took.
 */
unsigned int mfraw_cc_xmit(struct mfraw_roce *roce,
			   const struct mf_frame *frames, unsigned int n,
			   bool *stall)
{
	struct mfraw_qp *qp = roce->qp;
	unsigned int taken, given = n, i;

	if (likely(!roce->cc.rate)) {
		taken = mfraw_roce_xmit(qp, frames, n);
	} else {
		given = mfraw_pace_xmit(qp, frames, n, &taken);
		for (i = 0; i < taken; i++)
			roce->cc.bytes += frames[i].len;
	}
	*stall = taken < given;

	return taken;
}

/**
 * mfraw_cc_run - send a due CNP, and cut the rate after a received one
 * @roce: a queue pair with cc.cnp_due or cc.cnp_received set
 *
 * Context: atomic, sq.lock.
 * Return: 0 if nothing is left to do now; otherwise the caller calls again.
 */
unsigned int mfraw_cc_run(struct mfraw_roce *roce)
{
	if (!mfraw_cc_connected(roce)) {
		WRITE_ONCE(roce->cc.cnp_due, false);
		WRITE_ONCE(roce->cc.cnp_received, false);
		return 0;
	}
	if (READ_ONCE(roce->cc.cnp_received))
		mfraw_cc_cut(roce);

	return READ_ONCE(roce->cc.cnp_due) ? mfraw_cc_send_cnp(roce) : 0;
}
