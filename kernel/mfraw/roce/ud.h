/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Datagrams and multicast groups, see ud.c.
 */
#ifndef MFRAW_UD_H
#define MFRAW_UD_H

#include <rdma/ib_verbs.h>

struct mfraw_dev;
struct mfraw_pkt;
struct mfraw_roce;
struct mfraw_swqe;

#define MFRAW_MAX_MCAST_GRP	1024
#define MFRAW_MAX_MCAST_QP	256	/* of a group */

u8 mfraw_ud_pack(struct mfraw_roce *roce, const struct mfraw_swqe *wqe,
		 bool *full);
void mfraw_ud_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt);
void mfraw_ud_rx_mcast(struct mfraw_dev *dev, const struct mfraw_pkt *pkt);
extern const struct ib_device_ops mfraw_mcast_ops;
int mfraw_mcast_init(struct mfraw_dev *dev);
void mfraw_mcast_fini(struct mfraw_dev *dev);

#endif /* MFRAW_UD_H */
