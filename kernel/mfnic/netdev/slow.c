// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The slow path: frames of a port on their way to its representor.
 *
 * Whoever sends has bottom halves disabled, so the frames of many rounds may have
 * come together before the kernel's software sees the first. Hence each
 * representor has a queue of its own for each CPU, and NAPI to empty it. The
 * kernel's backlog is one for all devices, and as short as it has to be for them;
 * a port that floods it would drop the frames of others.
 *
 * One queue keeps the order. There is no GRO: software gets frames as they were
 * sent, and tells ports apart by nothing else.
 */
#include <linux/netdevice.h>
#include <linux/sizes.h>

#include "netdev/slow.h"

/* More than these wait on no CPU. */
#define MFNIC_SLOW_FRAMES	4096
#define MFNIC_SLOW_BYTES	SZ_16M

/**
 * struct mfnic_slow - frames that wait on a CPU
 * @queue: the frames. Its lock is for NAPI that runs in a thread elsewhere
 * @bytes: memory that they take, under that lock
 * @napi: delivers them
 */
struct mfnic_slow {
	struct sk_buff_head	queue;
	unsigned int		bytes;
	struct napi_struct	napi;
};

static struct sk_buff *mfnic_slow_next(struct mfnic_slow *slow)
{
	struct sk_buff *skb;

	spin_lock(&slow->queue.lock);
	skb = __skb_dequeue(&slow->queue);
	if (skb)
		slow->bytes -= skb->truesize;
	spin_unlock(&slow->queue.lock);

	return skb;
}

static int mfnic_slow_poll(struct napi_struct *napi, int budget)
{
	struct mfnic_slow *slow = container_of(napi, struct mfnic_slow, napi);
	struct sk_buff *skb;
	int done = 0;

	while (done < budget) {
		skb = mfnic_slow_next(slow);
		if (!skb)
			break;
		netif_receive_skb(skb);
		done++;
	}
	if (done < budget)
		napi_complete_done(napi, done);

	return done;
}

static bool mfnic_slow_add(struct mfnic_slow *slow, struct sk_buff *skb)
{
	bool ok;

	spin_lock(&slow->queue.lock);
	ok = skb_queue_len(&slow->queue) < MFNIC_SLOW_FRAMES &&
	     slow->bytes + skb->truesize <= MFNIC_SLOW_BYTES;
	if (ok) {
		slow->bytes += skb->truesize;
		__skb_queue_tail(&slow->queue, skb);
	}
	spin_unlock(&slow->queue.lock);

	return ok;
}

/**
 * mfnic_slow_rx - a representor is to receive a frame
 * @all: the representor's queues
 * @skb: the frame; is consumed
 *
 * What finds no room is dropped, and counted as received and dropped.
 *
 * Context: atomic, RCU read section.
 */
void mfnic_slow_rx(struct mfnic_slow __percpu *all, struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	struct mfnic_slow *slow;

	/* If so, nobody takes the queues away before the end of the section. */
	if (unlikely(!netif_running(dev)))
		goto drop;

	slow = this_cpu_ptr(all);
	if (unlikely(!mfnic_slow_add(slow, skb)))
		goto drop;
	napi_schedule(&slow->napi);
	return;

drop:
	dev_core_stats_rx_dropped_inc(dev);
	kfree_skb(skb);
}

/**
 * mfnic_slow_init - queues of a representor
 * @dev: the representor, about to be registered
 *
 * Context: sleeps.
 * Return: the queues, or NULL without memory.
 */
struct mfnic_slow __percpu *mfnic_slow_init(struct net_device *dev)
{
	struct mfnic_slow __percpu *all = alloc_percpu(struct mfnic_slow);
	int cpu;

	if (!all)
		return NULL;
	for_each_possible_cpu(cpu) {
		struct mfnic_slow *slow = per_cpu_ptr(all, cpu);

		skb_queue_head_init(&slow->queue);
		/* There is no device to ask for more. */
		set_bit(NAPI_STATE_NO_BUSY_POLL, &slow->napi.state);
		netif_napi_add(dev, &slow->napi, mfnic_slow_poll);
	}

	return all;
}

static void mfnic_slow_purge(struct mfnic_slow *slow)
{
	struct sk_buff_head old;

	__skb_queue_head_init(&old);
	spin_lock_bh(&slow->queue.lock);
	skb_queue_splice_init(&slow->queue, &old);
	slow->bytes = 0;
	spin_unlock_bh(&slow->queue.lock);
	__skb_queue_purge(&old);
}

/**
 * mfnic_slow_start - a representor is opened
 * @all: its queues
 *
 * Context: sleeps, RTNL.
 */
void mfnic_slow_start(struct mfnic_slow __percpu *all)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct mfnic_slow *slow = per_cpu_ptr(all, cpu);

		/* What somebody was about to add when it was closed. */
		mfnic_slow_purge(slow);
		napi_enable(&slow->napi);
	}
}

/**
 * mfnic_slow_stop - a representor is closed
 * @all: its queues
 *
 * It receives nothing from here on.
 *
 * Context: sleeps, RTNL.
 */
void mfnic_slow_stop(struct mfnic_slow __percpu *all)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct mfnic_slow *slow = per_cpu_ptr(all, cpu);

		napi_disable(&slow->napi);
		mfnic_slow_purge(slow);
	}
}

/**
 * mfnic_slow_fini - the end of mfnic_slow_init()
 * @all: the queues of a representor that was closed; RCU readers that saw it
 *	running are gone
 *
 * Context: sleeps, RTNL.
 */
void mfnic_slow_fini(struct mfnic_slow __percpu *all)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct mfnic_slow *slow = per_cpu_ptr(all, cpu);

		__netif_napi_del(&slow->napi);
		mfnic_slow_purge(slow);
	}
	/* Once for all of them. */
	synchronize_net();
	free_percpu(all);
}
