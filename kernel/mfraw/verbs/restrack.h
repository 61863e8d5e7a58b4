/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Driver details of "rdma resource show".
 */
#ifndef MFRAW_RESTRACK_H
#define MFRAW_RESTRACK_H

#include <rdma/ib_verbs.h>

struct mfraw_cq;
struct mfraw_queue;

/**
 * struct mfraw_detail - a driver detail
 * @name: name of the detail
 * @value: value of the detail
 */
struct mfraw_detail {
	const char	*name;
	u32		value;
};

extern const struct ib_device_ops mfraw_restrack_ops;
int mfraw_fill(struct sk_buff *msg, const struct mfraw_detail *details,
	       unsigned int n);
u32 mfraw_queue_prod(struct mfraw_queue *q);
void mfraw_queue_hide(struct mfraw_queue *q);
void mfraw_cq_hide(struct mfraw_cq *cq);

#endif /* MFRAW_RESTRACK_H */
