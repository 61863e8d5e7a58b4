// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * mfraw_pkt - send, receive, reflect and time raw Ethernet frames by public verbs,
 * on any device with raw packet queue pairs.
 */
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "port.h"

static const char usage[] =
"usage: mfraw_pkt [options] MODE DEVICE\n"
"\n"
"MODE is tx (send), rx (receive), reflect (send back), or pingpong (send to a peer\n"
"that reflects, and wait for the answer). Prints rates once a second.\n"
"\n"
"  -p MAC   address to send to (tx, pingpong)\n"
"  -b N     frames of one call, 1 to 64 (32)\n"
"  -s N     bytes of a frame that is sent, 14 to 9216 (64)\n"
"  -n N     end after so many frames or round trips\n"
"  -c N     run on this processor\n";

static const struct {
	const char *name;
	void (*run)(struct port *p, const struct options *opt);
	bool sends;
} modes[] = {
	{ "tx", mode_tx, true },
	{ "rx", mode_rx, false },
	{ "reflect", mode_reflect, false },
	{ "pingpong", mode_pingpong, true },
	{}
};

static volatile sig_atomic_t second, stop;
static unsigned long long frames_done, bytes_done;

static void on_signal(int sig)
{
	if (sig != SIGALRM)
		stop = 1;
	second = 1;
	alarm(1);
}

bool go_on(const struct options *opt, uint64_t frames, uint64_t bytes)
{
	static bool ready;

	if (!ready)
		printf("mfraw_pkt is ready\n");
	ready = true;
	if (second && !stop) {
		second = 0;
		printf("%llu frames/s, %.1f Mbit/s\n",
		       (unsigned long long)frames - frames_done,
		       (bytes - bytes_done) * 8 / 1e6);
		frames_done = frames;
		bytes_done = bytes;
	}
	if (!stop && (!opt->count || frames < opt->count))
		return true;
	printf("%llu frames, %llu bytes\n", (unsigned long long)frames,
	       (unsigned long long)bytes);
	return false;
}

/* Returns the value of an option, or ends the program. */
static uint64_t number(uint64_t min, uint64_t max)
{
	char *end;
	uint64_t value = strtoull(optarg, &end, 0);

	if (!*end && end != optarg && value >= min && value <= max)
		return value;
	fputs(usage, stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	struct options opt = { .batch = 32, .size = 64 };
	uint8_t *mac = opt.peer;
	struct port port = {};
	bool has_peer = false;
	cpu_set_t core;
	int c, i = 0;

	CPU_ZERO(&core);
	while ((c = getopt(argc, argv, "p:b:s:n:c:h")) != -1) {
		switch (c) {
		case 'p':
			has_peer = sscanf(optarg, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx",
					  mac, mac + 1, mac + 2, mac + 3,
					  mac + 4, mac + 5) == 6;
			break;
		case 'b':
			opt.batch = number(1, MAX_BATCH);
			break;
		case 's':
			opt.size = number(HEADER, SLOT);
			break;
		case 'n':
			opt.count = number(1, UINT64_MAX);
			break;
		case 'c':
			CPU_SET(number(0, CPU_SETSIZE - 1), &core);
			if (sched_setaffinity(0, sizeof(core), &core))
				die("no such processor");
			break;
		default:
			fputs(usage, c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 2;
		}
	}
	while (argc - optind == 2 && modes[i].name &&
	       strcmp(argv[optind], modes[i].name))
		i++;
	if (argc - optind != 2 || !modes[i].name || modes[i].sends != has_peer) {
		fputs(usage, stderr);
		return 2;
	}

	port_open(&port, argv[optind + 1]);
	signal(SIGALRM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	alarm(1);
	setlinebuf(stdout);
	modes[i].run(&port, &opt);
	port_close(&port);
	return 0;
}
