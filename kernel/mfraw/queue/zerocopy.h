/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Rounds of a send queue whose pages receivers keep, see zerocopy.c.
 */
#ifndef MFRAW_ZEROCOPY_H
#define MFRAW_ZEROCOPY_H

#include <linux/types.h>

struct mfraw_qp;
struct mfraw_sent;
struct ubuf_info;

int mfraw_zc_init(struct mfraw_qp *qp);
void mfraw_zc_discard(struct mfraw_qp *qp);
void mfraw_zc_detach(struct mfraw_qp *qp);
void mfraw_zc_fini(struct mfraw_qp *qp);
bool mfraw_zc_busy(struct mfraw_qp *qp);
bool mfraw_zc_waits(struct mfraw_qp *qp);
struct ubuf_info *mfraw_zc_get(struct mfraw_qp *qp);
void mfraw_zc_put(struct mfraw_qp *qp, struct ubuf_info *ubuf,
		  const struct mfraw_sent *sent);
void mfraw_zc_exit(void);

#endif /* MFRAW_ZEROCOPY_H */
