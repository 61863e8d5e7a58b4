/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Locks and error states of queue pairs.
 */
#ifndef MFRAW_QP_STATE_H
#define MFRAW_QP_STATE_H

struct mfraw_qp;

void mfraw_qp_lock(struct mfraw_qp *qp);
void mfraw_qp_unlock(struct mfraw_qp *qp);
void mfraw_qp_enter_err(struct mfraw_qp *qp);
void mfraw_qp_fail(struct mfraw_qp *qp);
void mfraw_qp_fatal(struct mfraw_qp *qp);
void mfraw_qp_sq_fail(struct mfraw_qp *qp);

#endif /* MFRAW_QP_STATE_H */
