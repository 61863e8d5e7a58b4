/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Ports of subfunctions.
 */
#ifndef MFIGB_SF_PORT_H
#define MFIGB_SF_PORT_H

#include <net/devlink.h>

struct mfigb_port;

int mfigb_sf_port_new(struct devlink *devlink,
		      const struct devlink_port_new_attrs *attrs,
		      struct netlink_ext_ack *extack,
		      struct devlink_port **dl_port);
void mfigb_sf_port_destroy(struct mfigb_port *port);
int mfigb_sf_driver_register(void);
void mfigb_sf_driver_unregister(void);

#endif /* MFIGB_SF_PORT_H */
