/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The network device on the queue block of the RDMA device.
 */
#ifndef MFRAW_NETDEV_H
#define MFRAW_NETDEV_H

struct mfraw_dev;

int mfraw_netdev_init(void);
void mfraw_netdev_exit(void);
int mfraw_netdev_add(struct mfraw_dev *dev);
void mfraw_netdev_del(struct mfraw_dev *dev);

#endif /* MFRAW_NETDEV_H */
