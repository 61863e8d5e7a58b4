// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * States of QPs: which steps exist, which attributes each takes, and what
 * happens to messages before and after each.
 *
 * usage: rocestates DEVICE GID_INDEX
 */
#include "states.h"

#define LAST_ATTR	25	/* IBV_QP_RATE_LIMIT */

static unsigned int calls;

/* Try one step; then bring QP @i back to @from. */
static void try(struct pair *p, int from, int to, int mask)
{
	enum type type = p->end[0].type;
	bool good = legal(type, from, to, mask);
	int ret = step(p, 0, mask, to);
	int want = good ? to : from;

	calls++;
	if (!ret != good || (int)state_of(&p->end[0]) != want) {
		printf("FAIL: %s: from %d to %d with %#x: %d, state is %d\n",
		       type_name[type], from, to, mask, ret,
		       state_of(&p->end[0]));
		exit(1);
	}
	if (good)
		bring(p, 0, from);
}

static void all_of_step(struct pair *p, int from, int to)
{
	int req = required(p->end[0].type, from, to) | IBV_QP_STATE;
	int opt = optional(p->end[0].type, from, to);
	int bit;

	try(p, from, to, req);
	try(p, from, to, req | opt);
	for (bit = 1; bit <= LAST_ATTR; bit++)
		try(p, from, to, req ^ 1 << bit);
	/* Without a new state, the QP stays in its state. */
	if (from == to) {
		try(p, from, to, 0);
		for (bit = 1; bit <= LAST_ATTR; bit++)
			try(p, from, to, 1 << bit);
	}
}

/* A step that does not exist fails with any attributes. */
static void no_step(struct pair *p, int from, int to)
{
	enum type type = p->end[0].type;
	int other;

	try(p, from, to, IBV_QP_STATE);
	for (other = 0; other <= IBV_QPS_ERR; other++)
		if (is_step(other, to)) {
			int req = required(type, other, to) | IBV_QP_STATE;

			try(p, from, to, req);
			try(p, from, to, req | optional(type, other, to));
		}
}

static void table(enum type type)
{
	struct pair p;
	int from, to;

	calls = 0;
	pair_open(&p, type);
	for (from = 0; from <= IBV_QPS_ERR; from++) {
		if (from == IBV_QPS_SQE && !has_sqe(type))
			continue;
		bring(&p, 0, from);
		for (to = 0; to <= IBV_QPS_ERR + 1; to++)
			if (is_step(from, to))
				all_of_step(&p, from, to);
			else
				no_step(&p, from, to);
	}
	pair_close(&p);
	printf("ok - %s: %u steps take the right attributes\n", type_name[type], calls);
}

int main(int argc, char **argv)
{
	enum type type;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 3) {
		fprintf(stderr, "usage: rocestates DEV GID\n");
		return 2;
	}
	env_open(argv[1], atoi(argv[2]));
	for (type = 0; type < TYPES; type++) {
		traffic(type);
		printf("ok - %s: messages before and after each step\n", type_name[type]);
		table(type);
	}
	env_close();

	return 0;
}
