// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Module init and exit. The driver names no device, so it binds only where
 * driver_override asks for it; the kernel's igb keeps all others.
 */
#include <linux/mf_version.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pm.h>

#include "nic.h"
#include "port/sf_port.h"

MODULE_DESCRIPTION("Queue blocks on the pools of an Intel 82576");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_VERSION(MF_VERSION);
MODULE_IMPORT_NS("MFPORT");
MODULE_IMPORT_NS("MFSTEER");

#define MFIGB_DEVICE_82576	0x10c9

static int mfigb_pci_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	if (pdev->vendor != PCI_VENDOR_ID_INTEL ||
	    pdev->device != MFIGB_DEVICE_82576)
		return -ENODEV;

	return mfigb_probe(pdev);
}

static void mfigb_reset_done(struct pci_dev *pdev)
{
	mfigb_unpause(pdev);
}

/* A reset that the operator or the bus asks for. */
static const struct pci_error_handlers mfigb_err_handler = {
	.reset_prepare = mfigb_pause,
	.reset_done = mfigb_reset_done,
};

static DEFINE_SIMPLE_DEV_PM_OPS(mfigb_pm_ops, mfigb_suspend, mfigb_resume);

static struct pci_driver mfigb_pci_driver = {
	.name = KBUILD_MODNAME,
	.probe = mfigb_pci_probe,
	.remove = mfigb_remove,
	.shutdown = mfigb_shutdown,
	.err_handler = &mfigb_err_handler,
	.driver.pm = pm_sleep_ptr(&mfigb_pm_ops),
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
