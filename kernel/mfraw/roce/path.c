// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Prepare the packet headers for the way to a peer, to be copied to each
 * packet.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <rdma/ib_addr.h>
#include <rdma/ib_cache.h>

#include "mfraw.h"
#include "refuse.h"
#include "roce/path.h"

/* Default of an address vector that has no hop limit. */
#define MFRAW_HOP_LIMIT		64

/* Reserve room for the next header. */
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
	/* The GIDs are IPv4-mapped addresses. */
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
 * mfraw_path_init - prepare the headers for an address vector
 * @dev: the device
 * @path: the path, initialized here
 * @attr: address vector, checked and completed by the core
 * @sport: UDP source port
 *
 * Context: any.
 * Return: 0, -EINVAL for an address that is not RoCEv2, -EOPNOTSUPP for a GID
 * of another type, -ENODEV if the network device of the GID is gone.
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

	/* The UDP checksum stays 0 with IPv4 and IPv6; the ICRC covers more. */
	udp = mfraw_path_put(path, sizeof(*udp));
	udp->source = htons(sport);
	udp->dest = htons(ROCE_V2_UDP_DPORT);

	return 0;
}

/**
 * mfraw_path_ect - mark packets as ECN-capable
 * @path: path of a connected queue pair
 *
 * Lets switches mark packets that meet congestion. ECN bits that the owner has
 * set in the traffic class stay.
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
