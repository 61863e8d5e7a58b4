/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Simulated lack of memory: a test makes one allocation of the file under test
 * fail, in any kernel. The file under test is included after this header.
 */
#ifndef MF_NOMEM_H
#define MF_NOMEM_H

#include <linux/slab.h>

/* Number of the allocation that fails, with 1 for the next; one per module. */
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
