// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The queue block of a port, as its clients see it. What the functions promise
 * stands in mf_qblock.h.
 */
#include <linux/cpumask.h>
#include <linux/etherdevice.h>

#include "mfnic.h"

static struct mfnic_port *to_port(struct mf_qblock *qb)
{
	return container_of(qb, struct mfnic_port, qb);
}

static int mfnic_attach(struct mf_qblock *qb, struct mf_client *client)
{
	struct mfnic_port *port = to_port(qb);

	mutex_lock(&port->lock);
	list_add_tail(&client->node, &port->clients);
	mutex_unlock(&port->lock);

	return 0;
}

static void mfnic_detach(struct mf_qblock *qb, struct mf_client *client)
{
	struct mfnic_port *port = to_port(qb);

	mutex_lock(&port->lock);
	list_del(&client->node);
	mutex_unlock(&port->lock);
}

/*
 * Takes no lock, since clients call it back from @changed: what can change is
 * one bool.
 */
static void mfnic_get_attr(struct mf_qblock *qb, struct mf_qblock_attr *attr)
{
	struct mfnic_port *port = to_port(qb);

	*attr = (struct mf_qblock_attr) {
		.link_up = READ_ONCE(port->link_up),
		.max_frame = mfnic_max_frame(port->nic),
		.mtu = port->nic->mtu,
		.num_vectors = num_online_cpus(),
	};
	ether_addr_copy(attr->mac, port->mac);
}

/**
 * mfnic_port_set_link - change the link state that clients see
 * @port: the port
 * @up: the new state
 *
 * Context: sleeps.
 */
void mfnic_port_set_link(struct mfnic_port *port, bool up)
{
	struct mf_client *client;

	mutex_lock(&port->lock);
	WRITE_ONCE(port->link_up, up);
	list_for_each_entry(client, &port->clients, node)
		if (client->ops->changed)
			client->ops->changed(client);
	mutex_unlock(&port->lock);
}

static void mfnic_get_stats(struct mf_qblock *qb, struct mf_qblock_stats *stats)
{
	struct mfnic_port *port = to_port(qb);
	u64 *sum = (u64 *)stats;
	unsigned int i;
	int cpu;

	memset(stats, 0, sizeof(*stats));
	for_each_possible_cpu(cpu) {
		const u64 *s = (const u64 *)per_cpu_ptr(port->stats, cpu);

		for (i = 0; i < sizeof(*stats) / sizeof(u64); i++)
			sum[i] += READ_ONCE(s[i]);
	}
}

static void mfnic_xmit(struct mf_qblock *qb, const struct mf_frame *frames,
		       unsigned int n)
{
	mfnic_steer_xmit(to_port(qb), frames, n);
}

const struct mf_qblock_ops mfnic_qblock_ops = {
	.attach = mfnic_attach,
	.detach = mfnic_detach,
	.get_attr = mfnic_get_attr,
	.get_stats = mfnic_get_stats,
	.xmit = mfnic_xmit,
	.rx_rule_add = mfnic_rx_rule_add,
	.rx_rule_del = mfnic_rx_rule_del,
};
