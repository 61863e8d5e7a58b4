// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The NIC: its devlink instance, its uplink port and its eswitch mode. */
#include <linux/etherdevice.h>
#include <linux/slab.h>

#include "bus.h"
#include "mfnic.h"
#include "netdev/rep.h"
#include "nic.h"
#include "port/qblock.h"
#include "port/sf_port.h"

static int mfnic_mode_get(struct devlink *devlink, u16 *mode)
{
	struct mfnic *nic = devlink_priv(devlink);

	*mode = nic->eswitch_mode;

	return 0;
}

static void mfnic_sf_ports_destroy(struct mfnic *nic)
{
	struct mf_port *port;
	unsigned long index;

	devl_rate_nodes_destroy(priv_to_devlink(nic));
	xa_for_each(&nic->sfs.ports, index, port)
		mfnic_sf_port_destroy(mfnic_port_of(port));
}

static int mfnic_mode_set(struct devlink *devlink, u16 mode,
			  struct netlink_ext_ack *extack)
{
	struct mfnic *nic = devlink_priv(devlink);
	int err;

	if (mode == nic->eswitch_mode)
		return 0;
	/* After a failed reload, the NIC has no uplink. */
	if (devlink_is_reload_failed(devlink)) {
		NL_SET_ERR_MSG_MOD(extack, "The NIC is down, since a reload failed");
		return -ENODEV;
	}

	switch (mode) {
	case DEVLINK_ESWITCH_MODE_SWITCHDEV:
		err = mfnic_rep_create(&nic->uplink);
		if (err) {
			NL_SET_ERR_MSG_MOD(extack, "The uplink's representor can't be registered");
			return err;
		}
		break;
	case DEVLINK_ESWITCH_MODE_LEGACY:
		if (!xa_empty(&nic->sfs.ports))
			NL_SET_ERR_MSG_MOD(extack, "The subfunction ports were deleted");
		mfnic_sf_ports_destroy(nic);
		mfnic_rep_destroy(&nic->uplink);
		break;
	default:
		NL_SET_ERR_MSG_MOD(extack, "Modes are legacy and switchdev");
		return -EOPNOTSUPP;
	}
	nic->eswitch_mode = mode;

	return 0;
}

static int mfnic_info_get(struct devlink *devlink, struct devlink_info_req *req,
			  struct netlink_ext_ack *extack)
{
	struct mfnic *nic = devlink_priv(devlink);
	int err;

	/*
	 * A software NIC has no serial number, so its unique name stands in for
	 * one.
	 */
	err = devlink_info_serial_number_put(req, dev_name(nic->dev));
	if (err)
		return err;

	return devlink_info_version_fixed_put(req,
					      DEVLINK_INFO_VERSION_GENERIC_BOARD_ID,
					      KBUILD_MODNAME);
}

static int mfnic_uplink_create(struct mfnic *nic)
{
	struct devlink *devlink = priv_to_devlink(nic);
	struct devlink_port *dl_port = &nic->uplink.base.dl_port;
	struct devlink_port_attrs attrs = {
		.flavour = DEVLINK_PORT_FLAVOUR_PHYSICAL,
		.switch_id = nic->switch_id,
	};
	int err;

	err = mfnic_port_init(&nic->uplink, nic);
	if (err) {
		nic->uplink.nic = NULL;
		return err;
	}
	devlink_port_attrs_set(dl_port, &attrs);
	err = devl_port_register(devlink, dl_port, MFNIC_UPLINK_INDEX);
	if (err)
		goto err_fini;
	if (nic->eswitch_mode == DEVLINK_ESWITCH_MODE_SWITCHDEV) {
		err = mfnic_rep_create(&nic->uplink);
		if (err)
			goto err_unregister;
	}

	return 0;

err_unregister:
	devl_port_unregister(dl_port);
err_fini:
	mfnic_port_fini(&nic->uplink);
	nic->uplink.nic = NULL;
	return err;
}

static void mfnic_uplink_destroy(struct mfnic *nic)
{
	if (nic->uplink.rep)
		mfnic_rep_destroy(&nic->uplink);
	devl_port_unregister(&nic->uplink.base.dl_port);
	mfnic_port_fini(&nic->uplink);
	memset(&nic->uplink, 0, sizeof(nic->uplink));
}

/*
 * Create everything that a reload creates again. Called under the devlink lock.
 */
static int mfnic_up(struct mfnic *nic)
{
	int err;

	devl_assert_locked(priv_to_devlink(nic));
	err = mfnic_traps_register(nic);
	if (err)
		return err;
	err = mfnic_uplink_create(nic);
	if (err)
		mfnic_traps_unregister(nic);

	return err;
}

/* Undo mfnic_up(). After a failed reload, there is no uplink and no trap. */
static void mfnic_down(struct mfnic *nic)
{
	mfnic_sf_ports_destroy(nic);
	if (!nic->uplink.nic)
		return;
	mfnic_uplink_destroy(nic);
	mfnic_traps_unregister(nic);
}

/*
 * A reload removes the subfunctions. mfnic_reload_up() creates the uplink
 * again, in the current namespace of the devlink instance.
 */
static int mfnic_reload_down(struct devlink *devlink, bool netns_change,
			     enum devlink_reload_action action,
			     enum devlink_reload_limit limit,
			     struct netlink_ext_ack *extack)
{
	mfnic_down(devlink_priv(devlink));

	return 0;
}

static int mfnic_reload_up(struct devlink *devlink,
			   enum devlink_reload_action action,
			   enum devlink_reload_limit limit,
			   u32 *actions_performed,
			   struct netlink_ext_ack *extack)
{
	int err;

	err = mfnic_up(devlink_priv(devlink));
	if (err) {
		NL_SET_ERR_MSG_MOD(extack, "The uplink can't be registered");
		return err;
	}
	*actions_performed = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT);

	return 0;
}

static const struct devlink_ops mfnic_devlink_ops = {
	.reload_actions = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT),
	.reload_down = mfnic_reload_down,
	.reload_up = mfnic_reload_up,
	.eswitch_mode_get = mfnic_mode_get,
	.eswitch_mode_set = mfnic_mode_set,
	.info_get = mfnic_info_get,
	.trap_init = mfnic_trap_init,
	.trap_action_set = mfnic_trap_action_set,
	.trap_group_init = mfnic_trap_group_init,
	.trap_drop_counter_get = mfnic_trap_drop_counter_get,
	.port_new = mfnic_sf_port_new,
	.rate_leaf_tx_max_set = mfnic_rate_max_set,
	.rate_leaf_tx_share_set = mfnic_rate_share_set,
	.rate_leaf_parent_set = mfnic_rate_parent_set,
	.rate_node_tx_max_set = mfnic_rate_max_set,
	.rate_node_tx_share_set = mfnic_rate_share_set,
	.rate_node_parent_set = mfnic_rate_parent_set,
	.rate_node_new = mfnic_rate_node_new,
	.rate_node_del = mfnic_rate_node_del,
};

static u64 mfnic_sfs_used(void *priv)
{
	struct mfnic *nic = priv;
	struct mf_port *port;
	unsigned long index;
	u64 n = 0;

	xa_for_each(&nic->sfs.ports, index, port)
		n++;

	return n;
}

/**
 * mfnic_probe - bring up a NIC
 * @dev: device on the bus
 *
 * Context: sleeps.
 * Return: 0 or a negative errno.
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
	/* A new port remembers nothing, which is a decision of number 0. */
	atomic64_set(&nic->changes, 1);
	nic->switch_id.id_len = ETH_ALEN;
	eth_random_addr(nic->switch_id.id);
	spin_lock_init(&nic->rate_lock);
	INIT_LIST_HEAD(&nic->reach);
	mf_port_table_init(&nic->sfs, &mfnic_port_ops, MFNIC_MAX_SFS);
	dev_set_drvdata(dev, nic);

	devl_lock(devlink);
	err = mf_resource_register(devlink, "subfunctions", MFNIC_MAX_SFS,
				   mfnic_sfs_used, nic);
	if (err)
		goto err_free;
	err = mfnic_up(nic);
	if (err)
		goto err_resources;
	devl_register(devlink);
	devl_unlock(devlink);

	return 0;

err_resources:
	devl_resources_unregister(devlink);
err_free:
	devl_unlock(devlink);
	devlink_free(devlink);
	return err;
}

/**
 * mfnic_remove - take down a NIC with its ports and subfunctions
 * @dev: device on the bus
 *
 * Context: sleeps.
 */
void mfnic_remove(struct device *dev)
{
	struct mfnic *nic = dev_get_drvdata(dev);
	struct devlink *devlink = priv_to_devlink(nic);

	devl_lock(devlink);
	devl_unregister(devlink);
	mfnic_down(nic);
	devl_resources_unregister(devlink);
	devl_unlock(devlink);

	mf_port_table_destroy(&nic->sfs);
	devlink_free(devlink);
}
