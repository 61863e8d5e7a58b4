/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Ports: the physical port, which has pool 0, and subfunctions.
 */
#ifndef MFIGB_PORT_H
#define MFIGB_PORT_H

#include <linux/mf_port.h>
#include <net/devlink.h>

#include "pool/pool.h"

/**
 * struct mfigb_port - a port
 * @nic: its NIC
 * @base: what devlink and clients know of the port
 * @pool: pool of the port, with its receive domain
 */
struct mfigb_port {
	struct mfigb		*nic;
	struct mf_port		base;
	struct mfigb_pool	pool;
};

static inline struct mfigb_port *mfigb_port_of(struct mf_port *base)
{
	return container_of(base, struct mfigb_port, base);
}

/*
 * Give the devlink port a type, unless it has that of the client's network
 * interface. devlink warns of ports without a type, and has no other type for
 * ports without an interface.
 */
static inline void mfigb_port_set_type(struct mfigb_port *port)
{
	if (port->base.dl_port.type == DEVLINK_PORT_TYPE_NOTSET)
		devlink_port_type_ib_set(&port->base.dl_port, NULL);
}

/* Undo mfigb_port_set_type(), before the devlink port is unregistered. */
static inline void mfigb_port_clear_type(struct mfigb_port *port)
{
	if (port->base.dl_port.type == DEVLINK_PORT_TYPE_IB)
		devlink_port_type_clear(&port->base.dl_port);
}

extern const struct mf_port_ops mfigb_port_ops;

struct mfigb_port *mfigb_port_alloc(struct mfigb *nic);
void mfigb_port_free(struct mfigb_port *port);
void mfigb_port_update_link(struct mfigb_port *port);

#endif /* MFIGB_PORT_H */
