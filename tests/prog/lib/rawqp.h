/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Devices, raw packet queue pairs, buffers and frames. Functions end the
 * program if they fail.
 */
#ifndef RAWQP_H
#define RAWQP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <infiniband/verbs.h>

#include "complete.h"
#include "device.h"
#include "die.h"
#include "post.h"

#define ETH_HDR_LEN	14

/*
 * An open device.
 *
 * @ctx: the context
 * @pd: a PD of the context
 * @mac: MAC address of the port
 * @max_frame: maximum length of a frame that the port accepts, in bytes
 */
struct rawdev {
	struct ibv_context	*ctx;
	struct ibv_pd		*pd;
	uint8_t			mac[6];
	uint32_t		max_frame;
};

/*
 * A raw packet QP with its CQs. The caller sets what it wants to have before
 * rawqp_open(), and zeroes the rest.
 *
 * @dev: the device
 * @pd: the PD; NULL: the device's
 * @cap: what to ask for; after rawqp_open() what the QP has
 * @send_cqe: entries of the send CQ; 0: @cap.max_send_wr
 * @recv_cqe: entries of the receive CQ; 0: @cap.max_recv_wr
 * @sig_all: each send request completes
 * @events: the CQs have a completion channel
 * @channel: the channel, if @events
 * @send_cq: a CQ to use, which rawqp_close() keeps; NULL: rawqp_open() makes
 *	one
 * @recv_cq: likewise
 * @own_send_cq: rawqp_open() made @send_cq
 * @own_recv_cq: rawqp_open() made @recv_cq
 * @qp: the QP, in RESET after rawqp_open()
 */
struct rawqp {
	struct rawdev		*dev;
	struct ibv_pd		*pd;
	struct ibv_qp_cap	cap;
	int			send_cqe;
	int			recv_cqe;
	bool			sig_all;
	bool			events;
	struct ibv_comp_channel	*channel;
	struct ibv_cq		*send_cq;
	struct ibv_cq		*recv_cq;
	bool			own_send_cq;
	bool			own_recv_cq;
	struct ibv_qp		*qp;
};

/*
 * Pages that are registered as a region.
 *
 * @addr: start of the memory
 * @len: size in bytes
 * @mr: the region
 */
struct rawbuf {
	uint8_t			*addr;
	size_t			len;
	struct ibv_mr		*mr;
};

void rawdev_open(struct rawdev *dev, const char *name);
void rawdev_close(struct rawdev *dev);

void rawqp_open(struct rawqp *q);
void rawqp_close(struct rawqp *q);

/* Change the state of the QP; rawqp_rts() goes from RESET to RTS. */
void rawqp_to(struct rawqp *q, enum ibv_qp_state state);
void rawqp_rts(struct rawqp *q);

/*
 * Receive frames to the device's MAC address whose Ethertype is @type in the
 * bits of @mask.
 */
struct ibv_flow *rawqp_flow(struct rawqp *q, uint16_t type, uint16_t mask);

/* Send the first @len bytes of @buf, and wait until they are sent. */
void rawqp_send(struct rawqp *q, const struct rawbuf *buf, uint32_t len);

void rawbuf_alloc(struct rawbuf *b, struct ibv_pd *pd, size_t len, int access);
void rawbuf_free(struct rawbuf *b);

void eth_header(uint8_t *frame, const uint8_t *dst, const uint8_t *src,
		uint16_t type);

/* A checksum over all bytes that depends on their order. */
uint32_t frame_sum(const uint8_t *data, size_t len);

/* The next pseudo-random number (xorshift64*) of a state that is not 0. */
static inline uint64_t prng(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

#endif /* RAWQP_H */
