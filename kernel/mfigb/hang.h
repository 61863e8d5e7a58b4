/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Transmit queues that hang.
 */
#ifndef MFIGB_HANG_H
#define MFIGB_HANG_H

#include "mfigb.h"

int mfigb_hang_init(struct mfigb *nic);
void mfigb_hang_start(struct mfigb *nic);
void mfigb_hang_stop(struct mfigb *nic);
void mfigb_hang_fini(struct mfigb *nic);

#endif /* MFIGB_HANG_H */
