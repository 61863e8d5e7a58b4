/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Ports of queue blocks, as a library for parents, see mf_qblock.h: the
 * subfunctions that devlink adds, and the devices to which clients bind.
 */
#ifndef _LINUX_MF_PORT_H
#define _LINUX_MF_PORT_H

#include <linux/auxiliary_bus.h>
#include <linux/if_ether.h>
#include <linux/list.h>
#include <linux/mf_qblock.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/devlink.h>

/**
 * DOC: ports
 *
 * A parent embeds a &struct mf_port in each of its ports, and a &struct
 * mf_port_table in each of its NICs. The library keeps what clients and devlink
 * see of a port: its address, its link, the clients that are attached, its
 * subfunction, and the reporter of its health. The parent moves frames.
 *
 * A port of a subfunction becomes active in these steps. "devlink port add"
 * calls the parent, which calls mf_port_check_new() and mf_port_register().
 * "devlink port function set" calls functions of this header, which the parent
 * names in its &struct devlink_port_ops. An active port has an auxiliary device
 * "<parent>.sf". The parent has a driver for this device, whose probe is
 * mf_sf_probe(). It makes a devlink instance for the subfunction, and the
 * auxiliary devices "<parent>.rdma" and "<parent>.eth" for clients. A port
 * without a subfunction, such as a physical one, has devices for clients, too:
 * the parent calls mf_port_clients_add() itself.
 *
 * The library owns the devices that it makes, and nothing else. It has no list
 * of NICs, drives no device, and calls the parent by &struct mf_port_ops only.
 * It knows no switch and does not steer. All other structures of this header
 * belong to the parent.
 *
 * Lock order: the devlink lock of the NIC, that of the subfunction, then the
 * lock of a port. A reload of the subfunction has only the last two. Messages
 * for the operator begin with the name of the parent. The functions are
 * exported in the namespace MFPORT.
 */

struct mf_port;
struct mf_rx_domain;
struct mf_sf;

/* The highest number of completion vectors that the operator can grant. */
#define MF_PORT_MAX_IO_EQS	256U

/**
 * enum mf_client_kind - kind of the clients of a port
 * @MF_CLIENT_RDMA: RDMA driver, device "<parent>.rdma"
 * @MF_CLIENT_ETH: network driver, device "<parent>.eth"
 * @MF_NUM_CLIENTS: number of kinds
 */
enum mf_client_kind {
	MF_CLIENT_RDMA,
	MF_CLIENT_ETH,
	MF_NUM_CLIENTS,
};

/**
 * struct mf_port_ops - what the ports of a parent have in common
 * @name: name of the parent's module, with which names of devices begin
 * @ids: numbers of auxiliary devices that are in use, for all NICs of the
 *	parent
 * @start: prepare the port for clients. Returns 0 or a negative errno. Sleeps,
 *	under the lock of the devlink instance that has the clients. Optional
 * @stop: undo @start; the port has no clients any more. Context as for @start.
 *	Optional
 * @active: the port has become active or inactive, as @mf_port.active tells,
 *	and clients know the state of the link. Context as for @start. Optional
 * @link: return whether the link of an active port is up, and store its speed
 *	in Mb/s, or 0 for unknown. Called under the lock of the port
 */
struct mf_port_ops {
	const char	*name;
	struct ida	*ids;
	int (*start)(struct mf_port *port);
	void (*stop)(struct mf_port *port);
	void (*active)(struct mf_port *port);
	bool (*link)(struct mf_port *port, u32 *speed);
};

/**
 * struct mf_port_table - ports of a NIC
 * @ops: operations of the parent
 * @max: highest index of a subfunction's port; the lowest is 1
 * @ports: ports by devlink port index; devlink lock
 * @sfnums: ports of subfunctions by sfnum; devlink lock
 */
struct mf_port_table {
	const struct mf_port_ops	*ops;
	u32				max;
	struct xarray			ports;
	struct xarray			sfnums;
};

/**
 * struct mf_port - what the library knows of a port
 * @table: ports of its NIC
 * @dl_port: port of the NIC's devlink instance
 * @qb: queue block of the port
 * @rx: receive domain of the port
 * @mac: address of the port; constant while it is active
 * @link_up: link of the port as clients see it; written under @lock
 * @active: the port has clients, or is about to get some; written under @lock
 * @roce: clients may offer RDMA over Converged Ethernet; constant while the
 *	port is active
 * @speed: speed of the link in Mb/s as clients see it, or 0 for unknown;
 *	written under @lock
 * @max_io_eqs: number of completion vectors that clients get; devlink lock
 * @sfnum: the operator's number of the subfunction
 * @id: number of the auxiliary devices of an active port
 * @lock: protects @clients, @link_up, @active and @speed
 * @clients: clients of @qb
 * @sf: device of the subfunction while it is active, else NULL; devlink lock
 * @devs: auxiliary devices for clients, or NULL; lock of the devlink instance
 *	that has the clients
 * @reporter: reporter of the health of clients
 * @problem: problem that a client has reported, or NULL
 * @health_work: passes @problem to devlink
 */
struct mf_port {
	struct mf_port_table		*table;
	struct devlink_port		dl_port;
	struct mf_qblock		qb;
	struct mf_rx_domain		*rx;
	u8				mac[ETH_ALEN] __aligned(2);
	bool				link_up;
	bool				active;
	bool				roce;
	u32				speed;
	u32				max_io_eqs;
	u32				sfnum;
	int				id;
	struct mutex			lock;	/* see above */
	struct list_head		clients;
	struct mf_sf			*sf;
	struct mf_qblock_dev		*devs[MF_NUM_CLIENTS];
	struct devlink_health_reporter	*reporter;
	const char			*problem;
	struct work_struct		health_work;
};

/* Ports and their clients. */
void mf_port_init(struct mf_port *port, struct mf_port_table *table);
void mf_port_fini(struct mf_port *port);
int mf_port_attach(struct mf_qblock *qb, struct mf_client *client);
void mf_port_detach(struct mf_qblock *qb, struct mf_client *client);
void mf_port_get_attr(struct mf_port *port, struct mf_qblock_attr *attr);
void mf_port_resume(struct mf_port *port);
void mf_port_update_link(struct mf_port *port);
void mf_port_sum_stats(const struct mf_qblock_stats __percpu *stats,
		       struct mf_qblock_stats *sum);

/* The auxiliary devices to which clients bind. */
int mf_port_params_register(struct devlink *devlink);
void mf_port_params_unregister(struct devlink *devlink);
int mf_port_clients_add(struct mf_port *port, struct devlink *devlink,
			struct device *parent);
void mf_port_clients_del(struct mf_port *port);

/* The health of clients. */
void mf_port_health(struct mf_qblock *qb, const char *problem);
int mf_port_health_init(struct mf_port *port, struct devlink *devlink);
void mf_port_health_start(struct mf_port *port);
void mf_port_health_stop(struct mf_port *port);
void mf_port_health_fini(struct mf_port *port);

/* The driver of active subfunctions. */
int mf_sf_probe(struct auxiliary_device *adev,
		const struct auxiliary_device_id *id);
void mf_sf_remove(struct auxiliary_device *adev);

/* The ports of a NIC. */
void mf_port_table_init(struct mf_port_table *table,
			const struct mf_port_ops *ops, u32 max);
void mf_port_table_destroy(struct mf_port_table *table);
int mf_port_check_new(struct mf_port_table *table,
		      const struct devlink_port_new_attrs *attrs,
		      struct netlink_ext_ack *extack);
int mf_port_register(struct mf_port *port, struct devlink *devlink,
		     const struct devlink_port_new_attrs *attrs,
		     struct devlink_port_attrs *dl_attrs,
		     const struct devlink_port_ops *ops,
		     struct netlink_ext_ack *extack);
void mf_port_deactivate(struct mf_port *port);
void mf_port_unregister(struct mf_port *port);

/* Operations for the struct devlink_port_ops of subfunctions. */
int mf_port_hw_addr_get(struct devlink_port *dl_port, u8 *hw_addr,
			int *hw_addr_len, struct netlink_ext_ack *extack);
int mf_port_hw_addr_set(struct devlink_port *dl_port, const u8 *hw_addr,
			int hw_addr_len, struct netlink_ext_ack *extack);
int mf_port_roce_get(struct devlink_port *dl_port, bool *is_enable,
		     struct netlink_ext_ack *extack);
int mf_port_roce_set(struct devlink_port *dl_port, bool enable,
		     struct netlink_ext_ack *extack);
int mf_port_state_get(struct devlink_port *dl_port,
		      enum devlink_port_fn_state *state,
		      enum devlink_port_fn_opstate *opstate,
		      struct netlink_ext_ack *extack);
int mf_port_state_set(struct devlink_port *dl_port,
		      enum devlink_port_fn_state state,
		      struct netlink_ext_ack *extack);
int mf_port_max_io_eqs_get(struct devlink_port *dl_port, u32 *eqs,
			   struct netlink_ext_ack *extack);
int mf_port_max_io_eqs_set(struct devlink_port *dl_port, u32 eqs,
			   struct netlink_ext_ack *extack);

/* Limits that devlink shows. */
int mf_resource_register(struct devlink *devlink, const char *name, u64 size,
			 devlink_resource_occ_get_t *occ, void *priv);

#endif /* _LINUX_MF_PORT_H */
