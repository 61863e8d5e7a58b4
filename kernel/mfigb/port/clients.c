// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The auxiliary devices of a port, to which clients bind: mfigb.rdma.<n> and
 * mfigb.eth.<n>. Parameters of a devlink instance select them: that of the NIC
 * for the physical port, or that of the subfunction.
 */
#include <linux/slab.h>

#include "port/clients.h"
#include "port/port.h"

static const struct {
	const char *name;	/* name of the auxiliary device */
	u32 param;
} mfigb_clients[MFIGB_NUM_CLIENTS] = {
	[MFIGB_CLIENT_RDMA] = {
		.name = "rdma",
		.param = DEVLINK_PARAM_GENERIC_ID_ENABLE_RDMA,
	},
	[MFIGB_CLIENT_ETH] = {
		.name = "eth",
		.param = DEVLINK_PARAM_GENERIC_ID_ENABLE_ETH,
	},
};

static const struct devlink_param mfigb_client_params[] = {
	DEVLINK_PARAM_GENERIC(ENABLE_RDMA, BIT(DEVLINK_PARAM_CMODE_DRIVERINIT),
			      NULL, NULL, NULL),
	DEVLINK_PARAM_GENERIC(ENABLE_ETH, BIT(DEVLINK_PARAM_CMODE_DRIVERINIT),
			      NULL, NULL, NULL),
};

/**
 * mfigb_clients_params_register - register the parameters that select clients
 * @devlink: devlink instance
 *
 * Context: sleeps, lock of @devlink.
 * Return: 0 or a negative errno.
 */
int mfigb_clients_params_register(struct devlink *devlink)
{
	union devlink_param_value on = { .vbool = true };
	int err;
	int i;

	err = devl_params_register(devlink, mfigb_client_params,
				   ARRAY_SIZE(mfigb_client_params));
	if (err)
		return err;
	for (i = 0; i < MFIGB_NUM_CLIENTS; i++)
		devl_param_driverinit_value_set(devlink, mfigb_clients[i].param,
						&on);

	return 0;
}

void mfigb_clients_params_unregister(struct devlink *devlink)
{
	devl_params_unregister(devlink, mfigb_client_params,
			       ARRAY_SIZE(mfigb_client_params));
}

static void mfigb_client_release(struct device *dev)
{
	kfree(container_of(dev, struct mf_qblock_dev, adev.dev));
}

static struct mf_qblock_dev *mfigb_client_add(struct mfigb_port *port,
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
	client->adev.dev.release = mfigb_client_release;

	err = auxiliary_device_init(&client->adev);
	if (err) {
		kfree(client);
		return ERR_PTR(err);
	}
	err = auxiliary_device_add(&client->adev);
	if (err) {
		auxiliary_device_uninit(&client->adev);
		return ERR_PTR(err);
	}

	return client;
}

static void mfigb_clients_del_devs(struct mfigb_port *port)
{
	int i;

	for (i = MFIGB_NUM_CLIENTS - 1; i >= 0; i--) {
		if (!port->devs[i])
			continue;
		auxiliary_device_delete(&port->devs[i]->adev);
		auxiliary_device_uninit(&port->devs[i]->adev);
		port->devs[i] = NULL;
	}
}

/**
 * mfigb_clients_add - start a port, and add the devices for clients
 * @port: a port with an address
 * @devlink: devlink instance whose parameters select clients, in whose
 *	namespace clients register their devices
 * @parent: parent of the devices
 *
 * Context: sleeps, lock of @devlink.
 * Return: 0 or a negative errno.
 */
int mfigb_clients_add(struct mfigb_port *port, struct devlink *devlink,
		      struct device *parent)
{
	union devlink_param_value enable;
	struct mf_qblock_dev *client;
	int err;
	int i;

	/*
	 * devlink calls reload_down before the instance changes its namespace,
	 * so this namespace is valid while clients exist.
	 */
	write_pnet(&port->qb.net, devlink_net(devlink));
	port->qb.dev = parent;
	err = mfigb_port_start(port);
	if (err)
		return err;
	for (i = 0; i < MFIGB_NUM_CLIENTS; i++) {
		err = devl_param_driverinit_value_get(devlink,
						      mfigb_clients[i].param,
						      &enable);
		if (err)
			goto err_del;
		if (!enable.vbool)
			continue;
		client = mfigb_client_add(port, mfigb_clients[i].name);
		if (IS_ERR(client)) {
			err = PTR_ERR(client);
			goto err_del;
		}
		port->devs[i] = client;
	}

	return 0;

err_del:
	mfigb_clients_del(port);
	return err;
}

/**
 * mfigb_clients_del - undo mfigb_clients_add()
 * @port: a port, which may have been stopped already
 *
 * Context: sleeps, lock of the devlink instance that has the clients.
 */
void mfigb_clients_del(struct mfigb_port *port)
{
	if (!port->active)
		return;
	mfigb_clients_del_devs(port);
	mfigb_port_stop(port);
}
