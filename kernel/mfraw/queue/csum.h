/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Checksums. The checksum of a received frame is verified while the frame is
 * copied. A second pass over the sender's pages would cost more, and might see
 * other bytes than those delivered.
 */
#ifndef MFRAW_CSUM_H
#define MFRAW_CSUM_H

#include <linux/mf_frame.h>
#include <linux/sysfs.h>
#include <net/checksum.h>

/**
 * struct mfraw_sum - the running checksum of a received frame
 * @sum: sum of the pseudo header and the bytes done; 0 for a frame without
 *	checksum
 * @done: bytes summed from the TCP or UDP header on
 * @left: bytes left to sum, in the frame's pages
 */
struct mfraw_sum {
	__wsum	sum;
	u32	done;
	u32	left;
};

/**
 * struct mfraw_l4 - offsets of the headers with checksums
 * @l3: offset of the IPv4 or IPv6 header
 * @off: offset of the TCP or UDP header; 0: none, or a fragment
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @v6: the frame is IPv6
 */
struct mfraw_l4 {
	u16	l3;
	u16	off;
	u8	proto;
	bool	v6;
};

extern const struct attribute_group mfraw_offload_group;
bool mfraw_find_l4(const u8 *hdr, u32 len, struct mfraw_l4 *l4);
void mfraw_csum_fill_at(const struct mf_frame *frame, u8 *hdr,
			const struct mfraw_l4 *l4);
void mfraw_csum_fill(const struct mf_frame *frame, u8 *hdr);
void mfraw_sum_start(struct mfraw_sum *s, const struct mf_frame *frame);

/*
 * Copy up to @len bytes, and sum them as far as the checksum covers them.
 * Returns the number of bytes copied.
 */
static inline u32 mfraw_sum_copy(struct mfraw_sum *s, void *to,
				 const void *from, u32 len)
{
	__wsum sum;

	if (!s->left) {
		memcpy(to, from, len);
		return len;
	}

	len = min(len, s->left);
	sum = csum_partial_copy_nocheck(from, to, len);
	s->sum = csum_block_add(s->sum, sum, s->done);
	s->done += len;
	s->left -= len;

	return len;
}

/* After the copy: does the frame have a correct checksum? */
static inline bool mfraw_sum_ok(const struct mfraw_sum *s)
{
	return !s->left && !csum_fold(s->sum);
}

#endif /* MFRAW_CSUM_H */
