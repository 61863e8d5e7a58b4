// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * An active subfunction: the auxiliary device mfnic.sf.<n> and its driver. The
 * driver creates a devlink instance for the subfunction. The parameters of this
 * instance select the auxiliary devices for clients of the queue block.
 *
 * Lock order: the devlink lock of the NIC, which is held for activation, then
 * the devlink lock of the subfunction.
 */
#include <linux/idr.h>
#include <linux/slab.h>

#include "mfnic.h"
#include "port/qblock.h"
#include "port/sf.h"
#include "resource.h"

enum mfnic_client_kind {
	MFNIC_CLIENT_RDMA,
	MFNIC_CLIENT_ETH,
	MFNIC_NUM_CLIENTS,
};

static const struct {
	const char *name;	/* name of the auxiliary device */
	u32 param;
} mfnic_clients[MFNIC_NUM_CLIENTS] = {
	[MFNIC_CLIENT_RDMA] = {
		.name = "rdma",
		.param = DEVLINK_PARAM_GENERIC_ID_ENABLE_RDMA,
	},
	[MFNIC_CLIENT_ETH] = {
		.name = "eth",
		.param = DEVLINK_PARAM_GENERIC_ID_ENABLE_ETH,
	},
};

/**
 * struct mfnic_sf - the device of an active subfunction
 * @adev: auxiliary device mfnic.sf.<id>
 * @port: port of the subfunction; outlives drivers that are bound to @adev
 * @attached: the driver of this file is bound to @adev
 */
struct mfnic_sf {
	struct auxiliary_device	adev;
	struct mfnic_port	*port;
	bool			attached;
};

/**
 * struct mfnic_sf_devlink - private part of the subfunction's devlink instance
 * @sf: device of the subfunction
 * @clients: auxiliary devices for clients, or NULL; devlink lock
 */
struct mfnic_sf_devlink {
	struct mfnic_sf		*sf;
	struct mf_qblock_dev	*clients[MFNIC_NUM_CLIENTS];
};

static DEFINE_IDA(mfnic_sf_ids);

static struct mfnic_sf *to_sf(struct device *dev)
{
	return container_of(dev, struct mfnic_sf, adev.dev);
}

static void mfnic_client_release(struct device *dev)
{
	kfree(container_of(dev, struct mf_qblock_dev, adev.dev));
}

static struct mf_qblock_dev *mfnic_client_add(struct mfnic_sf *sf,
					      const char *name)
{
	struct mf_qblock_dev *client;
	int err;

	client = kzalloc_obj(*client);
	if (!client)
		return ERR_PTR(-ENOMEM);
	client->qb = &sf->port->qb;
	client->adev.id = sf->adev.id;
	client->adev.name = name;
	client->adev.dev.parent = &sf->adev.dev;
	client->adev.dev.release = mfnic_client_release;

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

/* Called under the devlink lock of the subfunction. */
static void mfnic_clients_del(struct mfnic_sf_devlink *priv)
{
	int i;

	devl_assert_locked(priv_to_devlink(priv));
	mfnic_port_set_sf_up(priv->sf->port, false);
	for (i = MFNIC_NUM_CLIENTS - 1; i >= 0; i--) {
		if (!priv->clients[i])
			continue;
		auxiliary_device_delete(&priv->clients[i]->adev);
		auxiliary_device_uninit(&priv->clients[i]->adev);
		priv->clients[i] = NULL;
	}
}

static int mfnic_clients_add(struct devlink *devlink)
{
	struct mfnic_sf_devlink *priv = devlink_priv(devlink);
	union devlink_param_value enable;
	struct mf_qblock_dev *client;
	int err;
	int i;

	/*
	 * devlink calls reload_down before the instance changes its namespace,
	 * so this namespace is valid while clients exist.
	 */
	write_pnet(&priv->sf->port->qb.net, devlink_net(devlink));
	mfnic_port_set_sf_up(priv->sf->port, true);
	for (i = 0; i < MFNIC_NUM_CLIENTS; i++) {
		err = devl_param_driverinit_value_get(devlink,
						      mfnic_clients[i].param,
						      &enable);
		if (err)
			goto err_del;
		if (!enable.vbool)
			continue;
		client = mfnic_client_add(priv->sf, mfnic_clients[i].name);
		if (IS_ERR(client)) {
			err = PTR_ERR(client);
			goto err_del;
		}
		priv->clients[i] = client;
	}

	return 0;

err_del:
	mfnic_clients_del(priv);
	return err;
}

static int mfnic_sf_reload_down(struct devlink *devlink, bool netns_change,
				enum devlink_reload_action action,
				enum devlink_reload_limit limit,
				struct netlink_ext_ack *extack)
{
	mfnic_clients_del(devlink_priv(devlink));

	return 0;
}

static int mfnic_sf_reload_up(struct devlink *devlink,
			      enum devlink_reload_action action,
			      enum devlink_reload_limit limit,
			      u32 *actions_performed,
			      struct netlink_ext_ack *extack)
{
	int err;

	err = mfnic_clients_add(devlink);
	if (err) {
		NL_SET_ERR_MSG_MOD(extack, "The devices of the subfunction can't be added");
		return err;
	}
	*actions_performed = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT);

	return 0;
}

static const struct devlink_ops mfnic_sf_devlink_ops = {
	.reload_actions = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT),
	.reload_down = mfnic_sf_reload_down,
	.reload_up = mfnic_sf_reload_up,
};

enum {
	MFNIC_SF_PARAM_BASE = DEVLINK_PARAM_GENERIC_ID_MAX,
	MFNIC_SF_PARAM_MAX_RX_FANOUT,
};

/* The maximum number of the port's receive queues that one frame reaches. */
static int mfnic_fanout_get(struct devlink *devlink, u32 id,
			    struct devlink_param_gset_ctx *ctx,
			    struct netlink_ext_ack *extack)
{
	struct mfnic_sf_devlink *priv = devlink_priv(devlink);

	ctx->val.vu32 = READ_ONCE(priv->sf->port->rx.match.max_dests);

	return 0;
}

MF_DEFINE_PARAM_GET(mfnic_fanout_get)

static int mfnic_fanout_set(struct devlink *devlink, u32 id,
			    struct devlink_param_gset_ctx *ctx,
			    struct netlink_ext_ack *extack)
{
	struct mfnic_sf_devlink *priv = devlink_priv(devlink);

	WRITE_ONCE(priv->sf->port->rx.match.max_dests, ctx->val.vu32);

	return 0;
}

static int mfnic_fanout_validate(struct devlink *devlink, u32 id,
				 union devlink_param_value *val,
				 struct netlink_ext_ack *extack)
{
	if (val->vu32 && val->vu32 <= MF_DESTS_MAX)
		return 0;
	NL_SET_ERR_MSG_FMT_MOD(extack, "max_rx_fanout must be 1 to %u",
			       MF_DESTS_MAX);

	return -EINVAL;
}

MF_DEFINE_PARAM_VALIDATE(mfnic_fanout_validate)

static const struct devlink_param mfnic_sf_params[] = {
	DEVLINK_PARAM_GENERIC(ENABLE_RDMA, BIT(DEVLINK_PARAM_CMODE_DRIVERINIT),
			      NULL, NULL, NULL),
	DEVLINK_PARAM_GENERIC(ENABLE_ETH, BIT(DEVLINK_PARAM_CMODE_DRIVERINIT),
			      NULL, NULL, NULL),
	DEVLINK_PARAM_DRIVER(MFNIC_SF_PARAM_MAX_RX_FANOUT, "max_rx_fanout",
			     DEVLINK_PARAM_TYPE_U32,
			     BIT(DEVLINK_PARAM_CMODE_RUNTIME),
			     MF_PARAM_GET(mfnic_fanout_get), mfnic_fanout_set,
			     MF_PARAM_VALIDATE(mfnic_fanout_validate)),
};

static int mfnic_sf_params_init(struct devlink *devlink)
{
	union devlink_param_value on = { .vbool = true };
	int err;
	int i;

	err = devl_params_register(devlink, mfnic_sf_params,
				   ARRAY_SIZE(mfnic_sf_params));
	if (err)
		return err;
	for (i = 0; i < MFNIC_NUM_CLIENTS; i++)
		devl_param_driverinit_value_set(devlink, mfnic_clients[i].param,
						&on);

	return 0;
}

/* Each mask costs one lookup for each received frame. */
static u64 mfnic_rx_masks_used(void *priv)
{
	const struct mfnic_port *port = priv;

	return MF_RX_GROUPS - READ_ONCE(port->rx.match.room);
}

static int mfnic_sf_probe(struct auxiliary_device *adev,
			  const struct auxiliary_device_id *id)
{
	struct mfnic_sf *sf = container_of(adev, struct mfnic_sf, adev);
	struct mfnic_sf_devlink *priv;
	struct devlink *devlink;
	int err;

	/* The instance starts in the namespace of the NIC's instance. */
	devlink = devlink_alloc_ns(&mfnic_sf_devlink_ops, sizeof(*priv),
				   devlink_net(priv_to_devlink(sf->port->nic)),
				   &adev->dev);
	if (!devlink)
		return -ENOMEM;
	priv = devlink_priv(devlink);
	priv->sf = sf;
	auxiliary_set_drvdata(adev, devlink);

	devl_lock(devlink);
	err = mfnic_sf_params_init(devlink);
	if (err)
		goto err_unlock;
	err = mfnic_resource_register(devlink, "rx_masks", MF_RX_GROUPS,
				      mfnic_rx_masks_used, sf->port);
	if (err)
		goto err_params;
	err = mfnic_health_init(sf->port, devlink);
	if (err)
		goto err_resources;
	err = mfnic_clients_add(devlink);
	if (err)
		goto err_health;
	/*
	 * Only devl_unregister() undoes this call, so no call behind it may
	 * fail.
	 */
	err = devl_port_fn_devlink_set(&sf->port->dl_port, devlink);
	if (err)
		goto err_clients;
	devl_register(devlink);
	devl_unlock(devlink);
	mfnic_health_start(sf->port);
	WRITE_ONCE(sf->attached, true);

	return 0;

err_clients:
	mfnic_clients_del(priv);
err_health:
	mfnic_health_fini(sf->port);
err_resources:
	devl_resources_unregister(devlink);
err_params:
	devl_params_unregister(devlink, mfnic_sf_params,
			       ARRAY_SIZE(mfnic_sf_params));
err_unlock:
	devl_unlock(devlink);
	devlink_free(devlink);
	return err;
}

static void mfnic_sf_remove(struct auxiliary_device *adev)
{
	struct mfnic_sf *sf = container_of(adev, struct mfnic_sf, adev);
	struct devlink *devlink = auxiliary_get_drvdata(adev);

	WRITE_ONCE(sf->attached, false);
	mfnic_health_stop(sf->port);
	devl_lock(devlink);
	devl_unregister(devlink);
	mfnic_clients_del(devlink_priv(devlink));
	devl_params_unregister(devlink, mfnic_sf_params,
			       ARRAY_SIZE(mfnic_sf_params));
	mfnic_health_fini(sf->port);
	devl_resources_unregister(devlink);
	devl_unlock(devlink);
	devlink_free(devlink);
}

/**
 * mfnic_sf_attached - test whether the subfunction's driver is bound
 * @sf: device of the subfunction
 *
 * Context: any.
 * Return: true if the driver is bound.
 */
bool mfnic_sf_attached(const struct mfnic_sf *sf)
{
	return READ_ONCE(sf->attached);
}

/* udev rules can name devices by the number that the operator chose. */
static ssize_t sfnum_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%u\n", to_sf(dev)->port->sfnum);
}
static DEVICE_ATTR_RO(sfnum);

static struct attribute *mfnic_sf_attrs[] = {
	&dev_attr_sfnum.attr,
	NULL
};
ATTRIBUTE_GROUPS(mfnic_sf);

static void mfnic_sf_release(struct device *dev)
{
	struct mfnic_sf *sf = to_sf(dev);

	ida_free(&mfnic_sf_ids, sf->adev.id);
	kfree(sf);
}

/**
 * mfnic_sf_activate - create the device of a subfunction
 * @port: configured, inactive port; port->sf is set on success
 * @extack: reason of a failure
 *
 * Context: sleeps, devlink lock of the NIC.
 * Return: 0 or a negative errno.
 */
int mfnic_sf_activate(struct mfnic_port *port, struct netlink_ext_ack *extack)
{
	struct mfnic_sf *sf;
	int id;
	int err;

	devl_assert_locked(priv_to_devlink(port->nic));
	id = ida_alloc(&mfnic_sf_ids, GFP_KERNEL);
	if (id < 0)
		return id;

	sf = kzalloc_obj(*sf);
	if (!sf) {
		ida_free(&mfnic_sf_ids, id);
		return -ENOMEM;
	}
	sf->port = port;
	sf->adev.id = id;
	sf->adev.name = "sf";
	sf->adev.dev.parent = port->nic->dev;
	sf->adev.dev.release = mfnic_sf_release;
	sf->adev.dev.groups = mfnic_sf_groups;

	err = auxiliary_device_init(&sf->adev);
	if (err) {
		ida_free(&mfnic_sf_ids, id);
		kfree(sf);
		return err;
	}
	port->sf = sf;
	port->qb.dev = &sf->adev.dev;

	err = auxiliary_device_add(&sf->adev);
	if (err) {
		NL_SET_ERR_MSG_MOD(extack, "The device of the subfunction can't be added");
		goto err_uninit;
	}
	if (!mfnic_sf_attached(sf)) {
		NL_SET_ERR_MSG_MOD(extack, "The driver of the subfunction did not start");
		err = -ENODEV;
		goto err_delete;
	}

	return 0;

err_delete:
	auxiliary_device_delete(&sf->adev);
err_uninit:
	port->sf = NULL;
	auxiliary_device_uninit(&sf->adev);
	return err;
}

/**
 * mfnic_sf_deactivate - remove the device of a subfunction
 * @port: port of an active subfunction
 *
 * Context: sleeps, devlink lock of the NIC.
 */
void mfnic_sf_deactivate(struct mfnic_port *port)
{
	struct mfnic_sf *sf = port->sf;

	devl_assert_locked(priv_to_devlink(port->nic));
	auxiliary_device_delete(&sf->adev);
	port->sf = NULL;
	auxiliary_device_uninit(&sf->adev);
}

static const struct auxiliary_device_id mfnic_sf_ids_table[] = {
	{ .name = "mfnic.sf" },
	{}
};
MODULE_DEVICE_TABLE(auxiliary, mfnic_sf_ids_table);

static struct auxiliary_driver mfnic_sf_driver = {
	.name = "sf",
	.probe = mfnic_sf_probe,
	.remove = mfnic_sf_remove,
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
