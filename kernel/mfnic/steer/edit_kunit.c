// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Tests of changes of headers. */
#include "kunit.h"

#include "steer/edit.c"

/* A pushed tag can be popped, and the original never changes. */
static void edit_push_pop(struct kunit *test)
{
	struct mf_test_frame t, before;
	struct mfnic_edit edit;

	mf_test_eth(&t, 9, ETH_P_8021Q);
	mf_test_tag(&t, 0x6005, ETH_P_IP);
	mf_test_ipv4(&t, IPPROTO_UDP, 0);
	mf_test_ports(&t, sizeof(struct udphdr));
	t.frame.len += 1000;
	before = t;

	mfnic_edit_start(&edit, &t.frame);
	KUNIT_EXPECT_PTR_EQ(test, edit.frame.hdr,
			    (const u8 *)mfnic_edit_hdr(&edit));
	KUNIT_EXPECT_MEMEQ(test, edit.frame.hdr, t.data, t.frame.hdr_len);

	KUNIT_EXPECT_TRUE(test, mfnic_edit_vlan_push(&edit, htons(ETH_P_8021AD),
						     7));
	KUNIT_EXPECT_EQ(test, edit.frame.len, before.frame.len + 4);
	KUNIT_EXPECT_EQ(test, edit.frame.hdr_len, before.frame.hdr_len + 4);
	KUNIT_EXPECT_MEMEQ(test, edit.frame.hdr, t.data, 2 * ETH_ALEN);
	KUNIT_EXPECT_MEMEQ(test, edit.frame.hdr + 12, "\x88\xa8\x00\x07", 4);
	KUNIT_EXPECT_MEMEQ(test, edit.frame.hdr + 16, t.data + 12,
			   before.frame.hdr_len - 12);

	KUNIT_EXPECT_TRUE(test, mfnic_edit_vlan_pop(&edit));
	KUNIT_EXPECT_EQ(test, edit.frame.len, before.frame.len);
	KUNIT_EXPECT_MEMEQ(test, edit.frame.hdr, t.data, before.frame.hdr_len);

	KUNIT_EXPECT_TRUE(test, mfnic_edit_vlan_pop(&edit));
	KUNIT_EXPECT_EQ(test, edit.frame.len, before.frame.len - 4);
	KUNIT_EXPECT_MEMEQ(test, edit.frame.hdr, t.data, 2 * ETH_ALEN);
	KUNIT_EXPECT_MEMEQ(test, edit.frame.hdr + 12, t.data + 16,
			   before.frame.hdr_len - 16);
	/* No tag is left. */
	KUNIT_EXPECT_FALSE(test, mfnic_edit_vlan_pop(&edit));
	KUNIT_EXPECT_MEMEQ(test, &before, &t, sizeof(t));
}

/* There is room for a fixed number of tags, and a pop makes room again. */
static void edit_room(struct kunit *test)
{
	struct mf_test_frame t;
	struct mfnic_edit edit;
	unsigned int i, round;

	mf_test_eth(&t, 9, ETH_P_IP);
	mfnic_edit_start(&edit, &t.frame);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < MF_FRAME_TAGS; i++)
			KUNIT_EXPECT_TRUE(test, mfnic_edit_vlan_push(&edit, htons(ETH_P_8021Q),
								     i));
		KUNIT_EXPECT_FALSE(test, mfnic_edit_vlan_push(&edit, htons(ETH_P_8021Q),
							      i));
		KUNIT_EXPECT_EQ(test, edit.off, 0);
		for (i = 0; i < MF_FRAME_TAGS; i++)
			KUNIT_EXPECT_TRUE(test, mfnic_edit_vlan_pop(&edit));
		KUNIT_EXPECT_FALSE(test, mfnic_edit_vlan_pop(&edit));
		KUNIT_EXPECT_EQ(test, edit.frame.len, t.frame.len);
		KUNIT_EXPECT_MEMEQ(test, edit.frame.hdr, t.data, t.frame.len);
	}
}

/* An incomplete tag or another type is not popped. */
static void edit_no_tag(struct kunit *test)
{
	static const u16 types[] = {
		ETH_P_IP, ETH_P_QINQ1, ETH_P_QINQ2, ETH_P_QINQ3, ETH_P_8021AH,
	};
	struct mf_test_frame t;
	struct mfnic_edit edit;
	unsigned int i;

	for (i = 0; i < VLAN_HLEN; i++) {
		mf_test_eth(&t, 9, ETH_P_8021Q);
		mf_test_push(&t, i);
		mfnic_edit_start(&edit, &t.frame);
		KUNIT_EXPECT_FALSE(test, mfnic_edit_vlan_pop(&edit));
		KUNIT_EXPECT_EQ(test, edit.frame.len, t.frame.len);
		KUNIT_EXPECT_MEMEQ(test, edit.frame.hdr, t.data, t.frame.len);
	}
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		mf_test_eth(&t, 9, types[i]);
		mf_test_push(&t, 40);
		mfnic_edit_start(&edit, &t.frame);
		KUNIT_EXPECT_FALSE(test, mfnic_edit_vlan_pop(&edit));
	}
}

/* The buffer of the original frame does not fit the copy. */
static void edit_forgets_skb(struct kunit *test)
{
	struct mf_test_frame t;
	struct mfnic_edit edit;

	mf_test_eth(&t, 9, ETH_P_IP);
	t.frame.cut = (struct mf_frame_cut *)&t;
	mfnic_edit_start(&edit, &t.frame);
	KUNIT_EXPECT_NULL(test, edit.frame.cut);
	KUNIT_EXPECT_PTR_EQ(test, t.frame.cut,
			    (struct mf_frame_cut *)&t);
}

/*
 * The longest header of a sender can grow to the longest header of a receiver.
 */
static void edit_longest(struct kunit *test)
{
	struct mf_test_frame t;
	struct mfnic_edit edit;
	struct rnd_state rnd;
	unsigned int i;

	mf_test_seed(&rnd);
	mf_test_eth(&t, 9, ETH_P_IP);
	prandom_bytes_state(&rnd, mf_test_push(&t, MF_FRAME_HDR_SEND - ETH_HLEN),
			    MF_FRAME_HDR_SEND - ETH_HLEN);
	t.frame.len = 1000;
	mfnic_edit_start(&edit, &t.frame);
	for (i = 0; i < MF_FRAME_TAGS; i++)
		KUNIT_EXPECT_TRUE(test, mfnic_edit_vlan_push(&edit, htons(ETH_P_8021Q),
							     i));
	KUNIT_EXPECT_FALSE(test, mfnic_edit_vlan_push(&edit, htons(ETH_P_8021Q),
						      i));
	KUNIT_EXPECT_EQ(test, edit.frame.hdr_len, MF_FRAME_HDR_MAX);
	KUNIT_EXPECT_EQ(test, edit.frame.len, 1000 + VLAN_HLEN * MF_FRAME_TAGS);
	KUNIT_EXPECT_PTR_EQ(test, edit.frame.hdr, (const u8 *)edit.room);
	KUNIT_EXPECT_MEMEQ(test, edit.frame.hdr, t.data, 2 * ETH_ALEN);
	KUNIT_EXPECT_MEMEQ(test,
			   edit.frame.hdr + 2 * ETH_ALEN +
			   VLAN_HLEN * MF_FRAME_TAGS,
			   t.data + 2 * ETH_ALEN,
			   MF_FRAME_HDR_SEND - 2 * ETH_ALEN);
}

/*
 * For headers of all lengths, pushes and pops have the same effect as on an
 * array.
 */
static void edit_random(struct kunit *test)
{
	u8 want[MF_FRAME_HDR_MAX];
	struct mf_test_frame t;
	struct mfnic_edit edit;
	struct rnd_state rnd;
	unsigned int len, hdr_len, i;

	mf_test_seed(&rnd);
	for (hdr_len = ETH_HLEN; hdr_len <= MF_FRAME_HDR_SEND; hdr_len++) {
		mf_test_eth(&t, 9, ETH_P_IP);
		prandom_bytes_state(&rnd, mf_test_push(&t, hdr_len - ETH_HLEN),
				    hdr_len - ETH_HLEN);
		t.frame.len += 77;
		mfnic_edit_start(&edit, &t.frame);
		memcpy(want, t.data, hdr_len);
		len = hdr_len;

		for (i = 0; i < 40; i++) {
			if (mf_test_below(&rnd, 3)) {
				u16 tci = prandom_u32_state(&rnd);

				if (!mfnic_edit_vlan_push(&edit,
							  htons(ETH_P_8021Q),
							  tci))
					continue;
				memmove(want + 16, want + 12, len - 12);
				put_unaligned_be32(0x81000000 | tci, want + 12);
				len += 4;
			} else if (mfnic_edit_vlan_pop(&edit)) {
				memmove(want + 12, want + 16, len - 16);
				len -= 4;
			}
			KUNIT_ASSERT_EQ(test, edit.frame.hdr_len, len);
			KUNIT_ASSERT_EQ(test, edit.frame.len, len + 77);
			KUNIT_ASSERT_MEMEQ(test, edit.frame.hdr, want, len);
			KUNIT_ASSERT_LE(test, edit.frame.hdr_len,
					MF_FRAME_HDR_MAX);
		}
	}
}

static struct kunit_case edit_cases[] = {
	KUNIT_CASE(edit_push_pop),
	KUNIT_CASE(edit_room),
	KUNIT_CASE(edit_no_tag),
	KUNIT_CASE(edit_forgets_skb),
	KUNIT_CASE(edit_longest),
	KUNIT_CASE(edit_random),
	{}
};

struct kunit_suite mfnic_edit_suite = {
	.name = "mfnic_edit",
	.test_cases = edit_cases,
};
