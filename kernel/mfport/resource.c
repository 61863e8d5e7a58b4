// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Limits and their use as devlink resources. */
#include "port.h"

/**
 * mf_resource_register - show a limit and its use to the operator
 * @devlink: instance without any other resource
 * @name: name of the resource
 * @size: maximum number of objects
 * @occ: returns the current number of objects; called under the devlink lock
 * @priv: argument of @occ
 *
 * Context: sleeps, devlink lock. devl_resources_unregister() undoes the call.
 * Return: 0 or a negative errno.
 */
int mf_resource_register(struct devlink *devlink, const char *name, u64 size,
			 devlink_resource_occ_get_t *occ, void *priv)
{
	struct devlink_resource_size_params params;
	int err;

	devl_assert_locked(devlink);
	devlink_resource_size_params_init(&params, size, size, 1,
					  DEVLINK_RESOURCE_UNIT_ENTRY);
	err = devl_resource_register(devlink, name, size, 1,
				     DEVLINK_RESOURCE_ID_PARENT_TOP, &params);
	if (!err)
		devl_resource_occ_get_register(devlink, 1, occ, priv);

	return err;
}
EXPORT_SYMBOL_NS_GPL(mf_resource_register, "MFPORT");
