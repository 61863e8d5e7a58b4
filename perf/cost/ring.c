// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Packet sockets with mapped rings (TPACKET_V3).
 *
 * The kernel hands a block of received frames over when the block is full, or
 * some milliseconds after its first frame. So many frames are under way at once,
 * and the wait for the last block is a part of the set-up that falls out.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "cost.h"

#define BLOCK		(256 << 10)
#define BLOCKS		64
#define RETIRE_MS	10
#define SEND_SLOT	16384	/* bytes of a frame in the ring for sending */
#define SEND_SLOTS	256

/*
 * @map: both rings; the kernel has the one for receiving first
 * @block: the next block to read
 * @slot: the next slot to send from
 */
struct end {
	int		fd;
	uint8_t		*map, *tx;
	uint32_t	block;
	uint32_t	slot;
};

/* Half of the ring, or 2048 frames: the kernel drops what the ring can't hold. */
static uint32_t ring_window(void)
{
	uint32_t n = BLOCKS / 2 * (BLOCK / (setup.length + 256));

	return n < 2048 ? n : 2048;
}

static void ring_add(int fd, int kind, uint32_t block, uint32_t blocks,
		     uint32_t frame, uint32_t retire)
{
	struct tpacket_req3 req = {
		.tp_block_size = block,
		.tp_block_nr = blocks,
		.tp_frame_size = frame,
		.tp_frame_nr = block / frame * blocks,
		.tp_retire_blk_tov = retire,
	};

	if (setsockopt(fd, SOL_PACKET, kind, &req, sizeof(req)))
		die("ring %d: %s", kind, strerror(errno));
}

static struct end *ring_open(const char *device, bool sends, bool receives)
{
	struct end *e = calloc(1, sizeof(*e));
	int version = TPACKET_V3;
	size_t rx = receives ? BLOCK * BLOCKS : 0;
	size_t tx = sends ? SEND_SLOT * SEND_SLOTS : 0;

	if (!e)
		die("no memory");
	e->fd = packet_socket(device);
	if (setsockopt(e->fd, SOL_PACKET, PACKET_VERSION, &version,
		       sizeof(version)))
		die("PACKET_VERSION: %s", strerror(errno));
	if (receives)
		ring_add(e->fd, PACKET_RX_RING, BLOCK, BLOCKS, 2048, RETIRE_MS);
	if (sends)
		ring_add(e->fd, PACKET_TX_RING, BLOCK,
			 SEND_SLOTS / (BLOCK / SEND_SLOT), SEND_SLOT, 0);
	e->map = mmap(NULL, rx + tx, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_POPULATE, e->fd, 0);
	if (e->map == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	e->tx = e->map + rx;
	packet_bind(e->fd, device, receives);
	return e;
}

static struct tpacket3_hdr *ring_slot(struct end *e, uint32_t slot)
{
	return (struct tpacket3_hdr *)(e->tx + (size_t)slot * SEND_SLOT);
}

static void ring_aim(struct end *e, const struct end *peer)
{
	uint32_t i;

	(void)peer;
	for (i = 0; i < SEND_SLOTS; i++) {
		struct tpacket3_hdr *hdr = ring_slot(e, i);

		hdr->tp_len = setup.length;
		hdr->tp_next_offset = 0;
		frame_make((uint8_t *)hdr + TPACKET3_HDRLEN -
			   sizeof(struct sockaddr_ll), socket_dst, socket_src, 0);
	}
}

static void ring_send(struct end *e)
{
	uint32_t i;

	for (i = 0; i < setup.burst; i++) {
		struct tpacket3_hdr *hdr = ring_slot(e, e->slot);

		if (__atomic_load_n(&hdr->tp_status, __ATOMIC_ACQUIRE) !=
		    TP_STATUS_AVAILABLE)
			die("the slot is busy: status %x", hdr->tp_status);
		__atomic_store_n(&hdr->tp_status, TP_STATUS_SEND_REQUEST,
				 __ATOMIC_RELEASE);
		e->slot = (e->slot + 1) % SEND_SLOTS;
	}
	if (send(e->fd, NULL, 0, MSG_DONTWAIT) < 0)
		die("send: %s", strerror(errno));
}

static uint32_t ring_recv(struct end *e)
{
	struct tpacket_block_desc *block = (struct tpacket_block_desc *)
		(e->map + (size_t)e->block * BLOCK);
	struct tpacket_hdr_v1 *head = &block->hdr.bh1;
	struct tpacket3_hdr *hdr;
	uint32_t i;

	if (!(__atomic_load_n(&head->block_status, __ATOMIC_ACQUIRE) &
	      TP_STATUS_USER))
		return 0;
	hdr = (struct tpacket3_hdr *)((uint8_t *)block +
				      head->offset_to_first_pkt);
	for (i = 0; i < head->num_pkts; i++) {
		if (hdr->tp_snaplen != setup.length)
			die("a frame of %u bytes", hdr->tp_snaplen);
		hdr = (struct tpacket3_hdr *)((uint8_t *)hdr +
					      hdr->tp_next_offset);
	}
	__atomic_store_n(&head->block_status, TP_STATUS_KERNEL,
			 __ATOMIC_RELEASE);
	e->block = (e->block + 1) % BLOCKS;
	return i;
}

const struct way way_ring = {
	.name = "ring",
	.window = ring_window,
	.open = ring_open,
	.aim = ring_aim,
	.send = ring_send,
	.recv = ring_recv,
};
