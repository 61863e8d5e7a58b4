/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The world of the suites of mfraw, for fuzz targets: hostile addresses, keys and
 * indices, and memory around the region that must not change.
 */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include "fuzz.h"
#include "kunit.h"

/* An address in the region, at its ends, or anywhere. */
static inline u64 world_addr(struct fuzz_in *in)
{
	u8 what = fuzz_u8(in);

	switch (what % 8) {
	case 0:
		return WORLD_IOVA + WORLD_LEN - what / 8;
	case 1:
		return WORLD_IOVA - what / 8;
	case 2:
		return (u64)fuzz_u32(in) << 32 | fuzz_u32(in);
	case 3:
		return ALIGN(WORLD_IOVA, 8) + 8 * what;
	default:
		return WORLD_IOVA + fuzz_u16(in) % WORLD_LEN;
	}
}

static inline u32 world_key(struct fuzz_in *in)
{
	u8 what = fuzz_u8(in);

	return what < 224 ? WORLD_LKEY : what < 240 ? WORLD_LKEY + what - 232 :
	       fuzz_u32(in);
}

static inline void world_sge(struct fuzz_in *in, struct mfraw_sge *sge)
{
	u8 what = fuzz_u8(in);

	mfraw_world_sge(sge, world_addr(in),
			what < 64 ? what : what < 240 ? fuzz_u16(in) % 4096 :
			fuzz_u32(in), world_key(in));
}

/* Mostly one more entry. */
static inline void world_produce(struct fuzz_in *in, __le32 *prod)
{
	u8 what = fuzz_u8(in);

	*prod = cpu_to_le32(le32_to_cpu(*prod) +
			    (what < 250 ? 1 : what < 253 ? what - 250 : fuzz_u32(in)));
}

static inline void world_recv(struct fuzz_in *in, struct mfraw_world *w)
{
	u32 prod = le32_to_cpu(w->db.rq_prod);
	struct mfraw_sge *sge = w->rq_ring[prod % WORLD_ENTRIES];

	world_sge(in, &sge[0]);
	memset(&sge[1], 0, sizeof(sge[1]));
	if (fuzz_u8(in) % 2)
		world_sge(in, &sge[1]);
	world_produce(in, &w->db.rq_prod);
}

static inline struct mf_rx_rule *world_rule_add(struct mf_qblock *qb,
						const struct mf_rx_rule_spec *spec)
{
	return (struct mf_rx_rule *)qb;
}

static inline void world_rule_del(struct mf_qblock *qb, struct mf_rx_rule *rule)
{
}

static inline void world_guard(struct mfraw_world *w, void (*at)(u8 *at, u8 guard),
			       u8 guard)
{
	u64 addr = WORLD_IOVA - offset_in_page(WORLD_IOVA);

	for (; addr < WORLD_IOVA; addr++)
		at(mfraw_world_at(w, addr), guard);
	for (addr += WORLD_LEN; addr >> PAGE_SHIFT < (WORLD_IOVA >> PAGE_SHIFT) +
	     WORLD_PAGES; addr++)
		at(mfraw_world_at(w, addr), guard);
}

static inline void world_guard_set(u8 *at, u8 guard)
{
	*at = guard;
}

static inline void world_guard_check(u8 *at, u8 guard)
{
	fuzz_check(*at == guard);
}

static inline void world_start(struct mfraw_world *w, u8 guard)
{
	static const struct mf_qblock_ops ops = {
		.xmit = mf_test_xmit,
		.rx_rule_add = world_rule_add,
		.rx_rule_del = world_rule_del,
	};

	w->port.qb.ops = &ops;
	memset(w->dev.attr.mac, 2, ETH_ALEN);
	world_guard(w, world_guard_set, guard);
}

static inline void world_end(struct mfraw_world *w, u8 guard)
{
	world_guard(w, world_guard_check, guard);
}

#endif /* FUZZ_WORLD_H */
