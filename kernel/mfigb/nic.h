/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The NIC as a devlink instance.
 */
#ifndef MFIGB_NIC_H
#define MFIGB_NIC_H

struct device;
struct pci_dev;

int mfigb_probe(struct pci_dev *pdev);
void mfigb_remove(struct pci_dev *pdev);
void mfigb_pause(struct pci_dev *pdev);
int mfigb_unpause(struct pci_dev *pdev);
void mfigb_shutdown(struct pci_dev *pdev);
int mfigb_suspend(struct device *dev);
int mfigb_resume(struct device *dev);

#endif /* MFIGB_NIC_H */
