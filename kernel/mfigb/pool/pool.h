/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A pool of the device: a pair of rings, an interrupt and the NAPI instance
 * that handles both rings. The second pair of queues of each pool is not used.
 */
#ifndef MFIGB_POOL_H
#define MFIGB_POOL_H

#include <linux/mf_qblock.h>
#include <linux/mf_steer.h>

#include "mfigb.h"
#include "pool/rx.h"
#include "pool/tx.h"

/**
 * struct mfigb_pool - a pool
 * @nic: its NIC
 * @index: number of the pool, which is the number of its queues, too
 * @mac: its address; constant while the pool runs
 * @stats: counters of the port that has the pool
 * @domain: receive domain of the port
 * @resume: work item of the port, for the end of a stall
 * @irq_name: name of its interrupt
 * @ready: rings, interrupt and NAPI instance exist; hw_lock of the NIC
 * @running: the device uses the rings; hw_lock of the NIC
 * @napi: handles both rings
 * @rx: receive ring
 * @tx: transmit ring
 */
struct mfigb_pool {
	struct mfigb			*nic;
	u8				index;
	u8				mac[ETH_ALEN] __aligned(2);
	struct mf_qblock_stats __percpu	*stats;
	struct mf_rx_domain		domain;
	struct work_struct		resume;
	char				irq_name[32];
	bool				ready;
	bool				running;
	struct napi_struct		napi;
	struct mfigb_rx			rx;
	struct mfigb_tx			tx;
};

int mfigb_pool_start(struct mfigb_pool *pool);
void mfigb_pool_stop(struct mfigb_pool *pool);
void mfigb_pool_run(struct mfigb_pool *pool);
void mfigb_pool_halt(struct mfigb_pool *pool);

#endif /* MFIGB_POOL_H */
