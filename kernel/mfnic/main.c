// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Module init and exit: what all NICs share, and the driver of the bus. */
#include <linux/mf_version.h>
#include <linux/module.h>

#include "bridge/switchdev.h"
#include "bus.h"
#include "netdev/rep.h"
#include "netdev/uplink.h"
#include "nic.h"
#include "port/sf_port.h"
#include "steer/fanout.h"
#include "tc/tc.h"
#include "watch.h"

MODULE_DESCRIPTION("Multi-function NIC in software");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_VERSION(MF_VERSION);
MODULE_IMPORT_NS("MFPORT");
MODULE_IMPORT_NS("MFSTEER");

static unsigned int nics = 1;
module_param(nics, uint, 0444);
MODULE_PARM_DESC(nics, "NICs to create when the module is loaded (default 1)");

static int mfnic_driver_remove(struct device *dev)
{
	mfnic_remove(dev);

	return 0;
}

/* devlink names a device by its driver, so one driver serves the whole bus. */
static struct device_driver mfnic_driver = {
	.name = KBUILD_MODNAME,
	.bus = &mfnic_bus,
	.owner = THIS_MODULE,
	.probe = mfnic_probe,
	.remove = mfnic_driver_remove,
};

static int __init mfnic_init(void)
{
	int err;

	mfnic_rep_init();

	err = mfnic_tc_init();
	if (err)
		return err;
	err = mfnic_uplink_init();
	if (err)
		goto err_tc;
	err = mfnic_switchdev_init();
	if (err)
		goto err_uplink;
	err = mfnic_watch_init();
	if (err)
		goto err_bridge;
	err = mfnic_fanout_init();
	if (err)
		goto err_watch;
	err = bus_register(&mfnic_bus);
	if (err)
		goto err_fanout;
	err = driver_register(&mfnic_driver);
	if (err)
		goto err_bus;
	err = mfnic_sf_driver_register();
	if (err)
		goto err_driver;

	err = mfnic_bus_fill(nics);
	if (err)
		goto err_nics;

	return 0;

err_nics:
	mfnic_bus_clear();
	mfnic_sf_driver_unregister();
err_driver:
	driver_unregister(&mfnic_driver);
err_bus:
	bus_unregister(&mfnic_bus);
err_fanout:
	mfnic_fanout_exit();
err_watch:
	mfnic_watch_exit();
err_bridge:
	mfnic_switchdev_exit();
err_uplink:
	mfnic_uplink_exit();
err_tc:
	mfnic_tc_exit();
	return err;
}
module_init(mfnic_init);

static void __exit mfnic_exit(void)
{
	mfnic_bus_clear();
	mfnic_sf_driver_unregister();
	driver_unregister(&mfnic_driver);
	bus_unregister(&mfnic_bus);
	mfnic_fanout_exit();
	mfnic_watch_exit();
	mfnic_switchdev_exit();
	mfnic_uplink_exit();
	mfnic_tc_exit();
}
module_exit(mfnic_exit);
