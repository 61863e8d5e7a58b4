// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Subfunction ports: "devlink port add" and "port del", and the driver of active
 * subfunctions. mf_port.h does what does not depend on the switch. All functions
 * run under the devlink lock of the NIC.
 */
#include <linux/slab.h>

#include "mfnic.h"
#include "netdev/rep.h"
#include "port/qblock.h"
#include "port/sf_port.h"

static int mfnic_sf_port_del(struct devlink *devlink,
			     struct devlink_port *dl_port,
			     struct netlink_ext_ack *extack)
{
	mfnic_sf_port_destroy(mfnic_port_of_devlink(dl_port));

	return 0;
}

static int mfnic_sf_port_hw_addr_set(struct devlink_port *dl_port,
				     const u8 *hw_addr, int hw_addr_len,
				     struct netlink_ext_ack *extack)
{
	int err;

	err = mf_port_hw_addr_set(dl_port, hw_addr, hw_addr_len, extack);
	if (!err)
		mfnic_changed(mfnic_port_of_devlink(dl_port)->nic);

	return err;
}

static const struct devlink_port_ops mfnic_sf_port_ops = {
	.port_del = mfnic_sf_port_del,
	.port_fn_hw_addr_get = mf_port_hw_addr_get,
	.port_fn_hw_addr_set = mfnic_sf_port_hw_addr_set,
	.port_fn_roce_get = mf_port_roce_get,
	.port_fn_roce_set = mf_port_roce_set,
	.port_fn_state_get = mf_port_state_get,
	.port_fn_state_set = mf_port_state_set,
	.port_fn_max_io_eqs_get = mf_port_max_io_eqs_get,
	.port_fn_max_io_eqs_set = mf_port_max_io_eqs_set,
};

static int mfnic_sf_port_check(struct mfnic *nic,
			       const struct devlink_port_new_attrs *attrs,
			       struct netlink_ext_ack *extack)
{
	if (devlink_is_reload_failed(priv_to_devlink(nic))) {
		NL_SET_ERR_MSG_MOD(extack, "The NIC is down, since a reload failed");
		return -ENODEV;
	}
	if (attrs->flavour == DEVLINK_PORT_FLAVOUR_PCI_SF &&
	    nic->eswitch_mode != DEVLINK_ESWITCH_MODE_SWITCHDEV) {
		NL_SET_ERR_MSG_MOD(extack, "Subfunctions need eswitch mode switchdev");
		return -EOPNOTSUPP;
	}

	return mf_port_check_new(&nic->sfs, attrs, extack);
}

/**
 * mfnic_sf_port_new - "devlink port add"
 * @devlink: devlink instance of the NIC
 * @attrs: attributes that the operator requests
 * @extack: reason of a failure
 * @dl_port: the new port
 *
 * Context: sleeps, devlink lock of the NIC.
 * Return: 0 or a negative errno.
 */
int mfnic_sf_port_new(struct devlink *devlink,
		      const struct devlink_port_new_attrs *attrs,
		      struct netlink_ext_ack *extack,
		      struct devlink_port **dl_port)
{
	struct mfnic *nic = devlink_priv(devlink);
	struct devlink_port_attrs dl_attrs = {
		.switch_id = nic->switch_id,
	};
	struct mfnic_port *port;
	int err;

	err = mfnic_sf_port_check(nic, attrs, extack);
	if (err)
		return err;

	port = kzalloc_obj(*port);
	if (!port)
		return -ENOMEM;
	err = mfnic_port_init(port, nic);
	if (err)
		goto err_free;
	port->base.qb.ops = &mfnic_qblock_ops;
	port->speed = MFNIC_SPEED;

	err = mf_port_register(&port->base, devlink, attrs, &dl_attrs,
			       &mfnic_sf_port_ops, extack);
	if (err)
		goto err_fini;
	err = mfnic_rate_port_init(port);
	if (err)
		goto err_unregister;
	err = mfnic_rep_create(port);
	if (err) {
		NL_SET_ERR_MSG_MOD(extack, "The representor can't be registered");
		goto err_rate;
	}
	*dl_port = &port->base.dl_port;

	return 0;

err_rate:
	mfnic_rate_port_fini(port);
err_unregister:
	mf_port_unregister(&port->base);
err_fini:
	mfnic_port_fini(port);
err_free:
	kfree(port);
	return err;
}

/**
 * mfnic_sf_port_destroy - remove a subfunction port, even while it is in use
 * @port: subfunction port, freed on return
 *
 * Context: sleeps, devlink lock of the NIC.
 */
void mfnic_sf_port_destroy(struct mfnic_port *port)
{
	devl_assert_locked(priv_to_devlink(port->nic));
	mf_port_deactivate(&port->base);
	mfnic_rep_destroy(port);
	mfnic_rate_port_fini(port);
	mf_port_unregister(&port->base);
	mfnic_port_fini(port);
	kfree(port);
}

static const struct auxiliary_device_id mfnic_sf_ids_table[] = {
	{ .name = "mfnic.sf" },
	{}
};
MODULE_DEVICE_TABLE(auxiliary, mfnic_sf_ids_table);

static struct auxiliary_driver mfnic_sf_driver = {
	.name = "sf",
	.probe = mf_sf_probe,
	.remove = mf_sf_remove,
	.id_table = mfnic_sf_ids_table,
};

int mfnic_sf_driver_register(void)
{
	return auxiliary_driver_register(&mfnic_sf_driver);
}

void mfnic_sf_driver_unregister(void)
{
	auxiliary_driver_unregister(&mfnic_sf_driver);
}
