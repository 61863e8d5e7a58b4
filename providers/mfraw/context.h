/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * An open device.
 */
#ifndef __MFRAW_CONTEXT_H__
#define __MFRAW_CONTEXT_H__

#include <pthread.h>

#include <ccan/list.h>
#include <infiniband/driver.h>

#include "qp_table.h"

/*
 * @vctx: what libibverbs knows
 * @kick_fd: the file of mfraw_kick()
 * @qp_table: the QPs, WQs and XRC SRQs by number
 * @mcast_mutex: protects @mcasts
 * @mcasts: struct mfraw_mcast of each group that a raw packet QP is attached to
 */
struct mfraw_context {
	struct verbs_context	vctx;
	int			kick_fd;
	struct mfraw_qp_table	qp_table;
	pthread_mutex_t		mcast_mutex;
	struct list_head	mcasts;
};

static inline struct mfraw_context *to_mctx(struct ibv_context *ibctx)
{
	return container_of(ibctx, struct mfraw_context, vctx.context);
}

#endif /* __MFRAW_CONTEXT_H__ */
