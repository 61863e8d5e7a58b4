// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The functions that read frames: all ways to read one give the same bytes and sums,
 * wherever its pieces begin and end. Cutting loses and invents no byte.
 */
#include <linux/mf_cut.h>
#include <linux/mf_rss.h>
#include <net/ip6_checksum.h>

#include "../../kernel/kunit/mf_test.h"
#include "fuzz.h"

#define MAX_LEN		6000

static u8 bytes[MAX_LEN], copy[MAX_LEN];
static struct mf_toeplitz *toeplitz;

void fuzz_init(void)
{
	u8 key[MF_TOEPLITZ_KEY_LEN];
	unsigned int i;

	for (i = 0; i < sizeof(key); i++)
		key[i] = i * 37 + 11;
	toeplitz = kzalloc(sizeof(*toeplitz), GFP_KERNEL);
	mf_toeplitz_set_key(toeplitz, key);
}

static void trailer(const struct mf_frame *frame, u8 *to)
{
	memcpy(to + frame->len - MF_FRAME_TRAILER, "tail", MF_FRAME_TRAILER);
}

/* Copy in one piece, with a sum, and by an iterator in steps. */
static void read_all(struct mf_frame *frame, struct fuzz_in *in)
{
	struct mf_frame_iter it = MF_FRAME_ITER_INIT(frame);
	u32 len = frame->len, skip, done, n;
	struct mf_frame_piece piece;

	mf_frame_copy(copy, frame);
	fuzz_check(!memcmp(copy, bytes, len));
	fuzz_check(mf_frame_frags_len(frame) == len - frame->hdr_len);
	fuzz_check((u32)~mf_frame_crc(frame) == crc32_le(~0, bytes, len));

	skip = round_down(fuzz_u8(in) % (frame->hdr_len + 1), 2);
	memset(copy, 0, len);
	fuzz_check(mf_test_same_sum(mf_frame_copy_sum(copy, frame, skip),
				    bytes + skip, len - skip));
	fuzz_check(!memcmp(copy, bytes, len));

	for (done = 0; mf_frame_peek(&it, fuzz_u8(in) + 1, &piece);) {
		n = piece.len ? 1 + fuzz_u8(in) % piece.len : 0;
		fuzz_check(done + piece.rest <= len);
		fuzz_check(!memcmp(piece.data, bytes + done, n));
		mf_frame_advance(&it, &piece, n);
		done += n;
	}
	fuzz_check(done == len);

	if (len - frame->hdr_len < MF_FRAME_TRAILER)
		return;
	frame->fill_trailer = trailer;
	mf_frame_copy(copy, frame);
	fuzz_check(mf_test_same_sum(mf_frame_copy_sum(copy, frame, skip), copy + skip,
				    len - skip));
	fuzz_check(!memcmp(copy, bytes, len - MF_FRAME_TRAILER));
	fuzz_check(!memcmp(copy + len - MF_FRAME_TRAILER, "tail", MF_FRAME_TRAILER));
	frame->fill_trailer = NULL;
}

/* Read a part from somewhere, and sum it up. */
static void read_part(const struct mf_frame *frame, struct fuzz_in *in)
{
	u32 off = fuzz_u16(in) % (frame->len + 1), len = fuzz_u16(in) % (MAX_LEN - off);
	struct mf_frame_iter it = MF_FRAME_ITER_INIT(frame);
	u32 n = min(len, frame->len - off), i;

	mf_frame_seek(&it, off);
	memset(copy, 0xa5, sizeof(copy));
	mf_frame_read(&it, copy, len);
	fuzz_check(!memcmp(copy, bytes + off, n));
	for (i = n; i < len; i++)
		fuzz_check(copy[i] == 0xa5);

	if (off < frame->hdr_len) {
		it = (struct mf_frame_iter)MF_FRAME_ITER_INIT(frame);
		it.off = off;
		i = mf_frame_read_hdr(&it, copy, n);
		fuzz_check(i == min(n, frame->hdr_len - off));
		mf_frame_read(&it, copy + i, n - i);
		fuzz_check(!memcmp(copy, bytes + off, n));
		fuzz_check(mf_test_same_sum(mf_frame_sum(frame, off, n), bytes + off, n));
	}
}

/* The hash of a flow reads no more than the header. */
static void hash(const struct mf_frame *frame)
{
	struct flow_keys keys;
	u32 fields;
	__be16 type;
	u16 off;

	rcu_read_lock();
	mf_rss_dissect(frame, &keys);
	rcu_read_unlock();
	fields = mf_rss_fields(&keys, MF_RSS_ADDRS | MF_RSS_PORTS);
	fuzz_check((fields & MF_RSS_ADDRS) == MF_RSS_ADDRS);
	mf_rss_hash(toeplitz, &keys, fields);
	if (mf_frame_l3(frame->hdr, frame->hdr_len, 2, &off, &type)) {
		fuzz_check(off <= frame->hdr_len && off <= ETH_HLEN + 2 * VLAN_HLEN);
		fuzz_check(!eth_type_vlan(type));
	}
}

static void finish(const struct mf_frame *whole, u32 index, const struct mf_frame *frame,
		   u8 *hdr)
{
	u32 size = whole->len - whole->cut->hdr_len - index * whole->cut->size;

	fuzz_check(frame->hdr == hdr);
	fuzz_check(frame->len == whole->cut->hdr_len + min(size, whole->cut->size));
	fuzz_check(frame->hdr_len >= min_t(u32, frame->len, MF_FRAME_HDR));
	fuzz_check(frame->hdr_len <= MF_FRAME_HDR_SEND);
	hdr[0] = index;
}

/* Cut one frame or two in a row, and join the payload again. */
static void cut_all(struct mf_frame *frame, struct fuzz_in *in)
{
	struct mf_cut_room *room = kzalloc(sizeof(*room), GFP_KERNEL);
	struct mf_frame whole[2] = { *frame, *frame };
	u32 hdr_len, payload, n, done = 0, count = 0;
	struct mf_frame_cut how = { .finish = finish, .room = room };
	const struct mf_frame *made;
	struct mf_cut cut;

	/* Only senders have whole frames. */
	if (frame->hdr_len > MF_FRAME_HDR_SEND)
		goto out;
	hdr_len = frame->hdr_len;
	hdr_len = ETH_HLEN + fuzz_u8(in) % (hdr_len - ETH_HLEN + 1);
	payload = frame->len - hdr_len;
	how.hdr_len = hdr_len;
	how.size = 1 + payload / 48 + fuzz_u16(in) % MAX_LEN;
	how.n = payload ? DIV_ROUND_UP(payload, how.size) : 1;
	whole[0].cut = &how;
	whole[1].cut = &how;
	fuzz_check(mf_frame_is_whole(whole));
	fuzz_check(mf_frame_wire_frames(whole, 2) == 2 * how.n);
	fuzz_check(mf_frame_wire_len(whole) == how.n * hdr_len + payload);

	mf_cut_start(&cut, whole, 2);
	while ((n = mf_cut_next(&cut, &made))) {
		fuzz_check(n <= MF_CUT_FRAMES);
		for (; n--; made++) {
			if (done == payload && count % how.n == 0)
				done = 0;
			fuzz_check(made->hdr_len + mf_frame_frags_len(made) == made->len);
			mf_frame_copy(copy, made);
			fuzz_check(copy[0] == (u8)(count % how.n));
			fuzz_check(!memcmp(copy + 1, bytes + 1, hdr_len - 1));
			fuzz_check(!memcmp(copy + hdr_len, bytes + hdr_len + done,
					   made->len - hdr_len));
			done += made->len - hdr_len;
			count++;
		}
	}
	fuzz_check(count == 2 * how.n && done == payload);
out:
	kfree(room);
}

/*
 * Finish the segments of a buffer as the kernel's own segmentation does: each has a
 * correct checksum.
 */
static void cut_skb(struct fuzz_frame *f, struct fuzz_in *in)
{
	bool v6 = fuzz_u8(in) & 1, tcp = fuzz_u8(in) & 1;
	u32 l4 = ETH_HLEN + (v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr));
	u32 hdr_len = l4 + (tcp ? sizeof(struct tcphdr) : sizeof(struct udphdr));
	u32 n, len, size = 40 + fuzz_u16(in) % 1500;
	struct skb_shared_info *info = kzalloc(sizeof(*info), GFP_KERNEL);
	struct mf_cut_room *room = kzalloc(sizeof(*room), GFP_KERNEL);
	const struct mf_frame *made;
	struct mf_frame_cut how;
	struct sk_buff skb = {};
	u8 *hdr = bytes;
	struct mf_cut cut;

	len = f->frame.len;
	if (len <= hdr_len || f->frame.hdr_len < hdr_len ||
	    f->frame.hdr_len > MF_FRAME_HDR_SEND)
		goto out;
	hdr[ETH_HLEN] = v6 ? 0x60 : 0x45;
	if (v6)
		((struct ipv6hdr *)(hdr + ETH_HLEN))->nexthdr = tcp ? IPPROTO_TCP : IPPROTO_UDP;
	else
		((struct iphdr *)(hdr + ETH_HLEN))->protocol = tcp ? IPPROTO_TCP : IPPROTO_UDP;
	memcpy((u8 *)f->frame.hdr, hdr, hdr_len);

	skb.head = (void *)info;	/* the shared part only */
	skb.data = skb.head;
	skb.len = len;
	skb.network_header = ETH_HLEN;
	skb.transport_header = l4;
	skb.csum_start = l4;
	skb.csum_offset = tcp ? offsetof(struct tcphdr, check) : offsetof(struct udphdr, check);
	skb.ip_summed = CHECKSUM_PARTIAL;
	info->gso_size = size;
	info->gso_type = tcp ? (v6 ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4) : SKB_GSO_UDP_L4;

	/* The stack leaves the sum of the pseudo header of the whole buffer. */
	hdr = (u8 *)f->frame.hdr;
	if (v6) {
		struct ipv6hdr *ip6 = (void *)(hdr + ETH_HLEN);

		*(__sum16 *)(hdr + l4 + skb.csum_offset) =
			~csum_ipv6_magic(&ip6->saddr, &ip6->daddr, len - l4, ip6->nexthdr, 0);
	} else {
		struct iphdr *ip = (void *)(hdr + ETH_HLEN);

		*(__sum16 *)(hdr + l4 + skb.csum_offset) =
			~csum_tcpudp_magic(ip->saddr, ip->daddr, len - l4, ip->protocol, 0);
	}
	how = (struct mf_frame_cut){
		.skb = &skb,
		.n = DIV_ROUND_UP(len - hdr_len, size),
		.size = size,
		.hdr_len = hdr_len,
		.finish = mf_cut_skb_finish,
		.room = room,
	};
	f->frame.cut = &how;
	mf_cut_start(&cut, &f->frame, 1);
	while ((n = mf_cut_next(&cut, &made))) {
		for (; n--; made++) {
			u8 *at = copy + l4;
			__sum16 sum;

			mf_frame_copy(copy, made);
			if (v6) {
				struct ipv6hdr *ip6 = (void *)(copy + ETH_HLEN);

				fuzz_check(ntohs(ip6->payload_len) == made->len - l4);
				sum = csum_ipv6_magic(&ip6->saddr, &ip6->daddr, made->len - l4,
						      ip6->nexthdr,
						      csum_partial(at, made->len - l4, 0));
			} else {
				struct iphdr *ip = (void *)(copy + ETH_HLEN);

				fuzz_check(ntohs(ip->tot_len) == made->len - ETH_HLEN);
				fuzz_check(!ip_fast_csum(ip, ip->ihl));
				sum = csum_tcpudp_magic(ip->saddr, ip->daddr, made->len - l4,
							ip->protocol,
							csum_partial(at, made->len - l4, 0));
			}
			fuzz_check(!sum);
		}
	}
	f->frame.cut = NULL;
out:
	kfree(room);
	kfree(info);
}

void fuzz_one(struct fuzz_in *in)
{
	u32 len, hdr_len, given;
	struct fuzz_frame f;

	/* Few frames are long, which are slow. */
	len = MF_FRAME_MIN + fuzz_u16(in) %
	      (fuzz_u8(in) % 8 ? 600 : MAX_LEN - MF_FRAME_MIN);
	hdr_len = min_t(u32, len, MF_FRAME_HDR +
			fuzz_u16(in) % (MF_FRAME_HDR_MAX - MF_FRAME_HDR + 1));
	given = min_t(u32, len, fuzz_u16(in) % 600);
	fuzz_bytes(in, bytes, given);
	memset(bytes + given, 0x5a, len - given);
	fuzz_frame(&f, bytes, len, hdr_len, in);
	read_all(&f.frame, in);
	read_part(&f.frame, in);
	hash(&f.frame);
	cut_all(&f.frame, in);
	cut_skb(&f, in);
}
