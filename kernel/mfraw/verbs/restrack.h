/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Driver details of "rdma resource show".
 */
#ifndef MFRAW_RESTRACK_H
#define MFRAW_RESTRACK_H

#include <rdma/ib_verbs.h>

struct mfraw_cq;
struct mfraw_queue;

extern const struct ib_device_ops mfraw_restrack_ops;
void mfraw_queue_hide(struct mfraw_queue *q);
void mfraw_cq_hide(struct mfraw_cq *cq);

#endif /* MFRAW_RESTRACK_H */
