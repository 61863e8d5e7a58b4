// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Addresses: the headers by which frames get to a peer, written once and copied
 * for each packet. An address handle is such headers under a number.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <rdma/ib_cache.h>

#include "roce.h"

/* For those who did not say. */
#define MFRAW_HOP_LIMIT		64

/* Append to the headers. */
static void *mfraw_path_put(struct mfraw_path *path, size_t len)
{
	void *hdr = path->hdr + path->len;

	path->len += len;
	return hdr;
}

static void mfraw_path_eth(struct mfraw_dev *dev, struct mfraw_path *path,
			   const struct rdma_ah_attr *attr, u16 vlan_id)
{
	__be16 proto = htons(path->v6 ? ETH_P_IPV6 : ETH_P_IP);
	struct ethhdr *eth = mfraw_path_put(path, sizeof(*eth));
	struct vlan_hdr *vlan;

	ether_addr_copy(eth->h_dest, attr->roce.dmac);
	ether_addr_copy(eth->h_source, dev->attr.mac);
	eth->h_proto = proto;
	if (vlan_id >= VLAN_N_VID)
		return;

	eth->h_proto = htons(ETH_P_8021Q);
	vlan = mfraw_path_put(path, sizeof(*vlan));
	vlan->h_vlan_TCI = htons(rdma_ah_get_sl(attr) << VLAN_PRIO_SHIFT |
				 vlan_id);
	vlan->h_vlan_encapsulated_proto = proto;
}

static void mfraw_path_ip4(struct mfraw_path *path,
			   const struct ib_global_route *grh)
{
	struct iphdr *ip = mfraw_path_put(path, sizeof(*ip));

	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tos = grh->traffic_class;
	ip->frag_off = htons(IP_DF);
	ip->ttl = grh->hop_limit ?: MFRAW_HOP_LIMIT;
	ip->protocol = IPPROTO_UDP;
	/* GIDs that are mapped addresses. */
	memcpy(&ip->saddr, grh->sgid_attr->gid.raw + 12, sizeof(ip->saddr));
	memcpy(&ip->daddr, grh->dgid.raw + 12, sizeof(ip->daddr));
}

static void mfraw_path_ip6(struct mfraw_path *path,
			   const struct ib_global_route *grh)
{
	struct ipv6hdr *ip = mfraw_path_put(path, sizeof(*ip));

	ip6_flow_hdr(ip, grh->traffic_class,
		     htonl(grh->flow_label) & IPV6_FLOWLABEL_MASK);
	ip->nexthdr = IPPROTO_UDP;
	ip->hop_limit = grh->hop_limit ?: MFRAW_HOP_LIMIT;
	memcpy(&ip->saddr, grh->sgid_attr->gid.raw, sizeof(ip->saddr));
	memcpy(&ip->daddr, grh->dgid.raw, sizeof(ip->daddr));
}

/**
 * mfraw_path_init - the headers that an address vector stands for
 * @dev: the device
 * @path: written
 * @attr: checked and completed by the core
 * @sport: UDP source port
 *
 * Context: any.
 * Return: 0, -EINVAL for what is no address of RoCEv2, -EOPNOTSUPP for one of
 * another protocol, -ENODEV when the network device of the GID is gone.
 */
int mfraw_path_init(struct mfraw_dev *dev, struct mfraw_path *path,
		    const struct rdma_ah_attr *attr, u16 sport)
{
	const struct ib_global_route *grh = rdma_ah_read_grh(attr);
	const struct ib_gid_attr *sgid;
	struct udphdr *udp;
	u16 vlan_id;
	int err;

	if (attr->type != RDMA_AH_ATTR_TYPE_ROCE ||
	    !(rdma_ah_get_ah_flags(attr) & IB_AH_GRH) ||
	    is_zero_ether_addr(attr->roce.dmac))
		return -EINVAL;

	sgid = grh->sgid_attr;
	if (sgid->gid_type != IB_GID_TYPE_ROCE_UDP_ENCAP)
		return -EOPNOTSUPP;

	memset(path, 0, sizeof(*path));
	path->v6 = rdma_gid_attr_network_type(sgid) == RDMA_NETWORK_IPV6;
	if (ipv6_addr_v4mapped((const void *)grh->dgid.raw) == path->v6)
		return -EINVAL;

	err = rdma_read_gid_l2_fields(sgid, &vlan_id, NULL);
	if (err)
		return err;

	mfraw_path_eth(dev, path, attr, vlan_id);
	path->l3 = path->len;
	if (path->v6)
		mfraw_path_ip6(path, grh);
	else
		mfraw_path_ip4(path, grh);

	/* The checksum is 0 with both, since the ICRC covers more. */
	udp = mfraw_path_put(path, sizeof(*udp));
	udp->source = htons(sport);
	udp->dest = htons(ROCE_V2_UDP_DPORT);

	return 0;
}

/* May be called with interrupts off, but then not by user space. */
static int mfraw_create_ah(struct ib_ah *ibah, struct rdma_ah_init_attr *init,
			   struct ib_udata *udata)
{
	gfp_t gfp = init->flags & RDMA_CREATE_AH_SLEEPABLE ?
		    GFP_KERNEL_ACCOUNT : GFP_ATOMIC;
	struct mfraw_dev *dev = to_mfraw_dev(ibah->device);
	const struct rdma_ah_attr *attr = init->ah_attr;
	struct mfraw_create_ah_resp resp = {};
	struct mfraw_ah *ah = to_mfraw_ah(ibah);
	unsigned long flags;
	int err;

	if (udata && udata->inlen &&
	    !ib_is_udata_cleared(udata, 0, udata->inlen))
		return -EOPNOTSUPP;

	ah->av = kzalloc(sizeof(*ah->av), gfp);
	if (!ah->av)
		return -ENOMEM;
	ah->av->pd = ibah->pd;
	ah->attr = *attr;
	/* The core keeps it. */
	ah->attr.grh.sgid_attr = NULL;
	err = mfraw_path_init(dev, &ah->av->path, attr,
			      rdma_get_udp_sport(attr->grh.flow_label, 0, 0));
	if (err)
		goto err_free;

	xa_lock_irqsave(&dev->ahs, flags);
	err = __xa_alloc_cyclic(&dev->ahs, &ah->ahn, ah->av,
				XA_LIMIT(1, MFRAW_MAX_AH), &dev->ah_next, gfp);
	xa_unlock_irqrestore(&dev->ahs, flags);
	if (err < 0) {
		err = -ENOMEM;
		goto err_free;
	}
	if (!udata)
		return 0;

	resp.ahn = ah->ahn;
	err = ib_copy_to_udata(udata, &resp, min(sizeof(resp), udata->outlen));
	if (err)
		goto err_number;

	return 0;

err_number:
	xa_erase_irq(&dev->ahs, ah->ahn);
	kfree_rcu(ah->av, rcu);
	return err;
err_free:
	kfree(ah->av);
	return err;
}

static int mfraw_query_ah(struct ib_ah *ibah, struct rdma_ah_attr *attr)
{
	*attr = to_mfraw_ah(ibah)->attr;

	return 0;
}

static int mfraw_destroy_ah(struct ib_ah *ibah, u32 destroy_flags)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibah->device);
	struct mfraw_ah *ah = to_mfraw_ah(ibah);
	unsigned long flags;

	xa_lock_irqsave(&dev->ahs, flags);
	__xa_erase(&dev->ahs, ah->ahn);
	xa_unlock_irqrestore(&dev->ahs, flags);
	kfree_rcu(ah->av, rcu);

	return 0;
}

/**
 * mfraw_ah_path - the way that a work request names
 * @pd: of its queue pair
 * @ahn: from user space
 *
 * Context: RCU read section, in which the path is valid.
 * Return: the path, or NULL when @ahn is no address handle of that PD.
 */
const struct mfraw_path *mfraw_ah_path(const struct ib_pd *pd, u32 ahn)
{
	const struct mfraw_av *av;

	av = xa_load(&to_mfraw_dev(pd->device)->ahs, ahn);

	return av && av->pd == pd ? &av->path : NULL;
}

const struct ib_device_ops mfraw_ah_ops = {
	.create_ah = mfraw_create_ah,
	.create_user_ah = mfraw_create_ah,
	.destroy_ah = mfraw_destroy_ah,
	.query_ah = mfraw_query_ah,

	INIT_RDMA_OBJ_SIZE(ib_ah, mfraw_ah, ibah),
};
