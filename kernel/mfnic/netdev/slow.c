// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The slow path: frames from a port to its representor.
 *
 * A sender has bottom halves disabled, so many frames may arrive before the
 * kernel's software sees the first one. Each representor therefore has a queue
 * for each CPU, which NAPI empties. The kernel's backlog is not suitable: all
 * devices share it and it is short, so a port that floods it would cause drops
 * for others.
 *
 * One queue keeps the order of frames. There is no GRO: software gets frames as
 * they were sent.
 */
#include <linux/netdevice.h>
#include <linux/sizes.h>

#include "netdev/slow.h"

/* Limits of a queue: the number of frames and their memory. */
#define MFNIC_SLOW_FRAMES	4096
#define MFNIC_SLOW_BYTES	SZ_16M

/**
 * struct mfnic_slow - queue of frames on a CPU
 * @queue: frames to receive; its lock excludes NAPI in a thread on another CPU
 * @bytes: memory of the frames in @queue, under the lock of @queue
 * @napi: passes the frames to the stack
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
 * mfnic_slow_rx - queue a frame that a representor receives
 * @all: queues of the representor
 * @skb: the frame; consumed
 *
 * A frame that finds the queue full is dropped and counted as a receive drop.
 *
 * Context: atomic, RCU read section.
 */
void mfnic_slow_rx(struct mfnic_slow __percpu *all, struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	struct mfnic_slow *slow;

	/*
	 * If the device is running, its queues live until the end of the RCU
	 * section.
	 */
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
 * mfnic_slow_init - allocate the queues of a representor
 * @dev: the representor, before its registration
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
		/* There is no hardware queue for busy polling. */
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
 * mfnic_slow_start - start the queues of a representor that is opened
 * @all: queues of the representor
 *
 * Context: sleeps, RTNL.
 */
void mfnic_slow_start(struct mfnic_slow __percpu *all)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct mfnic_slow *slow = per_cpu_ptr(all, cpu);

		/* A sender may have added frames after the last close. */
		mfnic_slow_purge(slow);
		napi_enable(&slow->napi);
	}
}

/**
 * mfnic_slow_stop - stop the queues of a representor that is closed
 * @all: queues of the representor
 *
 * The representor receives no frames from here on.
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
 * mfnic_slow_fini - free the queues of a representor
 * @all: queues of a closed representor; RCU readers that saw it running are
 *	done
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
	/* One grace period serves all NAPIs. */
	synchronize_net();
	free_percpu(all);
}
