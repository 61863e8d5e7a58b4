// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The queue block of a port: the operations of mf_qblock.h, which documents
 * them.
 */
#include <linux/etherdevice.h>
#include <linux/idr.h>
#include <linux/sizes.h>

#include "mfnic.h"
#include "port/qblock.h"
#include "steer/steer.h"

static struct mfnic_port *to_port(struct mf_qblock *qb)
{
	return container_of(qb, struct mfnic_port, base.qb);
}

static void mfnic_get_attr(struct mf_qblock *qb, struct mf_qblock_attr *attr)
{
	struct mfnic_port *port = to_port(qb);

	mf_port_get_attr(&port->base, attr);
	attr->max_frame = mfnic_max_frame(port->nic);
	attr->mtu = port->nic->mtu;
}

/* The link is up while both the subfunction and the representor are up. */
static bool mfnic_port_link(struct mf_port *base, u32 *speed)
{
	const struct mfnic_port *port = mfnic_port_of(base);

	*speed = READ_ONCE(port->speed);

	return READ_ONCE(port->rep_up);
}

/* The carrier of the representor tells whether there is a subfunction. */
static void mfnic_port_active(struct mf_port *base)
{
	if (base->active)
		netif_carrier_on(mfnic_port_of(base)->rep);
	else
		netif_carrier_off(mfnic_port_of(base)->rep);
}

static DEFINE_IDA(mfnic_sf_ids);

const struct mf_port_ops mfnic_port_ops = {
	.name = KBUILD_MODNAME,
	.ids = &mfnic_sf_ids,
	.active = mfnic_port_active,
	.link = mfnic_port_link,
};

/**
 * mfnic_port_set_rep_up - set whether the representor is up
 * @port: port of the representor
 * @up: the representor is up
 *
 * Context: sleeps, RTNL.
 */
void mfnic_port_set_rep_up(struct mfnic_port *port, bool up)
{
	ASSERT_RTNL();

	WRITE_ONCE(port->rep_up, up);
	if (!mfnic_is_uplink(port))
		mf_port_update_link(&port->base);
}

/**
 * mfnic_port_set_speed - set the reported speed of a subfunction
 * @port: port of the subfunction
 * @speed: speed in Mb/s, or 0 for unknown; it limits no traffic
 *
 * Context: sleeps, RTNL.
 */
void mfnic_port_set_speed(struct mfnic_port *port, u32 speed)
{
	ASSERT_RTNL();

	WRITE_ONCE(port->speed, speed);
	mf_port_update_link(&port->base);
}

static void mfnic_get_stats(struct mf_qblock *qb, struct mf_qblock_stats *stats)
{
	mf_port_sum_stats(to_port(qb)->stats, stats);
}

/* A frame that the port could not send must not be looped back, either. */
static bool mfnic_len_ok(const struct mfnic_port *port,
			 const struct mf_frame *frame)
{
	return frame->len >= MF_FRAME_MIN &&
	       mf_frame_fits(frame, mfnic_max_frame(port->nic));
}

static bool mfnic_is_own(const struct mfnic_port *port,
			 const struct mf_frame *frame)
{
	return ether_addr_equal(frame->hdr, port->base.mac) &&
	       mfnic_len_ok(port, frame);
}

/*
 * Limit of one call's work in bytes times receivers. A call with one receiver
 * for each frame stays below it. With sniffers, multicast groups or mirrors, a
 * call may end early; the sender then calls again.
 */
#define MFNIC_XMIT_BUDGET	SZ_512K

/*
 * Deliver the first of @n frames, which is to the port's own address, and the
 * frames of the same kind that follow it, as far as the budget allows. Return
 * the number of delivered frames.
 */
static unsigned int mfnic_xmit_own(struct mfnic_port *port,
				   const struct mf_frame *frames,
				   unsigned int n, u32 *budget)
{
	u64 bytes = frames[0].len;
	unsigned int i, done;

	for (i = 1; i < n && mfnic_is_own(port, &frames[i]); i++)
		bytes += frames[i].len;
	done = mf_rx_domain_deliver(&port->rx, frames, i, budget);
	if (unlikely(done < i || frames->cut))
		bytes = mf_frame_wire_bytes(frames, done);
	this_cpu_add(port->stats->tx_frames,
		     mf_frame_wire_frames(frames, done));
	this_cpu_add(port->stats->tx_bytes, bytes);

	return done;
}

/*
 * The port itself handles frames between its queues: frames to its own address
 * do not enter the switch, and multicast is looped back before it enters.
 * Consecutive frames that enter the switch stay in one batch. Return the number
 * of frames that are done.
 */
static unsigned int mfnic_xmit_frames(struct mfnic_port *port,
				      const struct mf_frame *frames,
				      unsigned int n, u32 *budget)
{
	unsigned int start = 0, i;

	for (i = 0; i < n;) {
		bool mc = is_multicast_ether_addr(frames[i].hdr);

		if (likely(!mc && !mfnic_is_own(port, &frames[i])) ||
		    (mc && !mfnic_len_ok(port, &frames[i]))) {
			i++;
			continue;
		}
		if (i > start) {
			start += mfnic_steer(port, &frames[start], i - start,
					     budget);
			if (unlikely(!*budget))
				return start;
		}
		start = i;
		if (mc) {
			mf_rx_domain_deliver(&port->rx, &frames[i++], 1,
					     budget);
			/*
			 * The frame was looped back, so it has to be steered in
			 * this call.
			 */
			if (unlikely(!*budget))
				n = i;
		} else {
			i += mfnic_xmit_own(port, &frames[i], n - i, budget);
			start = i;
			if (unlikely(!*budget))
				return start;
		}
	}
	if (n > start)
		start += mfnic_steer(port, &frames[start], n - start, budget);

	return start;
}

static unsigned int mfnic_xmit(struct mf_qblock *qb,
			       const struct mf_frame *frames, unsigned int n)
{
	struct mfnic_port *port = to_port(qb);
	const struct mf_dests *sniffers;
	u32 budget = MFNIC_XMIT_BUDGET;
	unsigned int done;

	if (unlikely(!READ_ONCE(port->base.link_up))) {
		this_cpu_add(port->stats->tx_link_down,
			     mf_frame_wire_frames(frames, n));
		return n;
	}
	if (unlikely(READ_ONCE(qb->limited))) {
		n = mfnic_rate_admit(port, frames, n);
		if (!n)
			return 0;
	}

	rcu_read_lock();
	sniffers = mf_rx_domain_sniffers(&port->rx);
	done = n;
	if (unlikely(sniffers))
		done = mf_budget_take(&budget, frames, n, sniffers->n);
	done = mfnic_xmit_frames(port, frames, done, &budget);
	if (unlikely(sniffers))
		mf_rx_domain_sniff(sniffers, frames, done);
	rcu_read_unlock();

	if (unlikely(done < n && READ_ONCE(qb->limited)))
		mfnic_rate_return(port, &frames[done], n - done);

	return done;
}

static struct mf_rx_rule *
mfnic_rx_rule_add(struct mf_qblock *qb, const struct mf_rx_rule_spec *spec)
{
	return mf_rx_domain_add(&to_port(qb)->rx, spec);
}

static void mfnic_rx_rule_del(struct mf_qblock *qb, struct mf_rx_rule *rule)
{
	mf_rx_domain_del(&to_port(qb)->rx, rule);
}

const struct mf_qblock_ops mfnic_qblock_ops = {
	.attach = mf_port_attach,
	.detach = mf_port_detach,
	.get_attr = mfnic_get_attr,
	.get_stats = mfnic_get_stats,
	.xmit = mfnic_xmit,
	.rx_rule_add = mfnic_rx_rule_add,
	.rx_rule_del = mfnic_rx_rule_del,
	.health = mf_port_health,
};
