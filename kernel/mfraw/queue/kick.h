/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Kicks, by which a process tells that it has posted, see kick.c.
 */
#ifndef MFRAW_KICK_H
#define MFRAW_KICK_H

#include <linux/types.h>
#include <rdma/uverbs_ioctl.h>

struct ib_ucontext;
struct mfraw_dev;

/**
 * struct mfraw_kicked - a QP or WQ that a process can kick
 * @ctx: number of the context that the queue belongs to; 0: not in the table
 * @wq: the queue is a WQ, not a QP
 */
struct mfraw_kicked {
	u64	ctx;
	bool	wq;
};

extern const struct uapi_definition mfraw_uapi_defs[];
void mfraw_kick_init(struct mfraw_dev *dev);
void mfraw_kick_exit(struct mfraw_dev *dev);
int mfraw_kick_add(struct mfraw_dev *dev, struct mfraw_kicked *kicked,
		   struct ib_ucontext *ibuctx, u32 num);
void mfraw_kick_del(struct mfraw_dev *dev, struct mfraw_kicked *kicked,
		    u32 num);

#endif /* MFRAW_KICK_H */
