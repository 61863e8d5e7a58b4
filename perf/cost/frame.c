// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The frames that are sent.
 */
#include <endian.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <string.h>

#include "cost.h"

const uint8_t socket_dst[6] = { 0x02, 0, 0, 0, 0x77, 0x77 };
const uint8_t socket_src[6] = { 0x02, 0, 0, 0, 0x77, 0x01 };

/* Returns the Internet checksum of @sum and an even number of bytes. */
static uint16_t checksum(uint32_t sum, const void *data, size_t len)
{
	const uint16_t *word = data;

	for (; len; len -= 2)
		sum += *word++;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

void frame_make(uint8_t *frame, const uint8_t *dst, const uint8_t *src,
		uint32_t queue)
{
	struct iphdr *ip = (struct iphdr *)(frame + ETH_LEN);
	struct udphdr *udp = (struct udphdr *)(ip + 1);
	uint32_t pseudo;

	memcpy(frame, dst, 6);
	memcpy(frame + 6, src, 6);
	frame[12] = 0x08;
	frame[13] = 0x00;
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tot_len = htobe16(setup.length - ETH_LEN);
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = htobe32(0x0a000001);
	ip->daddr = setup.daddr.s_addr;
	udp->source = htobe16(4000);
	udp->dest = htobe16(FIRST_PORT + queue);
	udp->len = htobe16(setup.length - ETH_LEN - sizeof(*ip));
	ip->check = checksum(0, ip, sizeof(*ip));
	pseudo = (uint16_t)~checksum(0, &ip->saddr, 2 * sizeof(ip->saddr)) +
		 htobe16(IPPROTO_UDP) + udp->len;
	udp->check = checksum(pseudo, udp, be16toh(udp->len));
}
