// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Frames for many receivers of a port. Each of them costs a copy, and how many they
 * are is not the sender's choice. A client that sends pays within a budget of its
 * own, see mfnic_budget_take(). What comes from the network or from the host is
 * delivered by who receives or sends it for all others: there a frame for more than
 * a few receivers goes into a queue of its port, and a work item delivers it. That
 * shares the CPU with the rest, and can't be flooded: what finds the queue full is
 * dropped.
 *
 * Frames for as many receivers keep their order.
 */
#include <linux/workqueue.h>

#include "netdev/skb.h"
#include "port/port.h"
#include "steer/fanout.h"

/* Frames of a port that wait. */
#define MFNIC_FANOUT_FRAMES	256

static struct workqueue_struct *mfnic_fanout_wq;

/**
 * mfnic_fanout_defer - deliver a frame later
 * @port: the port
 * @frame: the frame, of a sender without a budget
 *
 * Context: atomic, RCU read section.
 */
void mfnic_fanout_defer(struct mfnic_port *port, const struct mf_frame *frame)
{
	struct mfnic_fanout *fanout = &port->fanout;
	struct sk_buff *skb = NULL;

	if (likely(skb_queue_len_lockless(&fanout->queue) < MFNIC_FANOUT_FRAMES))
		skb = mfnic_skb_from_frame(frame, port->rep, false);
	if (unlikely(!skb)) {
		this_cpu_add(port->stats->rx_fanout_drop, 1);
		return;
	}
	/* It may wait for longer than that is there. */
	skb->dev = NULL;
	this_cpu_add(port->stats->rx_fanout, 1);
	skb_queue_tail(&fanout->queue, skb);
	queue_work(mfnic_fanout_wq, &fanout->work);
}

/**
 * mfnic_fanout_port_init - for a new port
 * @fanout: the port's
 * @work: takes frames out of the queue and delivers them
 */
void mfnic_fanout_port_init(struct mfnic_fanout *fanout, work_func_t work)
{
	skb_queue_head_init(&fanout->queue);
	INIT_WORK(&fanout->work, work);
}

/**
 * mfnic_fanout_port_fini - the end of a port
 * @fanout: the port's; nobody steers to it
 *
 * Context: sleeps.
 */
void mfnic_fanout_port_fini(struct mfnic_fanout *fanout)
{
	cancel_work_sync(&fanout->work);
	skb_queue_purge(&fanout->queue);
}

int mfnic_fanout_init(void)
{
	/* In sysfs, where an operator chooses its CPUs and its priority. */
	mfnic_fanout_wq = alloc_workqueue("mfnic-fanout",
					  WQ_UNBOUND | WQ_SYSFS, 0);

	return mfnic_fanout_wq ? 0 : -ENOMEM;
}

void mfnic_fanout_exit(void)
{
	destroy_workqueue(mfnic_fanout_wq);
}
