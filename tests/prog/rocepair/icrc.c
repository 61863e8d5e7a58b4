// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Datagrams whose memory another thread overwrites all the time. They carry a
 * mix of old and new bytes, but none is damaged: the invariant CRC (IBTA annex
 * A17.3.3) of each is correct when it arrives at the other end of the wire.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#include "pair.h"

#define LEN	1000
#define DEPTH	16
#define L3	14		/* offset in an untagged frame */
#define UDP	(L3 + 20)
#define BTH	(UDP + 8)

static atomic_bool stop;

static void *scribble(void *arg)
{
	volatile uint64_t *word = arg;
	uint64_t i;

	for (i = 0; !stop; i++)
		word[i % (LEN / 8)] = i;

	return NULL;
}

static uint32_t crc_add(uint32_t crc, const uint8_t *data, size_t len)
{
	static uint32_t table[256];
	uint32_t i, k;

	/* The last entry is not 0 once the table is complete. */
	for (i = 0; !table[255] && i < 256; i++)
		for (table[i] = i, k = 0; k < 8; k++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	while (len--)
		crc = crc >> 8 ^ table[(crc ^ *data++) & 0xff];

	return crc;
}

/*
 * Fields that routers may change count as ones, and so does the LRH, which RoCE
 * does not have.
 */
static bool undamaged(uint8_t *frame, size_t len)
{
	static const uint8_t lrh[8] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	};
	uint32_t icrc, crc = crc_add(~0U, lrh, sizeof(lrh));

	memcpy(&icrc, frame + len - 4, 4);
	frame[L3 + 1] = 0xff;			/* type of service */
	frame[L3 + 8] = 0xff;			/* time to live */
	memset(frame + L3 + 10, 0xff, 2);	/* checksum */
	memset(frame + UDP + 6, 0xff, 2);
	frame[BTH + 4] = 0xff;
	crc = crc_add(crc, frame + L3, len - L3 - 4);

	return icrc == htole32(~crc);
}

static int wire_open(const char *name)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP)), size = 8 << 20;

	check(fd >= 0 && addr.sll_ifindex);
	check(!setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)));
	check(!bind(fd, (struct sockaddr *)&addr, sizeof(addr)));

	return fd;
}

/* Receive the datagrams that have arrived. */
static unsigned int arrived(int wire)
{
	uint8_t frame[65536];
	unsigned int n;
	ssize_t len;

	for (n = 0; ; n++) {
		len = recv(wire, frame, sizeof(frame), MSG_DONTWAIT);
		if (len < 0)
			return n;
		check(len > LEN && frame[UDP + 2] == 4791 >> 8);
		check(undamaged(frame, len));
	}
}

void icrc(const struct config *cfg, const char *address, const char *name,
	  unsigned int n)
{
	struct ibv_ah_attr attr = {
		.is_global = 1,
		.port_num = 1,
		.grh = { .sgid_index = cfg->gid_index[0], .hop_limit = 4 },
	};
	unsigned int seen = 0, posted = 0, completed = 0;
	struct ibv_sge sge = { .length = LEN };
	struct ibv_send_wr wr = {
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED,
		.wr.ud = { .remote_qpn = 77, .remote_qkey = PAIR_QKEY },
	}, *bad;
	int wire = wire_open(name);
	pthread_t thread;
	struct side *a;
	struct pair p;

	memset(attr.grh.dgid.raw + 10, 0xff, 2);
	check(inet_pton(AF_INET, address, attr.grh.dgid.raw + 12) == 1);
	pair_open(&p, cfg, LEN);
	a = &p.side[0];
	wr.wr.ud.ah = ibv_create_ah(a->pd, &attr);
	check(wr.wr.ud.ah);
	sge.addr = (uintptr_t)a->buf;
	sge.lkey = a->mr->lkey;
	check(!pthread_create(&thread, NULL, scribble, a->buf));
	while (seen < n) {
		for (; posted - completed < DEPTH; posted++)
			check(!ibv_post_send(a->qp, &wr, &bad));
		expect_cq(a->scq, 0, IBV_WC_SUCCESS);
		completed++;
		seen += arrived(wire);
	}
	stop = true;
	check(!pthread_join(thread, NULL));
	for (; completed < posted; completed++)
		expect_cq(a->scq, 0, IBV_WC_SUCCESS);
	check(!ibv_destroy_ah(wr.wr.ud.ah));
	pair_close(&p);
	printf("ok - none of %u datagrams is damaged\n",
	       seen);
}
