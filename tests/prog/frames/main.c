// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * frames - send frames from one device to another, and account for each of
 * them.
 *
 * Two processes: by fork(), or two invocations that share a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "frames.h"

static const char usage[] =
"usage: frames [options] TXDEV RXDEV\n"
"       frames --server FILE [options] RXDEV\n"
"       frames --client FILE TXDEV\n"
"\n"
"Sends frames of mixed sizes, in lists, in pieces, inline and not, signaled\n"
"and not, and exits with 0 if each one was delivered intact, once and in order,\n"
"or counted as dropped. Server and client find each other by FILE.\n"
"\n"
"  -n, --count N         frames of each stream (100000)\n"
"  -t, --streams N       threads that send and receive, up to 8 (1)\n"
"  -s, --share           all streams by one send QP and one receive CQ\n"
"  -l, --lossy           do not wait for the receiver\n"
"  -p, --pause US        the receiver sleeps so long ...\n"
"  -P, --pause-every N   ... after so many frames (1000)\n"
"  -e, --events          sleep for completion events instead of polling\n"
"  -d, --td              create the QPs on a thread domain\n"
"  -T, --tx-depth N      entries of a send queue (256)\n"
"  -R, --rx-depth N      entries of a receive queue (1024)\n"
"  -m, --max-len N       longest frame (what the ports take)\n"
"  -S, --seed N          of everything random (1)\n";

static const struct option options[] = {
	{ "count", required_argument, NULL, 'n' },
	{ "streams", required_argument, NULL, 't' },
	{ "share", no_argument, NULL, 's' },
	{ "lossy", no_argument, NULL, 'l' },
	{ "pause", required_argument, NULL, 'p' },
	{ "pause-every", required_argument, NULL, 'P' },
	{ "events", no_argument, NULL, 'e' },
	{ "td", no_argument, NULL, 'd' },
	{ "tx-depth", required_argument, NULL, 'T' },
	{ "rx-depth", required_argument, NULL, 'R' },
	{ "max-len", required_argument, NULL, 'm' },
	{ "seed", required_argument, NULL, 'S' },
	{ "server", required_argument, NULL, 'v' },
	{ "client", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static struct control *map_control(const char *path, bool create)
{
	struct control *ctl;
	int fd = -1;

	if (path) {
		fd = open(path, O_RDWR | (create ? O_CREAT | O_TRUNC : 0), 0600);
		if (fd < 0)
			die("%s: %s", path, strerror(errno));
		if (ftruncate(fd, sizeof(*ctl)))
			die("%s: %s", path, strerror(errno));
	}
	ctl = mmap(NULL, sizeof(*ctl), PROT_READ | PROT_WRITE,
		   MAP_SHARED | (path ? 0 : MAP_ANONYMOUS), fd, 0);
	if (ctl == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return ctl;
}

/* The child sends, the parent receives. */
static int run_both(struct control *ctl, const char *tx, const char *rx)
{
	int ret, status;
	pid_t child;

	child = child_fork();
	if (!child) {
		run_sender(ctl, tx);
		exit(0);
	}
	ret = run_receiver(ctl, rx);
	if (waitpid(child, &status, 0) != child || status) {
		printf("the sender failed\n");
		ret = 1;
	}
	return ret;
}

/* If the sender dies, the receiver must not wait for it. */
static void child_died(int sig)
{
	static const char msg[] = "the sender died\n";
	siginfo_t info = {};

	(void)sig;
	if (!waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) &&
	    info.si_pid && info.si_status) {
		if (write(1, msg, sizeof(msg) - 1) < 0)
			_exit(3);
		_exit(1);
	}
}

int main(int argc, char **argv)
{
	struct params p = {
		.seed = 1,
		.count = 100000,
		.streams = 1,
		.tx_depth = 256,
		.rx_depth = 1024,
		.pause_every = 1000,
	};
	const char *server = NULL, *client = NULL;
	struct control *ctl;
	int opt;

	while ((opt = getopt_long(argc, argv, "n:t:slp:P:edT:R:m:S:h", options,
				  NULL)) != -1) {
		switch (opt) {
		case 'n':
			p.count = strtoul(optarg, NULL, 0);
			break;
		case 't':
			p.streams = strtoul(optarg, NULL, 0);
			break;
		case 's':
			p.share = true;
			break;
		case 'l':
			p.lossy = true;
			break;
		case 'p':
			p.pause_us = strtoul(optarg, NULL, 0);
			break;
		case 'P':
			p.pause_every = strtoul(optarg, NULL, 0);
			break;
		case 'e':
			p.events = true;
			break;
		case 'd':
			p.td = true;
			break;
		case 'T':
			p.tx_depth = strtoul(optarg, NULL, 0);
			break;
		case 'R':
			p.rx_depth = strtoul(optarg, NULL, 0);
			break;
		case 'm':
			p.max_len = strtoul(optarg, NULL, 0);
			break;
		case 'S':
			p.seed = strtoull(optarg, NULL, 0);
			break;
		case 'v':
			server = optarg;
			break;
		case 'c':
			client = optarg;
			break;
		default:
			fputs(usage, opt == 'h' ? stdout : stderr);
			return opt == 'h' ? 0 : 2;
		}
	}
	if (argc - optind != (server || client ? 1 : 2) || !p.streams ||
	    p.streams > MAX_STREAMS || !p.pause_every || (p.share && p.td) ||
	    p.tx_depth / MAX_STREAMS < 4 || p.rx_depth / MAX_STREAMS < 4 ||
	    (p.max_len && p.max_len < ETH_HDR_LEN + 8)) {
		fputs(usage, stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);

	ctl = map_control(client ?: server, !client);
	if (client) {
		run_sender(ctl, argv[optind]);
		return 0;
	}
	ctl->params = p;
	if (server)
		return run_receiver(ctl, argv[optind]);
	signal(SIGCHLD, child_died);
	return run_both(ctl, argv[optind], argv[optind + 1]);
}
