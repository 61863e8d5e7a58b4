// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Setup and teardown that the uplink and subfunction ports share. */
#include "mfnic.h"
#include "port/port.h"
#include "steer/steer.h"
#include "tc/tc.h"

/**
 * mfnic_port_init - prepare a port, which no frame can reach yet
 * @port: zeroed memory of the port
 * @nic: its NIC
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int mfnic_port_init(struct mfnic_port *port, struct mfnic *nic)
{
	int err;

	port->nic = nic;
	port->stats = alloc_percpu(struct mf_qblock_stats);
	if (!port->stats)
		return -ENOMEM;
	err = mfnic_steer_port_init(port);
	if (err)
		goto err_stats;
	err = mf_rx_domain_init(&port->rx, port->stats);
	if (err)
		goto err_steer;
	err = mfnic_tc_port_init(port);
	if (err)
		goto err_rx;
	mf_port_init(&port->base, &nic->sfs);
	port->base.rx = &port->rx;
	mfnic_fanout_port_init(&port->fanout);

	return 0;

err_rx:
	mf_rx_domain_destroy(&port->rx);
err_steer:
	mfnic_steer_port_fini(port);
err_stats:
	free_percpu(port->stats);
	return err;
}

/**
 * mfnic_port_fini - free what a port has allocated
 * @port: port without representor, subfunction and clients, which no frame can
 *	reach
 *
 * Context: sleeps.
 */
void mfnic_port_fini(struct mfnic_port *port)
{
	mfnic_fanout_port_fini(&port->fanout);
	mf_rx_domain_destroy(&port->rx);
	mf_port_fini(&port->base);
	mfnic_tc_port_fini(port);
	mfnic_steer_port_fini(port);
	free_percpu(port->stats);
}
