/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Protection domains, thread domains and parent domains.
 */
#ifndef __MFRAW_PD_H__
#define __MFRAW_PD_H__

#include <stdatomic.h>

#include <infiniband/driver.h>

/*
 * @ibv_td: what libibverbs knows
 * @refcount: 1, plus the number of parent domains that use the thread domain
 */
struct mfraw_td {
	struct ibv_td		ibv_td;
	atomic_uint		refcount;
};

/*
 * A PD or a parent domain.
 *
 * @ibv_pd: what libibverbs knows
 * @parent: the PD of a parent domain; NULL for a PD
 * @td: the thread domain of a parent domain, or NULL
 * @refcount: 1, plus the number of parent domains of a PD, or of objects of a
 *	parent domain (mfraw_pd_get())
 */
struct mfraw_pd {
	struct ibv_pd		ibv_pd;
	struct mfraw_pd		*parent;
	struct mfraw_td		*td;
	atomic_uint		refcount;
};

static inline struct mfraw_td *to_mtd(struct ibv_td *ibtd)
{
	return container_of(ibtd, struct mfraw_td, ibv_td);
}

static inline struct mfraw_pd *to_mpd(struct ibv_pd *ibpd)
{
	return container_of(ibpd, struct mfraw_pd, ibv_pd);
}

/*
 * Count an object that was created on @pd. The kernel counts the objects of a
 * PD, and does not know parent domains.
 */
static inline void mfraw_pd_get(struct mfraw_pd *pd)
{
	if (pd->parent)
		atomic_fetch_add(&pd->refcount, 1);
}

/* The object that mfraw_pd_get() counted is destroyed. */
static inline void mfraw_pd_put(struct mfraw_pd *pd)
{
	if (pd->parent)
		atomic_fetch_sub(&pd->refcount, 1);
}

struct ibv_pd *mfraw_alloc_pd(struct ibv_context *ibctx);
int mfraw_dealloc_pd(struct ibv_pd *ibpd);
struct ibv_td *mfraw_alloc_td(struct ibv_context *ibctx,
			      struct ibv_td_init_attr *attr);
int mfraw_dealloc_td(struct ibv_td *ibtd);
struct ibv_pd *
mfraw_alloc_parent_domain(struct ibv_context *ibctx,
			  struct ibv_parent_domain_init_attr *attr);

#endif /* __MFRAW_PD_H__ */
