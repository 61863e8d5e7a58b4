// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* A port and its clients: its link, its attributes, its counters. */
#include <linux/cpumask.h>
#include <linux/etherdevice.h>

#include "port.h"

/**
 * mf_port_init - prepare a port, which is not active
 * @port: zeroed memory of the port
 * @table: ports of its NIC
 *
 * Context: any.
 */
void mf_port_init(struct mf_port *port, struct mf_port_table *table)
{
	port->table = table;
	port->max_io_eqs = min(num_online_cpus(), MF_PORT_MAX_IO_EQS);
	port->roce = true;
	mutex_init(&port->lock);
	INIT_LIST_HEAD(&port->clients);
}
EXPORT_SYMBOL_NS_GPL(mf_port_init, "MFPORT");

/**
 * mf_port_fini - undo mf_port_init()
 * @port: a port without clients and subfunction
 *
 * Context: any.
 */
void mf_port_fini(struct mf_port *port)
{
	WARN_ON(!list_empty(&port->clients));
	mutex_destroy(&port->lock);
}
EXPORT_SYMBOL_NS_GPL(mf_port_fini, "MFPORT");

static struct mf_port *to_port(struct mf_qblock *qb)
{
	return container_of(qb, struct mf_port, qb);
}

/* See &mf_qblock_ops.attach. */
int mf_port_attach(struct mf_qblock *qb, struct mf_client *client)
{
	struct mf_port *port = to_port(qb);

	mutex_lock(&port->lock);
	list_add_tail(&client->node, &port->clients);
	mutex_unlock(&port->lock);

	return 0;
}
EXPORT_SYMBOL_NS_GPL(mf_port_attach, "MFPORT");

/* See &mf_qblock_ops.detach. */
void mf_port_detach(struct mf_qblock *qb, struct mf_client *client)
{
	struct mf_port *port = to_port(qb);

	mutex_lock(&port->lock);
	list_del(&client->node);
	mutex_unlock(&port->lock);
}
EXPORT_SYMBOL_NS_GPL(mf_port_detach, "MFPORT");

/**
 * mf_port_get_attr - read the attributes of a port that the library knows
 * @port: the port
 * @attr: result, whose other members are zero
 *
 * Takes no lock, since clients call it from &mf_client_ops.changed, under the
 * port's lock. Only the link and the speed can change meanwhile, one word each.
 *
 * Context: any.
 */
void mf_port_get_attr(struct mf_port *port, struct mf_qblock_attr *attr)
{
	*attr = (struct mf_qblock_attr) {
		.link_up = READ_ONCE(port->link_up),
		.speed = READ_ONCE(port->speed),
		.num_vectors = port->max_io_eqs,
		.roce = port->roce,
	};
	ether_addr_copy(attr->mac, port->mac);
}
EXPORT_SYMBOL_NS_GPL(mf_port_get_attr, "MFPORT");

/**
 * mf_port_resume - let clients that wait for the port send again
 * @port: the port
 *
 * Context: sleeps.
 */
void mf_port_resume(struct mf_port *port)
{
	struct mf_client *client;

	mutex_lock(&port->lock);
	list_for_each_entry(client, &port->clients, node)
		if (client->ops->resume)
			client->ops->resume(client);
	mutex_unlock(&port->lock);
}
EXPORT_SYMBOL_NS_GPL(mf_port_resume, "MFPORT");

/* Read the link, and tell clients what has changed. */
static void mf_port_set_link(struct mf_port *port)
{
	u32 speed = port->speed;
	struct mf_client *client;
	bool up;

	lockdep_assert_held(&port->lock);
	up = port->table->ops->link(port, &speed) && port->active;
	if (port->link_up == up && port->speed == speed)
		return;
	WRITE_ONCE(port->link_up, up);
	WRITE_ONCE(port->speed, speed);
	list_for_each_entry(client, &port->clients, node)
		if (client->ops->changed)
			client->ops->changed(client);
}

/**
 * mf_port_update_link - tell clients that the link may have changed
 * @port: the port. &mf_port_ops.link has the new state
 *
 * Context: sleeps.
 */
void mf_port_update_link(struct mf_port *port)
{
	mutex_lock(&port->lock);
	mf_port_set_link(port);
	mutex_unlock(&port->lock);
}
EXPORT_SYMBOL_NS_GPL(mf_port_update_link, "MFPORT");

/**
 * mf_port_set_active - set whether a port is active
 * @port: the port
 * @active: it is about to get clients
 *
 * Context: sleeps, lock of the devlink instance that has the clients.
 */
void mf_port_set_active(struct mf_port *port, bool active)
{
	mutex_lock(&port->lock);
	port->active = active;
	mf_port_set_link(port);
	mutex_unlock(&port->lock);
	if (port->table->ops->active)
		port->table->ops->active(port);
}

/**
 * mf_port_sum_stats - sum up the counters of a port
 * @stats: counters of each CPU
 * @sum: result
 *
 * Context: any.
 */
void mf_port_sum_stats(const struct mf_qblock_stats __percpu *stats,
		       struct mf_qblock_stats *sum)
{
	u64 *to = (u64 *)sum;
	unsigned int i;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const u64 *from = (const u64 *)per_cpu_ptr(stats, cpu);

		for (i = 0; i < sizeof(*sum) / sizeof(u64); i++)
			to[i] += READ_ONCE(from[i]);
	}
}
EXPORT_SYMBOL_NS_GPL(mf_port_sum_stats, "MFPORT");
