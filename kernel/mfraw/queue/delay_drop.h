/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * WQs that hold frames without a posted receive, see delay_drop.c.
 */
#ifndef MFRAW_DELAY_DROP_H
#define MFRAW_DELAY_DROP_H

#include <linux/sysfs.h>
#include <linux/types.h>

struct mf_frame;
struct mfraw_delay_drop;
struct mfraw_dev;
struct mfraw_rq;

extern const struct attribute_group mfraw_delay_drop_group;
void mfraw_delay_drop_setup(struct mfraw_dev *dev);
int mfraw_delay_drop_init(struct mfraw_rq *rq, __le32 *wakeup);
void mfraw_delay_drop_fini(struct mfraw_rq *rq);
bool mfraw_delay_drop_holds(const struct mfraw_delay_drop *dd);
void mfraw_delay_drop_hold(struct mfraw_rq *rq, const struct mf_frame *frames,
			   unsigned int n, u32 tag);
bool mfraw_delay_drop_run(struct mfraw_rq *rq);
void mfraw_delay_drop_purge(struct mfraw_rq *rq);

#endif /* MFRAW_DELAY_DROP_H */
