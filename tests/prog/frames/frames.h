/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Streams of frames between a sender and a receiver.
 */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdatomic.h>

#include "rawqp.h"

#define MAX_STREAMS	8

/*
 * The type of a frame holds its stream and the low bits of its sequence number.
 */
#define TYPE_BASE	0xa000
#define TYPE_SEQ_BITS	10
#define TYPE_SEQ_MASK	((1u << TYPE_SEQ_BITS) - 1)

struct params {
	uint64_t	seed;
	uint32_t	count;		/* frames of each stream */
	uint32_t	streams;
	uint32_t	tx_depth;
	uint32_t	rx_depth;
	uint32_t	pause_us;	/* the receiver sleeps */
	uint32_t	pause_every;	/* after so many frames */
	uint32_t	max_len;	/* of a frame; 0: as the port */
	bool		lossy;		/* sender does not wait for receiver */
	bool		events;
	bool		share;		/* one send QP, one receive CQ */
	bool		td;		/* the QPs use a thread domain */
};

/*
 * Memory that sender and receiver share: a mapped file, or inherited by fork().
 */
struct control {
	struct params	params;
	uint8_t		rx_mac[6];
	uint32_t	max_frame;
	char		tx_dev[64];
	atomic_bool	rx_ready;
	atomic_bool	tx_ready;
	atomic_bool	go;
	atomic_bool	tx_done;
	struct {
		atomic_uint	sent;
		atomic_uint	seen;	/* sequence number up to which the */
					/* receiver has accounted for frames */
	} stream[MAX_STREAMS];
};

/* stream.c */
uint32_t frame_len(const struct params *p, uint32_t stream, uint32_t seq);
void frame_fill(const struct params *p, uint8_t *frame, const uint8_t *dst,
		const uint8_t *src, uint32_t stream, uint32_t seq);
bool frame_check(const struct params *p, const uint8_t *frame, uint32_t len,
		 uint32_t stream, uint32_t last, uint32_t *seq);
uint16_t stream_type(uint32_t stream);
void open_td_pd(struct rawdev *dev, struct ibv_td **td, struct ibv_pd **pd);
void wait_event(struct ibv_comp_channel *channel);

/* tx.c */
void run_sender(struct control *ctl, const char *dev_name);

/* rx.c */
int run_receiver(struct control *ctl, const char *dev_name);

#endif /* FRAMES_H */
