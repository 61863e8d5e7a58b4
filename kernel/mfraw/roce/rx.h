/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Reception of RoCEv2 packets, see rx.c.
 */
#ifndef MFRAW_RX_H
#define MFRAW_RX_H

struct mfraw_dev;

int mfraw_roce_rx_start(struct mfraw_dev *dev);
void mfraw_roce_rx_stop(struct mfraw_dev *dev);

#endif /* MFRAW_RX_H */
