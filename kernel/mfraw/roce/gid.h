/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Lookup of the port's addresses for received packets, see gid.c.
 */
#ifndef MFRAW_GID_H
#define MFRAW_GID_H

#include <rdma/ib_verbs.h>

struct mfraw_dev;
struct mfraw_pkt;

extern const struct ib_device_ops mfraw_gid_ops;
void mfraw_pkt_dgid(const struct mfraw_pkt *pkt, union ib_gid *gid);
bool mfraw_gid_is_own(struct mfraw_dev *dev, const union ib_gid *gid, u16 vlan);
bool mfraw_gid_vlan_known(const struct mfraw_dev *dev, u16 vlan);
int mfraw_gid_init(struct mfraw_dev *dev);
void mfraw_gid_fini(struct mfraw_dev *dev);

#endif /* MFRAW_GID_H */
