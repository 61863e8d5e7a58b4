/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The call by which the kernel looks at the queues of a QP or WQ.
 */
#ifndef __MFRAW_KICK_H__
#define __MFRAW_KICK_H__

struct mfraw_context;
struct mfraw_qp;

int mfraw_kick_open(struct mfraw_context *ctx);
void mfraw_kick_close(struct mfraw_context *ctx);
int mfraw_kick(struct mfraw_qp *qp);

#endif /* __MFRAW_KICK_H__ */
