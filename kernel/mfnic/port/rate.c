// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * "devlink port function rate": transmit rate limits of subfunctions.
 *
 * A leaf is a subfunction, a node is a group of leaves and nodes. Each has a
 * bucket for tx_max, which it never exceeds, and one for tx_share, which is
 * guaranteed even if others exhaust the limits of its parents. Frames over the
 * limit stay in the sender's queue; the sender is resumed when the buckets are
 * filled.
 */
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "mfnic.h"
#include "port/rate.h"

/* A bucket holds the tokens of this time, and at least the longest frame. */
#define MFNIC_RATE_BURST_NS	(20 * NSEC_PER_MSEC)

static void mfnic_bucket_set(struct mfnic_bucket *bucket, u64 rate)
{
	bucket->rate = rate;
	bucket->depth = max_t(s64, MFNIC_MTU_MAX,
			      mul_u64_u64_div_u64(rate, MFNIC_RATE_BURST_NS,
						  NSEC_PER_SEC));
	bucket->tokens = bucket->depth;
	bucket->last = ktime_get_ns();
}

static void mfnic_bucket_fill(struct mfnic_bucket *bucket, u64 now)
{
	u64 time = min_t(u64, now - bucket->last, NSEC_PER_SEC);
	u64 room = bucket->depth - bucket->tokens;
	u64 bytes;

	if (!bucket->rate)
		return;
	bytes = mul_u64_u64_div_u64(bucket->rate, time, NSEC_PER_SEC);
	/*
	 * Compare before the addition, which could overflow with a high rate.
	 */
	if (bytes >= room) {
		bucket->tokens = bucket->depth;
		bucket->last = now;
		return;
	}
	bucket->tokens += bytes;
	/*
	 * Keep the rest of the time that is too short for another byte.
	 * Otherwise frequent refills would lose tokens.
	 */
	bucket->last += mul_u64_u64_div_u64(bytes, NSEC_PER_SEC, bucket->rate);
}

/* A frame may overdraw a bucket, which then stays closed for longer. */
static bool mfnic_bucket_open(const struct mfnic_bucket *bucket)
{
	return !bucket->rate || bucket->tokens > 0;
}

static void mfnic_rate_fill(struct mfnic_rate *rate, u64 now)
{
	for (; rate; rate = rate->parent) {
		mfnic_bucket_fill(&rate->max, now);
		mfnic_bucket_fill(&rate->share, now);
	}
}

/*
 * A leaf or node never exceeds its own maximum. The maximum of a parent does
 * not hold for a member that has tokens of its share left.
 */
static bool mfnic_rate_open(const struct mfnic_rate *rate)
{
	bool shared = false;

	for (; rate; rate = rate->parent) {
		if (!shared && !mfnic_bucket_open(&rate->max))
			return false;
		shared |= rate->share.rate && rate->share.tokens > 0;
	}

	return true;
}

/*
 * Take the tokens of a frame. An open bucket is charged in full, even for a
 * whole frame that is longer than the bucket is deep. Limit the debt that
 * guaranteed shares of others can cause in a closed bucket.
 */
static void mfnic_bucket_charge(struct mfnic_bucket *bucket, u32 len)
{
	s64 floor = bucket->tokens > 0 ? S64_MIN :
					 min(bucket->tokens, -bucket->depth);

	if (bucket->rate)
		bucket->tokens = max(bucket->tokens - len, floor);
}

static void mfnic_rate_charge(struct mfnic_rate *rate, u32 len)
{
	for (; rate; rate = rate->parent) {
		mfnic_bucket_charge(&rate->max, len);
		mfnic_bucket_charge(&rate->share, len);
	}
}

static void mfnic_rate_resume(struct work_struct *work)
{
	struct mfnic_port *port;

	port = container_of(to_delayed_work(work), struct mfnic_port, rate_work);
	mf_port_resume(&port->base);
}

/**
 * mfnic_rate_admit - charge frames to the limits of a port
 * @port: sender; its @qb.limited is set
 * @frames: frames to send, in order
 * @n: number of @frames
 *
 * If some frames have to wait, the clients of the port are resumed later.
 *
 * Context: atomic.
 * Return: the number of frames that may be sent now.
 */
unsigned int mfnic_rate_admit(struct mfnic_port *port,
			      const struct mf_frame *frames, unsigned int n)
{
	struct mfnic *nic = port->nic;
	unsigned int i;

	spin_lock(&nic->rate_lock);
	mfnic_rate_fill(&port->rate, ktime_get_ns());
	for (i = 0; i < n && mfnic_rate_open(&port->rate); i++)
		mfnic_rate_charge(&port->rate, mf_frame_wire_len(&frames[i]));
	spin_unlock(&nic->rate_lock);

	if (i < n)
		queue_delayed_work(system_highpri_wq, &port->rate_work, 1);

	return i;
}

/**
 * mfnic_rate_return - give back the charge of frames that are not sent
 * @port: sender, as for mfnic_rate_admit()
 * @frames: the frames
 * @n: number of @frames
 *
 * Context: atomic.
 */
void mfnic_rate_return(struct mfnic_port *port, const struct mf_frame *frames,
		       unsigned int n)
{
	u64 bytes = mf_frame_wire_bytes(frames, n);
	struct mfnic *nic = port->nic;
	struct mfnic_rate *rate;

	spin_lock(&nic->rate_lock);
	for (rate = &port->rate; rate; rate = rate->parent) {
		if (rate->max.rate)
			rate->max.tokens = min_t(s64, rate->max.depth,
						 rate->max.tokens + bytes);
		if (rate->share.rate)
			rate->share.tokens = min_t(s64, rate->share.depth,
						   rate->share.tokens + bytes);
	}
	spin_unlock(&nic->rate_lock);
}

/*
 * Update @qb.limited, which the data path reads without a lock. Called under the
 * devlink lock.
 */
static void mfnic_rate_update(struct mfnic *nic)
{
	const struct mfnic_rate *rate;
	struct mf_port *port;
	unsigned long index;

	devl_assert_locked(priv_to_devlink(nic));
	xa_for_each(&nic->sfs.ports, index, port) {
		bool limited = false;

		for (rate = &mfnic_port_of(port)->rate; rate;
		     rate = rate->parent)
			limited |= rate->max.rate;
		WRITE_ONCE(port->qb.limited, limited);
	}
}

static int mfnic_rate_set(struct devlink_rate *devlink_rate,
			  struct mfnic_bucket *bucket, u64 rate)
{
	struct mfnic *nic = devlink_priv(devlink_rate->devlink);

	spin_lock_bh(&nic->rate_lock);
	mfnic_bucket_set(bucket, rate);
	spin_unlock_bh(&nic->rate_lock);
	mfnic_rate_update(nic);

	return 0;
}

int mfnic_rate_max_set(struct devlink_rate *devlink_rate, void *priv, u64 max,
		       struct netlink_ext_ack *extack)
{
	struct mfnic_rate *rate = priv;

	return mfnic_rate_set(devlink_rate, &rate->max, max);
}

int mfnic_rate_share_set(struct devlink_rate *devlink_rate, void *priv,
			 u64 share, struct netlink_ext_ack *extack)
{
	struct mfnic_rate *rate = priv;

	return mfnic_rate_set(devlink_rate, &rate->share, share);
}

int mfnic_rate_node_new(struct devlink_rate *node, void **priv,
			struct netlink_ext_ack *extack)
{
	struct mfnic_rate *rate;

	rate = kzalloc_obj(*rate);
	if (!rate)
		return -ENOMEM;
	*priv = rate;

	return 0;
}

/* devlink has checked that the node is not a parent. */
int mfnic_rate_node_del(struct devlink_rate *node, void *priv,
			struct netlink_ext_ack *extack)
{
	kfree(priv);

	return 0;
}

int mfnic_rate_parent_set(struct devlink_rate *child,
			  struct devlink_rate *parent, void *priv_child,
			  void *priv_parent, struct netlink_ext_ack *extack)
{
	struct mfnic *nic = devlink_priv(child->devlink);
	struct mfnic_rate *rate = priv_child;

	spin_lock_bh(&nic->rate_lock);
	rate->parent = priv_parent;
	spin_unlock_bh(&nic->rate_lock);
	mfnic_rate_update(nic);

	return 0;
}

/**
 * mfnic_rate_port_init - let the operator limit a subfunction port
 * @port: port whose devlink port is registered
 *
 * Context: sleeps, devlink lock.
 * Return: 0 or -ENOMEM.
 */
int mfnic_rate_port_init(struct mfnic_port *port)
{
	devl_assert_locked(priv_to_devlink(port->nic));

	INIT_DELAYED_WORK(&port->rate_work, mfnic_rate_resume);

	return devl_rate_leaf_create(&port->base.dl_port, &port->rate, NULL);
}

/**
 * mfnic_rate_port_fini - undo mfnic_rate_port_init()
 * @port: port without clients
 *
 * Context: sleeps, devlink lock.
 */
void mfnic_rate_port_fini(struct mfnic_port *port)
{
	devl_assert_locked(priv_to_devlink(port->nic));

	cancel_delayed_work_sync(&port->rate_work);
	devl_rate_leaf_destroy(&port->base.dl_port);
}
