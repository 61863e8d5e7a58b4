// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What the physical port and subfunctions share. */
#include <linux/cpumask.h>
#include <linux/etherdevice.h>
#include <linux/idr.h>
#include <linux/slab.h>

#include "port/port.h"
#include "port/qblock.h"

static DEFINE_IDA(mfigb_port_ids);

/* The device has room again, or the link has changed. */
static void mfigb_port_resume(struct work_struct *work)
{
	struct mfigb_pool *pool = container_of(work, struct mfigb_pool, resume);
	struct mfigb_port *port = container_of(pool, struct mfigb_port, pool);
	struct mf_client *client;

	mutex_lock(&port->lock);
	list_for_each_entry(client, &port->clients, node)
		if (client->ops->resume)
			client->ops->resume(client);
	mutex_unlock(&port->lock);
}

/**
 * mfigb_port_alloc - make a port, which does not run yet
 * @nic: its NIC
 * @index: number of its pool
 *
 * Context: sleeps, devlink lock of the NIC.
 * Return: the port, which the NIC does not know yet, or an ERR_PTR.
 */
struct mfigb_port *mfigb_port_alloc(struct mfigb *nic, unsigned int index)
{
	struct mfigb_port *port;

	port = kzalloc_obj(*port);
	if (!port)
		return ERR_PTR(-ENOMEM);
	port->pool.stats = alloc_percpu(struct mf_qblock_stats);
	if (!port->pool.stats)
		goto err_free;
	if (mf_rx_domain_init(&port->pool.domain, port->pool.stats))
		goto err_stats;
	port->id = ida_alloc(&mfigb_port_ids, GFP_KERNEL);
	if (port->id < 0)
		goto err_domain;

	port->nic = nic;
	port->pool.nic = nic;
	port->pool.index = index;
	port->max_io_eqs = min(num_online_cpus(), MFIGB_MAX_IO_EQS);
	port->roce = true;
	port->qb.ops = &mfigb_qblock_ops;
	port->qb.dl_port = &port->dl_port;
	mutex_init(&port->lock);
	INIT_LIST_HEAD(&port->clients);
	INIT_WORK(&port->pool.resume, mfigb_port_resume);

	return port;

err_domain:
	mf_rx_domain_destroy(&port->pool.domain);
err_stats:
	free_percpu(port->pool.stats);
err_free:
	kfree(port);
	return ERR_PTR(-ENOMEM);
}

/**
 * mfigb_port_free - free a port
 * @port: a port without clients that does not run
 *
 * Context: sleeps.
 */
void mfigb_port_free(struct mfigb_port *port)
{
	WARN_ON(!list_empty(&port->clients));
	mf_rx_domain_destroy(&port->pool.domain);
	mutex_destroy(&port->lock);
	ida_free(&mfigb_port_ids, port->id);
	free_percpu(port->pool.stats);
	kfree(port);
}

/* Set what clients see of the link. Called with the port's lock held. */
static void mfigb_port_set_link(struct mfigb_port *port)
{
	u32 speed = READ_ONCE(port->nic->speed);
	struct mf_client *client;
	bool up;

	lockdep_assert_held(&port->lock);
	up = port->active && READ_ONCE(port->nic->link_up);
	if (port->link_up == up && port->speed == speed)
		return;
	WRITE_ONCE(port->link_up, up);
	WRITE_ONCE(port->speed, speed);
	list_for_each_entry(client, &port->clients, node)
		if (client->ops->changed)
			client->ops->changed(client);
}

/**
 * mfigb_port_update_link - tell a port that the link may have changed
 * @port: the port
 *
 * Context: sleeps.
 */
void mfigb_port_update_link(struct mfigb_port *port)
{
	mutex_lock(&port->lock);
	mfigb_port_set_link(port);
	/* Without a link, nobody waits: frames are dropped. */
	if (port->active && !port->link_up)
		queue_work(system_dfl_wq, &port->pool.resume);
	mutex_unlock(&port->lock);
}

/**
 * mfigb_port_start - let a port send and receive
 * @port: a port with an address
 *
 * Context: sleeps.
 * Return: 0 or a negative errno.
 */
int mfigb_port_start(struct mfigb_port *port)
{
	int err;

	err = mfigb_pool_start(&port->pool);
	if (err)
		return err;
	mutex_lock(&port->lock);
	port->active = true;
	mfigb_port_set_link(port);
	mutex_unlock(&port->lock);

	return 0;
}

/**
 * mfigb_port_stop - end what mfigb_port_start() began
 * @port: a port without clients
 *
 * Context: sleeps.
 */
void mfigb_port_stop(struct mfigb_port *port)
{
	mutex_lock(&port->lock);
	port->active = false;
	mfigb_port_set_link(port);
	mutex_unlock(&port->lock);
	mfigb_pool_stop(&port->pool);
}
