/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Checksums of the most frequent frames: untagged IPv4 without options, with a
 * whole TCP segment or UDP datagram. csum.c knows all frames, with the same
 * results.
 */
#ifndef MFRAW_CSUM_SHORT_H
#define MFRAW_CSUM_SHORT_H

#include <linux/bitops.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/unaligned.h>
#include <net/checksum.h>
#include <net/ip.h>

/* What is known of the checksums of a frame without pages. */
enum mfraw_short_csum {
	MFRAW_SHORT_BAD,	/* a checksum is wrong or missing */
	MFRAW_SHORT_GOOD,	/* all are correct */
	MFRAW_SHORT_UNKNOWN,	/* csum.c has to look */
};

/**
 * struct mfraw_short_sum - sums in one's complement, not folded
 * @ip: of the IPv4 header
 * @l4: of the pseudo header, the TCP or UDP header and the payload
 */
struct mfraw_short_sum {
	u64	ip;
	u64	l4;
};

/* Add with end-around carry. */
static __always_inline u64 mfraw_short_add(u64 sum, u64 value)
{
	sum += value;

	return sum + (sum < value);
}

static __always_inline __wsum mfraw_short_wsum(u64 sum)
{
	sum += ror64(sum, 32);

	return (__force __wsum)(u32)(sum >> 32);
}

static __always_inline u16 mfraw_short_fold(u64 sum)
{
	u32 half = (__force u32)mfraw_short_wsum(sum);

	half += ror32(half, 16);

	return half >> 16;
}

/*
 * Return the length of the TCP or UDP header with its payload; 0 if the frame
 * of @len bytes is not of the frequent form. @hdr_len is at least MF_FRAME_MIN.
 */
static __always_inline u32 mfraw_short_l4(const u8 *hdr, u32 hdr_len, u32 len)
{
	const struct iphdr *ip = (const struct iphdr *)(hdr + ETH_HLEN);
	const u32 hdrs = ETH_HLEN + sizeof(*ip);
	u32 l4;

	if (hdr_len < hdrs + sizeof(struct udphdr) || hdr[ETH_HLEN] != 0x45 ||
	    ip_is_fragment(ip))
		return 0;
	l4 = ntohs(ip->tot_len) - sizeof(*ip);
	if (l4 > len - hdrs)
		return 0;
	if (ip->protocol == IPPROTO_UDP)
		return l4 >= sizeof(struct udphdr) &&
		       ((const struct udphdr *)(ip + 1))->len == htons(l4) ?
		       l4 : 0;

	return ip->protocol == IPPROTO_TCP && l4 >= sizeof(struct tcphdr) &&
	       hdr_len >= hdrs + sizeof(struct tcphdr) ? l4 : 0;
}

/*
 * Sum a frame whose mfraw_short_l4() is @l4: the first @n bytes of these, at
 * least 8.
 */
static __always_inline struct mfraw_short_sum mfraw_short_sums(const u8 *hdr,
							       u32 l4, u32 n)
{
	const u8 *ip = hdr + ETH_HLEN, *at = ip + sizeof(struct iphdr);
	const u8 *end = at + n;
	/* Both sums have the two addresses. */
	u64 addrs = get_unaligned((const u64 *)(ip + 12)), rest;
	struct mfraw_short_sum s;

	s.ip = mfraw_short_add(addrs, get_unaligned((const u64 *)ip));
	s.ip = mfraw_short_add(s.ip, get_unaligned((const u32 *)(ip + 8)));
	s.l4 = mfraw_short_add(addrs, (__force u16)htons(ip[9] + l4));
	for (; end - at >= 8; at += 8)
		s.l4 = mfraw_short_add(s.l4, get_unaligned((const u64 *)at));
	if (end != at) {
		/* Read the last 8 bytes, and shift out those that are summed. */
		rest = get_unaligned((const u64 *)(end - 8));
#ifdef __LITTLE_ENDIAN
		rest >>= 64 - 8 * (end - at);
#else
		rest <<= 64 - 8 * (end - at);
#endif
		s.l4 = mfraw_short_add(s.l4, rest);
	}

	return s;
}

/*
 * Verify the checksums of a frame of @len bytes, at least MF_FRAME_MIN, all of
 * which are in @hdr. No process can change @hdr.
 */
static __always_inline enum mfraw_short_csum
mfraw_short_verify(const u8 *hdr, u32 len)
{
	__be16 type = ((const struct ethhdr *)hdr)->h_proto;
	const struct iphdr *ip = (const struct iphdr *)(hdr + ETH_HLEN);
	struct mfraw_short_sum s;
	u32 l4;

	if (unlikely(type != htons(ETH_P_IP)))
		return type == htons(ETH_P_IPV6) || eth_type_vlan(type) ?
		       MFRAW_SHORT_UNKNOWN : MFRAW_SHORT_BAD;
	l4 = mfraw_short_l4(hdr, len, len);
	if (unlikely(!l4))
		return MFRAW_SHORT_UNKNOWN;
	/* The sender has left out the checksum. */
	if (ip->protocol == IPPROTO_UDP &&
	    unlikely(!((const struct udphdr *)(ip + 1))->check))
		return MFRAW_SHORT_BAD;
	s = mfraw_short_sums(hdr, l4, l4);

	return mfraw_short_fold(s.ip) == 0xffff &&
	       mfraw_short_fold(s.l4) == 0xffff ?
	       MFRAW_SHORT_GOOD : MFRAW_SHORT_BAD;
}

/* The checksum of bytes with the sum @sum, which includes the old checksum. */
static __always_inline __sum16 mfraw_short_check(u64 sum, __sum16 old)
{
	sum = mfraw_short_add(sum, (u16)~(__force u16)old);

	return (__force __sum16)~mfraw_short_fold(sum);
}

/*
 * Fill in the checksums of a frame of @len bytes, at least MF_FRAME_MIN, all of
 * which are in @hdr. Returns false, and writes nothing, if the frame is not of
 * the frequent form.
 */
static __always_inline bool mfraw_short_fill(u8 *hdr, u32 len)
{
	struct iphdr *ip = (struct iphdr *)(hdr + ETH_HLEN);
	struct mfraw_short_sum s;
	__sum16 *check;
	u32 l4;

	if (((const struct ethhdr *)hdr)->h_proto != htons(ETH_P_IP))
		return false;
	l4 = mfraw_short_l4(hdr, len, len);
	if (!l4)
		return false;
	s = mfraw_short_sums(hdr, l4, l4);
	ip->check = mfraw_short_check(s.ip, ip->check);
	if (ip->protocol == IPPROTO_UDP) {
		check = &((struct udphdr *)(ip + 1))->check;
		*check = mfraw_short_check(s.l4, *check);
		if (!*check)
			*check = CSUM_MANGLED_0;
	} else {
		check = &((struct tcphdr *)(ip + 1))->check;
		*check = mfraw_short_check(s.l4, *check);
	}

	return true;
}

#endif /* MFRAW_CSUM_SHORT_H */
