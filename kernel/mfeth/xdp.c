// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * XDP: a program sees each frame in the buffer of the ring, before the driver
 * builds an skb around the buffer.
 */
#include <linux/bpf_trace.h>
#include <linux/filter.h>
#include <net/page_pool/helpers.h>

#include "mfeth.h"

static void mfeth_xdp_frame(struct mfeth *eth, struct mf_frame *frame,
			    struct bio_vec *frags, const void *data, u32 len)
{
	u32 hdr_len = min_t(u32, len, MF_FRAME_HDR);

	*frame = (struct mf_frame) {
		.hdr = data,
		.len = len,
		.hdr_len = hdr_len,
		.nr_frags = mf_frame_split(frags, data + hdr_len, len - hdr_len),
		.frags = frags,
		.src = &eth->rxq,
	};
}

/**
 * mfeth_xdp_flush - send the frames that an XDP program returns
 * @q: receive queue that ran the program
 *
 * Context: NAPI; the ring still owns the buffers.
 */
void mfeth_xdp_flush(struct mfeth_rxq *q)
{
	struct mfeth_xdp_tx *tx = &q->ring->xdp_tx;
	struct mf_qblock *qb = q->eth->qb;
	unsigned int sent = 0, taken;

	do {
		taken = qb->ops->xmit(qb, &tx->frames[sent], tx->n - sent);
		sent += taken;
	} while (taken && sent < tx->n);
	u64_stats_add(&q->stats.xdp_tx, sent);
	u64_stats_add(&q->stats.xdp_tx_fail, tx->n - sent);
	tx->n = 0;
}

/*
 * The buffer stays in the ring; mfeth_xdp_flush() sends it before the poll
 * ends.
 */
static void mfeth_xdp_tx(struct mfeth_rxq *q, const struct xdp_buff *xdp)
{
	struct mfeth_xdp_tx *tx = &q->ring->xdp_tx;

	mfeth_xdp_frame(q->eth, &tx->frames[tx->n], tx->frags[tx->n], xdp->data,
			xdp->data_end - xdp->data);
	if (++tx->n == MFETH_XDP_BURST)
		mfeth_xdp_flush(q);
}

/* The target takes the buffer; a new buffer replaces it in the ring. */
static void mfeth_xdp_redirect(struct mfeth_rxq *q, struct bpf_prog *prog,
			       struct xdp_buff *xdp, struct mfeth_slot *slot)
{
	struct page_pool *pool = q->ring->pool;
	struct page *page;

	page = page_pool_dev_alloc_pages(pool);
	if (unlikely(!page)) {
		u64_stats_inc(&q->stats.alloc_fail);
		return;
	}
	if (unlikely(xdp_do_redirect(q->eth->dev, xdp, prog))) {
		page_pool_recycle_direct(pool, page);
		u64_stats_inc(&q->stats.xdp_redirect_fail);
		trace_xdp_exception(q->eth->dev, prog, XDP_REDIRECT);
		return;
	}
	slot->buf = page_address(page);
	u64_stats_inc(&q->stats.xdp_redirect);
}

/**
 * mfeth_xdp_run - run the program on a frame and execute its verdict
 * @q: the queue
 * @prog: the program
 * @xdp: the frame
 * @slot: entry of the ring that holds @xdp
 *
 * Context: NAPI, RCU read section.
 * Return: XDP_PASS if the caller has to pass the frame on, else the executed
 *	verdict.
 */
u32 mfeth_xdp_run(struct mfeth_rxq *q, struct bpf_prog *prog,
		  struct xdp_buff *xdp, struct mfeth_slot *slot)
{
	u32 verdict = bpf_prog_run_xdp(prog, xdp);

	switch (verdict) {
	case XDP_PASS:
		break;
	case XDP_TX:
		mfeth_xdp_tx(q, xdp);
		break;
	case XDP_REDIRECT:
		mfeth_xdp_redirect(q, prog, xdp, slot);
		break;
	default:
		bpf_warn_invalid_xdp_action(q->eth->dev, prog, verdict);
		fallthrough;
	case XDP_ABORTED:
		trace_xdp_exception(q->eth->dev, prog, verdict);
		u64_stats_inc(&q->stats.xdp_aborted);
		return XDP_ABORTED;
	case XDP_DROP:
		u64_stats_inc(&q->stats.xdp_drop);
		break;
	}

	return verdict;
}

/*
 * See ndo_xdp_xmit. The function borrows the queue's burst, which is empty
 * unless the queue is stopped.
 */
int mfeth_xdp_xmit(struct net_device *dev, int n, struct xdp_frame **frames,
		   u32 flags)
{
	struct mfeth *eth = to_mfeth(dev);
	struct netdev_queue *txq;
	unsigned int index, i;
	struct mfeth_burst *b;
	unsigned int sent = 0;
	struct mfeth_txq *q;

	if (unlikely(flags & ~XDP_XMIT_FLAGS_MASK))
		return -EINVAL;
	if (unlikely(!netif_running(dev) || !netif_carrier_ok(dev)))
		return -ENETDOWN;

	index = smp_processor_id() % dev->real_num_tx_queues;
	txq = netdev_get_tx_queue(dev, index);
	q = &eth->txqs[index];

	__netif_tx_lock(txq, smp_processor_id());
	u64_stats_update_begin(&q->stats.syncp);
	b = q->burst;
	/*
	 * mfeth_resume() does not know these frames, so the caller gets back
	 * every frame that the port does not take.
	 */
	while (b && !b->n_frames && sent < n) {
		unsigned int count = min(n - sent, MFETH_XDP_BURST), taken;
		u64 bytes = 0;

		for (i = 0; i < count; i++)
			mfeth_xdp_frame(eth, &b->frames[i],
					&b->frags[i * MFETH_XDP_FRAGS],
					frames[sent + i]->data,
					frames[sent + i]->len);
		taken = eth->qb->ops->xmit(eth->qb, b->frames, count);
		for (i = 0; i < taken; i++) {
			bytes += b->frames[i].len;
			xdp_return_frame_rx_napi(frames[sent + i]);
		}
		u64_stats_add(&q->stats.packets, taken);
		u64_stats_add(&q->stats.bytes, bytes);
		sent += taken;
		if (!taken)
			break;
	}
	u64_stats_add(&q->stats.xdp_xmit, sent);
	u64_stats_add(&q->stats.xdp_xmit_fail, n - sent);
	u64_stats_update_end(&q->stats.syncp);
	__netif_tx_unlock(txq);

	return sent;
}

/**
 * mfeth_set_whole - choose whether the interface takes whole frames
 * @eth: the interface
 * @features: features of the device from here on
 *
 * A frame that an XDP program sees, or whose checksum the stack shall verify,
 * is one of a wire.
 *
 * Context: RTNL.
 */
void mfeth_set_whole(struct mfeth *eth, netdev_features_t features)
{
	bool whole = features & NETIF_F_RXCSUM &&
		     !rcu_access_pointer(eth->prog);

	WRITE_ONCE(eth->rxq.whole, whole ? mfeth_finish : NULL);
}

static int mfeth_xdp_setup(struct net_device *dev, struct bpf_prog *prog)
{
	struct mfeth *eth = to_mfeth(dev);
	struct bpf_prog *old;

	old = rtnl_dereference(eth->prog);
	if (prog && !old) {
		WRITE_ONCE(eth->rxq.whole, NULL);
		/* From here on, no whole frame comes. */
		synchronize_net();
	}
	rcu_assign_pointer(eth->prog, prog);
	mfeth_set_whole(eth, dev->features);
	if (old)
		bpf_prog_put(old);

	return 0;
}

/* See ndo_bpf. Each buffer has the headroom that a program needs. */
int mfeth_bpf(struct net_device *dev, struct netdev_bpf *bpf)
{
	switch (bpf->command) {
	case XDP_SETUP_PROG:
		return mfeth_xdp_setup(dev, bpf->prog);
	default:
		return -EINVAL;
	}
}
