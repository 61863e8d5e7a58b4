/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Active subfunctions.
 */
#ifndef MFIGB_SF_H
#define MFIGB_SF_H

#include "port/port.h"

bool mfigb_sf_attached(const struct mfigb_sf *sf);
int mfigb_sf_activate(struct mfigb_port *port, struct netlink_ext_ack *extack);
void mfigb_sf_deactivate(struct mfigb_port *port);
int mfigb_sf_driver_register(void);
void mfigb_sf_driver_unregister(void);

#endif /* MFIGB_SF_H */
