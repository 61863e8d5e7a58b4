/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The device while it works.
 */
#ifndef MFIGB_DEVICE_H
#define MFIGB_DEVICE_H

#include "mfigb.h"

void mfigb_device_init(struct mfigb *nic);
int mfigb_device_start(struct mfigb *nic);
void mfigb_device_stop(struct mfigb *nic);

#endif /* MFIGB_DEVICE_H */
