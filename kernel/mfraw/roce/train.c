// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Trains. Packets in the middle of a message differ only in their sequence
 * numbers and payload. Between two queue blocks of a NIC, up to
 * MFRAW_ROUND_PACKETS of them are one whole frame, see @mf_frame.cut, which is
 * built, steered and executed at once. Its header is that of the first packet,
 * with the flag MFRAW_BTH_ACK_REQ of the last one, and it has no ICRC. The parent
 * cuts it wherever packets of a wire are needed.
 *
 * A queue pair makes no trains while the number or the rate of its packets is
 * limited: by congestion control, by the operator, or by the uplink's device.
 */
#include <linux/slab.h>

#include "roce/train.h"

/* Trailers of packets that are cut are at the end of the page of trailers. */
#define MFRAW_TRAIN_TAILS	(PAGE_SIZE - MF_CUT_FRAMES * IB_ICRC_BYTES)

static_assert(MFRAW_BURST * 8 <= MFRAW_TRAIN_TAILS);
/* All headers of a packet are in the header of the train. */
static_assert(MFRAW_PATH_HDR + sizeof(struct mfraw_bth) + MFRAW_XRCETH_LEN <=
	      MF_FRAME_HDR);

/**
 * mfraw_trains_alloc - allocate the trains of a new queue pair
 * @roce: the queue pair
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int mfraw_trains_alloc(struct mfraw_roce *roce)
{
	if (roce->type == IB_QPT_UD)
		return 0;
	roce->trains = kvzalloc_obj(*roce->trains, GFP_KERNEL_ACCOUNT);

	return roce->trains ? 0 : -ENOMEM;
}

/**
 * mfraw_trains_free - free the trains of a queue pair
 * @roce: the queue pair, which may have none
 *
 * Context: sleeps.
 */
void mfraw_trains_free(struct mfraw_roce *roce)
{
	kvfree(roce->trains);
}

/**
 * mfraw_train_packets - choose the number of packets of the next frame
 * @roce: the queue pair, whose round has room for a packet
 * @most: number of packets that may be in a train
 *
 * Context: atomic, sq.lock.
 * Return: the number; more than 1 is a train.
 */
u32 mfraw_train_packets(const struct mfraw_roce *roce, u32 most)
{
	if (most <= 1 || !roce->trains || roce->no_trains || roce->cc.rate ||
	    roce->not_local || READ_ONCE(roce->qp->dev->qb->limited))
		return 1;

	return min3(most, MFRAW_TRAIN_MAX / roce->mtu, MFRAW_ROUND_PACKETS -
		    roce->qp->burst->nr_frames - roce->train_more);
}

/**
 * mfraw_train_add - make a train of a frame
 * @roce: the queue pair
 * @frame: the next frame of the round
 * @hdr_len: length of the header that each packet has, in bytes
 * @n: number of packets, at least 2
 *
 * Context: atomic, sq.lock.
 */
void mfraw_train_add(struct mfraw_roce *roce, struct mf_frame *frame,
		     u32 hdr_len, u32 n)
{
	struct mfraw_trains *t = roce->trains;
	struct mfraw_train *train = &t->of[roce->qp->burst->nr_frames];

	*train = (struct mfraw_train) {
		.cut = {
			.n = n,
			.size = roce->mtu,
			.hdr_len = hdr_len,
			.tail = IB_ICRC_BYTES,
			.tails = roce->tails,
			.tails_off = MFRAW_TRAIN_TAILS,
			.finish = mfraw_train_finish,
			.room = &t->room,
		},
		.bth = roce->path.len,
	};
	frame->cut = &train->cut;
	roce->train_more += n - 1;
}

/**
 * mfraw_trains_seal - end a round with trains before its frames are sent
 * @roce: the queue pair
 *
 * If some frames of a call are whole, all are. So the others become trains of
 * one packet, which is complete.
 *
 * Context: atomic, sq.lock.
 */
void mfraw_trains_seal(struct mfraw_roce *roce)
{
	struct mfraw_burst *b = roce->qp->burst;
	struct mfraw_trains *t = roce->trains;
	unsigned int i;

	for (i = 0; i < b->nr_frames; i++) {
		struct mf_frame *frame = &b->frames[i];

		if (frame->cut)
			continue;
		t->of[i].cut = (struct mf_frame_cut) {
			.n = 1,
			.size = frame->len - frame->hdr_len,
			.hdr_len = frame->hdr_len,
			.finish = mfraw_train_finish,
			.room = &t->room,
		};
		frame->cut = &t->of[i].cut;
	}
}

/**
 * mfraw_train_finish - complete a packet of a train, see @mf_frame_cut.finish
 * @whole: the train
 * @index: index of the packet
 * @frame: the packet
 * @hdr: its header
 *
 * Context: atomic, during the call that carries @whole.
 */
void mfraw_train_finish(const struct mf_frame *whole, u32 index,
			const struct mf_frame *frame, u8 *hdr)
{
	const struct mfraw_train *train =
		container_of(whole->cut, struct mfraw_train, cut);
	struct mfraw_bth *bth;
	u32 word, psn;

	if (whole->cut->n == 1)
		return;
	bth = (struct mfraw_bth *)(hdr + train->bth);
	word = be32_to_cpu(bth->psn);
	psn = mfraw_psn_add(word, index);
	if (index == whole->cut->n - 1)
		psn |= word & MFRAW_BTH_ACK_REQ;
	bth->psn = cpu_to_be32(psn);
}
