// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the frame library: each function sees the same bytes of a frame, at
 * any border between its pieces.
 */
#include <linux/mf_frame.h>

#include "mf_kunit.h"
#include "mf_test.h"

MODULE_DESCRIPTION("KUnit tests of frames of NIC queue blocks");
MODULE_LICENSE("Dual BSD/GPL");

#define FRAME_FRAGS	6
#define FRAME_MAX	2048
#define FRAME_GUARD	0xa5

/**
 * struct frame_shape - lengths of the pieces of a frame in bytes
 * @hdr: length of the header
 * @n: number of fragments
 * @frags: length of each fragment
 */
struct frame_shape {
	u32	hdr;
	u32	n;
	u32	frags[FRAME_FRAGS];
};

static const struct frame_shape frame_shapes[] = {
	{ 14, 0, {} },
	{ 128, 0, {} },
	{ 14, 1, { 1 } },
	{ 15, 1, { 49 } },
	{ 128, 1, { 1386 } },
	{ 128, 2, { 1, 1 } },
	{ 33, 3, { 1, 3, 2 } },
	{ 128, 3, { 700, 1, 500 } },
	{ 14, 6, { 3, 5, 7, 9, 11, 13 } },
	/* Fragments without a byte: only, first, in the middle and last. */
	{ 60, 1, { 0 } },
	{ 60, 3, { 0, 0, 0 } },
	{ 60, 2, { 0, 9 } },
	{ 60, 4, { 4, 0, 0, 5 } },
	{ 60, 3, { 8, 0, 0 } },
};

/**
 * struct frame_world - a frame in pieces and as a whole
 * @frame: the frame
 * @frags: fragments of @frame, each in a page of its own
 * @hdr: header of @frame
 * @pages: memory of @frags
 * @wire: all bytes of @frame
 * @copy: room for copies
 */
struct frame_world {
	struct mf_frame	frame;
	struct bio_vec	frags[FRAME_FRAGS];
	u8		hdr[MF_FRAME_HDR_MAX];
	u8		*pages[FRAME_FRAGS];
	u8		wire[FRAME_MAX];
	u8		copy[FRAME_MAX];
};

static struct frame_world *frame_world(struct kunit *test)
{
	struct frame_world *w = mf_test_alloc(test, sizeof(*w));
	unsigned int i;

	for (i = 0; i < FRAME_FRAGS; i++) {
		w->pages[i] = (u8 *)kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, w->pages[i]);
	}

	return w;
}

/* Cut the bytes at @w->wire into a frame. */
static void frame_cut(struct frame_world *w, const struct frame_shape *shape)
{
	u32 i, len = shape->hdr;

	memcpy(w->hdr, w->wire, shape->hdr);
	for (i = 0; i < shape->n; i++) {
		/* Fragments begin at odd and even addresses. */
		u8 *at = w->pages[i] + 3 + i;

		memcpy(at, w->wire + len, shape->frags[i]);
		bvec_set_virt(&w->frags[i], at, shape->frags[i]);
		len += shape->frags[i];
	}
	w->frame = (struct mf_frame){
		.hdr = w->hdr,
		.hdr_len = shape->hdr,
		.len = len,
		.frags = w->frags,
		.nr_frags = shape->n,
	};
	memset(w->copy, FRAME_GUARD, sizeof(w->copy));
}

static void frame_make(struct frame_world *w, const struct frame_shape *shape,
		       struct rnd_state *rnd)
{
	prandom_bytes_state(rnd, w->wire, sizeof(w->wire));
	frame_cut(w, shape);
}

/* Have @len bytes been copied to @w->copy from @off on, and no more? */
static bool frame_copied(const struct frame_world *w, u32 off, u32 len)
{
	return !memcmp(w->copy, w->wire + off, len) &&
	       !memchr_inv(w->copy + len, FRAME_GUARD, sizeof(w->copy) - len);
}

static void frame_copy(struct kunit *test)
{
	struct frame_world *w = frame_world(test);
	struct rnd_state rnd;
	unsigned int i;

	mf_test_seed(&rnd);
	for (i = 0; i < ARRAY_SIZE(frame_shapes); i++) {
		frame_make(w, &frame_shapes[i], &rnd);
		mf_frame_copy(w->copy, &w->frame);
		KUNIT_EXPECT_TRUE(test, frame_copied(w, 0, w->frame.len));
		KUNIT_EXPECT_EQ(test, frame_shapes[i].hdr +
				      mf_frame_frags_len(&w->frame),
				w->frame.len);
	}
}

static struct mf_frame_iter frame_at(const struct frame_world *w, u32 off)
{
	struct mf_frame_iter it = MF_FRAME_ITER_INIT(&w->frame);

	mf_frame_seek(&it, off);

	return it;
}

/*
 * A reader gets each byte once, from any offset on. It may read less of a piece
 * than it gets.
 */
static void frame_pieces(struct kunit *test)
{
	struct frame_world *w = frame_world(test);
	struct rnd_state rnd;
	unsigned int i, calls;
	u32 off, n;

	mf_test_seed(&rnd);
	for (i = 0; i < ARRAY_SIZE(frame_shapes); i++) {
		frame_make(w, &frame_shapes[i], &rnd);
		for (off = 0; off <= w->frame.len; off++) {
			struct mf_frame_piece piece;
			struct mf_frame_iter it;
			u32 pos = off, max;

			it = frame_at(w, off);
			for (calls = 0; calls < FRAME_MAX; calls++) {
				max = 1 + mf_test_below(&rnd, 200);
				if (!mf_frame_peek(&it, max, &piece))
					break;
				n = piece.len;
				KUNIT_ASSERT_LE(test, n, max);
				KUNIT_ASSERT_LE(test, n, piece.rest);
				KUNIT_ASSERT_LE(test, pos + n, w->frame.len);
				KUNIT_ASSERT_EQ(test, 0,
						memcmp(piece.data,
						       w->wire + pos, n));
				if (n)
					n = 1 + mf_test_below(&rnd, n);
				mf_frame_advance(&it, &piece, n);
				pos += n;
			}
			KUNIT_ASSERT_EQ(test, pos, w->frame.len);
			/* The end is the end. */
			KUNIT_ASSERT_FALSE(test, mf_frame_peek(&it, 1, &piece));
		}
	}
}

/* A piece ends where the header or a fragment ends, and not before. */
static void frame_borders(struct kunit *test)
{
	static const struct frame_shape shape = { 60, 4, { 0, 7, 0, 30 } };
	static const u32 want[] = { 60, 0, 7, 0, 30 };
	struct frame_world *w = frame_world(test);
	struct mf_frame_piece piece;
	struct mf_frame_iter it;
	struct rnd_state rnd;
	unsigned int i;

	mf_test_seed(&rnd);
	frame_make(w, &shape, &rnd);
	it = frame_at(w, 0);
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		KUNIT_ASSERT_TRUE(test, mf_frame_peek(&it, UINT_MAX, &piece));
		KUNIT_EXPECT_EQ(test, piece.len, want[i]);
		KUNIT_EXPECT_EQ(test, piece.rest, want[i]);
		mf_frame_advance(&it, &piece, piece.len);
	}
	KUNIT_EXPECT_FALSE(test, mf_frame_peek(&it, UINT_MAX, &piece));
}

/* Read like a receive queue: the header first, then the fragments. */
static void frame_take(struct mf_frame_iter *it, u8 *to, u32 len)
{
	struct mf_frame_piece piece;

	if (it->frag < 0) {
		u32 n = mf_frame_read_hdr(it, to, len);

		to += n;
		len -= n;
	}
	while (len && mf_frame_peek_frag(it, len, &piece)) {
		memcpy(to, piece.data, piece.len);
		mf_frame_advance(it, &piece, piece.len);
		to += piece.len;
		len -= piece.len;
	}
}

/* The buffers of a receive end anywhere, whatever the pieces of the frame. */
static void frame_parts(struct kunit *test)
{
	struct frame_world *w = frame_world(test);
	struct rnd_state rnd;
	unsigned int i, k;
	u32 pos, part;

	mf_test_seed(&rnd);
	for (i = 0; i < ARRAY_SIZE(frame_shapes); i++) {
		for (k = 0; k < 200; k++) {
			struct mf_frame_iter it = MF_FRAME_ITER_INIT(&w->frame);

			frame_make(w, &frame_shapes[i], &rnd);
			for (pos = 0; pos < w->frame.len; pos += part) {
				part = w->frame.len - pos;
				part = 1 + mf_test_below(&rnd, part);
				frame_take(&it, w->copy + pos, part);
			}
			KUNIT_ASSERT_TRUE(test, frame_copied(w, 0, pos));
			/* Nothing is left. */
			frame_take(&it, w->copy + pos, 1);
			KUNIT_ASSERT_TRUE(test, frame_copied(w, 0, pos));
		}
	}
}

/* Bytes behind the end of a frame are not written. */
static void frame_read(struct kunit *test)
{
	struct frame_world *w = frame_world(test);
	struct rnd_state rnd;
	unsigned int i, k;

	mf_test_seed(&rnd);
	for (i = 0; i < ARRAY_SIZE(frame_shapes); i++) {
		frame_make(w, &frame_shapes[i], &rnd);
		for (k = 0; k < 300; k++) {
			u32 off = mf_test_below(&rnd, w->frame.len + 1);
			u32 left = w->frame.len - off;
			u32 n = mf_test_below(&rnd, left + 20);
			u32 first = n ? mf_test_below(&rnd, n) : 0;
			struct mf_frame_iter it;

			memset(w->copy, FRAME_GUARD, sizeof(w->copy));
			it = frame_at(w, off);
			mf_frame_read(&it, w->copy, first);
			mf_frame_read(&it, w->copy + min(first, left),
				      n - first);
			n = min(n, left);
			KUNIT_ASSERT_TRUE(test, frame_copied(w, off, n));
		}
	}
}

/* The copy is complete, and the sum leaves out @skip bytes. */
static void frame_copies_sum(struct kunit *test, struct frame_world *w,
			     u32 skip)
{
	u32 len = w->frame.len;
	__wsum sum;

	sum = mf_frame_copy_sum(w->copy, &w->frame, skip);
	KUNIT_ASSERT_TRUE(test, frame_copied(w, 0, len));
	KUNIT_ASSERT_TRUE(test, mf_test_same_sum(sum, w->wire + skip,
						 len - skip));
}

static void frame_copy_sum(struct kunit *test)
{
	struct frame_world *w = frame_world(test);
	struct rnd_state rnd;
	unsigned int i, skip;

	mf_test_seed(&rnd);
	for (i = 0; i < ARRAY_SIZE(frame_shapes); i++) {
		for (skip = 0; skip <= ETH_HLEN; skip += ETH_HLEN) {
			frame_make(w, &frame_shapes[i], &rnd);
			frame_copies_sum(test, w, skip);
		}
	}
}

/* The bytes of a sum are pairs of the frame, not of its pieces. */
static void frame_copy_sum_random(struct kunit *test)
{
	struct frame_world *w = frame_world(test);
	struct frame_shape shape;
	struct rnd_state rnd;
	unsigned int i, k;

	mf_test_seed(&rnd);
	for (i = 0; i < 2000; i++) {
		shape.hdr = ETH_HLEN + mf_test_below(&rnd, MF_FRAME_HDR);
		shape.n = i & 1 ? mf_test_below(&rnd, FRAME_FRAGS + 1) : 0;
		for (k = 0; k < shape.n; k++)
			shape.frags[k] = mf_test_below(&rnd, i & 2 ? 4 : 300);
		frame_make(w, &shape, &rnd);
		frame_copies_sum(test, w, ETH_HLEN);
	}
}

static void frame_sum(struct kunit *test)
{
	struct frame_world *w = frame_world(test);
	struct rnd_state rnd;
	unsigned int i, k;

	mf_test_seed(&rnd);
	for (i = 0; i < ARRAY_SIZE(frame_shapes); i++) {
		frame_make(w, &frame_shapes[i], &rnd);
		for (k = 0; k < 300; k++) {
			u32 off = mf_test_below(&rnd, w->frame.hdr_len + 1);
			u32 len = mf_test_below(&rnd, w->frame.len - off + 1);
			__wsum sum = mf_frame_sum(&w->frame, off, len);

			KUNIT_ASSERT_TRUE(test,
					  mf_test_same_sum(sum, w->wire + off,
							   len));
		}
	}
}

/* The check value of CRC-32, with the border at each place. */
static void frame_crc_vector(struct kunit *test)
{
	struct frame_world *w = frame_world(test);
	struct frame_shape shape = { .n = 3 };
	u32 a, b;

	memcpy(w->wire, "123456789", 9);
	for (a = 0; a <= 9; a++) {
		for (b = 0; b <= 9 - a; b++) {
			shape.hdr = a;
			shape.frags[0] = b;
			shape.frags[1] = 0;
			shape.frags[2] = 9 - a - b;
			frame_cut(w, &shape);
			KUNIT_EXPECT_EQ(test, mf_frame_crc(&w->frame),
					0xcbf43926);
		}
	}
}

/*
 * IEEE 802.3, 3.2.9: over a frame with its frame check sequence, the result is
 * the same for all frames.
 */
static void frame_crc(struct kunit *test)
{
	struct frame_world *w = frame_world(test);
	struct frame_shape shape;
	struct rnd_state rnd;
	unsigned int i;
	__le32 fcs;

	mf_test_seed(&rnd);
	for (i = 0; i < ARRAY_SIZE(frame_shapes); i++) {
		shape = frame_shapes[i];
		frame_make(w, &shape, &rnd);
		fcs = cpu_to_le32(mf_frame_crc(&w->frame));
		KUNIT_EXPECT_EQ(test, ~le32_to_cpu(fcs),
				mf_test_crc(~0, w->wire, w->frame.len));
		if (shape.n == FRAME_FRAGS)
			continue;
		memcpy(w->wire + w->frame.len, &fcs, sizeof(fcs));
		shape.frags[shape.n++] = sizeof(fcs);
		frame_cut(w, &shape);
		KUNIT_EXPECT_EQ(test, ~mf_frame_crc(&w->frame), 0xdebb20e3);
	}
}

static unsigned int frame_fills;

static void frame_fill(const struct mf_frame *frame, u8 *copy)
{
	frame_fills++;
	if (copy)
		memcpy(copy + frame->len - MF_FRAME_TRAILER, "icrc",
		       MF_FRAME_TRAILER);
}

/* A copy has its own trailer, in header and pages, and across their borders. */
static void frame_trailer(struct kunit *test)
{
	struct frame_world *w = frame_world(test);
	struct frame_shape shape = { .n = 2 };
	u32 hdr, i;

	for (hdr = 18; hdr < 50; hdr++) {
		for (i = 0; i < 24; i++) {
			memset(w->wire, hdr, sizeof(w->wire));
			shape.hdr = hdr;
			shape.frags[0] = i / 6;
			shape.frags[1] = i % 6;
			frame_cut(w, &shape);
			w->frame.fill_trailer = frame_fill;
			frame_fill(&w->frame, w->wire);

			mf_frame_copy(w->copy, &w->frame);
			KUNIT_ASSERT_TRUE(test,
					  frame_copied(w, 0, w->frame.len));
			memset(w->copy, FRAME_GUARD, sizeof(w->copy));
			frame_copies_sum(test, w, ETH_HLEN);
		}
	}

	frame_fills = 0;
	mf_frame_fill_trailer(&w->frame, NULL);
	KUNIT_EXPECT_EQ(test, frame_fills, 1);
	w->frame.fill_trailer = NULL;
	mf_frame_fill_trailer(&w->frame, NULL);
	KUNIT_EXPECT_EQ(test, frame_fills, 1);
}

/* Memory is split at the borders of pages and nowhere else. */
static void frame_split(struct kunit *test)
{
	u8 *data = mf_test_alloc(test, 4 * PAGE_SIZE);
	struct bio_vec frags[5];
	struct rnd_state rnd;
	unsigned int i, k, n;

	mf_test_seed(&rnd);
	for (i = 0; i < 500; i++) {
		u32 off = mf_test_below(&rnd, PAGE_SIZE);
		u32 len = mf_test_below(&rnd, 3 * PAGE_SIZE), sum = 0;

		n = mf_frame_split(frags, data + off, len);
		for (k = 0; k < n; k++) {
			KUNIT_ASSERT_PTR_EQ(test, (u8 *)bvec_virt(&frags[k]),
					    data + off + sum);
			KUNIT_ASSERT_LE(test, frags[k].bv_offset +
					      frags[k].bv_len, PAGE_SIZE);
			KUNIT_ASSERT_GE(test, frags[k].bv_len, 1);
			sum += frags[k].bv_len;
			/* All but the last fragment end with their page. */
			if (k < n - 1)
				KUNIT_ASSERT_EQ(test, 0,
						offset_in_page(data + off +
							       sum));
		}
		KUNIT_ASSERT_EQ(test, sum, len);
	}
}

/* Build a frame with @n tags, the innermost one with vlan @n. */
static void frame_tagged(struct mf_test_frame *t, unsigned int n)
{
	unsigned int i;

	mf_test_eth(t, 2, n ? ETH_P_8021AD : ETH_P_IP);
	for (i = 1; i <= n; i++)
		mf_test_tag(t, i, i < n ? ETH_P_8021Q : ETH_P_IP);
}

static void frame_tags(struct kunit *test)
{
	struct mf_test_frame t;
	unsigned int n, max;
	__be16 type;
	bool found;
	u16 off;

	for (n = 0; n <= 2 * MF_FRAME_TAGS; n++) {
		frame_tagged(&t, n);
		for (max = 0; max <= 2 * MF_FRAME_TAGS; max++) {
			found = mf_frame_l3(t.data, t.frame.len, max, &off,
					    &type);
			KUNIT_EXPECT_EQ(test, found, n <= max);
			if (!found)
				continue;
			KUNIT_EXPECT_EQ(test, off, ETH_HLEN + n * VLAN_HLEN);
			KUNIT_EXPECT_EQ(test, ntohs(type), ETH_P_IP);
		}
	}
}

/* A tag counts only if the header has all of it. */
static void frame_tags_cut(struct kunit *test)
{
	struct mf_test_frame t;
	unsigned int n;
	__be16 type;
	bool found;
	u16 off;
	u32 len;

	for (n = 1; n <= MF_FRAME_TAGS; n++) {
		frame_tagged(&t, n);
		mf_test_push(&t, 20);
		for (len = ETH_HLEN; len < t.frame.len; len++) {
			found = mf_frame_l3(t.data, len, MF_FRAME_TAGS, &off,
					    &type);
			KUNIT_EXPECT_EQ(test, found,
					len >= ETH_HLEN + n * VLAN_HLEN);
			KUNIT_EXPECT_LE(test, off, len);
		}
	}
}

/* The longest header ends the search in a frame that has nothing but tags. */
static void frame_tags_only(struct kunit *test)
{
	struct mf_test_frame t;
	__be16 type;
	u16 off;

	mf_test_eth(&t, 2, ETH_P_8021Q);
	while (t.frame.len + VLAN_HLEN <= MF_FRAME_HDR_MAX)
		mf_test_tag(&t, 1, ETH_P_8021Q);
	KUNIT_EXPECT_FALSE(test, mf_frame_l3(t.data, t.frame.len, UINT_MAX,
					     &off, &type));
	/* Another type in the last tag is found. */
	((__be16 *)(t.data + t.frame.len))[-1] = htons(ETH_P_IPV6);
	KUNIT_EXPECT_TRUE(test, mf_frame_l3(t.data, t.frame.len, UINT_MAX,
					    &off, &type));
	KUNIT_EXPECT_EQ(test, off, t.frame.len);
	KUNIT_EXPECT_EQ(test, ntohs(type), ETH_P_IPV6);
}

static void frame_tag(struct kunit *test)
{
	const struct vlan_hdr *tag;
	struct mf_test_frame t;

	frame_tagged(&t, 2);
	tag = mf_frame_tag(t.data, t.frame.len, ETH_HLEN, htons(ETH_P_8021AD));
	KUNIT_ASSERT_PTR_EQ(test, (const u8 *)tag, t.data + ETH_HLEN);
	KUNIT_EXPECT_EQ(test, ntohs(tag->h_vlan_TCI), 1);
	tag = mf_frame_tag(t.data, t.frame.len, ETH_HLEN + VLAN_HLEN,
			   tag->h_vlan_encapsulated_proto);
	KUNIT_ASSERT_NOT_NULL(test, tag);
	KUNIT_EXPECT_EQ(test, ntohs(tag->h_vlan_TCI), 2);
	KUNIT_EXPECT_NULL(test, mf_frame_tag(t.data, t.frame.len,
					     ETH_HLEN + 2 * VLAN_HLEN,
					     tag->h_vlan_encapsulated_proto));
	KUNIT_EXPECT_NULL(test, mf_frame_tag(t.data, t.frame.len - 1,
					     ETH_HLEN + VLAN_HLEN,
					     htons(ETH_P_8021Q)));
}

static void frame_dissect_at(const struct mf_test_frame *t, u32 hdr_len,
			     struct flow_keys *keys)
{
	struct mf_frame frame = t->frame;

	frame.hdr_len = hdr_len;
	memset(keys, 0, sizeof(*keys));
	rcu_read_lock();
	mf_frame_dissect(&frame, &flow_keys_dissector, keys, htons(ETH_P_IP),
			 ETH_HLEN);
	rcu_read_unlock();
}

/* Only what the header has is parsed, whatever lies behind. */
static void frame_dissect_cut(struct kunit *test)
{
	const u32 ip = ETH_HLEN + sizeof(struct iphdr);
	const u32 ports = ip + 2 * sizeof(__be16);
	struct mf_test_frame t;
	struct flow_keys keys;
	u32 len;

	mf_test_eth(&t, 2, ETH_P_IP);
	mf_test_ipv4(&t, IPPROTO_UDP, 0);
	mf_test_ports(&t, sizeof(struct udphdr));
	for (len = ETH_HLEN; len <= t.frame.len; len++) {
		frame_dissect_at(&t, len, &keys);
		KUNIT_EXPECT_EQ(test, keys.control.addr_type,
				len < ip ? 0 : FLOW_DISSECTOR_KEY_IPV4_ADDRS);
		KUNIT_EXPECT_EQ(test, ntohl(keys.addrs.v4addrs.src),
				len < ip ? 0 : 0x0a000001);
		KUNIT_EXPECT_EQ(test, ntohs(keys.ports.src),
				len < ports ? 0 : 1000);
		KUNIT_EXPECT_EQ(test, ntohs(keys.ports.dst),
				len < ports ? 0 : 2000);
	}
}

/* As in tc flower, the fields are those of the outermost headers. */
static void frame_dissect_outer(struct kunit *test)
{
	struct mf_test_frame t;
	struct flow_keys keys;

	mf_test_eth(&t, 2, ETH_P_IP);
	mf_test_ipv4(&t, IPPROTO_IPIP, 0);
	mf_test_ipv4(&t, IPPROTO_UDP, 0)->saddr = htonl(0x0b000001);
	mf_test_ports(&t, sizeof(struct udphdr));
	frame_dissect_at(&t, t.frame.len, &keys);
	KUNIT_EXPECT_EQ(test, ntohl(keys.addrs.v4addrs.src), 0x0a000001);
	KUNIT_EXPECT_EQ(test, keys.basic.ip_proto, IPPROTO_IPIP);
	KUNIT_EXPECT_EQ(test, ntohl(keys.ports.ports), 0);
}

static struct kunit_case frame_cases[] = {
	KUNIT_CASE(frame_copy),
	KUNIT_CASE(frame_pieces),
	KUNIT_CASE(frame_borders),
	KUNIT_CASE(frame_parts),
	KUNIT_CASE(frame_read),
	KUNIT_CASE(frame_copy_sum),
	KUNIT_CASE(frame_copy_sum_random),
	KUNIT_CASE(frame_sum),
	KUNIT_CASE(frame_crc_vector),
	KUNIT_CASE(frame_crc),
	KUNIT_CASE(frame_trailer),
	KUNIT_CASE(frame_split),
	KUNIT_CASE(frame_tags),
	KUNIT_CASE(frame_tags_cut),
	KUNIT_CASE(frame_tags_only),
	KUNIT_CASE(frame_tag),
	KUNIT_CASE(frame_dissect_cut),
	KUNIT_CASE(frame_dissect_outer),
	{}
};

static struct kunit_suite mf_frame_suite = {
	.name = "mf_frame",
	.test_cases = frame_cases,
};

static int __init mf_frame_kunit_init(void)
{
	return 0;
}

static void __exit mf_frame_kunit_exit(void)
{
}

mf_kunit_module(mf_frame_kunit_init, mf_frame_kunit_exit, &mf_frame_suite);
