// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * cost - the time that a frame takes from one device to another, on one CPU.
 *
 * One thread sends and receives, so the time of a run is the time for its frames.
 * The program measures N bursts and then twice as many. The difference leaves out
 * what is done once. The result is the median of some trials, so that it does not
 * have the work of others that interrupts one of them.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cost.h"
#include "mark.h"

#define TRIALS	5

static const char usage[] =
"usage: cost [options] TXDEV RXDEV\n"
"\n"
"Sends UDP frames from one device to another and prints the nanoseconds that one\n"
"takes, from the posting of its buffers until both its completions are polled.\n"
"Exits with 1 if frames are lost.\n"
"\n"
"  -w, --way WAY    verbs: raw packet queue pairs, the default; mmsg: packet sockets\n"
"                   by sendmmsg and recvmmsg; ring: by TPACKET_V3; xdp: AF_XDP in\n"
"                   the driver; xdp-busy: and polling it; xdp-generic\n"
"  -b, --burst N    frames that are posted together (32)\n"
"  -n, --rounds N   how many bursts: N, and then 2 N (100)\n"
"  -l, --length N   bytes of a frame, an even number (64)\n"
"  -i, --ip ADDR    destination address (10.0.0.1)\n"
"  -c, --csum       ask for checksums (verbs)\n"
"  -q, --queues N   queue pairs that take turns, by UDP port (verbs)\n"
"  -r, --regions N  memory regions that take turns (verbs, 1)\n"
"  -p, --pong       each frame is answered: the time of a round trip\n"
"  -e, --each       the times of single round trips: the least, the hundredths and\n"
"                   the greatest, in this order\n"
"  -s, --sleep      sleep while no frame has come, for devices that need the time of\n"
"                   others; only a profile is right then\n"
"  -t, --tsc        cycles of the processor's time stamp counter, the least of some\n"
"                   trials of N bursts\n";

static const struct option options[] = {
	{ "way", required_argument, NULL, 'w' },
	{ "burst", required_argument, NULL, 'b' },
	{ "rounds", required_argument, NULL, 'n' },
	{ "length", required_argument, NULL, 'l' },
	{ "ip", required_argument, NULL, 'i' },
	{ "csum", no_argument, NULL, 'c' },
	{ "queues", required_argument, NULL, 'q' },
	{ "regions", required_argument, NULL, 'r' },
	{ "pong", no_argument, NULL, 'p' },
	{ "each", no_argument, NULL, 'e' },
	{ "sleep", no_argument, NULL, 's' },
	{ "tsc", no_argument, NULL, 't' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

struct setup setup = {
	.burst = 32, .length = 64, .queues = 1, .regions = 1,
};

static const struct way *way = &way_verbs;
static struct end *end[2];
static uint32_t rounds = 100;
static bool pong, each, sleeps, tsc;
static uint64_t sent, received;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* The time of the measurement. */
static uint64_t now(void)
{
#if defined(__x86_64__)
	if (tsc)
		return __builtin_ia32_rdtsc();
#endif
	return now_ns();
}

/* Receive at @e until at most @under_way of the frames sent are missing. */
static void receive(struct end *e, uint32_t under_way)
{
	uint64_t since = 0;
	uint32_t n;

	while (sent - received > under_way) {
		n = way->recv(e);
		received += n;
		if (n) {
			since = 0;
			continue;
		}
		if (!since)
			since = now_ns();
		if (now_ns() - since > 1000000000) {
			fprintf(stderr, "frames were lost\n");
			exit(1);
		}
		if (sleeps)
			usleep(1000);
		else
			sched_yield();
	}
}

/* Send @bursts; some frames of the last ones may still be under way then. */
static void stream(uint64_t bursts)
{
	uint32_t window = way->window ? way->window() : setup.burst;

	while (bursts--) {
		way->send(end[0]);
		sent += setup.burst;
		receive(end[1], window - setup.burst);
	}
}

static void bounce(uint64_t bursts)
{
	while (bursts--) {
		way->send(end[0]);
		sent += setup.burst;
		receive(end[1], 0);
		way->send(end[1]);
		sent += setup.burst;
		receive(end[0], 0);
	}
}

static uint64_t run(uint64_t bursts)
{
	uint64_t start = now();

	if (pong)
		bounce(bursts);
	else
		stream(bursts);
	return now() - start;
}

static const struct way *way_of(const char *name)
{
	static const struct way *const ways[] = {
		&way_verbs, &way_mmsg, &way_ring,
#ifdef HAVE_XDP
		&way_xdp,
#endif
	};
	size_t i;

	if (!strncmp(name, "xdp", 3)) {
		setup.generic = strstr(name, "-generic");
		setup.busy = strstr(name, "-busy");
		name = "xdp";
	}
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(ways[i]->name, name))
			return ways[i];
	die("no way '%s' in this build", name);
}

static bool valid(void)
{
	return setup.burst && setup.burst <= MAX_BURST && rounds &&
	       setup.queues && setup.regions && setup.length % 2 == 0 &&
	       setup.length >= ETH_LEN + sizeof(struct iphdr) +
			       sizeof(struct udphdr) &&
	       !(pong && (way->window || setup.queues > 1)) &&
	       !(each && (!pong || rounds < 100));
}

static void parse(int argc, char **argv)
{
	int opt;

	inet_aton("10.0.0.1", &setup.daddr);
	while ((opt = getopt_long(argc, argv, "w:b:n:l:i:cq:r:pesth", options,
				  NULL)) != -1) {
		switch (opt) {
		case 'w':
			way = way_of(optarg);
			break;
		case 'b':
			setup.burst = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			rounds = strtoul(optarg, NULL, 0);
			break;
		case 'l':
			setup.length = strtoul(optarg, NULL, 0);
			break;
		case 'c':
			setup.csum = true;
			break;
		case 'q':
			setup.queues = strtoul(optarg, NULL, 0);
			setup.by_port = true;
			break;
		case 'r':
			setup.regions = strtoul(optarg, NULL, 0);
			break;
		case 'p':
			pong = true;
			break;
		case 'e':
			each = true;
			break;
		case 's':
			sleeps = true;
			break;
		case 't':
			tsc = true;
			break;
		case 'i':
			if (inet_aton(optarg, &setup.daddr))
				break;
			/* fallthrough */
		default:
			fputs(usage, opt == 'h' ? stdout : stderr);
			exit(opt == 'h' ? 0 : 2);
		}
	}
	if (argc - optind != 2 || !valid()) {
		fputs(usage, stderr);
		exit(2);
	}
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int compare_trips(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The clock is read once for each round trip, which is a part of its time. */
static void print_each(void)
{
	uint64_t *trips = calloc(rounds + 1, sizeof(*trips));
	uint32_t i;

	if (!trips)
		die("no memory");
	for (i = 0; i <= rounds; i++) {
		trips[i] = now();
		if (i < rounds)
			bounce(1);
	}
	for (i = 0; i < rounds; i++)
		trips[i] = trips[i + 1] - trips[i];
	qsort(trips, rounds, sizeof(*trips), compare_trips);
	for (i = 0; i <= 100; i++)
		printf("%.0f\n", (double)trips[(uint64_t)i * (rounds - 1) / 100] /
				 setup.burst);
	free(trips);
}

int main(int argc, char **argv)
{
	double ns[TRIALS];
	uint32_t warm, i;

	parse(argc, argv);
	end[0] = way->open(argv[optind], true, pong);
	end[1] = way->open(argv[optind + 1], pong, true);
	way->aim(end[0], end[1]);
	if (pong)
		way->aim(end[1], end[0]);

	/* Each queue and region is used once before the measurement. */
	warm = rounds / 10 + setup.queues + setup.regions / setup.burst + 1;
	run(warm);
	if (each) {
		print_each();
		return 0;
	}
	for (i = 0; i < TRIALS; i++) {
		if (tsc) {
			ns[i] = run(rounds);
			continue;
		}
		ns[i] = -(double)run(rounds);
		ns[i] += run(2 * (uint64_t)rounds);
	}
	if (mark_wanted()) {
		mark_begin();
		run(rounds);
		mark_end((uint64_t)rounds * setup.burst);
	}
	receive(end[1], 0);
	qsort(ns, TRIALS, sizeof(*ns), compare);
	printf("%.1f\n", ns[tsc ? 0 : TRIALS / 2] / rounds / setup.burst);
	return 0;
}
