// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Limits, and what is used of them, as devlink resources.
 */
#include "resource.h"

/**
 * mfnic_resource_register - tell the operator of a limit and what is used of it
 * @devlink: which has no other
 * @name: of what
 * @size: how many there may be
 * @occ: how many there are; devlink lock
 * @priv: for @occ
 *
 * Context: sleeps, devlink lock. devl_resources_unregister() ends it.
 * Return: 0 or an errno.
 */
int mfnic_resource_register(struct devlink *devlink, const char *name, u64 size,
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
