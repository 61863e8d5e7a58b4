/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The NIC as a devlink instance.
 */
#ifndef MFIGB_NIC_H
#define MFIGB_NIC_H

struct pci_dev;

int mfigb_probe(struct pci_dev *pdev);
void mfigb_remove(struct pci_dev *pdev);

#endif /* MFIGB_NIC_H */
