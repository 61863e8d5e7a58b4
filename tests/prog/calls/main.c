// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * usage: calls DEVICE1 DEVICE2 SEED SEQUENCES
 *
 * Sequences of uverbs calls with wrong sizes, masks, reserved bits, values and handles,
 * each in a context of its own on DEVICE1, while a bystander moves frames from DEVICE1
 * to DEVICE2. KCOV tells which code of the modules each sequence reached. Without KCOV,
 * sequences are made at random alone.
 */
#include <fcntl.h>
#include <linux/kcov.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bystander.h"
#include "calls.h"
#include "child.h"
#include "die.h"
#include "rawqp.h"

#define COVER		(64 * 1024)	/* places of one sequence */
#define SEEN		(1 << 18)	/* entries of the hash of places, a power of 2 */
#define CORPUS		4096
#define ROUND		2000		/* sequences of one process */

/* What processes share, since one may be killed. */
struct shared {
	uint64_t	sequences, calls, succeeded, places;
	uint64_t	seen[SEEN];
	unsigned int	kept;
	int		result[MAX_CALLS];	/* of the last sequence */
	struct sequence	corpus[CORPUS];
};

static struct shared *shared;
static uint64_t rng;
static uint64_t *cover;
static int cover_fd = -1;

static uint32_t below(uint32_t n)
{
	return (uint32_t)(prng(&rng) >> 32) % n;
}

static void cover_open(void)
{
	cover_fd = open("/sys/kernel/debug/kcov", O_RDWR);
	if (cover_fd < 0)
		return;
	if (ioctl(cover_fd, KCOV_INIT_TRACE, COVER))
		die("KCOV_INIT_TRACE");
	cover = mmap(NULL, COVER * sizeof(*cover), PROT_READ | PROT_WRITE, MAP_SHARED,
		     cover_fd, 0);
	if (cover == MAP_FAILED || ioctl(cover_fd, KCOV_ENABLE, KCOV_TRACE_PC))
		die("KCOV_ENABLE");
}

/* Returns how many places were reached for the first time. */
static unsigned int cover_new(void)
{
	uint64_t n = cover ? cover[0] : 0, i;
	unsigned int found = 0;

	for (i = 1; i <= n && i < COVER; i++) {
		uint64_t at = cover[i] * 0x9e3779b97f4a7c15ULL >> 46;

		while (shared->seen[at % SEEN] && shared->seen[at % SEEN] != cover[i])
			at++;
		if (shared->seen[at % SEEN])
			continue;
		shared->seen[at % SEEN] = cover[i];
		shared->places++;
		found++;
	}
	return found;
}

static void call_good(struct call *call, unsigned int type)
{
	const struct call_type *t = &call_types[type];
	unsigned int i;

	memset(call, 0, sizeof(*call));
	call->type = type;
	memcpy(call->bytes, t->good, t->core + t->drv);
	for (i = 0; i < 5; i++)
		call->pick[i] = below(240);
}

static void call_change(struct call *call)
{
	static const uint32_t edges[] = {
		0, 1, 2, 3, 7, 8, 15, 16, 63, 64, 255, 256, 4095, 4096, 16384, 65535,
		65536, 1 << 22, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff,
	};
	const struct call_type *t = &call_types[call->type];
	unsigned int len = t->core + t->drv;
	uint32_t word = edges[below(sizeof(edges) / sizeof(*edges))];
	unsigned int off = len ? below(len) : 0;

	switch (below(12)) {
	case 0:
		call->grow_core = (int)below(5) - 2;
		break;
	case 1:
		call->grow_drv = (int)below(5) - 2;
		break;
	case 2:
		call->grow_resp = (int)below(5) - 2;
		break;
	case 3:
		call->grow_drv_resp = (int)below(5) - 2;
		break;
	case 4:
	case 5:
		call->pick[below(5)] = below(256);
		break;
	case 6:
		call->bytes[off] ^= 1 << below(8);
		break;
	case 7:
		call->bytes[off] = word;
		break;
	case 8:
		call->bytes[off] = below(256);
		break;
	default:
		off &= ~3u;
		if (off + 4 <= MAX_BYTES)
			memcpy(call->bytes + off, &word, 4);
		break;
	}
}

/*
 * The objects that nearly all calls need come first, so that most calls get as far as
 * the driver.
 */
static void sequence_new(struct sequence *s)
{
	static const char *const first[] = { "PD", "MR", "CQ", "kick file" };
	unsigned int i, j;

	s->n = 0;
	for (i = 0; i < sizeof(first) / sizeof(*first); i++)
		for (j = 0; j < num_call_types; j++)
			if (!strcmp(call_types[j].name, first[i]))
				call_good(&s->call[s->n++], j);
	while (s->n < 5 + below(MAX_CALLS - 5))
		call_good(&s->call[s->n++], below(num_call_types));
}

static void sequence_change(struct sequence *s)
{
	unsigned int i, n;

	switch (below(6)) {
	case 0:
		if (s->n > 1) {
			i = below(s->n);
			memmove(&s->call[i], &s->call[i + 1],
				(s->n - i - 1) * sizeof(*s->call));
			s->n--;
		}
		break;
	case 1:
	case 2:
		if (s->n < MAX_CALLS) {
			i = below(s->n + 1);
			memmove(&s->call[i + 1], &s->call[i],
				(s->n - i) * sizeof(*s->call));
			call_good(&s->call[i], below(num_call_types));
			s->n++;
		}
		break;
	case 3:
		/* The end of another sequence. */
		if (shared->kept) {
			const struct sequence *other =
				&shared->corpus[below(shared->kept)];

			n = below(other->n) + 1;
			if (s->n + n > MAX_CALLS)
				s->n = MAX_CALLS - n;
			memcpy(&s->call[s->n], &other->call[other->n - n],
			       n * sizeof(*s->call));
			s->n += n;
		}
		break;
	default:
		if (s->n)
			for (n = 1 + below(3); n; n--)
				call_change(&s->call[below(s->n)]);
		break;
	}
}

/* Warnings of the kernel taint it. */
static uint64_t tainted(void)
{
	static int fd = -1;
	char text[32] = "";

	if (fd < 0)
		fd = open("/proc/sys/kernel/tainted", O_RDONLY | O_CLOEXEC);
	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		die("/proc/sys/kernel/tainted");
	return strtoull(text, NULL, 10);
}

static void sequence_print(const struct sequence *s)
{
	unsigned int i, j;

	for (i = 0; i < s->n; i++) {
		const struct call *call = &s->call[i];
		const struct call_type *t = &call_types[call->type];

		printf("  %s, sizes %+d %+d %+d %+d, handles %u %u %u %u %u:", t->name,
		       call->grow_core, call->grow_drv, call->grow_resp,
		       call->grow_drv_resp, call->pick[0], call->pick[1],
		       call->pick[2], call->pick[3], call->pick[4]);
		for (j = 0; j < t->core + t->drv && j < MAX_BYTES; j++)
			printf("%s%02x", j % 4 ? "" : " ", call->bytes[j]);
		printf(" -> %d\n", shared->result[i]);
	}
}

static void round_run(const char *device, uint64_t seed, uint64_t most)
{
	struct sequence s;
	struct context c;
	uint64_t clean = tainted();
	uint8_t *memory;
	uint64_t n;
	unsigned int i;

	/* Neighbouring seeds shall not begin alike, and no state is 0. */
	rng = (seed + 1) * 0x9e3779b97f4a7c15ULL | 1;
	memory = mmap(NULL, 16 * MEMORY, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	cover_open();
	for (n = 0; n < most; n++) {
		if (shared->kept && below(4))
			s = shared->corpus[below(shared->kept)];
		else
			sequence_new(&s);
		for (i = below(4); i; i--)
			sequence_change(&s);
		if (cover)
			__atomic_store_n(&cover[0], 0, __ATOMIC_RELAXED);
		context_open(&c, device, memory);
		for (i = 0; i < s.n; i++) {
			shared->result[i] = execute(&c, &s.call[i]);
			shared->succeeded += !shared->result[i];
			shared->calls++;
		}
		context_close(&c);
		if (tainted() != clean) {
			printf("FAIL: the kernel complains after this sequence:\n");
			sequence_print(&s);
			exit(1);
		}
		shared->sequences++;
		if (cover_new() && shared->kept < CORPUS)
			shared->corpus[shared->kept++] = s;
	}
	_exit(0);
}

static void print_places(void)
{
	unsigned int i;

	for (i = 0; i < SEEN; i++)
		if (shared->seen[i])
			printf("place %#llx\n", (unsigned long long)shared->seen[i]);
}

int main(int argc, char **argv)
{
	struct bystander *by;
	const char *names[2];
	uint64_t seed, most;
	unsigned int round;
	const char *bad;
	int status;
	pid_t pid;

	if (argc < 5)
		die("usage: calls DEVICE1 DEVICE2 SEED SEQUENCES [places]");
	names[0] = argv[1];
	names[1] = argv[2];
	seed = strtoull(argv[3], NULL, 0);
	most = strtoull(argv[4], NULL, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");

	by = bystander_start(names);
	for (round = 0; shared->sequences < most; round++) {
		uint64_t before = shared->sequences, left = most - before;

		pid = child_fork();
		if (!pid)
			round_run(names[0], seed + round, left < ROUND ? left : ROUND);
		if (waitpid(pid, &status, 0) != pid)
			die("waitpid");
		bad = bystander_check(by);
		if (status || shared->sequences == before || bad) {
			printf("FAIL: seed %llu, round %u: status %#x, %s\n",
			       (unsigned long long)seed, round, status,
			       bad ? bad : "the bystander is well");
			return 1;
		}
	}
	bystander_stop(by);
	printf("# %llu sequences, %llu calls, of which %llu succeeded\n",
	       (unsigned long long)shared->sequences,
	       (unsigned long long)shared->calls,
	       (unsigned long long)shared->succeeded);
	printf("# %llu places of the modules were reached, %u sequences are kept\n",
	       (unsigned long long)shared->places, shared->kept);
	if (argc > 5)
		print_places();
	return 0;
}
