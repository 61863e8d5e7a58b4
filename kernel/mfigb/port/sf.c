// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * An active subfunction: the auxiliary device mfigb.sf.<n> and its driver. The
 * driver creates a devlink instance for the subfunction, whose parameters
 * select the devices for clients.
 *
 * Lock order: the devlink lock of the NIC, then the devlink lock of the
 * subfunction. A reload of the subfunction has only the second one.
 */
#include <linux/slab.h>

#include "port/clients.h"
#include "port/health.h"
#include "port/sf.h"

/**
 * struct mfigb_sf - the device of an active subfunction
 * @adev: auxiliary device mfigb.sf.<id>
 * @port: port of the subfunction; outlives drivers that are bound to @adev
 * @attached: the driver of this file is bound to @adev
 */
struct mfigb_sf {
	struct auxiliary_device	adev;
	struct mfigb_port	*port;
	bool			attached;
};

static struct mfigb_sf *to_sf(struct device *dev)
{
	return container_of(dev, struct mfigb_sf, adev.dev);
}

/* The private part of the subfunction's devlink instance points to the sf. */
static struct mfigb_sf *mfigb_sf_of(struct devlink *devlink)
{
	return *(struct mfigb_sf **)devlink_priv(devlink);
}

static int mfigb_sf_reload_down(struct devlink *devlink, bool netns_change,
				enum devlink_reload_action action,
				enum devlink_reload_limit limit,
				struct netlink_ext_ack *extack)
{
	mfigb_clients_del(mfigb_sf_of(devlink)->port);

	return 0;
}

static int mfigb_sf_reload_up(struct devlink *devlink,
			      enum devlink_reload_action action,
			      enum devlink_reload_limit limit,
			      u32 *actions_performed,
			      struct netlink_ext_ack *extack)
{
	struct mfigb_sf *sf = mfigb_sf_of(devlink);
	int err;

	err = mfigb_clients_add(sf->port, devlink, &sf->adev.dev);
	if (err) {
		NL_SET_ERR_MSG_MOD(extack, "The devices of the subfunction can't be added");
		return err;
	}
	*actions_performed = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT);

	return 0;
}

static const struct devlink_ops mfigb_sf_devlink_ops = {
	.reload_actions = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT),
	.reload_down = mfigb_sf_reload_down,
	.reload_up = mfigb_sf_reload_up,
};

enum {
	MFIGB_SF_PARAM_BASE = DEVLINK_PARAM_GENERIC_ID_MAX,
	MFIGB_SF_PARAM_MAX_RX_FANOUT,
};

/* The maximum number of the port's receive queues that one frame reaches. */
static int mfigb_fanout_get(struct devlink *devlink, u32 id,
			    struct devlink_param_gset_ctx *ctx,
			    struct netlink_ext_ack *extack)
{
	struct mfigb_port *port = mfigb_sf_of(devlink)->port;

	ctx->val.vu32 = READ_ONCE(port->pool.domain.match.max_dests);

	return 0;
}

MF_DEFINE_PARAM_GET(mfigb_fanout_get)

static int mfigb_fanout_set(struct devlink *devlink, u32 id,
			    struct devlink_param_gset_ctx *ctx,
			    struct netlink_ext_ack *extack)
{
	struct mfigb_port *port = mfigb_sf_of(devlink)->port;

	WRITE_ONCE(port->pool.domain.match.max_dests, ctx->val.vu32);

	return 0;
}

static int mfigb_fanout_validate(struct devlink *devlink, u32 id,
				 union devlink_param_value *val,
				 struct netlink_ext_ack *extack)
{
	if (val->vu32 && val->vu32 <= MF_DESTS_MAX)
		return 0;
	NL_SET_ERR_MSG_FMT_MOD(extack, "max_rx_fanout must be 1 to %u",
			       MF_DESTS_MAX);

	return -EINVAL;
}

MF_DEFINE_PARAM_VALIDATE(mfigb_fanout_validate)

static const struct devlink_param mfigb_sf_params[] = {
	DEVLINK_PARAM_DRIVER(MFIGB_SF_PARAM_MAX_RX_FANOUT, "max_rx_fanout",
			     DEVLINK_PARAM_TYPE_U32,
			     BIT(DEVLINK_PARAM_CMODE_RUNTIME),
			     MF_PARAM_GET(mfigb_fanout_get), mfigb_fanout_set,
			     MF_PARAM_VALIDATE(mfigb_fanout_validate)),
};

static int mfigb_sf_params_register(struct devlink *devlink)
{
	int err;

	err = mfigb_clients_params_register(devlink);
	if (err)
		return err;
	err = devl_params_register(devlink, mfigb_sf_params,
				   ARRAY_SIZE(mfigb_sf_params));
	if (err)
		mfigb_clients_params_unregister(devlink);

	return err;
}

static void mfigb_sf_params_unregister(struct devlink *devlink)
{
	devl_params_unregister(devlink, mfigb_sf_params,
			       ARRAY_SIZE(mfigb_sf_params));
	mfigb_clients_params_unregister(devlink);
}

static int mfigb_sf_probe(struct auxiliary_device *adev,
			  const struct auxiliary_device_id *id)
{
	struct mfigb_sf *sf = to_sf(&adev->dev);
	struct mfigb_port *port = sf->port;
	struct devlink *devlink;
	int err;

	/* The instance starts in the namespace of the NIC's instance. */
	devlink = devlink_alloc_ns(&mfigb_sf_devlink_ops, sizeof(sf),
				   devlink_net(priv_to_devlink(port->nic)),
				   &adev->dev);
	if (!devlink)
		return -ENOMEM;
	*(struct mfigb_sf **)devlink_priv(devlink) = sf;
	auxiliary_set_drvdata(adev, devlink);

	devl_lock(devlink);
	err = mfigb_sf_params_register(devlink);
	if (err)
		goto err_unlock;
	err = mfigb_health_init(port, devlink);
	if (err)
		goto err_params;
	err = mfigb_clients_add(port, devlink, &adev->dev);
	if (err)
		goto err_health;
	/*
	 * Only devl_unregister() undoes this call, so no call behind it may
	 * fail.
	 */
	err = devl_port_fn_devlink_set(&port->dl_port, devlink);
	if (err)
		goto err_clients;
	devl_register(devlink);
	devl_unlock(devlink);
	mfigb_health_start(port);
	WRITE_ONCE(sf->attached, true);

	return 0;

err_clients:
	mfigb_clients_del(port);
err_health:
	mfigb_health_fini(port);
err_params:
	mfigb_sf_params_unregister(devlink);
err_unlock:
	devl_unlock(devlink);
	devlink_free(devlink);
	return err;
}

static void mfigb_sf_remove(struct auxiliary_device *adev)
{
	struct devlink *devlink = auxiliary_get_drvdata(adev);
	struct mfigb_sf *sf = to_sf(&adev->dev);

	WRITE_ONCE(sf->attached, false);
	mfigb_health_stop(sf->port);
	devl_lock(devlink);
	devl_unregister(devlink);
	mfigb_clients_del(sf->port);
	mfigb_sf_params_unregister(devlink);
	mfigb_health_fini(sf->port);
	devl_unlock(devlink);
	devlink_free(devlink);
}

/**
 * mfigb_sf_attached - test whether the subfunction's driver is bound
 * @sf: device of the subfunction
 *
 * Context: any.
 * Return: true if the driver is bound.
 */
bool mfigb_sf_attached(const struct mfigb_sf *sf)
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

static struct attribute *mfigb_sf_attrs[] = {
	&dev_attr_sfnum.attr,
	NULL
};
ATTRIBUTE_GROUPS(mfigb_sf);

static void mfigb_sf_release(struct device *dev)
{
	kfree(to_sf(dev));
}

/**
 * mfigb_sf_activate - create the device of a subfunction
 * @port: configured, inactive port; port->sf is set on success
 * @extack: reason of a failure
 *
 * Context: sleeps, devlink lock of the NIC.
 * Return: 0 or a negative errno.
 */
int mfigb_sf_activate(struct mfigb_port *port, struct netlink_ext_ack *extack)
{
	struct mfigb_sf *sf;
	int err;

	sf = kzalloc_obj(*sf);
	if (!sf)
		return -ENOMEM;
	sf->port = port;
	sf->adev.id = port->id;
	sf->adev.name = "sf";
	sf->adev.dev.parent = &port->nic->pdev->dev;
	sf->adev.dev.release = mfigb_sf_release;
	sf->adev.dev.groups = mfigb_sf_groups;

	err = auxiliary_device_init(&sf->adev);
	if (err) {
		kfree(sf);
		return err;
	}
	port->sf = sf;

	err = auxiliary_device_add(&sf->adev);
	if (err) {
		NL_SET_ERR_MSG_MOD(extack, "The device of the subfunction can't be added");
		goto err_uninit;
	}
	if (!mfigb_sf_attached(sf)) {
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
 * mfigb_sf_deactivate - remove the device of a subfunction
 * @port: port of an active subfunction
 *
 * Context: sleeps, devlink lock of the NIC.
 */
void mfigb_sf_deactivate(struct mfigb_port *port)
{
	struct mfigb_sf *sf = port->sf;

	auxiliary_device_delete(&sf->adev);
	port->sf = NULL;
	auxiliary_device_uninit(&sf->adev);
}

static const struct auxiliary_device_id mfigb_sf_ids_table[] = {
	{ .name = "mfigb.sf" },
	{}
};
MODULE_DEVICE_TABLE(auxiliary, mfigb_sf_ids_table);

static struct auxiliary_driver mfigb_sf_driver = {
	.name = "sf",
	.probe = mfigb_sf_probe,
	.remove = mfigb_sf_remove,
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
