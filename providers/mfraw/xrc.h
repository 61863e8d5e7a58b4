/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Extended reliable connections.
 */
#ifndef __MFRAW_XRC_H__
#define __MFRAW_XRC_H__

#include <infiniband/driver.h>

struct ibv_xrcd *mfraw_open_xrcd(struct ibv_context *ibctx,
				 struct ibv_xrcd_init_attr *attr);
int mfraw_close_xrcd(struct ibv_xrcd *ibxrcd);
struct ibv_srq *mfraw_create_srq_ex(struct ibv_context *ibctx,
				    struct ibv_srq_init_attr_ex *attr);
struct ibv_qp *mfraw_create_xrc_recv(struct ibv_context *ibctx,
				     struct ibv_qp_init_attr_ex *attr);
struct ibv_qp *mfraw_open_qp(struct ibv_context *ibctx,
			     struct ibv_qp_open_attr *attr);

#endif /* __MFRAW_XRC_H__ */
