/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Address handles.
 */
#ifndef MFRAW_AH_H
#define MFRAW_AH_H

#include <rdma/ib_verbs.h>

#include "roce/path.h"

/**
 * struct mfraw_av - address vector: the part of an AH that the data path uses
 * @pd: PD of the address handle
 * @path: path to the peer, constant
 * @rcu: frees the struct after a grace period
 */
struct mfraw_av {
	const struct ib_pd	*pd;
	struct mfraw_path	path;
	struct rcu_head		rcu;
};

/**
 * struct mfraw_ah - address handle
 * @ibah: the core's AH, which may be freed while the data path still uses @av
 * @ahn: number in rdev.ahs, by which work requests name @av
 * @av: address vector, freed a grace period after the address handle
 * @attr: attributes at creation
 */
struct mfraw_ah {
	struct ib_ah		ibah;
	u32			ahn;
	struct mfraw_av		*av;
	struct rdma_ah_attr	attr;
};

static inline struct mfraw_ah *to_mfraw_ah(struct ib_ah *ibah)
{
	return container_of(ibah, struct mfraw_ah, ibah);
}

extern const struct ib_device_ops mfraw_ah_ops;
int mfraw_ah_resolve(struct rdma_ah_attr *attr);
const struct mfraw_path *mfraw_ah_path(const struct ib_pd *pd, u32 ahn);

#endif /* MFRAW_AH_H */
