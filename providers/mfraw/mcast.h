/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Multicast groups.
 */
#ifndef __MFRAW_MCAST_H__
#define __MFRAW_MCAST_H__

#include <stdint.h>

#include <infiniband/driver.h>

struct mfraw_context;

void mfraw_mcast_init(struct mfraw_context *ctx);
void mfraw_mcast_free(struct mfraw_context *ctx);
int mfraw_attach_mcast(struct ibv_qp *ibqp, const union ibv_gid *gid,
		       uint16_t lid);
int mfraw_detach_mcast(struct ibv_qp *ibqp, const union ibv_gid *gid,
		       uint16_t lid);

#endif /* __MFRAW_MCAST_H__ */
