/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The auxiliary devices of a port, to which clients bind.
 */
#ifndef MFIGB_CLIENTS_H
#define MFIGB_CLIENTS_H

struct devlink;
struct device;
struct mfigb_port;

int mfigb_clients_params_register(struct devlink *devlink);
void mfigb_clients_params_unregister(struct devlink *devlink);
int mfigb_clients_add(struct mfigb_port *port, struct devlink *devlink,
		      struct device *parent);
void mfigb_clients_del(struct mfigb_port *port);

#endif /* MFIGB_CLIENTS_H */
