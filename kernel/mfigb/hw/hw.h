/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The device as a whole: reset, address, EEPROM, pools in general.
 */
#ifndef MFIGB_HW_H
#define MFIGB_HW_H

#include "mfigb.h"

int mfigb_hw_reset(struct mfigb *nic);
int mfigb_hw_mac(struct mfigb *nic);
int mfigb_hw_eeprom(struct mfigb *nic, u16 word, u16 *value);
void mfigb_hw_start(struct mfigb *nic);
void mfigb_hw_stop(struct mfigb *nic);

#endif /* MFIGB_HW_H */
