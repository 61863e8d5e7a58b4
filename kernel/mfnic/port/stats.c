// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The counters of a port.
 */
#include "port/port.h"
#include "port/stats.h"

/**
 * mfnic_port_stats - sum up a port's counters
 * @port: the port
 * @stats: result
 *
 * Context: any.
 */
void mfnic_port_stats(const struct mfnic_port *port,
		      struct mf_qblock_stats *stats)
{
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
