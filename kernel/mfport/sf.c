// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * An active subfunction: the auxiliary device <parent>.sf.<n>, and what the
 * parent's driver for it does. The driver creates a devlink instance for the
 * subfunction. The parameters of this instance select the auxiliary devices for
 * clients of the queue block.
 *
 * Lock order: the devlink lock of the NIC, which is held for activation, then
 * the devlink lock of the subfunction.
 */
#include <linux/idr.h>
#include <linux/mf_steer.h>
#include <linux/slab.h>

#include "port.h"
#include "sf.h"

/**
 * struct mf_sf - the device of an active subfunction
 * @adev: auxiliary device <parent>.sf.<id>
 * @port: port of the subfunction; outlives drivers that are bound to @adev
 * @attached: the driver of the parent is bound to @adev
 */
struct mf_sf {
	struct auxiliary_device	adev;
	struct mf_port		*port;
	bool			attached;
};

static struct mf_sf *to_sf(struct device *dev)
{
	return container_of(dev, struct mf_sf, adev.dev);
}

/* The private part of the subfunction's devlink instance points to the sf. */
static struct mf_sf *mf_sf_of(struct devlink *devlink)
{
	return *(struct mf_sf **)devlink_priv(devlink);
}

static int mf_sf_reload_down(struct devlink *devlink, bool netns_change,
			     enum devlink_reload_action action,
			     enum devlink_reload_limit limit,
			     struct netlink_ext_ack *extack)
{
	mf_port_clients_del(mf_sf_of(devlink)->port);

	return 0;
}

static int mf_sf_reload_up(struct devlink *devlink,
			   enum devlink_reload_action action,
			   enum devlink_reload_limit limit,
			   u32 *actions_performed,
			   struct netlink_ext_ack *extack)
{
	struct mf_sf *sf = mf_sf_of(devlink);
	int err;

	err = mf_port_clients_add(sf->port, devlink, &sf->adev.dev);
	if (err) {
		mf_port_refuse(sf->port->table, extack,
			       "The devices of the subfunction can't be added");
		return err;
	}
	*actions_performed = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT);

	return 0;
}

static const struct devlink_ops mf_sf_devlink_ops = {
	.reload_actions = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT),
	.reload_down = mf_sf_reload_down,
	.reload_up = mf_sf_reload_up,
};

enum {
	MF_SF_PARAM_BASE = DEVLINK_PARAM_GENERIC_ID_MAX,
	MF_SF_PARAM_MAX_RX_FANOUT,
};

/* The maximum number of the port's receive queues that one frame reaches. */
static int mf_fanout_get(struct devlink *devlink, u32 id,
			 struct devlink_param_gset_ctx *ctx,
			 struct netlink_ext_ack *extack)
{
	struct mf_rx_domain *rx = mf_sf_of(devlink)->port->rx;

	ctx->val.vu32 = READ_ONCE(rx->match.max_dests);

	return 0;
}

MF_DEFINE_PARAM_GET(mf_fanout_get)

static int mf_fanout_set(struct devlink *devlink, u32 id,
			 struct devlink_param_gset_ctx *ctx,
			 struct netlink_ext_ack *extack)
{
	struct mf_rx_domain *rx = mf_sf_of(devlink)->port->rx;

	WRITE_ONCE(rx->match.max_dests, ctx->val.vu32);

	return 0;
}

static int mf_fanout_validate(struct devlink *devlink, u32 id,
			      union devlink_param_value *val,
			      struct netlink_ext_ack *extack)
{
	if (val->vu32 && val->vu32 <= MF_DESTS_MAX)
		return 0;
	mf_port_refuse(mf_sf_of(devlink)->port->table, extack,
		       "max_rx_fanout must be 1 to %u", MF_DESTS_MAX);

	return -EINVAL;
}

MF_DEFINE_PARAM_VALIDATE(mf_fanout_validate)

static const struct devlink_param mf_sf_params[] = {
	DEVLINK_PARAM_DRIVER(MF_SF_PARAM_MAX_RX_FANOUT, "max_rx_fanout",
			     DEVLINK_PARAM_TYPE_U32,
			     BIT(DEVLINK_PARAM_CMODE_RUNTIME),
			     MF_PARAM_GET(mf_fanout_get), mf_fanout_set,
			     MF_PARAM_VALIDATE(mf_fanout_validate)),
};

static int mf_sf_params_register(struct devlink *devlink)
{
	int err;

	err = mf_port_params_register(devlink);
	if (err)
		return err;
	err = devl_params_register(devlink, mf_sf_params,
				   ARRAY_SIZE(mf_sf_params));
	if (err)
		mf_port_params_unregister(devlink);

	return err;
}

static void mf_sf_params_unregister(struct devlink *devlink)
{
	devl_params_unregister(devlink, mf_sf_params, ARRAY_SIZE(mf_sf_params));
	mf_port_params_unregister(devlink);
}

/* Each mask costs one lookup for each received frame. */
static u64 mf_rx_masks_used(void *priv)
{
	const struct mf_port *port = priv;

	return MF_RX_GROUPS - READ_ONCE(port->rx->match.room);
}

/**
 * mf_sf_probe - start a subfunction
 * @adev: device of the subfunction
 * @id: entry of the parent's driver that matches
 *
 * Context: sleeps, devlink lock of the NIC.
 * Return: 0 or a negative errno.
 */
int mf_sf_probe(struct auxiliary_device *adev,
		const struct auxiliary_device_id *id)
{
	struct mf_sf *sf = to_sf(&adev->dev);
	struct mf_port *port = sf->port;
	struct devlink *devlink;
	int err;

	/* The instance starts in the namespace of the NIC's instance. */
	devlink = devlink_alloc_ns(&mf_sf_devlink_ops, sizeof(sf),
				   devlink_net(port->dl_port.devlink),
				   &adev->dev);
	if (!devlink)
		return -ENOMEM;
	*(struct mf_sf **)devlink_priv(devlink) = sf;
	auxiliary_set_drvdata(adev, devlink);

	devl_lock(devlink);
	err = mf_sf_params_register(devlink);
	if (err)
		goto err_unlock;
	err = mf_resource_register(devlink, "rx_masks", MF_RX_GROUPS,
				   mf_rx_masks_used, port);
	if (err)
		goto err_params;
	err = mf_port_health_init(port, devlink);
	if (err)
		goto err_resources;
	err = mf_port_clients_add(port, devlink, &adev->dev);
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
	mf_port_health_start(port);
	WRITE_ONCE(sf->attached, true);

	return 0;

err_clients:
	mf_port_clients_del(port);
err_health:
	mf_port_health_fini(port);
err_resources:
	devl_resources_unregister(devlink);
err_params:
	mf_sf_params_unregister(devlink);
err_unlock:
	devl_unlock(devlink);
	devlink_free(devlink);
	return err;
}
EXPORT_SYMBOL_NS_GPL(mf_sf_probe, "MFPORT");

/**
 * mf_sf_remove - undo mf_sf_probe()
 * @adev: device of the subfunction
 *
 * Context: sleeps.
 */
void mf_sf_remove(struct auxiliary_device *adev)
{
	struct devlink *devlink = auxiliary_get_drvdata(adev);
	struct mf_sf *sf = to_sf(&adev->dev);

	WRITE_ONCE(sf->attached, false);
	mf_port_health_stop(sf->port);
	devl_lock(devlink);
	devl_unregister(devlink);
	mf_port_clients_del(sf->port);
	mf_sf_params_unregister(devlink);
	mf_port_health_fini(sf->port);
	devl_resources_unregister(devlink);
	devl_unlock(devlink);
	devlink_free(devlink);
}
EXPORT_SYMBOL_NS_GPL(mf_sf_remove, "MFPORT");

/**
 * mf_sf_attached - test whether the subfunction's driver is bound
 * @sf: device of the subfunction
 *
 * Context: any.
 * Return: true if the driver is bound.
 */
bool mf_sf_attached(const struct mf_sf *sf)
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

static struct attribute *mf_sf_attrs[] = {
	&dev_attr_sfnum.attr,
	NULL
};
ATTRIBUTE_GROUPS(mf_sf);

static void mf_sf_release(struct device *dev)
{
	kfree(to_sf(dev));
}

/**
 * mf_sf_activate - create the device of a subfunction
 * @port: configured, inactive port; port->sf is set on success
 * @extack: reason of a failure
 *
 * Context: sleeps, devlink lock of the NIC.
 * Return: 0 or a negative errno.
 */
int mf_sf_activate(struct mf_port *port, struct netlink_ext_ack *extack)
{
	const struct mf_port_ops *ops = port->table->ops;
	struct mf_sf *sf;
	int err;

	devl_assert_locked(port->dl_port.devlink);
	sf = kzalloc_obj(*sf);
	if (!sf)
		return -ENOMEM;
	err = ida_alloc(ops->ids, GFP_KERNEL);
	if (err < 0) {
		kfree(sf);
		return err;
	}
	port->id = err;
	sf->port = port;
	sf->adev.id = port->id;
	sf->adev.name = "sf";
	sf->adev.dev.parent = devlink_to_dev(port->dl_port.devlink);
	sf->adev.dev.release = mf_sf_release;
	sf->adev.dev.groups = mf_sf_groups;

	err = auxiliary_device_init(&sf->adev);
	if (err) {
		ida_free(ops->ids, port->id);
		kfree(sf);
		return err;
	}
	port->sf = sf;

	err = __auxiliary_device_add(&sf->adev, ops->name);
	if (err) {
		mf_port_refuse(port->table, extack,
			       "The device of the subfunction can't be added");
		goto err_uninit;
	}
	if (!mf_sf_attached(sf)) {
		mf_port_refuse(port->table, extack,
			       "The driver of the subfunction did not start");
		err = -ENODEV;
		goto err_delete;
	}

	return 0;

err_delete:
	auxiliary_device_delete(&sf->adev);
err_uninit:
	port->sf = NULL;
	ida_free(ops->ids, port->id);
	auxiliary_device_uninit(&sf->adev);
	return err;
}

/**
 * mf_sf_deactivate - remove the device of a subfunction
 * @port: port of an active subfunction
 *
 * Context: sleeps, devlink lock of the NIC.
 */
void mf_sf_deactivate(struct mf_port *port)
{
	struct mf_sf *sf = port->sf;

	devl_assert_locked(port->dl_port.devlink);
	auxiliary_device_delete(&sf->adev);
	port->sf = NULL;
	ida_free(port->table->ops->ids, port->id);
	auxiliary_device_uninit(&sf->adev);
}
