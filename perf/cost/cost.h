/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The ways that a frame can take from one end to another: raw packet queue pairs,
 * and the sockets that people use for frames.
 */
#ifndef COST_H
#define COST_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "die.h"

#define MAX_BURST	256
#define ETH_LEN		14

/*
 * What is measured; the same for all ways.
 *
 * @burst: frames that are sent together
 * @length: bytes of a frame
 * @queues: queue pairs of each end; each burst uses the next pair
 * @by_port: a flow chooses the queue pair by the UDP port, not by address alone
 * @regions: memory regions of a sender; each frame comes from the next region
 * @csum: the device fills in checksums
 * @generic: AF_XDP in the kernel's generic mode, not in that of the driver
 * @busy: AF_XDP polls the driver itself
 * @daddr: destination address of the frames
 */
struct setup {
	uint32_t	burst;
	uint32_t	length;
	uint32_t	queues;
	uint32_t	regions;
	bool		by_port;
	bool		csum;
	bool		generic;
	bool		busy;
	struct in_addr	daddr;
};

extern struct setup setup;

/* One end of a way; each way has its own. */
struct end;

/*
 * A way. Functions end the program if they fail.
 *
 * @name: its name on the command line
 * @window: frames that may be under way; 0: one burst
 * @open: open one end at a device
 * @aim: make the frames that @e sends, to @peer
 * @send: send a burst
 * @recv: take the frames that have arrived, and return their number; it does
 *	not wait
 */
struct way {
	const char	*name;
	uint32_t	(*window)(void);
	struct end	*(*open)(const char *device, bool sends, bool receives);
	void		(*aim)(struct end *e, const struct end *peer);
	void		(*send)(struct end *e);
	uint32_t	(*recv)(struct end *e);
};

extern const struct way way_verbs, way_mmsg, way_ring, way_xdp;

/*
 * Build a frame whose checksums are correct, so that a device that verifies
 * them looks at all of it. The UDP port is that of the queue @queue.
 */
#define FIRST_PORT	4001
void frame_make(uint8_t *frame, const uint8_t *dst, const uint8_t *src,
		uint32_t queue);

/*
 * The addresses of frames for sockets. The destination is nobody's, so that the
 * kernel's IP drops the frame at once.
 */
extern const uint8_t socket_dst[6], socket_src[6];

/* Returns a packet socket at @device, which receives no frames yet. */
int packet_socket(const char *device);

/* Let the socket receive the frames of @device. */
void packet_bind(int fd, const char *device, bool receives);

#endif /* COST_H */
