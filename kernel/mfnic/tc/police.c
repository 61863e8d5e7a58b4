// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Policers: token buckets whose tokens are time, as in the kernel's act_police.
 * Rules share a bucket if they name one action, or if they are one rule of a
 * shared block.
 */
#include <linux/math64.h>
#include <linux/slab.h>

#include "tc/police.h"
#include "tc/rule.h"

/* Buckets by the cookie of the action; mfnic_tc_lock. */
static DEFINE_XARRAY(mfnic_polices);

static int mfnic_police_check(const struct flow_action_entry *entry,
			      struct netlink_ext_ack *extack)
{
	if (entry->police.exceed.act_id != FLOW_ACTION_DROP) {
		NL_SET_ERR_MSG_MOD(extack, "Frames that exceed can only be dropped");
		return -EOPNOTSUPP;
	}
	if (entry->police.peakrate_bytes_ps || entry->police.avrate) {
		NL_SET_ERR_MSG_MOD(extack, "No policing by peakrate or avrate");
		return -EOPNOTSUPP;
	}
	if (entry->police.rate_bytes_ps && entry->police.rate_pkt_ps) {
		NL_SET_ERR_MSG_MOD(extack, "No policing by bytes and packets at once");
		return -EOPNOTSUPP;
	}

	return 0;
}

static int mfnic_police_conform(enum mfnic_conform *conform,
				enum flow_action_id id,
				struct netlink_ext_ack *extack)
{
	switch (id) {
	case FLOW_ACTION_PIPE:
		*conform = MFNIC_CONFORM_PIPE;
		break;
	case FLOW_ACTION_ACCEPT:
		*conform = MFNIC_CONFORM_OK;
		break;
	case FLOW_ACTION_CONTINUE:
		*conform = MFNIC_CONFORM_CONTINUE;
		break;
	default:
		NL_SET_ERR_MSG_MOD(extack, "Frames that conform can only pipe, continue or be ok");
		return -EOPNOTSUPP;
	}

	return 0;
}

static struct mfnic_police *mfnic_police_get(unsigned long cookie)
{
	struct mfnic_police *police;
	int err;

	police = xa_load(&mfnic_polices, cookie);
	if (police) {
		police->refs++;
		return police;
	}

	police = kzalloc_obj(*police, GFP_KERNEL_ACCOUNT);
	if (!police)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&police->lock);
	police->cookie = cookie;
	police->refs = 1;
	err = xa_err(xa_store(&mfnic_polices, cookie, police,
			      GFP_KERNEL_ACCOUNT));
	if (err) {
		kfree(police);
		return ERR_PTR(err);
	}
	atomic_inc(&mfnic_tc_objects);

	return police;
}

/* The action may have changed since the last rule named it. */
static void mfnic_police_update(struct mfnic_police *police,
				const struct flow_action_entry *entry)
{
	bool packets = entry->police.rate_pkt_ps;
	u64 rate = packets ? entry->police.rate_pkt_ps :
			     entry->police.rate_bytes_ps;
	u64 size = packets ? entry->police.burst_pkt : entry->police.burst;
	s64 burst = 0;

	if (rate)
		burst = min_t(u64, S64_MAX / 2,
			      mul_u64_u64_div_u64(size, NSEC_PER_SEC, rate));

	spin_lock_bh(&police->lock);
	if (police->rate != rate || police->packets != packets ||
	    police->burst != burst) {
		police->rate = rate;
		police->packets = packets;
		police->burst = burst;
		police->tokens = burst;
		police->then = ktime_get_ns();
	}
	police->mtu = entry->police.mtu;
	police->overhead = entry->police.overhead;
	spin_unlock_bh(&police->lock);
}

/**
 * mfnic_police_set - set up a policing action
 * @act: the action; mfnic_police_put() releases its bucket
 * @entry: action from tc
 * @extack: reason of a failure
 *
 * Context: sleeps, mfnic_tc_lock.
 * Return: 0 or a negative errno.
 */
int mfnic_police_set(struct mfnic_act *act,
		     const struct flow_action_entry *entry,
		     struct netlink_ext_ack *extack)
{
	struct mfnic_police *police;
	int err;

	lockdep_assert_held(&mfnic_tc_lock);
	err = mfnic_police_check(entry, extack);
	if (err)
		return err;
	err = mfnic_police_conform(&act->conform,
				   entry->police.notexceed.act_id, extack);
	if (err)
		return err;

	police = mfnic_police_get(entry->cookie);
	if (IS_ERR(police))
		return PTR_ERR(police);
	mfnic_police_update(police, entry);
	act->bucket = police;

	return 0;
}

/**
 * mfnic_police_put - drop a reference of a bucket
 * @police: the bucket; frames may use it until a grace period has passed
 *
 * Context: mfnic_tc_lock.
 */
void mfnic_police_put(struct mfnic_police *police)
{
	lockdep_assert_held(&mfnic_tc_lock);

	if (--police->refs)
		return;
	xa_erase(&mfnic_polices, police->cookie);
	atomic_dec(&mfnic_tc_objects);
	kfree_rcu(police, rcu);
}

/**
 * mfnic_police_conforms - take the tokens for a frame from a bucket
 * @police: the bucket
 * @len: length of the frame
 *
 * Context: atomic, RCU read section.
 * Return: true if the frame conforms.
 */
bool mfnic_police_conforms(struct mfnic_police *police, u32 len)
{
	u64 now = ktime_get_ns();
	bool conforms = false;
	s64 tokens;
	u64 size;

	spin_lock(&police->lock);
	if (len > police->mtu)
		goto unlock;
	if (!police->rate) {
		conforms = true;
		goto unlock;
	}

	size = police->packets ? 1 : len + police->overhead;
	/* Another CPU may have read a later time and taken the lock first. */
	tokens = clamp_t(s64, now - police->then, 0, police->burst);
	tokens = min(tokens + police->tokens, police->burst);
	tokens -= div64_u64(size * NSEC_PER_SEC, police->rate);
	if (tokens >= 0) {
		police->tokens = tokens;
		police->then = max(now, police->then);
		conforms = true;
	}
unlock:
	spin_unlock(&police->lock);

	return conforms;
}
