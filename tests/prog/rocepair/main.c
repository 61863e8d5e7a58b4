// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * usage: rocepair TEST DEVICE1 GID_INDEX1 DEVICE2 GID_INDEX2 [OPTION=NUMBER...]
 */
#include <string.h>

#include "pair.h"

/* Returns the number of an option, or @value if the option is missing. */
static unsigned long option(char **argv, const char *name, unsigned long value)
{
	size_t len = strlen(name);

	for (; *argv; argv++)
		if (!strncmp(*argv, name, len) && (*argv)[len] == '=')
			value = strtoul(*argv + len + 1, NULL, 0);

	return value;
}

int main(int argc, char **argv)
{
	struct config cfg = {
		.type = IBV_QPT_RC,
		.access = IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ |
			  IBV_ACCESS_REMOTE_ATOMIC,
		.depth = 32,
		.rd_atomic = 8,
	};
	char **last = argv + argc;
	unsigned long n, seed, mtu;
	const char *test;
	uint64_t begin;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 6) {
		fprintf(stderr, "usage: rocepair TEST DEV GID DEV GID ...\n");
		return 2;
	}
	test = argv[1];
	cfg.dev[0] = argv[2];
	cfg.gid_index[0] = atoi(argv[3]);
	cfg.dev[1] = argv[4];
	cfg.gid_index[1] = atoi(argv[5]);
	argv += 6;
	n = option(argv, "n", 1000);
	seed = option(argv, "seed", 1);
	cfg.psn[0] = option(argv, "psn", seed * 7919) & 0xffffff;
	cfg.psn[1] = (cfg.psn[0] + 12) & 0xffffff;
	/* IBV_MTU_256 is the first one. */
	for (mtu = option(argv, "mtu", 1024); mtu > 128; mtu >>= 1)
		cfg.mtu++;
	cfg.timeout = option(argv, "timeout", 12);
	cfg.retry_cnt = option(argv, "retry", 7);
	cfg.ops = option(argv, "ops", 0x7f);
	check(cfg.ops & 0x7f);
	cfg.least = option(argv, "least", 0);
	cfg.ready = option(argv, "ready", 0);
	cfg.quiet = option(argv, "quiet", 20);
	cfg.rnr_retry = option(argv, "rnr_retry", 7);
	cfg.min_rnr_timer = option(argv, "rnr_timer", 1);

	begin = now_us();
	if (!strcmp(test, "rc")) {
		stream_rc(&cfg, n, seed);
	} else if (!strcmp(test, "xrc")) {
		cfg.type = IBV_QPT_XRC_SEND;
		stream_rc(&cfg, n, seed);
	} else if (!strcmp(test, "uc")) {
		cfg.type = IBV_QPT_UC;
		stream_unreliable(&cfg, n, seed);
	} else if (!strcmp(test, "ud")) {
		cfg.type = IBV_QPT_UD;
		stream_unreliable(&cfg, n, seed);
	} else if (!strcmp(test, "silence")) {
		silence(&cfg);
	} else if (!strcmp(test, "rnr")) {
		rnr(&cfg);
	} else if (!strcmp(test, "faults")) {
		faults(&cfg);
	} else if (!strcmp(test, "invalidate")) {
		invalidate(&cfg);
	} else if (!strcmp(test, "icrc")) {
		check(argc >= 8);
		cfg.type = IBV_QPT_UD;
		icrc(&cfg, last[-2], last[-1], n);
	} else if (!strcmp(test, "many")) {
		cfg.depth = option(argv, "depth", 4);
		cfg.read = option(argv, "read", 0);
		many(&cfg, option(argv, "qps", 16), option(argv, "size", 16384),
		     n, option(argv, "jain", 95));
	} else if (!strcmp(test, "flood")) {
		cfg.type = IBV_QPT_UD;
		cfg.depth = option(argv, "depth", 256);
		flood(&cfg, n);
	} else if (!strcmp(test, "huge")) {
		huge(&cfg, option(argv, "size", 1UL << 29),
		     option(argv, "op", HUGE_ALL));
	} else {
		fprintf(stderr, "no test '%s'\n", test);
		return 2;
	}
	printf("# all took %.3f s\n", (now_us() - begin) / 1e6);
	done(test);

	return 0;
}
