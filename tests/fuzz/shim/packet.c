// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Headers that an input chooses: mostly valid, with any byte changed.
 */
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#include "fuzz.h"

static u8 *push(u8 *at, u8 *end, const void *from, size_t len)
{
	len = min_t(size_t, len, end - at);
	memcpy(at, from, len);

	return at + len;
}

static u8 *put_l4(struct fuzz_in *in, u8 *at, u8 *end, u8 proto)
{
	struct tcphdr th = { .doff = 5 + fuzz_u8(in) % 3 };

	th.source = htons(1 + fuzz_u8(in) % 3);
	th.dest = htons(1 + fuzz_u8(in) % 3);
	((u8 *)&th)[13] = fuzz_u8(in);

	return push(at, end, &th, proto == IPPROTO_TCP ? sizeof(th) : 8);
}

static u8 fuzz_proto(struct fuzz_in *in)
{
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP,
				     IPPROTO_ICMPV6, IPPROTO_SCTP, IPPROTO_GRE,
				     NEXTHDR_FRAGMENT, NEXTHDR_HOP };

	return protos[fuzz_u8(in) % ARRAY_SIZE(protos)];
}

static u8 *put_ip4(struct fuzz_in *in, u8 *at, u8 *end)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64 };

	ip.protocol = fuzz_proto(in);
	ip.tos = fuzz_u8(in) % 4;
	ip.saddr = htonl(0x0a000000 + fuzz_u8(in) % 3);
	ip.daddr = htonl(0x0a000000 + fuzz_u8(in) % 3);
	if (fuzz_u8(in) % 8 == 0)
		ip.frag_off = htons(fuzz_u16(in));
	if (fuzz_u8(in) % 8 == 0)
		ip.ihl = fuzz_u8(in);
	at = push(at, end, &ip, sizeof(ip));
	at += min_t(size_t, ip.ihl > 5 ? (ip.ihl - 5) * 4 : 0, end - at);

	return put_l4(in, at, end, ip.protocol);
}

static u8 *put_ip6(struct fuzz_in *in, u8 *at, u8 *end)
{
	struct ipv6hdr ip = { .version = 6, .hop_limit = 64 };
	u8 ext[8] = {};

	ip.nexthdr = fuzz_proto(in);
	ip.flow_lbl[2] = fuzz_u8(in) % 4;
	ip.saddr.s6_addr[15] = fuzz_u8(in) % 3;
	ip.daddr.s6_addr[15] = fuzz_u8(in) % 3;
	at = push(at, end, &ip, sizeof(ip));
	while (ip.nexthdr == NEXTHDR_FRAGMENT || ip.nexthdr == NEXTHDR_HOP) {
		ip.nexthdr = fuzz_proto(in);
		ext[0] = ip.nexthdr;
		ext[3] = fuzz_u8(in);
		at = push(at, end, ext, sizeof(ext));
		if (at == end)
			break;
	}

	return put_l4(in, at, end, ip.nexthdr);
}

/**
 * fuzz_packet - write the headers of a frame, and some bytes behind them
 * @in: the input
 * @to: buffer for the frame
 * @max: size of @to in bytes, at least MF_FRAME_MIN
 *
 * Return: bytes written, at least MF_FRAME_MIN.
 */
u32 fuzz_packet(struct fuzz_in *in, u8 *to, u32 max)
{
	static const u16 types[] = { ETH_P_IP, ETH_P_IPV6, ETH_P_ARP, ETH_P_8021Q,
				     ETH_P_8021AD, ETH_P_MPLS_UC, ETH_P_PPP_SES, 0 };
	u8 *at = to, *end = to + max;
	struct ethhdr eth = {};
	unsigned int tags, n;
	__be16 type;

	memset(to, 0, max);
	eth.h_dest[5] = fuzz_u8(in) % 3;
	eth.h_source[5] = fuzz_u8(in) % 3;
	tags = fuzz_u8(in);
	tags = tags % 4 ? tags / 4 % 3 : tags / 4 % 8;
	for (at = push(at, end, &eth, 2 * ETH_ALEN); tags--;) {
		__be16 tag[2] = { htons(fuzz_u8(in) & 1 ? ETH_P_8021Q : ETH_P_8021AD),
				  htons(fuzz_u8(in) << 8 | (fuzz_u8(in) & 3)) };

		at = push(at, end, tag, sizeof(tag));
	}
	n = fuzz_u8(in);
	type = htons(types[n % 4 ? n / 4 % 2 : n / 4 % ARRAY_SIZE(types)]);
	at = push(at, end, &type, sizeof(type));
	if (type == htons(ETH_P_IP)) {
		at = put_ip4(in, at, end);
	} else if (type == htons(ETH_P_IPV6)) {
		at = put_ip6(in, at, end);
	} else {
		u8 arp[28] = { 0, 1, 8, 0, 6, 4, 0, 1 };

		at = push(at, end, arp, sizeof(arp));
	}
	at += fuzz_u8(in) % (end - at + 1);
	max = max_t(u32, at - to, MF_FRAME_MIN);
	for (n = fuzz_u8(in) % 8; n > 4; n--)
		to[fuzz_u8(in) % max] = fuzz_u8(in);
	if (fuzz_u8(in) % 8 == 0)
		max = MF_FRAME_MIN + fuzz_u8(in) % (max - MF_FRAME_MIN + 1);

	return max;
}
