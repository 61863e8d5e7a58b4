/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Kick files: what mfraw and mfraw_kick share, see kick_file.c.
 */
#ifndef MFRAW_KICK_FILE_H
#define MFRAW_KICK_FILE_H

#include <linux/srcu.h>
#include <linux/types.h>
#include <rdma/uverbs_types.h>

struct mfraw_kicker;

/**
 * struct mfraw_kicker - what a device offers to its kick files
 * @readers: read section of @kick
 * @kick: do one round of the queue @num of the context @ctx. @state is 0 in the
 *	first round of a kick. Returns @state of the next round, which is
 *	positive, or 0 if the kick is done, or an errno. Process context, reader
 *	of @readers.
 */
struct mfraw_kicker {
	struct srcu_struct	*readers;
	s64 (*kick)(struct mfraw_kicker *kicker, u64 ctx, u32 num, s64 state);
};

/**
 * struct mfraw_kick_file - an open kick file
 * @uobj: the core's object, which the file holds; first member
 * @kicker: the device, NULL once the context is closed or the device is gone;
 *	read under RCU
 * @ctx: number of the context
 */
struct mfraw_kick_file {
	struct ib_uobject	uobj;
	struct mfraw_kicker __rcu *kicker;
	u64			ctx;
};

extern const struct file_operations mfraw_kick_fops;

#endif /* MFRAW_KICK_FILE_H */
