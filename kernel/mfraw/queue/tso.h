/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * TCP segmentation offload, see tso.c.
 */
#ifndef MFRAW_TSO_H
#define MFRAW_TSO_H

#include "queue/burst.h"

enum mfraw_build mfraw_build_tso(struct mfraw_qp *qp,
				 const struct mfraw_send_wqe *wqe, u8 flags,
				 u32 off, struct mfraw_mr **last, u8 *status);

#endif /* MFRAW_TSO_H */
