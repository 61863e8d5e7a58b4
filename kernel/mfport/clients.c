// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The auxiliary devices of a port, to which clients bind. Parameters of a
 * devlink instance select them: that of the subfunction, or that of the NIC for
 * ports without one.
 */
#include <linux/slab.h>

#include "port.h"

static const struct {
	const char *name;	/* name of the auxiliary device */
	u32 param;
} mf_clients[MF_NUM_CLIENTS] = {
	[MF_CLIENT_RDMA] = {
		.name = "rdma",
		.param = DEVLINK_PARAM_GENERIC_ID_ENABLE_RDMA,
	},
	[MF_CLIENT_ETH] = {
		.name = "eth",
		.param = DEVLINK_PARAM_GENERIC_ID_ENABLE_ETH,
	},
};

static const struct devlink_param mf_client_params[] = {
	DEVLINK_PARAM_GENERIC(ENABLE_RDMA, BIT(DEVLINK_PARAM_CMODE_DRIVERINIT),
			      NULL, NULL, NULL),
	DEVLINK_PARAM_GENERIC(ENABLE_ETH, BIT(DEVLINK_PARAM_CMODE_DRIVERINIT),
			      NULL, NULL, NULL),
};

/**
 * mf_port_params_register - register the parameters that select clients
 * @devlink: devlink instance
 *
 * Context: sleeps, lock of @devlink.
 * Return: 0 or a negative errno.
 */
int mf_port_params_register(struct devlink *devlink)
{
	union devlink_param_value on = { .vbool = true };
	int err;
	int i;

	err = devl_params_register(devlink, mf_client_params,
				   ARRAY_SIZE(mf_client_params));
	if (err)
		return err;
	for (i = 0; i < MF_NUM_CLIENTS; i++)
		devl_param_driverinit_value_set(devlink, mf_clients[i].param,
						&on);

	return 0;
}
EXPORT_SYMBOL_NS_GPL(mf_port_params_register, "MFPORT");

/**
 * mf_port_params_unregister - undo mf_port_params_register()
 * @devlink: devlink instance
 *
 * Context: sleeps, lock of @devlink.
 */
void mf_port_params_unregister(struct devlink *devlink)
{
	devl_params_unregister(devlink, mf_client_params,
			       ARRAY_SIZE(mf_client_params));
}
EXPORT_SYMBOL_NS_GPL(mf_port_params_unregister, "MFPORT");

static void mf_client_release(struct device *dev)
{
	kfree(container_of(dev, struct mf_qblock_dev, adev.dev));
}

static struct mf_qblock_dev *mf_client_add(struct mf_port *port,
					   const char *name)
{
	struct mf_qblock_dev *client;
	int err;

	client = kzalloc_obj(*client);
	if (!client)
		return ERR_PTR(-ENOMEM);
	client->qb = &port->qb;
	client->adev.id = port->id;
	client->adev.name = name;
	client->adev.dev.parent = port->qb.dev;
	client->adev.dev.release = mf_client_release;

	err = auxiliary_device_init(&client->adev);
	if (err) {
		kfree(client);
		return ERR_PTR(err);
	}
	err = __auxiliary_device_add(&client->adev, port->table->ops->name);
	if (err) {
		auxiliary_device_uninit(&client->adev);
		return ERR_PTR(err);
	}

	return client;
}

static void mf_clients_del_devs(struct mf_port *port)
{
	int i;

	for (i = MF_NUM_CLIENTS - 1; i >= 0; i--) {
		if (!port->devs[i])
			continue;
		auxiliary_device_delete(&port->devs[i]->adev);
		auxiliary_device_uninit(&port->devs[i]->adev);
		port->devs[i] = NULL;
	}
}

/* Add the devices that the parameters of @devlink select. */
static int mf_clients_add_devs(struct mf_port *port, struct devlink *devlink)
{
	union devlink_param_value enable;
	struct mf_qblock_dev *client;
	int err;
	int i;

	for (i = 0; i < MF_NUM_CLIENTS; i++) {
		err = devl_param_driverinit_value_get(devlink,
						      mf_clients[i].param,
						      &enable);
		if (err)
			return err;
		if (!enable.vbool)
			continue;
		client = mf_client_add(port, mf_clients[i].name);
		if (IS_ERR(client))
			return PTR_ERR(client);
		port->devs[i] = client;
	}

	return 0;
}

/**
 * mf_port_clients_add - start a port, and add the devices for clients
 * @port: a port with an address and an id
 * @devlink: devlink instance whose parameters select clients, in whose
 *	namespace clients register their devices
 * @parent: parent of the devices
 *
 * Context: sleeps, lock of @devlink.
 * Return: 0 or a negative errno.
 */
int mf_port_clients_add(struct mf_port *port, struct devlink *devlink,
			struct device *parent)
{
	int err;

	devl_assert_locked(devlink);
	/*
	 * devlink calls reload_down before the instance changes its namespace,
	 * so this namespace is valid while clients exist.
	 */
	write_pnet(&port->qb.net, devlink_net(devlink));
	port->qb.dev = parent;
	if (port->table->ops->start) {
		err = port->table->ops->start(port);
		if (err)
			return err;
	}
	mf_port_set_active(port, true);
	err = mf_clients_add_devs(port, devlink);
	if (err)
		mf_port_clients_del(port);

	return err;
}
EXPORT_SYMBOL_NS_GPL(mf_port_clients_add, "MFPORT");

/**
 * mf_port_clients_del - undo mf_port_clients_add()
 * @port: a port, which may be inactive already
 *
 * Context: sleeps, lock of the devlink instance that has the clients.
 */
void mf_port_clients_del(struct mf_port *port)
{
	if (!port->active)
		return;
	mf_port_set_active(port, false);
	mf_clients_del_devs(port);
	if (port->table->ops->stop)
		port->table->ops->stop(port);
}
EXPORT_SYMBOL_NS_GPL(mf_port_clients_del, "MFPORT");
