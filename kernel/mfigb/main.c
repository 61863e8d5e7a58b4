// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Module init and exit. The driver names no device, so it binds only where
 * driver_override asks for it; the kernel's igb keeps all others.
 */
#include <linux/mf_version.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "nic.h"
#include "port/sf.h"

MODULE_DESCRIPTION("Queue blocks on the pools of an Intel 82576");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_VERSION(MF_VERSION);
MODULE_IMPORT_NS("MFSTEER");

#define MFIGB_DEVICE_82576	0x10c9

static int mfigb_pci_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	if (pdev->vendor != PCI_VENDOR_ID_INTEL ||
	    pdev->device != MFIGB_DEVICE_82576)
		return -ENODEV;

	return mfigb_probe(pdev);
}

static struct pci_driver mfigb_pci_driver = {
	.name = KBUILD_MODNAME,
	.probe = mfigb_pci_probe,
	.remove = mfigb_remove,
};

static int __init mfigb_init(void)
{
	int err;

	err = mfigb_sf_driver_register();
	if (err)
		return err;
	err = pci_register_driver(&mfigb_pci_driver);
	if (err)
		mfigb_sf_driver_unregister();

	return err;
}
module_init(mfigb_init);

static void __exit mfigb_exit(void)
{
	pci_unregister_driver(&mfigb_pci_driver);
	mfigb_sf_driver_unregister();
}
module_exit(mfigb_exit);
