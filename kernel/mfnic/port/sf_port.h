/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Subfunction ports, see sf_port.c.
 */
#ifndef MFNIC_SF_PORT_H
#define MFNIC_SF_PORT_H

struct devlink;
struct devlink_port;
struct devlink_port_new_attrs;
struct mfnic_port;
struct netlink_ext_ack;

int mfnic_sf_port_new(struct devlink *devlink,
		      const struct devlink_port_new_attrs *attrs,
		      struct netlink_ext_ack *extack,
		      struct devlink_port **dl_port);
void mfnic_sf_port_destroy(struct mfnic_port *port);
int mfnic_sf_driver_register(void);
void mfnic_sf_driver_unregister(void);

#endif /* MFNIC_SF_PORT_H */
