// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The filter of received frames by destination address and vlan. */
#include <linux/etherdevice.h>
#include <linux/hash.h>
#include <linux/slab.h>

#include "mfeth.h"

static bool mfeth_filter_has(const struct mfeth_filter *filter, const u8 *mac)
{
	u32 mask = BIT(filter->bits) - 1;
	u64 addr = ether_addr_to_u64(mac);
	u32 i;

	for (i = hash_64(addr, filter->bits); filter->addrs[i];
	     i = (i + 1) & mask) {
		if (filter->addrs[i] == addr)
			return true;
	}

	return false;
}

static void mfeth_filter_add(struct mfeth_filter *filter, const u8 *mac)
{
	u32 mask = BIT(filter->bits) - 1;
	u64 addr = ether_addr_to_u64(mac);
	u32 i;

	i = hash_64(addr, filter->bits);
	while (filter->addrs[i])
		i = (i + 1) & mask;
	filter->addrs[i] = addr;
}

static bool mfeth_vlan_pass(const struct mfeth *eth,
			    const struct mf_frame *frame)
{
	const struct vlan_ethhdr *veth;
	u16 vid;

	veth = (const struct vlan_ethhdr *)frame->hdr;
	if (likely(veth->h_vlan_proto != htons(ETH_P_8021Q)) ||
	    frame->hdr_len < VLAN_ETH_HLEN)
		return true;
	vid = ntohs(veth->h_vlan_TCI) & VLAN_VID_MASK;

	/* A priority tag has vlan id 0 and belongs to no vlan. */
	return !vid || test_bit(vid, eth->vlans);
}

/**
 * mfeth_filter_pass - decide whether the interface accepts a frame
 * @eth: the interface
 * @frame: a frame of at least MF_FRAME_MIN bytes
 *
 * Context: atomic, RCU read section.
 * Return: true if the interface accepts @frame.
 */
bool mfeth_filter_pass(const struct mfeth *eth, const struct mf_frame *frame)
{
	const struct mfeth_filter *filter = rcu_dereference(eth->filter);
	const struct net_device *dev = eth->dev;
	const u8 *dst = frame->hdr;

	if (is_multicast_ether_addr(dst)) {
		if (filter && !filter->allmulti &&
		    !is_broadcast_ether_addr(dst) &&
		    !mfeth_filter_has(filter, dst))
			return false;
	} else if (unlikely(!ether_addr_equal(dst, dev->dev_addr))) {
		if (filter && !mfeth_filter_has(filter, dst))
			return false;
	}

	return !filter || !(dev->features & NETIF_F_HW_VLAN_CTAG_FILTER) ||
	       mfeth_vlan_pass(eth, frame);
}

/*
 * A NULL filter accepts all frames: in promiscuous mode, and if memory is
 * short.
 */
static struct mfeth_filter *mfeth_filter_new(const struct net_device *dev)
{
	u32 n = netdev_uc_count(dev) + netdev_mc_count(dev);
	struct netdev_hw_addr *ha;
	struct mfeth_filter *filter;
	u32 bits = 1;

	if (dev->flags & IFF_PROMISC)
		return NULL;
	if (n)
		bits = ilog2(n) + 2;
	filter = kzalloc(struct_size(filter, addrs, BIT(bits)),
			 GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT);
	if (!filter)
		return NULL;
	filter->bits = bits;
	filter->allmulti = dev->flags & IFF_ALLMULTI;
	netdev_for_each_uc_addr(ha, dev)
		mfeth_filter_add(filter, ha->addr);
	netdev_for_each_mc_addr(ha, dev)
		mfeth_filter_add(filter, ha->addr);

	return filter;
}

/**
 * mfeth_set_rx_mode - see ndo_set_rx_mode
 * @dev: the interface
 *
 * Context: atomic, with the lock of the device's address lists held.
 */
void mfeth_set_rx_mode(struct net_device *dev)
{
	struct mfeth *eth = to_mfeth(dev);
	struct mfeth_filter *old;

	old = rcu_replace_pointer(eth->filter, mfeth_filter_new(dev),
				  lockdep_is_held(&dev->addr_list_lock));
	if (old)
		kfree_rcu(old, rcu);
}

int mfeth_vlan_add(struct net_device *dev, __be16 proto, u16 vid)
{
	set_bit(vid, to_mfeth(dev)->vlans);

	return 0;
}

int mfeth_vlan_del(struct net_device *dev, __be16 proto, u16 vid)
{
	clear_bit(vid, to_mfeth(dev)->vlans);

	return 0;
}
