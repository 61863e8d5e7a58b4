// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Multicast groups: attach and detach queue pairs, and deliver datagrams. IBTA
 * volume 1, 10.5.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/if_inet6.h>
#include <net/ip.h>

#include "queue/rxq.h"
#include "refuse.h"
#include "roce/gid.h"
#include "roce/mcast.h"
#include "roce/pkt.h"
#include "roce/roce.h"
#include "roce/ud.h"

/**
 * struct mfraw_mcast - membership of a queue pair in a multicast group
 * @node: in rdev.mcasts, one list per group
 * @gid: GID of the group
 * @roce: the queue pair
 * @attached: how often the queue pair was attached and not yet detached; under
 *	mcast_lock. The core counts each pair of GID and LID, and expects that as many
 *	calls to detach succeed. LIDs mean nothing in RoCE.
 * @rcu: delays freeing
 */
struct mfraw_mcast {
	struct rhlist_head	node;
	union ib_gid		gid;
	struct mfraw_roce	*roce;
	unsigned int		attached;
	struct rcu_head		rcu;
};

static const struct rhashtable_params mfraw_mcast_params = {
	.head_offset = offsetof(struct mfraw_mcast, node),
	.key_offset = offsetof(struct mfraw_mcast, gid),
	.key_len = sizeof(union ib_gid),
	.automatic_shrinking = true,
};

/*
 * Does the destination MAC belong to the destination IP address? The switch
 * filters by MAC only, so without this check a datagram could reach a group by
 * the MAC of another group.
 */
static bool mfraw_mcast_mac_ok(const struct mfraw_pkt *pkt)
{
	const u8 *l3 = pkt->frame->hdr + pkt->l3;
	const u8 *dmac = pkt->frame->hdr;
	u8 mac[ETH_ALEN];

	if (pkt->v6)
		ipv6_eth_mc_map(&((const struct ipv6hdr *)l3)->daddr, mac);
	else
		ip_eth_mc_map(((const struct iphdr *)l3)->daddr, mac);

	return ether_addr_equal_unaligned(mac, dmac);
}

/**
 * mfraw_mcast_rx - deliver a datagram to the members of a group
 * @dev: the device that received it
 * @pkt: the datagram
 *
 * Context: atomic, reader of the device.
 */
void mfraw_mcast_rx(struct mfraw_dev *dev, const struct mfraw_pkt *pkt)
{
	struct rhlist_head *list, *pos;
	struct mfraw_mcast *mcast;
	union ib_gid gid;

	if ((pkt->opcode & ~0x1f) != IB_OPCODE_UD) {
		mfraw_drop(dev, pkt->qpn, MFRAW_RX_NO_QP, pkt->n);
		return;
	}

	mfraw_pkt_dgid(pkt, &gid);
	/* A group includes all VLANs that the port has an address in. */
	if (!mfraw_mcast_mac_ok(pkt) ||
	    !mfraw_gid_vlan_known(dev, pkt->vlan)) {
		mfraw_drop(dev, pkt->qpn, MFRAW_RX_PEER, 1);
		return;
	}
	list = rhltable_lookup(&dev->rdev.mcasts, &gid, mfraw_mcast_params);
	if (!list)
		mfraw_drop(dev, pkt->qpn, MFRAW_RX_NO_QP, 1);
	rhl_for_each_entry_rcu(mcast, pos, list, node) {
		if (test_bit(MFRAW_QP_BLOCK_LOOPBACK,
			     &mcast->roce->qp->flags) &&
		    pkt->frame->src == &mcast->roce->qp->rxq->rxq)
			continue;
		mfraw_resp_begin(mcast->roce);
		mfraw_ud_rx(mcast->roce, pkt);
		mfraw_resp_end(mcast->roce, NULL);
	}
}

/*
 * Find the membership of a queue pair in a group, or NULL. Sets @members to the
 * number of members looked at before, which is all of them with NULL. RCU read
 * section.
 */
static struct mfraw_mcast *mfraw_mcast_find(struct mfraw_roce *roce,
					    const union ib_gid *gid,
					    unsigned int *members)
{
	struct mfraw_dev *dev = roce->qp->dev;
	struct rhlist_head *list, *pos;
	struct mfraw_mcast *mcast;

	*members = 0;
	list = rhltable_lookup(&dev->rdev.mcasts, gid, mfraw_mcast_params);
	rhl_for_each_entry_rcu(mcast, pos, list, node) {
		if (mcast->roce == roce)
			return mcast;
		(*members)++;
	}

	return NULL;
}

/*
 * Add a membership. mcast_lock held. The number of members is limited, since
 * one softirq copies a frame to all of them.
 */
static int mfraw_mcast_insert(struct mfraw_dev *dev, struct mfraw_mcast *mcast,
			      unsigned int members)
{
	int err;

	lockdep_assert_held(&dev->rdev.mcast_lock);
	if (members >= MFRAW_MAX_MCAST_QP ||
	    (!members && dev->rdev.mcast_groups >= MFRAW_MAX_MCAST_GRP))
		return mfraw_refuse(&dev->ibdev, -ENOMEM,
				    "group: members %u, %u at most; groups %u, %u at most",
				    members, MFRAW_MAX_MCAST_QP,
				    dev->rdev.mcast_groups, MFRAW_MAX_MCAST_GRP);
	err = rhltable_insert(&dev->rdev.mcasts, &mcast->node,
			      mfraw_mcast_params);
	if (!err && !members)
		dev->rdev.mcast_groups++;

	return err;
}

static int mfraw_attach_mcast(struct ib_qp *ibqp, union ib_gid *gid, u16 lid)
{
	struct mfraw_roce *roce = to_mfraw_qp(ibqp)->roce;
	struct mfraw_dev *dev = to_mfraw_dev(ibqp->device);
	struct mfraw_mcast *mcast, *old;
	unsigned int members;
	int err = 0;

	mcast = kzalloc_obj(*mcast, GFP_KERNEL_ACCOUNT);
	if (!mcast)
		return -ENOMEM;
	mcast->gid = *gid;
	mcast->roce = roce;
	mcast->attached = 1;

	mutex_lock(&dev->rdev.mcast_lock);
	rcu_read_lock();
	old = mfraw_mcast_find(roce, gid, &members);
	if (old) {
		old->attached++;
	} else {
		err = mfraw_mcast_insert(dev, mcast, members);
		if (!err)
			mcast = NULL;
	}
	rcu_read_unlock();
	mutex_unlock(&dev->rdev.mcast_lock);
	kfree(mcast);

	return err;
}

static int mfraw_detach_mcast(struct ib_qp *ibqp, union ib_gid *gid, u16 lid)
{
	struct mfraw_roce *roce = to_mfraw_qp(ibqp)->roce;
	struct mfraw_dev *dev = to_mfraw_dev(ibqp->device);
	struct mfraw_mcast *mcast;
	unsigned int members;
	bool last = false;

	mutex_lock(&dev->rdev.mcast_lock);
	rcu_read_lock();
	mcast = mfraw_mcast_find(roce, gid, &members);
	if (mcast && !--mcast->attached) {
		last = true;
		rhltable_remove(&dev->rdev.mcasts, &mcast->node,
				mfraw_mcast_params);
		if (!rhltable_lookup(&dev->rdev.mcasts, gid, mfraw_mcast_params))
			dev->rdev.mcast_groups--;
	}
	rcu_read_unlock();
	mutex_unlock(&dev->rdev.mcast_lock);
	if (!mcast)
		return mfraw_refuse(ibqp->device, -EINVAL,
				    "group: QP %u is no member of %pI6",
				    ibqp->qp_num, gid->raw);
	if (last)
		kfree_rcu(mcast, rcu);

	return 0;
}

/**
 * mfraw_mcast_init - initialize the multicast groups of a device
 * @dev: the device
 *
 * Context: sleeps.
 * Return: 0 or an errno.
 */
int mfraw_mcast_init(struct mfraw_dev *dev)
{
	mutex_init(&dev->rdev.mcast_lock);
	return rhltable_init(&dev->rdev.mcasts, &mfraw_mcast_params);
}

void mfraw_mcast_fini(struct mfraw_dev *dev)
{
	/* Queue pairs leave their groups before they are destroyed. */
	WARN_ON(atomic_read(&dev->rdev.mcasts.ht.nelems));
	rhltable_destroy(&dev->rdev.mcasts);
}

const struct ib_device_ops mfraw_mcast_ops = {
	.attach_mcast = mfraw_attach_mcast,
	.detach_mcast = mfraw_detach_mcast,
};
