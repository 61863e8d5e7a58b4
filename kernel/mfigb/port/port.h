/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Ports: the physical port, which has pool 0, and subfunctions.
 */
#ifndef MFIGB_PORT_H
#define MFIGB_PORT_H

#include <linux/mf_qblock.h>
#include <linux/mutex.h>
#include <net/devlink.h>

#include "pool/pool.h"

struct mfigb_sf;

#define MFIGB_MAX_IO_EQS	256U

enum mfigb_client_kind {
	MFIGB_CLIENT_RDMA,
	MFIGB_CLIENT_ETH,
	MFIGB_NUM_CLIENTS,
};

/**
 * struct mfigb_port - a port
 * @nic: its NIC
 * @dl_port: port of the NIC's devlink instance
 * @pool: pool of the port, with its receive domain
 * @qb: queue block of the port
 * @id: number of the port among those of all NICs, which its auxiliary devices
 *	have, too
 * @sfnum: the operator's number of a subfunction
 * @max_io_eqs: number of completion vectors that clients get; devlink lock
 * @roce: clients may offer RDMA over Converged Ethernet; constant while clients
 *	exist
 * @lock: protects @clients, @active, and writes to @link_up and @speed
 * @clients: clients of @qb
 * @active: the pool runs
 * @link_up: link of the port as clients see it
 * @speed: speed of the link in Mb/s, or 0 for unknown
 * @sf: device of a subfunction while it is active, else NULL
 * @devs: auxiliary devices for clients, or NULL; lock of the devlink instance
 *	that has them
 * @reporter: reporter of the health of clients
 * @problem: problem that a client has reported, or NULL
 * @health_work: passes @problem to devlink
 */
struct mfigb_port {
	struct mfigb			*nic;
	struct devlink_port		dl_port;
	struct mfigb_pool		pool;
	struct mf_qblock		qb;
	int				id;
	u32				sfnum;
	u32				max_io_eqs;
	bool				roce;
	struct mutex			lock;	/* see above */
	struct list_head		clients;
	bool				active;
	bool				link_up;
	u32				speed;
	struct mfigb_sf			*sf;
	struct mf_qblock_dev		*devs[MFIGB_NUM_CLIENTS];
	struct devlink_health_reporter	*reporter;
	const char			*problem;
	struct work_struct		health_work;
};

/*
 * Give the devlink port a type, unless it has that of the client's network
 * interface. devlink warns of ports without a type, and has no other type for
 * ports without an interface.
 */
static inline void mfigb_port_set_type(struct mfigb_port *port)
{
	if (port->dl_port.type == DEVLINK_PORT_TYPE_NOTSET)
		devlink_port_type_ib_set(&port->dl_port, NULL);
}

/* Undo mfigb_port_set_type(), before the devlink port is unregistered. */
static inline void mfigb_port_clear_type(struct mfigb_port *port)
{
	if (port->dl_port.type == DEVLINK_PORT_TYPE_IB)
		devlink_port_type_clear(&port->dl_port);
}

struct mfigb_port *mfigb_port_alloc(struct mfigb *nic, unsigned int index);
void mfigb_port_free(struct mfigb_port *port);
int mfigb_port_start(struct mfigb_port *port);
void mfigb_port_stop(struct mfigb_port *port);
void mfigb_port_update_link(struct mfigb_port *port);

#endif /* MFIGB_PORT_H */
