// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * cost - the time that a frame takes from one device to another, on one CPU.
 *
 * One thread posts receives, posts sends and polls for both, so the time of a
 * round is the time for its frames. The result is the median of many rounds,
 * which excludes timer interrupts.
 */
#include <endian.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <arpa/inet.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#include "rawqp.h"

#define MAX_BURST	256
#define TYPE_IP		0x0800

static const char usage[] =
"usage: cost [options] TXDEV RXDEV\n"
"\n"
"Sends UDP frames from one device to another and prints the nanoseconds that one\n"
"takes, from the posting of its buffers until both its completions are polled.\n"
"Exits with 1 if frames are lost.\n"
"\n"
"  -b, --burst N    frames that are posted together (32)\n"
"  -n, --rounds N   how often (1000)\n"
"  -l, --length N   bytes of a frame, an even number (64)\n"
"  -i, --ip ADDR    destination address (10.0.0.1)\n"
"  -c, --csum       ask for checksums\n";

static const struct option options[] = {
	{ "burst", required_argument, NULL, 'b' },
	{ "rounds", required_argument, NULL, 'n' },
	{ "length", required_argument, NULL, 'l' },
	{ "ip", required_argument, NULL, 'i' },
	{ "csum", no_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static uint32_t burst = 32, rounds = 1000, length = 64, send_flags;
static struct in_addr daddr;

static struct rawqp tx, rx;
static struct rawbuf txbuf, rxbuf;
static struct ibv_send_wr send_wr[MAX_BURST];
static struct ibv_recv_wr recv_wr[MAX_BURST];
static struct ibv_sge send_sge[MAX_BURST], recv_sge[MAX_BURST];

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Returns the Internet checksum of @sum and an even number of bytes. */
static uint16_t checksum(uint32_t sum, const void *data, size_t len)
{
	const uint16_t *word = data;

	for (; len; len -= 2)
		sum += *word++;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/*
 * Build a frame with correct checksums, so that a device that verifies them
 * looks at all of the frame.
 */
static void frame_make(uint8_t *frame)
{
	struct iphdr *ip = (struct iphdr *)(frame + ETH_HDR_LEN);
	struct udphdr *udp = (struct udphdr *)(ip + 1);
	uint32_t pseudo;

	eth_header(frame, rx.dev->mac, tx.dev->mac, TYPE_IP);
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tot_len = htobe16(length - ETH_HDR_LEN);
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = htobe32(0x0a000001);
	ip->daddr = daddr.s_addr;
	udp->source = htobe16(4000);
	udp->dest = htobe16(4001);
	udp->len = htobe16(length - ETH_HDR_LEN - sizeof(*ip));
	ip->check = checksum(0, ip, sizeof(*ip));
	pseudo = (uint16_t)~checksum(0, &ip->saddr, 2 * sizeof(ip->saddr)) +
		 htobe16(IPPROTO_UDP) + udp->len;
	udp->check = checksum(pseudo, udp, be16toh(udp->len));
}

static void build(void)
{
	uint32_t i;

	for (i = 0; i < burst; i++) {
		frame_make(txbuf.addr + i * length);
		send_sge[i] = sge_at(txbuf.mr, i * length, length);
		send_wr[i].sg_list = &send_sge[i];
		send_wr[i].num_sge = 1;
		send_wr[i].opcode = IBV_WR_SEND;
		send_wr[i].send_flags = send_flags;
		send_wr[i].next = i + 1 < burst ? &send_wr[i + 1] : NULL;
		recv_sge[i] = sge_at(rxbuf.mr, i * length, length);
		recv_wr[i].sg_list = &recv_sge[i];
		recv_wr[i].num_sge = 1;
		recv_wr[i].next = i + 1 < burst ? &recv_wr[i + 1] : NULL;
	}
	send_wr[burst - 1].send_flags |= IBV_SEND_SIGNALED;
}

static uint32_t poll_ok(struct ibv_cq *cq)
{
	struct ibv_wc wc[32];
	int i, n;

	n = ibv_poll_cq(cq, 32, wc);
	if (n < 0)
		die("ibv_poll_cq: %d", n);
	for (i = 0; i < n; i++)
		if (wc[i].status != IBV_WC_SUCCESS)
			die("%s", ibv_wc_status_str(wc[i].status));
	return n;
}

/* One round. Returns false if not all frames arrive within a second. */
static bool round_trip(uint64_t *ns)
{
	uint32_t sent = 0, received = 0, n;
	struct ibv_send_wr *bad_send;
	struct ibv_recv_wr *bad_recv;
	uint64_t start = now_ns();

	if (ibv_post_recv(rx.qp, recv_wr, &bad_recv))
		die("ibv_post_recv");
	if (ibv_post_send(tx.qp, send_wr, &bad_send))
		die("ibv_post_send");
	while (!sent || received < burst) {
		if (!sent)
			sent = poll_ok(tx.send_cq);
		n = poll_ok(rx.recv_cq);
		received += n;
		if (!n && now_ns() - start > 1000000000)
			return false;
		if (!n)
			sched_yield();
	}
	*ns = now_ns() - start;
	return true;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void run(void)
{
	uint64_t *ns = calloc(rounds, sizeof(*ns));
	uint32_t i;

	if (!ns)
		die("no memory");
	for (i = 0; i < rounds; i++) {
		if (!round_trip(&ns[i])) {
			fprintf(stderr, "frames were lost\n");
			exit(1);
		}
	}
	qsort(ns, rounds, sizeof(*ns), compare);
	printf("%.1f\n", (double)ns[rounds / 2] / burst);
}

int main(int argc, char **argv)
{
	struct rawdev dev[2];
	int opt;

	inet_aton("10.0.0.1", &daddr);
	while ((opt = getopt_long(argc, argv, "b:n:l:i:ch", options,
				  NULL)) != -1) {
		switch (opt) {
		case 'b':
			burst = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			rounds = strtoul(optarg, NULL, 0);
			break;
		case 'l':
			length = strtoul(optarg, NULL, 0);
			break;
		case 'c':
			send_flags = IBV_SEND_IP_CSUM;
			break;
		case 'i':
			if (inet_aton(optarg, &daddr))
				break;
			/* fallthrough */
		default:
			fputs(usage, opt == 'h' ? stdout : stderr);
			return opt == 'h' ? 0 : 2;
		}
	}
	if (argc - optind != 2 || !burst || burst > MAX_BURST || !rounds ||
	    length < ETH_HDR_LEN + sizeof(struct iphdr) + sizeof(struct udphdr) ||
	    length % 2) {
		fputs(usage, stderr);
		return 2;
	}

	rawdev_open(&dev[0], argv[optind]);
	rawdev_open(&dev[1], argv[optind + 1]);
	tx.dev = &dev[0];
	tx.cap.max_send_wr = burst;
	tx.cap.max_send_sge = 1;
	rx.dev = &dev[1];
	rx.cap.max_recv_wr = burst;
	rx.cap.max_recv_sge = 1;
	rawqp_open(&tx);
	rawqp_rts(&tx);
	rawqp_open(&rx);
	rawqp_rts(&rx);
	rawbuf_alloc(&txbuf, dev[0].pd, (size_t)burst * length, 0);
	rawbuf_alloc(&rxbuf, dev[1].pd, (size_t)burst * length,
		     IBV_ACCESS_LOCAL_WRITE);
	rawqp_flow(&rx, TYPE_IP, 0xffff);
	build();
	run();
	return 0;
}
