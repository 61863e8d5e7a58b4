// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * usage: hostile DEVICE1 GID_INDEX1 DEVICE2 GID_INDEX2 SEED MUTATIONS
 *
 * Processes own queues of all types on two devices, and rewrite rings, indices,
 * doorbells and work requests at random, one process after the other. Meanwhile
 * a bystander moves frames between the devices, and checks each. The same SEED
 * makes the same mutations.
 *
 * A process may die of what it did to its own provider. The kernel then frees
 * objects that are at work.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bystander.h"
#include "child.h"
#include "die.h"
#include "hostile.h"

#define ROUND		20000	/* mutations of one process */

uint64_t rnd(struct world *w)
{
	return prng(&w->rng);
}

static void round_run(const char *const *names, const int *gids, uint64_t seed,
		      struct totals *t, uint64_t n)
{
	static struct world w;

	/* Neighbouring seeds shall not begin alike, and no state is 0. */
	w.rng = (seed + 1) * 0x9e3779b97f4a7c15ULL | 1;
	world_open(&w, names, gids);
	mutate(&w, t, n);
	/* The kernel has to clean up. */
	if (below(&w, 2))
		raise(SIGKILL);
	_exit(0);
}

/* Returns false if the process found the world not as it should be. */
static bool round_process(const char *const *names, const int *gids,
			  uint64_t seed, struct totals *t, uint64_t n,
			  unsigned int *crashes)
{
	pid_t pid;
	int status;

	pid = child_fork();
	if (!pid)
		round_run(names, gids, seed, t, n);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (WIFEXITED(status))
		return !WEXITSTATUS(status);
	if (WTERMSIG(status) != SIGKILL)
		(*crashes)++;
	return true;
}

int main(int argc, char **argv)
{
	static const char *const kinds[KINDS] = {
		"raw", "TSO", "RSS", "RC", "UC", "UD", "RC with SRQ", "SRQ", "XRC",
		"XRC SRQ", "CQ",
	};
	unsigned int crashes = 0, rounds = 0;
	struct bystander *by;
	const char *names[2];
	uint64_t seed, most;
	struct totals *t;
	const char *bad;
	int gids[2], i;

	if (argc != 7)
		die("usage: hostile DEVICE1 GID1 DEVICE2 GID2 SEED MUTATIONS");
	names[0] = argv[1];
	gids[0] = atoi(argv[2]);
	names[1] = argv[3];
	gids[1] = atoi(argv[4]);
	seed = strtoull(argv[5], NULL, 0);
	most = strtoull(argv[6], NULL, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t == MAP_FAILED)
		die("mmap");

	by = bystander_start(names);
	while (t->mutations < most) {
		uint64_t before = t->mutations;
		uint64_t left = most - before;

		if (!round_process(names, gids, seed + rounds, t,
				   left < ROUND ? left : ROUND, &crashes)) {
			printf("FAIL: round %u of seed %llu\n", rounds,
			       (unsigned long long)seed);
			return 1;
		}
		rounds++;
		/* A round that dies before its first mutation must not loop. */
		if (t->mutations == before)
			die("a round without a mutation");
		bad = bystander_check(by);
		if (bad) {
			printf("FAIL: seed %llu, round %u: %s\n",
			       (unsigned long long)seed, rounds - 1, bad);
			return 1;
		}
	}
	bystander_stop(by);
	printf("# %llu mutations in %u processes, of which %u crashed\n",
	       (unsigned long long)t->mutations, rounds, crashes);
	printf("# %llu kicks, %llu revivals, %llu completions\n",
	       (unsigned long long)t->kicks, (unsigned long long)t->revivals,
	       (unsigned long long)t->completions);
	for (i = 0; i < KINDS; i++)
		printf("# %s: %llu mutations\n", kinds[i],
		       (unsigned long long)t->kind[i]);
	/* A test of dead processes tests nothing. */
	if (crashes > rounds / 2 || !t->completions) {
		printf("FAIL: too few mutations had an effect\n");
		return 1;
	}
	return 0;
}
