// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Checksums of IPv4, TCP and UDP: fill them in for senders, and verify them for
 * receivers. Headers are read from the kernel's copy; payload is summed in
 * place.
 */
#include <linux/device.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/kstrtox.h>
#include <linux/mf_frame.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

#include "mfraw.h"
#include "queue/csum.h"
#include "queue/csum_short.h"

#define MFRAW_MAX_TAGS		2
#define MFRAW_MAX_EXTHDRS	8

static u32 mfraw_l4_min(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return sizeof(struct tcphdr);
	case IPPROTO_UDP:
		return sizeof(struct udphdr);
	default:
		return U32_MAX;
	}
}

static inline bool mfraw_find_ipv4(const u8 *hdr, u32 len, struct mfraw_l4 *l4)
{
	const struct iphdr *ip = (const struct iphdr *)(hdr + l4->l3);
	u32 end;

	if (l4->l3 + sizeof(*ip) > len)
		return false;
	end = l4->l3 + ip->ihl * 4;
	if (ip->version != 4 || ip->ihl < 5 || end > len)
		return false;

	l4->proto = ip->protocol;
	if (!ip_is_fragment(ip) && mfraw_l4_min(ip->protocol) <= len - end)
		l4->off = end;

	return true;
}

/*
 * The pseudo header has the final destination, so the search ends at a routing
 * header with segments left. It ends at a fragment, too.
 */
static noinline bool mfraw_find_ipv6(const u8 *hdr, u32 len,
				     struct mfraw_l4 *l4)
{
	const struct ipv6hdr *ip = (const struct ipv6hdr *)(hdr + l4->l3);
	u32 off = l4->l3 + sizeof(*ip);
	unsigned int i;
	u8 next;

	if (off > len || ip->version != 6)
		return false;

	next = ip->nexthdr;
	for (i = 0; i < MFRAW_MAX_EXTHDRS; i++) {
		const struct ipv6_opt_hdr *ext = (const void *)(hdr + off);

		if (mfraw_l4_min(next) != U32_MAX)
			break;
		if (off + 8 > len)
			return true;
		switch (next) {
		case NEXTHDR_HOP:
		case NEXTHDR_DEST:
			off += ipv6_optlen(ext);
			break;
		case NEXTHDR_ROUTING:
			if (((const struct ipv6_rt_hdr *)ext)->segments_left)
				return true;
			off += ipv6_optlen(ext);
			break;
		case NEXTHDR_FRAGMENT:
			if (((const struct frag_hdr *)ext)->frag_off &
			    htons(IP6_OFFSET | IP6_MF))
				return true;
			off += sizeof(struct frag_hdr);
			break;
		default:
			return true;
		}
		next = ext->nexthdr;
	}

	l4->proto = next;
	if (off <= len && mfraw_l4_min(next) <= len - off)
		l4->off = off;

	return true;
}

/**
 * mfraw_find_l4 - find the headers that have checksums
 * @hdr: the first bytes of a frame
 * @len: number of bytes, at least MF_FRAME_MIN
 * @l4: filled
 *
 * Checks only the lengths of headers.
 *
 * Context: any.
 * Return: true if there is a complete IP header.
 */
bool mfraw_find_l4(const u8 *hdr, u32 len, struct mfraw_l4 *l4)
{
	__be16 type;

	l4->off = 0;
	if (!mf_frame_l3(hdr, len, MFRAW_MAX_TAGS, &l4->l3, &type))
		return false;

	l4->v6 = type == htons(ETH_P_IPV6);
	if (l4->v6)
		return mfraw_find_ipv6(hdr, len, l4);
	return type == htons(ETH_P_IP) && mfraw_find_ipv4(hdr, len, l4);
}

/*
 * Get the length of the TCP or UDP header and its payload; 0 if it is invalid.
 */
static inline u32 mfraw_l4_len(const struct mf_frame *frame,
			       const struct mfraw_l4 *l4)
{
	const u8 *ip = frame->hdr + l4->l3;
	u32 hdrs = l4->off - l4->l3, len;

	if (l4->v6)
		len = ntohs(((const struct ipv6hdr *)ip)->payload_len) +
		      sizeof(struct ipv6hdr);
	else
		len = ntohs(((const struct iphdr *)ip)->tot_len);
	if (len < hdrs || len > frame->len - l4->l3)
		return 0;
	len -= hdrs;

	if (l4->proto == IPPROTO_UDP) {
		const struct udphdr *udp = (const void *)(frame->hdr + l4->off);
		u32 ulen = ntohs(udp->len);

		len = ulen <= len ? ulen : 0;
	}

	return len >= mfraw_l4_min(l4->proto) ? len : 0;
}

/* Compute the sum of the pseudo header. */
static __wsum mfraw_pseudo_sum(const u8 *ip, const struct mfraw_l4 *l4, u32 len)
{
	if (l4->v6) {
		const struct ipv6hdr *ip6 = (const struct ipv6hdr *)ip;

		return csum_unfold(~csum_ipv6_magic(&ip6->saddr, &ip6->daddr,
						    len, l4->proto, 0));
	} else {
		const struct iphdr *ip4 = (const struct iphdr *)ip;

		return csum_tcpudp_nofold(ip4->saddr, ip4->daddr, len,
					  l4->proto, 0);
	}
}

/**
 * mfraw_csum_fill_at - fill in the checksums of a frame
 * @frame: the frame
 * @hdr: the frame's header, written here
 * @l4: the result of mfraw_find_l4()
 *
 * Context: any; the pages of the frame must be valid.
 */
void mfraw_csum_fill_at(const struct mf_frame *frame, u8 *hdr,
			const struct mfraw_l4 *l4)
{
	__sum16 *check;
	u32 len;

	if (!l4->v6) {
		struct iphdr *ip = (struct iphdr *)(hdr + l4->l3);

		ip_send_check(ip);
	}

	len = l4->off ? mfraw_l4_len(frame, l4) : 0;
	if (!len)
		return;
	check = (__sum16 *)(hdr + l4->off +
			    (l4->proto == IPPROTO_UDP ?
			     offsetof(struct udphdr, check) :
			     offsetof(struct tcphdr, check)));
	*check = 0;
	*check = csum_fold(csum_add(mfraw_pseudo_sum(hdr + l4->l3, l4, len),
				    mf_frame_sum(frame, l4->off, len)));
	if (l4->proto == IPPROTO_UDP && !*check)
		*check = CSUM_MANGLED_0;
}

/**
 * mfraw_csum_fill - fill in the checksums of a frame, if it has some
 * @frame: the frame
 * @hdr: the frame's header, written here
 *
 * Frames that are not IP do not change, nor do TCP and UDP checksums in
 * fragments and with invalid lengths.
 *
 * Context: any; the pages of the frame must be valid.
 */
void mfraw_csum_fill(const struct mf_frame *frame, u8 *hdr)
{
	struct mfraw_l4 l4;

	if (mfraw_find_l4(hdr, frame->hdr_len, &l4))
		mfraw_csum_fill_at(frame, hdr, &l4);
}

/* mfraw_sum_start() for frames of any form. */
static noinline void mfraw_sum_start_any(struct mfraw_sum *s,
					 const struct mf_frame *frame)
{
	struct mfraw_l4 l4;
	const u8 *ip;
	u32 len, n;

	if (!mfraw_find_l4(frame->hdr, frame->hdr_len, &l4) || !l4.off)
		return;
	ip = frame->hdr + l4.l3;
	if (!l4.v6 && ip_fast_csum(ip, ((const struct iphdr *)ip)->ihl))
		return;
	/* The sender has left out the checksum. */
	if (l4.proto == IPPROTO_UDP &&
	    !((const struct udphdr *)(frame->hdr + l4.off))->check)
		return;
	len = mfraw_l4_len(frame, &l4);
	if (!len)
		return;

	n = min_t(u32, len, frame->hdr_len - l4.off);
	s->sum = csum_partial(frame->hdr + l4.off, n,
			      mfraw_pseudo_sum(ip, &l4, len));
	s->done = n;
	s->left = len - n;
}

/**
 * mfraw_sum_start - start to verify the checksums of a received frame
 * @s: zeroed; stays zero if the frame has no TCP or UDP checksum, or if its
 *	IPv4 checksum is wrong
 * @frame: the frame
 *
 * Context: any.
 */
void mfraw_sum_start(struct mfraw_sum *s, const struct mf_frame *frame)
{
	const u32 hdrs = ETH_HLEN + sizeof(struct iphdr);
	const u8 *hdr = frame->hdr;
	const struct iphdr *ip = (const struct iphdr *)(hdr + ETH_HLEN);
	struct mfraw_short_sum sums;
	u32 len = 0, n;

	if (likely(((const struct ethhdr *)hdr)->h_proto == htons(ETH_P_IP)))
		len = mfraw_short_l4(hdr, frame->hdr_len, frame->len);
	if (unlikely(!len)) {
		mfraw_sum_start_any(s, frame);
		return;
	}
	/* The sender has left out the checksum. */
	if (ip->protocol == IPPROTO_UDP &&
	    unlikely(!((const struct udphdr *)(ip + 1))->check))
		return;

	n = min_t(u32, len, frame->hdr_len - hdrs);
	sums = mfraw_short_sums(hdr, len, n);
	if (unlikely(mfraw_short_fold(sums.ip) != 0xffff))
		return;
	s->sum = mfraw_short_wsum(sums.l4);
	s->done = n;
	s->left = len - n;
}

static ssize_t rx_csum_show(struct device *device,
			    struct device_attribute *attr, char *buf)
{
	struct mfraw_dev *dev = dev_get_drvdata(device);

	return sysfs_emit(buf, "%d\n", READ_ONCE(dev->rx_csum));
}

static ssize_t rx_csum_store(struct device *device,
			     struct device_attribute *attr,
			     const char *buf, size_t count)
{
	struct mfraw_dev *dev = dev_get_drvdata(device);
	bool on;
	int err;

	err = kstrtobool(buf, &on);
	if (err)
		return err;
	WRITE_ONCE(dev->rx_csum, on);

	return count;
}
static DEVICE_ATTR_RW(rx_csum);

static struct attribute *mfraw_offload_attrs[] = {
	&dev_attr_rx_csum.attr,
	NULL
};

const struct attribute_group mfraw_offload_group = {
	.name = "offload",
	.attrs = mfraw_offload_attrs,
};
