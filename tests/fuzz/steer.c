// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Keys of frames, the shortcuts that leave out parsing, and changes of vlan tags.
 */
#include <linux/mf_frame.h>

#include "fuzz.h"
#include "mfnic/steer/edit.h"
#include "mfsteer/flow_key.h"

#define MAX_LEN	400

static u8 bytes[2][MAX_LEN];

void fuzz_init(void)
{
	mf_key_init();
}

static bool same_key(const struct mf_flow_key *a, const struct mf_flow_key *b,
		     int depth)
{
	if (memcmp(a, b, 2 * ETH_ALEN) || depth == MF_KEY_MACS)
		return !memcmp(a, b, 2 * ETH_ALEN);
	if (depth == MF_KEY_L4)
		return !memcmp(a, b, sizeof(*a));

	return a->ethertype == b->ethertype && a->vlan_tpid == b->vlan_tpid &&
	       a->vlan_tci == b->vlan_tci && a->vlan_tags == b->vlan_tags;
}

/* Parsing in steps gives what parsing at once gives, and a shortcut never errs. */
static void keys(struct fuzz_frame f[2], struct fuzz_in *in)
{
	struct mf_flow_key whole[2];
	struct mf_parse parse[2];
	int i, depth;

	for (i = 0; i < 2; i++) {
		memset(&whole[i], 0xff, sizeof(whole[i]));
		mf_key_parse(&whole[i], MF_KEY_L4, &f[i].frame);
		memset(&parse[i], 0xa5, sizeof(parse[i]));
		mf_parse_init(&parse[i], &f[i].frame);
		for (depth = 0; depth <= MF_KEY_L4; depth += 1 + fuzz_u8(in) % 2) {
			mf_parse_to(&parse[i], depth);
			fuzz_check(same_key(&parse[i].key, &whole[i], depth));
		}
		fuzz_check(!whole[i].reserved);
	}
	for (depth = -1; depth <= MF_KEY_L4; depth++) {
		bool same = depth >= 0 && same_key(&whole[0], &whole[1], depth);

		if (mf_same_flow(depth, &f[0].frame, &f[1].frame))
			fuzz_check(same);
		if (mf_same_l2(depth, f[0].frame.hdr, f[1].frame.hdr))
			fuzz_check(same);
		mf_parse_init(&parse[0], &f[0].frame);
		mf_parse_init(&parse[1], &f[1].frame);
		if (depth >= 0)
			mf_parse_to(&parse[1], depth);
		fuzz_check(mf_parse_same(&parse[0], &parse[1]) == same);
	}
	fuzz_check(mf_same_macs(f[0].frame.hdr, f[1].frame.hdr) ==
		   !memcmp(f[0].frame.hdr, f[1].frame.hdr, 2 * ETH_ALEN));
}

/* A tag that is pushed can be popped, and the other way round. */
static void edits(const struct mf_frame *frame, struct fuzz_in *in)
{
	u8 was[MAX_LEN + MF_FRAME_TAGS * VLAN_HLEN], now[sizeof(was)];
	unsigned int pushed = 0, popped = 0, steps;
	struct mf_flow_key key;
	struct mfnic_edit edit;
	u32 len;

	mfnic_edit_start(&edit, frame);
	for (steps = fuzz_u8(in) % 24; steps; steps--) {
		len = edit.frame.len;
		mf_frame_copy(was, &edit.frame);
		fuzz_check(edit.frame.hdr_len + mf_frame_frags_len(&edit.frame) == len);
		fuzz_check(edit.frame.hdr_len <= MF_FRAME_HDR_MAX);
		if (fuzz_u8(in) % 2) {
			__be16 tpid = htons(fuzz_u8(in) & 1 ? ETH_P_8021Q : ETH_P_8021AD);
			u16 tci = fuzz_u16(in);

			if (!mfnic_edit_vlan_push(&edit, tpid, tci)) {
				fuzz_check(pushed == MF_FRAME_TAGS + popped);
				continue;
			}
			pushed++;
			mf_key_parse(&key, MF_KEY_L2, &edit.frame);
			fuzz_check(key.vlan_tpid == tpid && key.vlan_tci == htons(tci));
			if (fuzz_u8(in) % 4)
				continue;
			fuzz_check(mfnic_edit_vlan_pop(&edit));
			pushed--;
		} else {
			__be16 tpid = *(__be16 *)(was + 12), tci = *(__be16 *)(was + 14);
			bool full = edit.frame.hdr_len >= VLAN_ETH_HLEN;

			if (!mfnic_edit_vlan_pop(&edit)) {
				fuzz_check(!full || !eth_type_vlan(tpid));
				continue;
			}
			popped++;
			fuzz_check(edit.frame.hdr_len >= MF_FRAME_MIN);
			fuzz_check(edit.frame.len == len - VLAN_HLEN);
			mf_frame_copy(now, &edit.frame);
			fuzz_check(!memcmp(now, was, 2 * ETH_ALEN));
			fuzz_check(!memcmp(now + 12, was + 16, len - 16));
			if (fuzz_u8(in) % 4)
				continue;
			fuzz_check(mfnic_edit_vlan_push(&edit, tpid, ntohs(tci)));
			popped--;
		}
		fuzz_check(edit.frame.len == len);
		mf_frame_copy(now, &edit.frame);
		fuzz_check(!memcmp(now, was, len));
	}
	len = frame->len;
	mf_frame_copy(now, frame);
	fuzz_check(!memcmp(now, bytes[0], len));
}

void fuzz_one(struct fuzz_in *in)
{
	struct fuzz_frame f[2];
	u32 len[2], hdr, i;

	len[0] = fuzz_packet(in, bytes[0], MAX_LEN);
	if (fuzz_u8(in) % 4) {
		len[1] = len[0];
		memcpy(bytes[1], bytes[0], MAX_LEN);
		for (i = fuzz_u8(in) % 4; i; i--)
			bytes[1][fuzz_u8(in) % 128 % len[1]] ^= 1 << fuzz_u8(in) % 8;
	} else {
		len[1] = fuzz_packet(in, bytes[1], MAX_LEN);
	}
	for (i = 0; i < 2; i++) {
		hdr = MF_FRAME_HDR + fuzz_u8(in) % (MF_FRAME_HDR_SEND - MF_FRAME_HDR + 1);
		fuzz_frame(&f[i], bytes[i], len[i], min(hdr, len[i]), in);
	}
	rcu_read_lock();
	keys(f, in);
	edits(&f[0].frame, in);
	rcu_read_unlock();
}
