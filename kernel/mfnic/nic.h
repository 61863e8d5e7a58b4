/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Probe and remove of a NIC, see nic.c. */
#ifndef MFNIC_NIC_H
#define MFNIC_NIC_H

struct device;

int mfnic_probe(struct device *dev);
void mfnic_remove(struct device *dev);

#endif /* MFNIC_NIC_H */
