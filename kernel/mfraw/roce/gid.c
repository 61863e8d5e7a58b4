// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Look up the port's addresses for received packets. The core keeps the GID
 * table, but its lookup can't be used in a softirq. A datagram is for this port
 * if its destination is an address of the port in the VLAN of the frame (IBTA
 * annex A17.4).
 */
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <rdma/ib_cache.h>

#include "mfraw.h"
#include "roce/gid.h"
#include "roce/pkt.h"

/* Lookup key. It has no padding, since all of its bytes are hashed. */
struct mfraw_gid_key {
	union ib_gid	gid;
	u32		vlan;
};

/**
 * struct mfraw_gid - an address of the port
 * @node: in rdev.gids
 * @key: the address and its VLAN
 * @entry: in rdev.gid_list
 * @users: number of GID table entries; network devices may share an address
 * @rcu: delays freeing
 */
struct mfraw_gid {
	struct rhash_head	node;
	struct mfraw_gid_key	key;
	struct list_head	entry;
	unsigned int		users;
	struct rcu_head		rcu;
};

static const struct rhashtable_params mfraw_gid_params = {
	.head_offset = offsetof(struct mfraw_gid, node),
	.key_offset = offsetof(struct mfraw_gid, key),
	.key_len = sizeof(struct mfraw_gid_key),
	.automatic_shrinking = true,
};

/**
 * mfraw_pkt_dgid - get the destination address of a packet
 * @pkt: the packet
 * @gid: set to the destination IP address as a GID
 *
 * Context: any.
 */
void mfraw_pkt_dgid(const struct mfraw_pkt *pkt, union ib_gid *gid)
{
	const u8 *l3 = pkt->frame->hdr + pkt->l3;

	if (pkt->v6)
		memcpy(gid, &((const struct ipv6hdr *)l3)->daddr, sizeof(*gid));
	else
		ipv6_addr_set_v4mapped(((const struct iphdr *)l3)->daddr,
				       (struct in6_addr *)gid);
}

/**
 * mfraw_gid_is_own - is an address one of this port in a VLAN?
 * @dev: the device of the port
 * @gid: the address
 * @vlan: VLAN, as in mfraw_pkt.vlan
 *
 * Context: RCU read section.
 * Return: true if so.
 */
bool mfraw_gid_is_own(struct mfraw_dev *dev, const union ib_gid *gid, u16 vlan)
{
	struct mfraw_gid_key key = { .gid = *gid, .vlan = vlan };

	return rhashtable_lookup(&dev->rdev.gids, &key, mfraw_gid_params);
}

/**
 * mfraw_gid_vlan_known - does this port have an address in a VLAN?
 * @dev: the device of the port
 * @vlan: VLAN, as in mfraw_pkt.vlan
 *
 * Context: any.
 * Return: true if so.
 */
bool mfraw_gid_vlan_known(const struct mfraw_dev *dev, u16 vlan)
{
	return vlan < VLAN_N_VID && test_bit(vlan, dev->rdev.gid_vlans);
}

static int mfraw_add_gid(const struct ib_gid_attr *attr, void **context)
{
	struct mfraw_dev *dev = to_mfraw_dev(attr->device);
	struct mfraw_gid *gid, *same;
	u16 vlan;
	int err;

	*context = NULL;
	if (attr->gid_type != IB_GID_TYPE_ROCE_UDP_ENCAP)
		return 0;
	err = rdma_read_gid_l2_fields(attr, &vlan, NULL);
	if (err)
		return err;

	gid = kzalloc_obj(*gid);
	if (!gid)
		return -ENOMEM;
	gid->key.gid = attr->gid;
	gid->key.vlan = vlan < VLAN_N_VID ? vlan : 0;

	gid->users = 1;

	mutex_lock(&dev->rdev.gid_lock);
	same = rhashtable_lookup_fast(&dev->rdev.gids, &gid->key,
				      mfraw_gid_params);
	if (same) {
		same->users++;
		*context = same;
	} else {
		err = rhashtable_insert_fast(&dev->rdev.gids, &gid->node,
					     mfraw_gid_params);
	}
	if (!same && !err) {
		list_add_tail(&gid->entry, &dev->rdev.gid_list);
		set_bit(gid->key.vlan, dev->rdev.gid_vlans);
		*context = gid;
		gid = NULL;
	}
	mutex_unlock(&dev->rdev.gid_lock);
	kfree(gid);

	return err;
}

static int mfraw_del_gid(const struct ib_gid_attr *attr, void **context)
{
	struct mfraw_dev *dev = to_mfraw_dev(attr->device);
	struct mfraw_gid *gid = *context, *other;
	bool last = true;

	if (!gid)
		return 0;
	*context = NULL;
	mutex_lock(&dev->rdev.gid_lock);
	if (--gid->users) {
		mutex_unlock(&dev->rdev.gid_lock);
		return 0;
	}
	rhashtable_remove_fast(&dev->rdev.gids, &gid->node, mfraw_gid_params);
	list_del(&gid->entry);
	list_for_each_entry(other, &dev->rdev.gid_list, entry)
		last &= other->key.vlan != gid->key.vlan;
	if (last)
		clear_bit(gid->key.vlan, dev->rdev.gid_vlans);
	mutex_unlock(&dev->rdev.gid_lock);
	kfree_rcu(gid, rcu);

	return 0;
}

/**
 * mfraw_gid_init - initialize the address lookup of a device
 * @dev: the device
 *
 * Context: sleeps.
 * Return: 0 or an errno.
 */
int mfraw_gid_init(struct mfraw_dev *dev)
{
	mutex_init(&dev->rdev.gid_lock);
	INIT_LIST_HEAD(&dev->rdev.gid_list);

	return rhashtable_init(&dev->rdev.gids, &mfraw_gid_params);
}

void mfraw_gid_fini(struct mfraw_dev *dev)
{
	/* The core has removed all GIDs. */
	WARN_ON(!list_empty(&dev->rdev.gid_list));
	rhashtable_destroy(&dev->rdev.gids);
}

const struct ib_device_ops mfraw_gid_ops = {
	.add_gid = mfraw_add_gid,
	.del_gid = mfraw_del_gid,
};
