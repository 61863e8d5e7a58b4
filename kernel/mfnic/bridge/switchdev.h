/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Notifications of the kernel about bridges, see switchdev.c. */
#ifndef MFNIC_SWITCHDEV_H
#define MFNIC_SWITCHDEV_H

int mfnic_switchdev_init(void);
void mfnic_switchdev_exit(void);

#endif /* MFNIC_SWITCHDEV_H */
