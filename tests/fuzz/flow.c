// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The flow table, compared with a list of rules: after any changes, each frame finds the
 * same destinations in both.
 */
#include <linux/mf_steer.h>

#include "fuzz.h"
#include "mfsteer/flow_key.h"
#include "mfsteer/flow_table.h"

#define RULES	24
#define FRAMES	4
#define ROOM	6
#define DESTS	3

/* A rule of the list. @group counts the masks in the order in which they came. */
struct entry {
	struct mf_flow_rule	*rule;
	u16			prio;
	struct mf_flow_key	key;
	struct mf_flow_key	mask;
	unsigned int		group;
	void			*to;
};

static struct entry rules[RULES];
static struct fuzz_frame frames[FRAMES];
static struct mf_flow_key keys[FRAMES];
static u8 dests[RULES];
static unsigned int groups;

void fuzz_init(void)
{
	mf_key_init();
	fuzz_check(!mf_flow_init());
}

static bool matches(const struct entry *e, const struct mf_flow_key *key)
{
	const u8 *a = (const u8 *)key, *b = (const u8 *)&e->key;
	const u8 *mask = (const u8 *)&e->mask;
	unsigned int i;

	for (i = 0; i < sizeof(*key); i++)
		if ((a[i] ^ b[i]) & mask[i])
			return false;

	return true;
}

static bool same_group(const struct entry *a, const struct entry *b)
{
	return a->prio == b->prio && !memcmp(&a->mask, &b->mask, sizeof(a->mask));
}

static void add(struct mf_flow_table *table, struct fuzz_in *in)
{
	unsigned int i, n = 0, used = 0, room = ROOM;
	struct entry *e = NULL, new = {};
	u32 fields;
	u8 *mask = (u8 *)&new.mask;

	new.prio = fuzz_u8(in) % 3;
	new.key = keys[fuzz_u8(in) % FRAMES];
	/* Some bytes of the mask, each whole or in part. */
	fields = fuzz_u8(in);
	for (i = 0; i < sizeof(new.mask); i++)
		if (i / 9 == fields % 8 || (fields & 0x80 && i / 9 == fields / 8 % 8))
			mask[i] = fields & 0x40 ? fuzz_u8(in) : 0xff;
	((u8 *)&new.key)[fuzz_u8(in) % sizeof(new.key)] ^= fuzz_u8(in) & 1;
	new.to = &dests[fuzz_u8(in) % RULES];
	new.group = groups++;
	for (i = 0; i < RULES; i++) {
		struct entry *r = &rules[i];
		unsigned int k;

		if (!r->rule) {
			e = r;
			continue;
		}
		if (same_group(r, &new))
			new.group = r->group;
		/* Destinations of the same key, without those twice. */
		if (same_group(r, &new) && matches(&new, &r->key)) {
			for (k = 0; k < i; k++)
				if (rules[k].rule && rules[k].to == r->to &&
				    same_group(&rules[k], &new) &&
				    matches(&new, &rules[k].key))
					break;
			n += k == i;
			used |= r->to == new.to;
		}
		for (k = 0; k < i; k++)
			if (rules[k].rule && rules[k].group == r->group)
				break;
		room -= k == i;
	}
	if (!e)
		return;
	new.rule = mf_flow_add(table, new.prio, &new.key, &new.mask, new.to);
	if (IS_ERR(new.rule)) {
		fuzz_check(PTR_ERR(new.rule) == -ENOSPC);
		fuzz_check(!room || (n == DESTS && !used));
		return;
	}
	fuzz_check(room || new.group != groups - 1);
	fuzz_check(n < DESTS || used);
	*e = new;
}

static void del(struct mf_flow_table *table, struct entry *e)
{
	if (!e->rule)
		return;
	mf_flow_del(table, e->rule);
	e->rule = NULL;
}

static void lookup(struct mf_flow_table *table, unsigned int i, unsigned int prio)
{
	const struct entry *best = NULL, *e;
	const struct mf_dests *found;
	struct mf_parse parse;
	unsigned int k, n = 0;

	for (e = rules; e < &rules[RULES]; e++)
		if (e->rule && e->prio >= prio && matches(e, &keys[i]) &&
		    (!best || e->prio < best->prio ||
		     (e->prio == best->prio && e->group < best->group)))
			best = e;

	rcu_read_lock();
	mf_parse_init(&parse, &frames[i].frame);
	found = mf_flow_lookup_from(table, prio, &parse);
	fuzz_check(!found == !best);
	for (k = 0; best && k < RULES; k++) {
		unsigned int refs = 0, at;

		e = &rules[k];
		for (at = 0; at < RULES; at++)
			refs += rules[at].rule && rules[at].to == &dests[k] &&
				rules[at].group == best->group &&
				matches(&rules[at], &keys[i]);
		if (!refs)
			continue;
		for (at = 0; at < found->n; at++)
			if (found->dest[at].to == &dests[k])
				break;
		fuzz_check(at < found->n && found->dest[at].refs == refs);
		n++;
	}
	fuzz_check(!best || found->n == n);
	rcu_read_unlock();
}

void fuzz_one(struct fuzz_in *in)
{
	struct mf_flow_table table;
	unsigned int i;
	u8 bytes[200];

	groups = 0;
	mf_flow_table_init(&table, ROOM);
	table.max_dests = DESTS;
	for (i = 0; i < FRAMES; i++) {
		u32 len = fuzz_packet(in, bytes, sizeof(bytes));

		fuzz_frame(&frames[i], bytes, len, min_t(u32, len, MF_FRAME_HDR), in);
		memset(&keys[i], 0xff, sizeof(keys[i]));
		rcu_read_lock();
		mf_key_parse(&keys[i], MF_KEY_L4, &frames[i].frame);
		rcu_read_unlock();
	}
	for (i = 0; in->len && i < 100; i++) {
		u8 what = fuzz_u8(in);

		if (what % 8 < 4)
			add(&table, in);
		else if (what % 8 < 6)
			del(&table, &rules[fuzz_u8(in) % RULES]);
		else if (what % 8 == 6)
			fuzz_grace();
		else
			fuzz_work();
		lookup(&table, what / 8 % FRAMES, what / 32 % 4);
	}
	for (i = 0; i < RULES; i++)
		del(&table, &rules[i]);
	mf_flow_table_destroy(&table);
	fuzz_check(table.room == ROOM);
}
