/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A raw packet queue pair with all that it needs, and the modes of mfraw_pkt.
 */
#ifndef PORT_H
#define PORT_H

#include <infiniband/verbs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define die(fmt, ...) do {						\
	fprintf(stderr, "mfraw_pkt: " fmt "\n", ##__VA_ARGS__);		\
	exit(1);							\
} while (0)

#define DEPTH		512	/* slots, and requests of each queue */
#define SLOT		9216	/* bytes of a slot: one frame */
#define MAX_BATCH	64	/* requests of one call */
#define HEADER		14	/* bytes of an Ethernet header */
#define ETHERTYPE	0x88b5	/* for local experiments (IEEE 802) */

struct port {
	struct ibv_context	*ctx;
	struct ibv_pd		*pd;
	struct ibv_cq		*send_cq, *recv_cq;
	struct ibv_qp		*qp;
	struct ibv_flow		*flow;
	struct ibv_mr		*mr;	/* of all slots */
	uint8_t			*slots;
	uint8_t			mac[6];
};

struct options {
	uint32_t	batch;		/* frames of one call */
	uint32_t	size;		/* bytes of a frame */
	uint64_t	count;		/* frames after which to end; 0: never */
	uint8_t		peer[6];	/* address to send to */
};

/* A frame: its slot, and its bytes. */
struct frame {
	uint32_t	slot;
	uint32_t	len;
};

void port_open(struct port *p, const char *device);
void port_close(struct port *p);

static inline uint8_t *port_slot(const struct port *p, uint32_t slot)
{
	return p->slots + (size_t)slot * SLOT;
}

/* Post @n slots, at most MAX_BATCH, to receive into. */
void port_recv(struct port *p, const struct frame *frames, uint32_t n);

/* Send @n frames, at most MAX_BATCH. One completion, of wr_id @n, is for all. */
void port_send(struct port *p, const struct frame *frames, uint32_t n);

/* Poll for at most @n completions, all of which must be good. */
uint32_t port_poll(struct ibv_cq *cq, struct ibv_wc *wc, uint32_t n);

/* Write a frame to the peer into a slot. */
struct frame port_frame(struct port *p, uint32_t slot, const struct options *opt);

/*
 * To be called once for each batch, with all frames and bytes so far. Prints the
 * rates once a second. Returns false when it is time to end.
 */
bool go_on(const struct options *opt, uint64_t frames, uint64_t bytes);

void mode_tx(struct port *p, const struct options *opt);
void mode_rx(struct port *p, const struct options *opt);
void mode_reflect(struct port *p, const struct options *opt);
void mode_pingpong(struct port *p, const struct options *opt);

#endif /* PORT_H */
