// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Frames for many receivers of a port. Each receiver costs a copy, and the
 * sender does not choose their number. A client that sends has a budget, see
 * mf_budget_take(). Frames from the network or from the host have none, and
 * delivery would delay the CPU that handles them. A frame for more receivers
 * than MF_RX_INLINE therefore goes to a queue of the port, and a work item
 * delivers it. The work item shares the CPU with other tasks. The queue has a
 * limit; frames above it are dropped.
 *
 * Frames for equally many receivers keep their order.
 */
#include <linux/workqueue.h>

#include "netdev/skb.h"
#include "port/port.h"
#include "steer/fanout.h"

/* Maximum number of frames in a port's queue. */
#define MFNIC_FANOUT_FRAMES	256

static struct workqueue_struct *mfnic_fanout_wq;

/**
 * mfnic_fanout_defer - queue a frame for delivery by the work item
 * @port: destination
 * @frame: a frame of a sender without a budget
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
	/* The frame may stay in the queue longer than the device exists. */
	skb->dev = NULL;
	this_cpu_add(port->stats->rx_fanout, 1);
	skb_queue_tail(&fanout->queue, skb);
	queue_work(mfnic_fanout_wq, &fanout->work);
}

/* Deliver a frame from the port's queue. */
static void mfnic_fanout_late(struct mfnic_port *port,
			      const struct mf_frame *frames, unsigned int n)
{
	u32 budget = U32_MAX;	/* one frame never uses it up */

	if (likely(READ_ONCE(port->base.link_up)))
		mf_rx_domain_deliver(&port->rx, frames, n, &budget);
	else
		this_cpu_add(port->stats->rx_link_down, n);
}

static void mfnic_fanout_work(struct work_struct *work)
{
	struct mfnic_fanout *fanout =
		container_of(work, struct mfnic_fanout, work);
	struct mfnic_port *port =
		container_of(fanout, struct mfnic_port, fanout);
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&fanout->queue))) {
		local_bh_disable();
		rcu_read_lock();
		mfnic_skb_to_frames(skb, port, mfnic_fanout_late);
		rcu_read_unlock();
		local_bh_enable();
		cond_resched();
	}
}

/**
 * mfnic_fanout_port_init - initialize the queue of a new port
 * @fanout: queue of the port
 *
 * Context: any.
 */
void mfnic_fanout_port_init(struct mfnic_fanout *fanout)
{
	skb_queue_head_init(&fanout->queue);
	INIT_WORK(&fanout->work, mfnic_fanout_work);
}

/**
 * mfnic_fanout_port_fini - drop the queue of a port
 * @fanout: queue of a port that no frame reaches any more
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
	/*
	 * sysfs lets the operator choose CPUs and priority of the work items.
	 */
	mfnic_fanout_wq = alloc_workqueue("mfnic-fanout",
					  WQ_UNBOUND | WQ_SYSFS, 0);

	return mfnic_fanout_wq ? 0 : -ENOMEM;
}

void mfnic_fanout_exit(void)
{
	destroy_workqueue(mfnic_fanout_wq);
}
