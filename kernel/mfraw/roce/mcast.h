/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Multicast groups, see mcast.c.
 */
#ifndef MFRAW_MCAST_H
#define MFRAW_MCAST_H

#include <rdma/ib_verbs.h>

struct mfraw_dev;
struct mfraw_pkt;

extern const struct ib_device_ops mfraw_mcast_ops;
void mfraw_mcast_rx(struct mfraw_dev *dev, const struct mfraw_pkt *pkt);
int mfraw_mcast_init(struct mfraw_dev *dev);
void mfraw_mcast_fini(struct mfraw_dev *dev);

#endif /* MFRAW_MCAST_H */
