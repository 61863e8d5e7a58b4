/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Memory regions.
 */
#ifndef __MFRAW_MR_H__
#define __MFRAW_MR_H__

#include <stddef.h>
#include <stdint.h>

#include <infiniband/driver.h>

struct ibv_mr *mfraw_reg_mr(struct ibv_pd *ibpd, void *addr, size_t length,
			    uint64_t hca_va, int access);
struct ibv_mr *mfraw_reg_dmabuf_mr(struct ibv_pd *ibpd, uint64_t offset,
				   size_t length, uint64_t iova, int fd,
				   int access);
int mfraw_rereg_mr(struct verbs_mr *vmr, int flags, struct ibv_pd *ibpd,
		   void *addr, size_t length, int access);
int mfraw_dereg_mr(struct verbs_mr *vmr);

#endif /* __MFRAW_MR_H__ */
