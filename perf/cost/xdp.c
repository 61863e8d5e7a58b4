// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * AF_XDP by libxdp, as its documentation advises: the fill ring is full, the
 * kernel is called only if a ring needs it (XDP_USE_NEED_WAKEUP), and buffers are
 * recycled in batches. veth has no zero copy, so frames are copied (XDP_COPY). A
 * frame that is longer than a chunk of memory takes several (XDP_USE_SG).
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdp/libxdp.h>
#include <xdp/xsk.h>

#include "cost.h"

#define CHUNK		4096
#define ENTRIES		2048	/* of each ring */

#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL	69
#define SO_BUSY_POLL_BUDGET	70
#endif

/*
 * @mem: chunks to receive into, then the frames to send
 * @pieces: chunks of a frame to send
 * @slot: the next frame to send
 */
struct end {
	struct xsk_umem		*umem;
	struct xsk_socket	*xsk;
	struct xsk_ring_prod	fill, tx;
	struct xsk_ring_cons	comp, rx;
	struct xdp_program	*prog;
	int			ifindex;
	enum xdp_attach_mode	mode;
	uint8_t			*mem;
	uint32_t		pieces;
	uint32_t		slot;
};

static struct end *attached[2];

static void detach(void)
{
	int i;

	for (i = 0; i < 2; i++)
		if (attached[i])
			xdp_program__detach(attached[i]->prog,
					    attached[i]->ifindex,
					    attached[i]->mode, 0);
}

/* Attach libxdp's own program, for frames of several chunks if needed. */
static void attach(struct end *e)
{
	struct bpf_map *map;
	int ret;

	e->prog = xdp_program__find_file("xsk_def_xdp_prog.o", NULL, NULL);
	if (libxdp_get_error(e->prog))
		die("no xsk_def_xdp_prog.o");
	if (setup.length > 1500 &&
	    xdp_program__set_xdp_frags_support(e->prog, true))
		die("no frames of several chunks");
	ret = xdp_program__attach(e->prog, e->ifindex, e->mode, 0);
	if (ret)
		die("attach: %s", strerror(-ret));
	if (!attached[0])
		atexit(detach);
	attached[!!attached[0]] = e;
	map = bpf_object__find_map_by_name(xdp_program__bpf_obj(e->prog),
					   "xsks_map");
	if (!map || xsk_socket__update_xskmap(e->xsk, bpf_map__fd(map)))
		die("no map");
}

/*
 * The application runs the driver's poll function itself, for a burst at a time,
 * instead of the interrupt for each frame. The device must defer its interrupts.
 */
static void busy_poll(struct end *e)
{
	int fd = xsk_socket__fd(e->xsk), one = 1, usecs = 20;
	int budget = setup.burst;

	if (setsockopt(fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL, &usecs, sizeof(usecs)) ||
	    setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL_BUDGET, &budget,
		       sizeof(budget)))
		die("busy polling: %s", strerror(errno));
}

/* The kernel needs a moment to release the queue of a program that has ended. */
static void xsk_open(struct end *e, const char *device, bool sends, bool receives,
		     const struct xsk_socket_config *config)
{
	int tries = 200, ret;

	do {
		ret = xsk_socket__create(&e->xsk, device, 0, e->umem,
					 receives ? &e->rx : NULL,
					 sends ? &e->tx : NULL, config);
		if (ret == -EBUSY)
			usleep(5000);
	} while (ret == -EBUSY && --tries);
	if (ret)
		die("xsk_socket__create %s: %s", device, strerror(-ret));
}

static struct end *xdp_open(const char *device, bool sends, bool receives)
{
	struct xsk_umem_config umem = {
		.fill_size = ENTRIES,
		.comp_size = ENTRIES,
		.frame_size = CHUNK,
	};
	struct xsk_socket_config config = {
		.rx_size = ENTRIES,
		.tx_size = ENTRIES,
		.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
		.bind_flags = XDP_COPY | XDP_USE_NEED_WAKEUP,
	};
	struct end *e = calloc(1, sizeof(*e));
	uint32_t at, i;
	size_t size;
	int ret;

	if (!e)
		die("no memory");
	libbpf_set_print(NULL);
	libxdp_set_print(NULL);
	e->ifindex = if_nametoindex(device);
	e->mode = setup.generic ? XDP_MODE_SKB : XDP_MODE_NATIVE;
	e->pieces = (setup.length + CHUNK - 1) / CHUNK;
	if (setup.length > 1500)
		config.bind_flags |= XDP_USE_SG;
	size = (size_t)(ENTRIES + setup.burst * e->pieces) * CHUNK;
	e->mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (e->mem == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	ret = xsk_umem__create(&e->umem, e->mem, size, &e->fill, &e->comp,
			       &umem);
	if (ret)
		die("xsk_umem__create: %s", strerror(-ret));
	xsk_open(e, device, sends, receives, &config);
	if (setup.busy)
		busy_poll(e);
	if (!receives)
		return e;
	attach(e);
	if (xsk_ring_prod__reserve(&e->fill, ENTRIES, &at) != ENTRIES)
		die("the fill ring is not empty");
	for (i = 0; i < ENTRIES; i++)
		*xsk_ring_prod__fill_addr(&e->fill, at + i) = (uint64_t)i * CHUNK;
	xsk_ring_prod__submit(&e->fill, ENTRIES);
	return e;
}

/* Returns the address of the frame in a slot. */
static uint64_t frame_at(const struct end *e, uint32_t slot)
{
	return (uint64_t)(ENTRIES + slot * e->pieces) * CHUNK;
}

static void xdp_aim(struct end *e, const struct end *peer)
{
	uint32_t i;

	(void)peer;
	for (i = 0; i < setup.burst; i++)
		frame_make(e->mem + frame_at(e, i), socket_dst, socket_src, 0);
}

static void describe(struct end *e, uint32_t at)
{
	uint64_t addr = frame_at(e, e->slot);
	uint32_t left = setup.length;

	while (left) {
		struct xdp_desc *desc = xsk_ring_prod__tx_desc(&e->tx, at++);

		desc->addr = addr;
		desc->len = left < CHUNK ? left : CHUNK;
		left -= desc->len;
		desc->options = left ? XDP_PKT_CONTD : 0;
		addr += CHUNK;
	}
	e->slot = e->slot + 1 < setup.burst ? e->slot + 1 : 0;
}

/* Take back chunks that were sent. */
static void complete(struct end *e)
{
	uint32_t at, n;

	n = xsk_ring_cons__peek(&e->comp, ENTRIES, &at);
	xsk_ring_cons__release(&e->comp, n);
}

static void xdp_send(struct end *e)
{
	uint32_t descs = setup.burst * e->pieces, at, i;

	complete(e);
	if (xsk_ring_prod__reserve(&e->tx, descs, &at) != descs)
		die("no room in the ring");
	for (i = 0; i < setup.burst; i++)
		describe(e, at + i * e->pieces);
	xsk_ring_prod__submit(&e->tx, descs);
	if (!xsk_ring_prod__needs_wakeup(&e->tx))
		return;
	/* A call takes at most 32 descriptors, and then says EAGAIN. */
	while (sendto(xsk_socket__fd(e->xsk), NULL, 0, MSG_DONTWAIT, NULL, 0) < 0) {
		if (errno != EAGAIN && errno != EBUSY && errno != ENOBUFS)
			die("sendto: %s", strerror(errno));
		complete(e);
	}
}

static uint32_t xdp_recv(struct end *e)
{
	uint32_t frames = 0, from, to, i, n;

	if (setup.busy)
		recvfrom(xsk_socket__fd(e->xsk), NULL, 0, MSG_DONTWAIT, NULL,
			 NULL);
	n = xsk_ring_cons__peek(&e->rx, ENTRIES, &from);
	if (!n)
		return 0;
	if (xsk_ring_prod__reserve(&e->fill, n, &to) != n)
		die("no room in the fill ring");
	for (i = 0; i < n; i++) {
		const struct xdp_desc *desc;

		desc = xsk_ring_cons__rx_desc(&e->rx, from + i);
		*xsk_ring_prod__fill_addr(&e->fill, to + i) =
			desc->addr & ~(uint64_t)(CHUNK - 1);
		frames += !(desc->options & XDP_PKT_CONTD);
	}
	xsk_ring_prod__submit(&e->fill, n);
	xsk_ring_cons__release(&e->rx, n);
	if (xsk_ring_prod__needs_wakeup(&e->fill))
		recvfrom(xsk_socket__fd(e->xsk), NULL, 0, MSG_DONTWAIT, NULL,
			 NULL);
	return frames;
}

const struct way way_xdp = {
	.name = "xdp",
	.open = xdp_open,
	.aim = xdp_aim,
	.send = xdp_send,
	.recv = xdp_recv,
};
