/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * devlink resources, see resource.c.
 */
#ifndef MFNIC_RESOURCE_H
#define MFNIC_RESOURCE_H

#include <net/devlink.h>

int mfnic_resource_register(struct devlink *devlink, const char *name, u64 size,
			    devlink_resource_occ_get_t *occ, void *priv);

#endif /* MFNIC_RESOURCE_H */
