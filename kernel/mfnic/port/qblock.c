// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The queue block of a port, as its clients see it. What the functions promise
 * stands in mf_qblock.h.
 */
#include <linux/etherdevice.h>
#include <linux/sizes.h>

#include "mfnic.h"
#include "port/qblock.h"
#include "port/stats.h"
#include "steer/steer.h"

static struct mfnic_port *to_port(struct mf_qblock *qb)
{
	return container_of(qb, struct mfnic_port, qb);
}

static int mfnic_attach(struct mf_qblock *qb, struct mf_client *client)
{
	struct mfnic_port *port = to_port(qb);

	mutex_lock(&port->lock);
	list_add_tail(&client->node, &port->clients);
	mutex_unlock(&port->lock);

	return 0;
}

static void mfnic_detach(struct mf_qblock *qb, struct mf_client *client)
{
	struct mfnic_port *port = to_port(qb);

	mutex_lock(&port->lock);
	list_del(&client->node);
	mutex_unlock(&port->lock);
}

/*
 * Takes no lock, since clients call it back from @changed: what can change is
 * one bool, and one number.
 */
static void mfnic_get_attr(struct mf_qblock *qb, struct mf_qblock_attr *attr)
{
	struct mfnic_port *port = to_port(qb);

	*attr = (struct mf_qblock_attr) {
		.link_up = READ_ONCE(port->link_up),
		.max_frame = mfnic_max_frame(port->nic),
		.mtu = port->nic->mtu,
		.speed = READ_ONCE(port->speed),
		.num_vectors = port->max_io_eqs,
		.roce = port->roce,
	};
	ether_addr_copy(attr->mac, port->mac);
}

/* The port's lock held. */
static void mfnic_port_changed(struct mfnic_port *port)
{
	struct mf_client *client;

	list_for_each_entry(client, &port->clients, node)
		if (client->ops->changed)
			client->ops->changed(client);
}

/* The port's lock held. Both ends must be there for the link to be up. */
static void mfnic_port_update_link(struct mfnic_port *port)
{
	bool up = port->sf_up && port->rep_up;

	lockdep_assert_held(&port->lock);
	if (port->link_up == up)
		return;
	WRITE_ONCE(port->link_up, up);
	mfnic_port_changed(port);
}

/**
 * mfnic_port_set_sf_up - the subfunction comes or goes
 * @port: its port, with a representor
 * @up: comes
 *
 * Context: sleeps.
 */
void mfnic_port_set_sf_up(struct mfnic_port *port, bool up)
{
	mutex_lock(&port->lock);
	port->sf_up = up;
	mfnic_port_update_link(port);
	mutex_unlock(&port->lock);

	if (up)
		netif_carrier_on(port->rep);
	else
		netif_carrier_off(port->rep);
}

/**
 * mfnic_port_set_rep_up - the representor is brought up or down
 * @port: what it represents
 * @up: up
 *
 * Context: sleeps, RTNL.
 */
void mfnic_port_set_rep_up(struct mfnic_port *port, bool up)
{
	ASSERT_RTNL();

	mutex_lock(&port->lock);
	WRITE_ONCE(port->rep_up, up);
	if (!mfnic_is_uplink(port))
		mfnic_port_update_link(port);
	mutex_unlock(&port->lock);
}

/**
 * mfnic_port_set_speed - the operator says how fast a subfunction is
 * @port: its port
 * @speed: Mb/s, 0 for unknown. Nothing is limited by it
 *
 * Context: sleeps, RTNL.
 */
void mfnic_port_set_speed(struct mfnic_port *port, u32 speed)
{
	mutex_lock(&port->lock);
	if (port->speed != speed) {
		WRITE_ONCE(port->speed, speed);
		mfnic_port_changed(port);
	}
	mutex_unlock(&port->lock);
}

static void mfnic_get_stats(struct mf_qblock *qb, struct mf_qblock_stats *stats)
{
	mfnic_port_stats(to_port(qb), stats);
}

/* Only frames that the port could send may come back to it. */
static bool mfnic_len_ok(const struct mfnic_port *port,
			 const struct mf_frame *frame)
{
	return frame->len >= MF_FRAME_MIN &&
	       frame->len <= mfnic_max_frame(port->nic);
}

static bool mfnic_is_own(const struct mfnic_port *port,
			 const struct mf_frame *frame)
{
	return ether_addr_equal(frame->hdr, port->mac) &&
	       mfnic_len_ok(port, frame);
}

/*
 * The work of one call: bytes times receivers. A call that has one receiver for
 * each frame stays below; with sniffers, groups or mirrors it ends early, and
 * the sender comes again.
 */
#define MFNIC_XMIT_BUDGET	SZ_512K

/*
 * The first of @n frames is to the port's own address: those in a row that are,
 * are delivered, as far as the budget goes. Returns how many.
 */
static unsigned int mfnic_xmit_own(struct mfnic_port *port,
				   const struct mf_frame *frames,
				   unsigned int n, u32 *budget)
{
	u64 bytes = frames[0].len;
	unsigned int i, done;

	for (i = 1; i < n && mfnic_is_own(port, &frames[i]); i++)
		bytes += frames[i].len;
	done = mfnic_rx_deliver(port, frames, i, budget);
	if (unlikely(done < i))
		bytes = mfnic_bytes(frames, done);
	this_cpu_add(port->stats->tx_frames, done);
	this_cpu_add(port->stats->tx_bytes, bytes);

	return done;
}

/*
 * Frames between queues of one port are the port's own business: those to its
 * own address don't enter the switch, and multicast is looped back before it
 * does. Frames in a row that enter travel together. Returns how many are done
 * with.
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
			mfnic_rx_deliver(port, &frames[i++], 1, budget);
			/* It was looped back, and is still to be steered. */
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
	const struct mfnic_dests *sniffers;
	u32 budget = MFNIC_XMIT_BUDGET;
	unsigned int done;

	if (unlikely(!READ_ONCE(port->link_up))) {
		this_cpu_add(port->stats->tx_link_down, n);
		return n;
	}
	if (unlikely(READ_ONCE(port->limited))) {
		n = mfnic_rate_admit(port, frames, n);
		if (!n)
			return 0;
	}

	rcu_read_lock();
	sniffers = mfnic_rx_sniffers(port);
	done = n;
	if (unlikely(sniffers))
		done = mfnic_budget_take(&budget, frames, n, sniffers->n);
	done = mfnic_xmit_frames(port, frames, done, &budget);
	if (unlikely(sniffers))
		mfnic_rx_sniff(sniffers, frames, done);
	rcu_read_unlock();

	if (unlikely(done < n && READ_ONCE(port->limited)))
		mfnic_rate_return(port, &frames[done], n - done);

	return done;
}

const struct mf_qblock_ops mfnic_qblock_ops = {
	.attach = mfnic_attach,
	.detach = mfnic_detach,
	.get_attr = mfnic_get_attr,
	.get_stats = mfnic_get_stats,
	.xmit = mfnic_xmit,
	.rx_rule_add = mfnic_rx_rule_add,
	.rx_rule_del = mfnic_rx_rule_del,
	.health = mfnic_health_report,
};
