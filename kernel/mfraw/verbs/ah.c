// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Addresses: the headers by which frames get to a peer, written once and copied
 * for each packet. An address handle is such headers under a number.
 */
#include <linux/completion.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <rdma/ib_addr.h>
#include <rdma/ib_cache.h>

#include "mfraw.h"
#include "refuse.h"
#include "verbs/ah.h"

/* How long to look for a peer's MAC. */
#define MFRAW_RESOLVE_MS	1000

/* For those who did not say. */
#define MFRAW_HOP_LIMIT		64

struct mfraw_resolve {
	struct completion	done;
	int			status;
};

static void mfraw_resolved(int status, struct sockaddr *from,
			   struct rdma_dev_addr *addr, void *context)
{
	struct mfraw_resolve *resolve = context;

	resolve->status = status;
	complete(&resolve->done);
}

/**
 * mfraw_ah_resolve - complete an address vector with the MAC of the peer
 * @attr: with a reference of the GID to send from
 *
 * The core does so for processes, and expects users in the kernel to have done it.
 * SMC-R knows the peer's MAC by an exchange that is meant for GIDs of RoCEv1. It has
 * none by RoCEv2 within a subnet, and leaves it 0.
 *
 * Context: sleeps.
 * Return: 0 or an errno.
 */
int mfraw_ah_resolve(struct rdma_ah_attr *attr)
{
	const struct ib_global_route *grh = rdma_ah_read_grh(attr);
	struct rdma_dev_addr addr = { .net = &init_net };
	union {
		struct sockaddr		any;
		struct sockaddr_in	v4;
		struct sockaddr_in6	v6;
	} from, to;
	struct mfraw_resolve resolve;
	int err;

	if (attr->type != RDMA_AH_ATTR_TYPE_ROCE ||
	    !(rdma_ah_get_ah_flags(attr) & IB_AH_GRH) ||
	    !is_zero_ether_addr(attr->roce.dmac))
		return 0;

	rdma_gid2ip(&from.any, &grh->sgid_attr->gid);
	rdma_gid2ip(&to.any, &grh->dgid);
	/* The namespace that counts is that of the GID. */
	addr.sgid_attr = grh->sgid_attr;
	init_completion(&resolve.done);
	err = rdma_resolve_ip(&from.any, &to.any, &addr, MFRAW_RESOLVE_MS,
			      mfraw_resolved, true, &resolve);
	if (err)
		return err;
	wait_for_completion(&resolve.done);
	if (resolve.status)
		return resolve.status;
	ether_addr_copy(attr->roce.dmac, addr.dst_dev_addr);

	return 0;
}

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
	path->vlan = vlan_id;
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
		return mfraw_refuse(&dev->ibdev, -EINVAL,
				    "address: type %d, MAC %pM, no GID or no MAC",
				    attr->type, attr->roce.dmac);

	sgid = grh->sgid_attr;
	if (sgid->gid_type != IB_GID_TYPE_ROCE_UDP_ENCAP)
		return mfraw_refuse(&dev->ibdev, -EOPNOTSUPP,
				    "address: GID type %d, only %d",
				    sgid->gid_type, IB_GID_TYPE_ROCE_UDP_ENCAP);

	memset(path, 0, sizeof(*path));
	path->v6 = rdma_gid_attr_network_type(sgid) == RDMA_NETWORK_IPV6;
	if (ipv6_addr_v4mapped((const void *)grh->dgid.raw) == path->v6)
		return mfraw_refuse(&dev->ibdev, -EINVAL,
				    "address: %pI6c from %pI6c, one IPv4, one IPv6",
				    grh->dgid.raw, sgid->gid.raw);

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

/**
 * mfraw_path_ect - let switches mark packets that meet congestion
 * @path: of a connection, whose ends tell each other of it
 *
 * Unless the owner has chosen the bits for it himself.
 */
void mfraw_path_ect(struct mfraw_path *path)
{
	u8 *l3 = path->hdr + path->l3;

	if (!path->v6) {
		struct iphdr *ip = (struct iphdr *)l3;

		if (INET_ECN_is_not_ect(ip->tos))
			ip->tos |= INET_ECN_ECT_0;
	} else if (INET_ECN_is_not_ect(ipv6_get_dsfield((void *)l3))) {
		ipv6_change_dsfield((struct ipv6hdr *)l3, (u8)~INET_ECN_MASK,
				    INET_ECN_ECT_0);
	}
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
	u16 sport = 0;
	int err;

	err = mfraw_check_empty(ibah->device, "AH", udata);
	if (err)
		return err;

	ah->av = kzalloc_obj(*ah->av, gfp);
	if (!ah->av)
		return -ENOMEM;
	ah->av->pd = ibah->pd;
	ah->attr = *attr;
	/* The core keeps it. */
	ah->attr.grh.sgid_attr = NULL;
	/* Without a flow label, queue pairs have ports of their own. */
	if (attr->grh.flow_label)
		sport = rdma_flow_label_to_udp_sport(attr->grh.flow_label);
	err = mfraw_path_init(dev, &ah->av->path, attr, sport);
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
	err = ib_respond_udata(udata, resp);
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
