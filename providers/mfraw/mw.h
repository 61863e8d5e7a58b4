/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Memory windows.
 */
#ifndef __MFRAW_MW_H__
#define __MFRAW_MW_H__

#include <infiniband/driver.h>

struct ibv_mw *mfraw_alloc_mw(struct ibv_pd *ibpd, enum ibv_mw_type type);
int mfraw_dealloc_mw(struct ibv_mw *mw);
int mfraw_bind_mw(struct ibv_qp *ibqp, struct ibv_mw *mw,
		  struct ibv_mw_bind *mw_bind);

#endif /* __MFRAW_MW_H__ */
