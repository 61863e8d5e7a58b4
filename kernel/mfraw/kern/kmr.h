/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Memory regions of kernel users.
 */
#ifndef MFRAW_KMR_H
#define MFRAW_KMR_H

#include <rdma/ib_verbs.h>

struct mfraw_roce_seg;

extern const struct ib_device_ops mfraw_kmr_ops;
u8 mfraw_kmr_reg(struct ib_pd *pd, const struct mfraw_roce_seg *seg);
bool mfraw_kmr_is_valid(struct ib_pd *pd, u32 key, bool remote);
bool mfraw_kmr_invalidate(struct ib_pd *pd, u32 key, bool remote);

#endif /* MFRAW_KMR_H */
