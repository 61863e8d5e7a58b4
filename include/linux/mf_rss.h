/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Receive side scaling: the hash of the fields of a frame's flow, by which a
 * client chooses a receive queue.
 */
#ifndef _LINUX_MF_RSS_H
#define _LINUX_MF_RSS_H

#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/mf_frame.h>
#include <linux/mf_toeplitz.h>
#include <linux/string.h>
#include <linux/types.h>
#include <net/flow_dissector.h>

/* Fields that a flow may have, as in ethtool. */
#define MF_RSS_ADDRS	(RXH_IP_SRC | RXH_IP_DST)
#define MF_RSS_PORTS	(RXH_L4_B_0_1 | RXH_L4_B_2_3)

/**
 * mf_rss_dissect - find the flow of a frame
 * @frame: a frame of at least MF_FRAME_MIN bytes
 * @keys: set to the fields of the outermost headers, behind all vlan tags; zero
 *	where the frame has no such field, or not all of the header
 *
 * Context: atomic, RCU read section.
 */
static inline void mf_rss_dissect(const struct mf_frame *frame,
				  struct flow_keys *keys)
{
	const struct ethhdr *eth = (const struct ethhdr *)frame->hdr;

	memset(keys, 0, sizeof(*keys));
	mf_frame_dissect(frame, &flow_keys_dissector, keys, eth->h_proto,
			 ETH_HLEN);
}

/**
 * mf_rss_fields - leave out the fields that would separate a flow
 * @keys: the flow
 * @fields: requested fields, RXH_*
 *
 * Only the first fragment of a datagram has ports, so the ports of fragments
 * are left out. Thereby all fragments of a datagram have the same hash.
 *
 * Context: any.
 * Return: the fields to hash.
 */
static inline u32 mf_rss_fields(const struct flow_keys *keys, u32 fields)
{
	if (keys->control.flags & FLOW_DIS_IS_FRAGMENT)
		fields &= ~MF_RSS_PORTS;

	return fields;
}

/* Append a field to the input of the hash. */
static inline u8 *mf_rss_add(u8 *end, const void *field, size_t len)
{
	memcpy(end, field, len);

	return end + len;
}

/**
 * mf_rss_hash - compute the Toeplitz hash of a flow
 * @key: prepared key
 * @keys: the flow, IPv4 or IPv6
 * @fields: fields to hash, RXH_*
 *
 * The input has the requested fields without gaps: source address, destination
 * address, source port, destination port.
 *
 * Context: any.
 * Return: the hash.
 */
static inline u32 mf_rss_hash(const struct mf_toeplitz *key,
			      const struct flow_keys *keys, u32 fields)
{
	u8 input[MF_TOEPLITZ_INPUT], *end = input;

	if (keys->control.addr_type == FLOW_DISSECTOR_KEY_IPV4_ADDRS) {
		if (fields & RXH_IP_SRC)
			end = mf_rss_add(end, &keys->addrs.v4addrs.src,
					 sizeof(keys->addrs.v4addrs.src));
		if (fields & RXH_IP_DST)
			end = mf_rss_add(end, &keys->addrs.v4addrs.dst,
					 sizeof(keys->addrs.v4addrs.dst));
	} else {
		if (fields & RXH_IP_SRC)
			end = mf_rss_add(end, &keys->addrs.v6addrs.src,
					 sizeof(keys->addrs.v6addrs.src));
		if (fields & RXH_IP_DST)
			end = mf_rss_add(end, &keys->addrs.v6addrs.dst,
					 sizeof(keys->addrs.v6addrs.dst));
	}
	if (fields & RXH_L4_B_0_1)
		end = mf_rss_add(end, &keys->ports.src,
				 sizeof(keys->ports.src));
	if (fields & RXH_L4_B_2_3)
		end = mf_rss_add(end, &keys->ports.dst,
				 sizeof(keys->ports.dst));

	return mf_toeplitz_hash(key, input, end - input);
}

#endif /* _LINUX_MF_RSS_H */
