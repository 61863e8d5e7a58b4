// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Packet sockets, many frames in one call of sendmmsg() and recvmmsg(). Frames
 * bypass the queueing discipline, and the sockets have memory for a burst.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "cost.h"

#define TYPE_IP		0x0800
#define SOCKET_MEMORY	(32 << 20)

struct end {
	int		fd;
	struct mmsghdr	send[MAX_BURST], recv[MAX_BURST];
	struct iovec	send_iov[MAX_BURST], recv_iov[MAX_BURST];
	uint8_t		*frames, *room;
};

int packet_socket(const char *device)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	int size = SOCKET_MEMORY, one = 1;

	if (fd < 0)
		die("socket for %s: %s", device, strerror(errno));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)))
		die("setsockopt: %s", strerror(errno));
	return fd;
}

void packet_bind(int fd, const char *device, bool receives)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = receives ? htons(TYPE_IP) : 0,
		.sll_ifindex = if_nametoindex(device),
	};
	struct packet_mreq promisc = {
		.mr_ifindex = addr.sll_ifindex,
		.mr_type = PACKET_MR_PROMISC,
	};

	if (!addr.sll_ifindex)
		die("no device %s", device);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die("bind to %s: %s", device, strerror(errno));
	if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promisc,
		       sizeof(promisc)))
		die("PACKET_ADD_MEMBERSHIP: %s", strerror(errno));
}

static struct end *mmsg_open(const char *device, bool sends, bool receives)
{
	struct end *e = calloc(1, sizeof(*e));
	uint32_t i;

	(void)sends;
	if (!e)
		die("no memory");
	e->fd = packet_socket(device);
	packet_bind(e->fd, device, receives);
	e->frames = calloc(setup.burst, setup.length);
	e->room = calloc(setup.burst, setup.length);
	if (!e->frames || !e->room)
		die("no memory");
	for (i = 0; i < setup.burst; i++) {
		e->send_iov[i].iov_base = e->frames + i * setup.length;
		e->send_iov[i].iov_len = setup.length;
		e->send[i].msg_hdr.msg_iov = &e->send_iov[i];
		e->send[i].msg_hdr.msg_iovlen = 1;
		e->recv_iov[i].iov_base = e->room + i * setup.length;
		e->recv_iov[i].iov_len = setup.length;
		e->recv[i].msg_hdr.msg_iov = &e->recv_iov[i];
		e->recv[i].msg_hdr.msg_iovlen = 1;
	}
	return e;
}

static void mmsg_aim(struct end *e, const struct end *peer)
{
	uint32_t i;

	(void)peer;
	for (i = 0; i < setup.burst; i++)
		frame_make(e->frames + i * setup.length, socket_dst,
			   socket_src, 0);
}

static void mmsg_send(struct end *e)
{
	int n;

	n = sendmmsg(e->fd, e->send, setup.burst, 0);
	if (n != (int)setup.burst)
		die("sendmmsg: %d, %s", n, strerror(errno));
}

static uint32_t mmsg_recv(struct end *e)
{
	int n;

	n = recvmmsg(e->fd, e->recv, setup.burst, MSG_DONTWAIT, NULL);
	if (n < 0 && errno != EAGAIN)
		die("recvmmsg: %s", strerror(errno));
	return n < 0 ? 0 : n;
}

const struct way way_mmsg = {
	.name = "mmsg",
	.open = mmsg_open,
	.aim = mmsg_aim,
	.send = mmsg_send,
	.recv = mmsg_recv,
};
