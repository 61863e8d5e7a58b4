// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The queue block of a port: the operations of mf_qblock.h, which documents
 * them. The device carries frames between ports; the port itself carries those
 * between its queues.
 */
#include <linux/etherdevice.h>
#include <linux/sizes.h>

#include "port/port.h"
#include "port/qblock.h"

static struct mfigb_port *to_port(struct mf_qblock *qb)
{
	return container_of(qb, struct mfigb_port, base.qb);
}

static void mfigb_detach(struct mf_qblock *qb, struct mf_client *client)
{
	mf_port_detach(qb, client);
	/* The client may have unregistered its network interface. */
	mfigb_port_set_type(to_port(qb));
}

static void mfigb_get_attr(struct mf_qblock *qb, struct mf_qblock_attr *attr)
{
	struct mfigb_port *port = to_port(qb);

	mf_port_get_attr(&port->base, attr);
	attr->max_frame = mfigb_max_frame(port->nic);
	attr->mtu = port->nic->mtu;
}

static void mfigb_get_stats(struct mf_qblock *qb, struct mf_qblock_stats *stats)
{
	struct mfigb_port *port = to_port(qb);
	u32 drops;

	/*
	 * Reading resets the counter of the device. A device that is gone has
	 * all bits set.
	 */
	drops = mfigb_read(port->nic, MFIGB_RQDPC(port->pool.index));
	if (drops != ~0U)
		this_cpu_add(port->pool.stats->rx_queue_drop, drops);
	mf_port_sum_stats(port->pool.stats, stats);
}

/*
 * Limit of one call's work for the port's own queues, in bytes times receivers.
 */
#define MFIGB_XMIT_BUDGET	SZ_512K

static bool mfigb_len_ok(const struct mfigb_port *port,
			 const struct mf_frame *frame)
{
	return frame->len >= MF_FRAME_MIN &&
	       mf_frame_fits(frame, mfigb_max_frame(port->nic));
}

static bool mfigb_source_ok(const struct mfigb_port *port,
			    const struct mf_frame *frame)
{
	const struct ethhdr *eth = (const struct ethhdr *)frame->hdr;

	return ether_addr_equal(eth->h_source, port->base.mac);
}

static bool mfigb_xmit_ok(const struct mfigb_port *port,
			  const struct mf_frame *frame)
{
	return mfigb_len_ok(port, frame) && mfigb_source_ok(port, frame);
}

/* Drop a frame that the port must not send. */
static void mfigb_xmit_drop(const struct mfigb_port *port,
			    const struct mf_frame *frame)
{
	u32 n = mf_frame_wire_frames(frame, 1);

	if (mfigb_len_ok(port, frame))
		this_cpu_add(port->pool.stats->tx_spoofed, n);
	else
		this_cpu_add(port->pool.stats->tx_invalid, n);
}

static bool mfigb_is_own(const struct mfigb_port *port,
			 const struct mf_frame *frame)
{
	return ether_addr_equal(frame->hdr, port->base.mac);
}

/*
 * Send the first of @n frames, and those after it that go the same way: to the
 * port's own queues or to the device. A multicast frame goes both ways, and is
 * the last one. Return the number of frames that are done, 0 without room.
 */
static unsigned int mfigb_xmit_run(struct mfigb_port *port,
				   const struct mf_frame *frames,
				   unsigned int n, u32 *budget)
{
	bool own = mfigb_is_own(port, frames), mc;
	unsigned int i, done;

	mc = is_multicast_ether_addr(frames[0].hdr);
	for (i = 1; i < n && !mc; i++) {
		if (mfigb_is_own(port, &frames[i]) != own ||
		    !mfigb_xmit_ok(port, &frames[i]))
			break;
		mc = is_multicast_ether_addr(frames[i].hdr);
	}
	if (own) {
		done = mf_rx_domain_deliver(&port->pool.domain, frames, i,
					    budget);
	} else {
		done = mfigb_tx_send(&port->pool, frames, i);
		if (mc && done == i)
			mf_rx_domain_deliver(&port->pool.domain, &frames[i - 1],
					     1, budget);
	}
	this_cpu_add(port->pool.stats->tx_frames,
		     mf_frame_wire_frames(frames, done));
	this_cpu_add(port->pool.stats->tx_bytes,
		     mf_frame_wire_bytes(frames, done));

	return done;
}

static unsigned int mfigb_xmit(struct mf_qblock *qb,
			       const struct mf_frame *frames, unsigned int n)
{
	struct mfigb_port *port = to_port(qb);
	const struct mf_dests *sniffers;
	u32 budget = MFIGB_XMIT_BUDGET;
	unsigned int done = 0, run;

	if (unlikely(!READ_ONCE(port->base.link_up))) {
		this_cpu_add(port->pool.stats->tx_link_down,
			     mf_frame_wire_frames(frames, n));
		return n;
	}

	rcu_read_lock();
	sniffers = mf_rx_domain_sniffers(&port->pool.domain);
	if (unlikely(sniffers))
		n = mf_budget_take(&budget, frames, n, sniffers->n);
	while (done < n) {
		if (unlikely(!mfigb_xmit_ok(port, &frames[done]))) {
			mfigb_xmit_drop(port, &frames[done++]);
			continue;
		}
		run = mfigb_xmit_run(port, &frames[done], n - done, &budget);
		done += run;
		if (!run || !budget)
			break;
	}
	if (unlikely(sniffers && done))
		mf_rx_domain_sniff(sniffers, frames, done);
	rcu_read_unlock();

	return done;
}

static struct mf_rx_rule *
mfigb_rx_rule_add(struct mf_qblock *qb, const struct mf_rx_rule_spec *spec)
{
	return mf_rx_domain_add(&to_port(qb)->pool.domain, spec);
}

static void mfigb_rx_rule_del(struct mf_qblock *qb, struct mf_rx_rule *rule)
{
	mf_rx_domain_del(&to_port(qb)->pool.domain, rule);
}

const struct mf_qblock_ops mfigb_qblock_ops = {
	.attach = mf_port_attach,
	.detach = mfigb_detach,
	.get_attr = mfigb_get_attr,
	.get_stats = mfigb_get_stats,
	.xmit = mfigb_xmit,
	.rx_rule_add = mfigb_rx_rule_add,
	.rx_rule_del = mfigb_rx_rule_del,
	.health = mf_port_health,
};
