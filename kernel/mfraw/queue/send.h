/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Processing of send queues, see send.c.
 */
#ifndef MFRAW_SEND_H
#define MFRAW_SEND_H

#include <linux/types.h>

struct mfraw_qp;

unsigned int mfraw_raw_burst(struct mfraw_qp *qp);
void mfraw_raw_flush_sq(struct mfraw_qp *qp);
u32 mfraw_sq_end(const struct mfraw_qp *qp);
bool mfraw_sq_round(struct mfraw_qp *qp, u32 end);
void mfraw_sq_run(struct mfraw_qp *qp);
void mfraw_sq_work(struct mfraw_qp *qp);

#endif /* MFRAW_SEND_H */
