/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The queues of a QP or WQ from creation to destruction.
 */
#ifndef __MFRAW_QP_RINGS_H__
#define __MFRAW_QP_RINGS_H__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "queue.h"

struct mfraw_qp;

/*
 * The queues, as the response of the create command describes them. A WQ has no
 * send queue.
 *
 * @mmap_key: offset of the mapping in the command file
 * @mmap_size: size of the mapping in bytes
 * @db_off: offset of the doorbell page in the mapping in bytes
 * @sq: send queue
 * @rq: receive queue
 */
struct mfraw_qp_layout {
	uint64_t			mmap_key;
	size_t				mmap_size;
	uint32_t			db_off;
	struct mfraw_queue_layout	sq;
	struct mfraw_queue_layout	rq;
};

int mfraw_qp_rings_init(struct mfraw_qp *qp,
			const struct mfraw_qp_layout *layout, bool locked);
void mfraw_qp_rings_reset(struct mfraw_qp *qp);
void mfraw_qp_rings_free(struct mfraw_qp *qp);

#endif /* __MFRAW_QP_RINGS_H__ */
