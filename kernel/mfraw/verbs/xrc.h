/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Extended reliable connections.
 */
#ifndef MFRAW_XRC_H
#define MFRAW_XRC_H

#include <rdma/ib_verbs.h>

struct mfraw_pkt;
struct mfraw_roce;
struct mfraw_srq;

/* XRC domain: only its identity matters. */
struct mfraw_xrcd {
	struct ib_xrcd		ibxrcd;
};

extern const struct ib_device_ops mfraw_xrc_ops;
int mfraw_xrc_srq_add(struct mfraw_srq *srq);
void mfraw_xrc_srq_del(struct mfraw_srq *srq);
bool mfraw_xrc_enter(struct mfraw_roce *roce, const struct mfraw_pkt *pkt);
struct ib_pd *mfraw_xrc_pd(const struct mfraw_roce *roce, u32 srqn);

#endif /* MFRAW_XRC_H */
