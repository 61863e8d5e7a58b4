/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The counters of a port, see stats.c.
 */
#ifndef MFNIC_STATS_H
#define MFNIC_STATS_H

struct mf_qblock_stats;
struct mfnic_port;

void mfnic_port_stats(const struct mfnic_port *port,
		      struct mf_qblock_stats *stats);

#endif /* MFNIC_STATS_H */
