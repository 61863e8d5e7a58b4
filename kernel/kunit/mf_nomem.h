/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Memory that can't be had: allocations of the file under test, which is to be
 * included after this, fail when a test says so. In any kernel, and at exactly
 * that place.
 */
#ifndef MF_NOMEM_H
#define MF_NOMEM_H

#include <linux/slab.h>

/* Defined once in each module: the allocation that is to fail; 1 is the next. */
extern unsigned int mf_nomem_at;

static inline bool mf_nomem_now(gfp_t gfp)
{
	return !(gfp & __GFP_NOFAIL) && mf_nomem_at && !--mf_nomem_at;
}

static inline void *mf_nomem_kzalloc(size_t size, gfp_t gfp)
{
	return mf_nomem_now(gfp) ? NULL : kzalloc(size, gfp);
}

#undef kzalloc
#define kzalloc(size, gfp)	mf_nomem_kzalloc(size, gfp)

#endif /* MF_NOMEM_H */
