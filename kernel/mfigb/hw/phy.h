/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The link and the internal PHY.
 */
#ifndef MFIGB_PHY_H
#define MFIGB_PHY_H

#include "mfigb.h"

int mfigb_phy_start(struct mfigb *nic);
bool mfigb_phy_link(struct mfigb *nic, u32 *speed);

#endif /* MFIGB_PHY_H */
