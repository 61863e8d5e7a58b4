// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What the physical port and subfunctions share. */
#include <linux/etherdevice.h>
#include <linux/idr.h>
#include <linux/slab.h>

#include "port/port.h"
#include "port/qblock.h"

/* The device has room again, or the link has changed. */
static void mfigb_port_resume(struct work_struct *work)
{
	struct mfigb_pool *pool = container_of(work, struct mfigb_pool, resume);

	mf_port_resume(&container_of(pool, struct mfigb_port, pool)->base);
}

/**
 * mfigb_port_alloc - make a port, which does not run yet
 * @nic: its NIC
 *
 * Context: sleeps, devlink lock of the NIC.
 * Return: the port, which the NIC does not know yet, or an ERR_PTR.
 */
struct mfigb_port *mfigb_port_alloc(struct mfigb *nic)
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

	port->nic = nic;
	port->pool.nic = nic;
	mf_port_init(&port->base, &nic->table);
	port->base.rx = &port->pool.domain;
	port->base.qb.ops = &mfigb_qblock_ops;
	port->base.qb.dl_port = &port->base.dl_port;
	INIT_WORK(&port->pool.resume, mfigb_port_resume);

	return port;

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
	mf_port_fini(&port->base);
	mf_rx_domain_destroy(&port->pool.domain);
	free_percpu(port->pool.stats);
	kfree(port);
}

/**
 * mfigb_port_update_link - tell a port that the link may have changed
 * @port: the port
 *
 * Context: sleeps.
 */
void mfigb_port_update_link(struct mfigb_port *port)
{
	struct mf_port *base = &port->base;

	mf_port_update_link(base);
	/*
	 * Without a link, nobody waits: frames are dropped. The work item is
	 * cancelled after the port has become inactive.
	 */
	mutex_lock(&base->lock);
	if (base->active && !base->link_up)
		queue_work(system_dfl_wq, &port->pool.resume);
	mutex_unlock(&base->lock);
}

/* Let the pool send and receive. */
static int mfigb_port_start(struct mf_port *base)
{
	struct mfigb_pool *pool = &mfigb_port_of(base)->pool;

	ether_addr_copy(pool->mac, base->mac);

	return mfigb_pool_start(pool);
}

static void mfigb_port_stop(struct mf_port *base)
{
	mfigb_pool_stop(&mfigb_port_of(base)->pool);
}

static bool mfigb_port_link(struct mf_port *base, u32 *speed)
{
	const struct mfigb *nic = mfigb_port_of(base)->nic;

	*speed = READ_ONCE(nic->speed);

	return READ_ONCE(nic->link_up);
}

static DEFINE_IDA(mfigb_port_ids);

const struct mf_port_ops mfigb_port_ops = {
	.name = KBUILD_MODNAME,
	.ids = &mfigb_port_ids,
	.start = mfigb_port_start,
	.stop = mfigb_port_stop,
	.link = mfigb_port_link,
};
