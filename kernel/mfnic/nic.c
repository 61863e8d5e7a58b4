// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A NIC: its devlink instance, its uplink port and its eswitch mode.
 */
#include <linux/slab.h>

#include "mfnic.h"

static int mfnic_mode_get(struct devlink *devlink, u16 *mode)
{
	struct mfnic *nic = devlink_priv(devlink);

	*mode = nic->eswitch_mode;

	return 0;
}

static int mfnic_mode_set(struct devlink *devlink, u16 mode,
			  struct netlink_ext_ack *extack)
{
	struct mfnic *nic = devlink_priv(devlink);

	if (mode == nic->eswitch_mode)
		return 0;
	if (mode != DEVLINK_ESWITCH_MODE_LEGACY &&
	    mode != DEVLINK_ESWITCH_MODE_SWITCHDEV) {
		NL_SET_ERR_MSG_MOD(extack, "Modes are legacy and switchdev");
		return -EOPNOTSUPP;
	}
	if (!xa_empty(&nic->sfs)) {
		NL_SET_ERR_MSG_MOD(extack, "Delete the subfunction ports first");
		return -EBUSY;
	}
	nic->eswitch_mode = mode;

	return 0;
}

static int mfnic_info_get(struct devlink *devlink, struct devlink_info_req *req,
			  struct netlink_ext_ack *extack)
{
	struct mfnic *nic = devlink_priv(devlink);
	int err;

	/* There is no hardware: the name is what tells one from another. */
	err = devlink_info_serial_number_put(req, dev_name(nic->dev));
	if (err)
		return err;

	return devlink_info_version_fixed_put(req,
					      DEVLINK_INFO_VERSION_GENERIC_BOARD_ID,
					      KBUILD_MODNAME);
}

static const struct devlink_ops mfnic_devlink_ops = {
	.eswitch_mode_get = mfnic_mode_get,
	.eswitch_mode_set = mfnic_mode_set,
	.info_get = mfnic_info_get,
	.port_new = mfnic_port_new,
};

static int mfnic_uplink_register(struct devlink *devlink, struct mfnic *nic)
{
	struct devlink_port_attrs attrs = {
		.flavour = DEVLINK_PORT_FLAVOUR_PHYSICAL,
	};

	int err;

	devlink_port_attrs_set(&nic->uplink, &attrs);
	err = devl_port_register(devlink, &nic->uplink, MFNIC_UPLINK_INDEX);
	if (err)
		return err;
	mfnic_port_set_type(&nic->uplink);

	return 0;
}

/**
 * mfnic_probe - bring a NIC up
 * @dev: of the bus
 *
 * Context: sleeps.
 * Return: 0 or an errno.
 */
int mfnic_probe(struct device *dev)
{
	struct devlink *devlink;
	struct mfnic *nic;
	int err;

	devlink = devlink_alloc(&mfnic_devlink_ops, sizeof(*nic), dev);
	if (!devlink)
		return -ENOMEM;

	nic = devlink_priv(devlink);
	nic->dev = dev;
	nic->mtu = to_mfnic_bus_dev(dev)->mtu;
	nic->eswitch_mode = DEVLINK_ESWITCH_MODE_SWITCHDEV;
	xa_init_flags(&nic->sfs, XA_FLAGS_ALLOC1);
	xa_init_flags(&nic->sfnums, XA_FLAGS_ALLOC1);
	mfnic_flow_table_init(&nic->macs);
	INIT_LIST_HEAD(&nic->active);
	dev_set_drvdata(dev, nic);

	devl_lock(devlink);
	err = mfnic_uplink_register(devlink, nic);
	if (!err)
		devl_register(devlink);
	devl_unlock(devlink);
	if (err)
		devlink_free(devlink);

	return err;
}

/**
 * mfnic_remove - take a NIC down with all that it carries
 * @dev: of the bus
 *
 * Context: sleeps.
 */
void mfnic_remove(struct device *dev)
{
	struct mfnic *nic = dev_get_drvdata(dev);
	struct devlink *devlink = priv_to_devlink(nic);
	struct mfnic_port *port;
	unsigned long index;

	devl_lock(devlink);
	devl_unregister(devlink);
	xa_for_each(&nic->sfs, index, port)
		mfnic_port_destroy(port);
	mfnic_port_unregister(&nic->uplink);
	devl_unlock(devlink);

	mfnic_flow_table_destroy(&nic->macs);
	xa_destroy(&nic->sfs);
	xa_destroy(&nic->sfnums);
	devlink_free(devlink);
}
