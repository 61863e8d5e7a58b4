/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Helpers for the suites of all modules: frames, reproducible random numbers,
 * zeroed memory and slow reference implementations.
 *
 * A test file includes the file under test, so the test can call static
 * functions. It includes this header, and thereby all other headers, first.
 */
#ifndef MF_TEST_H
#define MF_TEST_H

#include <kunit/test.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/mf_qblock.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>

/**
 * struct mf_test_frame - a frame in one piece, built from the outermost header
 *	inwards
 * @frame: the frame; its header points to @data
 * @data: all bytes of the frame
 */
struct mf_test_frame {
	struct mf_frame	frame;
	u8		data[MF_FRAME_HDR_MAX];
};

/* Append @len zero bytes. */
static inline void *mf_test_push(struct mf_test_frame *t, size_t len)
{
	void *at = t->data + t->frame.len;

	memset(at, 0, len);
	t->frame.hdr = t->data;
	t->frame.len += len;
	t->frame.hdr_len = t->frame.len;

	return at;
}

/* Start a frame with @last as the last byte of its destination address. */
static inline void mf_test_eth(struct mf_test_frame *t, u8 last, u16 type)
{
	struct ethhdr *eth;

	memset(t, 0, sizeof(*t));
	eth = mf_test_push(t, sizeof(*eth));
	memset(eth->h_dest, 2, ETH_ALEN);
	eth->h_dest[ETH_ALEN - 1] = last;
	memset(eth->h_source, 4, ETH_ALEN);
	eth->h_proto = htons(type);
}

static inline void mf_test_tag(struct mf_test_frame *t, u16 tci, u16 type)
{
	struct vlan_hdr *tag = mf_test_push(t, sizeof(*tag));

	tag->h_vlan_TCI = htons(tci);
	tag->h_vlan_encapsulated_proto = htons(type);
}

static inline struct iphdr *mf_test_ipv4(struct mf_test_frame *t, u8 proto,
					 u16 frag)
{
	struct iphdr *ip = mf_test_push(t, sizeof(*ip));

	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tos = 0x20;
	ip->ttl = 7;
	ip->protocol = proto;
	ip->tot_len = htons(100);
	ip->frag_off = htons(frag);
	ip->saddr = htonl(0x0a000001);
	ip->daddr = htonl(0x0a000002);

	return ip;
}

static inline struct ipv6hdr *mf_test_ipv6(struct mf_test_frame *t, u8 next)
{
	struct ipv6hdr *ip = mf_test_push(t, sizeof(*ip));

	ip->version = 6;
	ip->nexthdr = next;
	ip->hop_limit = 3;
	ip->payload_len = htons(100);
	ip->saddr.s6_addr[15] = 1;
	ip->daddr.s6_addr[0] = 0xfe;

	return ip;
}

/* Append a layer 4 header of @len bytes that begins with the ports. */
static inline void *mf_test_ports(struct mf_test_frame *t, size_t len)
{
	__be16 *ports = mf_test_push(t, len);

	ports[0] = htons(1000);
	ports[1] = htons(2000);

	return ports;
}

/* Allocate zeroed memory that is freed with the test, or fail the test. */
static inline void *mf_test_alloc(struct kunit *test, size_t size)
{
	void *mem = kunit_kzalloc(test, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mem);

	return mem;
}

/* Seed the generator, so that each run gets the same numbers. */
static inline void mf_test_seed(struct rnd_state *rnd)
{
	prandom_seed_state(rnd, 4791);
}

/* Return a number below @n. */
static inline u32 mf_test_below(struct rnd_state *rnd, u32 n)
{
	return prandom_u32_state(rnd) % n;
}

/* Sum up big endian 16 bit words, as checksums of IP do. */
static inline u16 mf_test_sum(const u8 *data, size_t len, u32 sum)
{
	size_t i;

	for (i = 0; i < len; i++) {
		sum += i & 1 ? data[i] : data[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}

	return sum;
}

/* Is @sum the sum of the bytes? Zero has two forms in ones' complement. */
static inline bool mf_test_same_sum(__wsum sum, const u8 *data, size_t len)
{
	u16 check = ntohs((__force __be16)csum_fold(sum));

	return check % 0xffff == (u16)~mf_test_sum(data, len, 0) % 0xffff;
}

/* Compute Ethernet's CRC-32 bit by bit, without the final complement. */
static inline u32 mf_test_crc(u32 crc, const u8 *data, size_t len)
{
	unsigned int bit;

	while (len--) {
		crc ^= *data++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}

	return crc;
}

#endif /* MF_TEST_H */
