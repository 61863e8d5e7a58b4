/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What both ways of posting a send request share.
 */
#ifndef __MFRAW_SEND_H__
#define __MFRAW_SEND_H__

#include "ring.h"

/* A fence and a solicited event mean nothing on a wire without either. */
#define MFRAW_KNOWN_SEND_FLAGS                                                 \
	(IBV_SEND_FENCE | IBV_SEND_SIGNALED | IBV_SEND_SOLICITED |             \
	 IBV_SEND_INLINE | IBV_SEND_IP_CSUM)

/* But for MFRAW_SEND_INLINE. */
static inline uint8_t mfraw_wqe_flags(const struct mfraw_qp *qp,
				      unsigned int send_flags)
{
	uint8_t flags = qp->sq_flags;

	if (send_flags & IBV_SEND_SIGNALED)
		flags |= MFRAW_SEND_SIGNALED;
	if (send_flags & IBV_SEND_IP_CSUM)
		flags |= MFRAW_SEND_IP_CSUM;
	return flags;
}

static inline void mfraw_copy_sges(struct mfraw_send_wqe *wqe, void *to,
				   const struct ibv_sge *sge, uint32_t num_sge)
{
	struct mfraw_sge *seg = to;
	uint32_t i;

	wqe->num_sge = htole16(num_sge);
	for (i = 0; i < num_sge; i++) {
		seg[i].addr = htole64(sge[i].addr);
		seg[i].length = htole32(sge[i].length);
		seg[i].lkey = htole32(sge[i].lkey);
	}
}

#endif /* __MFRAW_SEND_H__ */
