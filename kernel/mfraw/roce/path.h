/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The way to a peer, as prepared packet headers.
 */
#ifndef MFRAW_PATH_H
#define MFRAW_PATH_H

#include <linux/if_ether.h>
#include <rdma/ib_verbs.h>

struct mfraw_dev;

/* A VLAN that no address of the port is in. */
#define MFRAW_VLAN_OTHER	0xffff

/* The longest headers: Ethernet, a VLAN tag, IPv6 and UDP. */
#define MFRAW_PATH_HDR	(ETH_HLEN + 4 + 40 + 8)

/**
 * struct mfraw_path - the way to a peer
 * @hdr: headers up to and including UDP, without lengths and IPv4 checksum, and
 *	zeroes to the end of the last word
 * @len: length of @hdr
 * @l3: offset of the IP header
 * @v6: the path is IPv6
 * @vlan: VLAN, as in @mfraw_pkt.vlan
 */
struct mfraw_path {
	u8	hdr[ALIGN(MFRAW_PATH_HDR, sizeof(u64))] __aligned(sizeof(u64));
	u8	len;
	u8	l3;
	bool	v6;
	u16	vlan;
};

int mfraw_path_init(struct mfraw_dev *dev, struct mfraw_path *path,
		    const struct rdma_ah_attr *attr, u16 sport);
void mfraw_path_ect(struct mfraw_path *path);

#endif /* MFRAW_PATH_H */
