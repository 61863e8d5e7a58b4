/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Active subfunctions, see sf.c.
 */
#ifndef MFNIC_SF_H
#define MFNIC_SF_H

#include <linux/types.h>

struct mfnic_port;
struct mfnic_sf;
struct netlink_ext_ack;

int mfnic_sf_activate(struct mfnic_port *port, struct netlink_ext_ack *extack);
void mfnic_sf_deactivate(struct mfnic_port *port);
bool mfnic_sf_attached(const struct mfnic_sf *sf);
int mfnic_sf_driver_register(void);
void mfnic_sf_driver_unregister(void);

#endif /* MFNIC_SF_H */
