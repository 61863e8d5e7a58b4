// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Ports of subfunctions: "devlink port add" and "port del", and the driver of
 * active subfunctions. Each port has one of the pools 1 to 7, whose number is
 * the index of the port. All functions run under the devlink lock of the NIC.
 */
#include "port/port.h"
#include "port/sf_port.h"

static int mfigb_sf_port_del(struct devlink *devlink,
			     struct devlink_port *dl_port,
			     struct netlink_ext_ack *extack)
{
	mfigb_sf_port_destroy(container_of(dl_port, struct mfigb_port,
					   base.dl_port));

	return 0;
}

static const struct devlink_port_ops mfigb_sf_port_ops = {
	.port_del = mfigb_sf_port_del,
	.port_fn_hw_addr_get = mf_port_hw_addr_get,
	.port_fn_hw_addr_set = mf_port_hw_addr_set,
	.port_fn_roce_get = mf_port_roce_get,
	.port_fn_roce_set = mf_port_roce_set,
	.port_fn_state_get = mf_port_state_get,
	.port_fn_state_set = mf_port_state_set,
	.port_fn_max_io_eqs_get = mf_port_max_io_eqs_get,
	.port_fn_max_io_eqs_set = mf_port_max_io_eqs_set,
};

/* The link work item reads the array without the devlink lock. */
static void mfigb_sf_port_publish(struct mfigb *nic, unsigned int index,
				  struct mfigb_port *port)
{
	mutex_lock(&nic->ports_lock);
	nic->ports[index] = port;
	mutex_unlock(&nic->ports_lock);
}

/**
 * mfigb_sf_port_new - "devlink port add"
 * @devlink: devlink instance of the NIC
 * @attrs: attributes that the operator requests
 * @extack: reason of a failure
 * @dl_port: the new port
 *
 * Context: sleeps, devlink lock of the NIC.
 * Return: 0 or a negative errno.
 */
int mfigb_sf_port_new(struct devlink *devlink,
		      const struct devlink_port_new_attrs *attrs,
		      struct netlink_ext_ack *extack,
		      struct devlink_port **dl_port)
{
	struct mfigb *nic = devlink_priv(devlink);
	struct devlink_port_attrs dl_attrs = {};
	struct mfigb_port *port;
	int err;

	if (!nic->up) {
		NL_SET_ERR_MSG_MOD(extack, "The NIC is down, since a reload failed");
		return -ENODEV;
	}
	err = mf_port_check_new(&nic->table, attrs, extack);
	if (err)
		return err;

	port = mfigb_port_alloc(nic);
	if (IS_ERR(port))
		return PTR_ERR(port);
	err = mf_port_register(&port->base, devlink, attrs, &dl_attrs,
			       &mfigb_sf_port_ops, extack);
	if (err) {
		mfigb_port_free(port);
		return err;
	}
	port->pool.index = port->base.dl_port.index;
	mfigb_port_set_type(port);
	mfigb_sf_port_publish(nic, port->pool.index, port);
	*dl_port = &port->base.dl_port;

	return 0;
}

/**
 * mfigb_sf_port_destroy - remove a subfunction port, even while it is in use
 * @port: subfunction port, freed on return
 *
 * Context: sleeps, devlink lock of the NIC.
 */
void mfigb_sf_port_destroy(struct mfigb_port *port)
{
	devl_assert_locked(priv_to_devlink(port->nic));
	mf_port_deactivate(&port->base);
	mfigb_port_clear_type(port);
	mf_port_unregister(&port->base);
	mfigb_sf_port_publish(port->nic, port->pool.index, NULL);
	mfigb_port_free(port);
}

static const struct auxiliary_device_id mfigb_sf_ids_table[] = {
	{ .name = "mfigb.sf" },
	{}
};
MODULE_DEVICE_TABLE(auxiliary, mfigb_sf_ids_table);

static struct auxiliary_driver mfigb_sf_driver = {
	.name = "sf",
	.probe = mf_sf_probe,
	.remove = mf_sf_remove,
	.id_table = mfigb_sf_ids_table,
};

int mfigb_sf_driver_register(void)
{
	return auxiliary_driver_register(&mfigb_sf_driver);
}

void mfigb_sf_driver_unregister(void)
{
	auxiliary_driver_unregister(&mfigb_sf_driver);
}
