/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Trains: packets that cross the NIC in one frame, see train.c.
 */
#ifndef MFRAW_TRAIN_H
#define MFRAW_TRAIN_H

#include <linux/mf_cut.h>
#include <linux/sizes.h>

#include "queue/burst.h"
#include "roce/roce.h"

struct mfraw_pkt;

/* Most payload of a train, as of a whole frame that sockets send. */
#define MFRAW_TRAIN_MAX		SZ_64K

/* Most packets of a round, those of trains included. */
#define MFRAW_ROUND_PACKETS	64

/**
 * struct mfraw_train - how a frame of a round is cut
 * @cut: what the parent knows of it
 * @bth: offset of the BTH in the header
 */
struct mfraw_train {
	struct mf_frame_cut	cut;
	u16			bth;
};

/**
 * struct mfraw_trains - the trains of a round, under sq.lock
 * @of: by frame of the round, used if mfraw_roce.train_more is not 0
 * @room: memory for packets that are cut from the frames
 */
struct mfraw_trains {
	struct mfraw_train	of[MFRAW_BURST];
	struct mf_cut_room	room;
};

int mfraw_trains_alloc(struct mfraw_roce *roce);
void mfraw_trains_free(struct mfraw_roce *roce);
u32 mfraw_train_packets(const struct mfraw_roce *roce, u32 most);
void mfraw_train_add(struct mfraw_roce *roce, struct mf_frame *frame,
		     u32 hdr_len, u32 n);
void mfraw_trains_seal(struct mfraw_roce *roce);
void mfraw_train_finish(const struct mf_frame *whole, u32 index,
			const struct mf_frame *frame, u8 *hdr);
void mfraw_train_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt);

/* Start a round. sq.lock held. */
static inline void mfraw_trains_begin(struct mfraw_roce *roce)
{
	lockdep_assert_held(&roce->qp->sq.lock);
	roce->train_more = 0;
	roce->no_trains = false;
}

/* Has the round of a queue pair room for another packet? sq.lock held. */
static inline bool mfraw_round_open(const struct mfraw_roce *roce)
{
	u32 n = roce->qp->burst->nr_frames;

	lockdep_assert_held(&roce->qp->sq.lock);
	return n < MFRAW_BURST && n + roce->train_more < MFRAW_ROUND_PACKETS;
}

/* Count the packets of a received frame. */
static inline u32 mfraw_frame_packets(const struct mf_frame *frame)
{
	return unlikely(frame->cut) && frame->cut->finish == mfraw_train_finish ?
	       frame->cut->n : 1;
}

#endif /* MFRAW_TRAIN_H */
