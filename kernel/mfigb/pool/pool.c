// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Start and end of a pool, its interrupt and its NAPI instance.
 */
#include <linux/interrupt.h>

#include "pool/pool.h"

/* The device does not interrupt more often. */
#define MFIGB_INTERRUPT_USECS	20

static u32 mfigb_pool_vector(const struct mfigb_pool *pool)
{
	return pool->index + 1;
}

/* The device masks the vector until the poll function is done. */
static irqreturn_t mfigb_pool_interrupt(int irq, void *data)
{
	struct mfigb_pool *pool = data;

	napi_schedule(&pool->napi);

	return IRQ_HANDLED;
}

static int mfigb_pool_poll(struct napi_struct *napi, int budget)
{
	struct mfigb_pool *pool = container_of(napi, struct mfigb_pool, napi);
	int done;

	/* Clients may sleep in resume, so a work item calls them. */
	if (mfigb_tx_poll(pool))
		queue_work(system_dfl_wq, &pool->resume);
	done = mfigb_rx_poll(pool, budget);
	if (done < budget && napi_complete_done(napi, done))
		mfigb_write(pool->nic, MFIGB_EIMS,
			    BIT(mfigb_pool_vector(pool)));

	return done;
}

static void mfigb_pool_addr(struct mfigb_pool *pool)
{
	const u8 *mac = pool->mac;
	struct mfigb *nic = pool->nic;

	mfigb_write(nic, MFIGB_RAL(pool->index),
		    mac[0] | mac[1] << 8 | mac[2] << 16 | (u32)mac[3] << 24);
	mfigb_write(nic, MFIGB_RAH(pool->index),
		    mac[4] | mac[5] << 8 | MFIGB_RAH_POOL(pool->index) |
		    MFIGB_RAH_AV);
}

static void mfigb_pool_vector_start(struct mfigb_pool *pool)
{
	u32 vector = mfigb_pool_vector(pool), entry = vector | MFIGB_IVAR_VALID;
	struct mfigb *nic = pool->nic;

	mfigb_change(nic, MFIGB_IVAR(pool->index), GENMASK(15, 0),
		     entry << MFIGB_IVAR_RX | entry << MFIGB_IVAR_TX);
	mfigb_write(nic, MFIGB_EITR(vector),
		    MFIGB_INTERRUPT_USECS << MFIGB_EITR_USECS);
	mfigb_change(nic, MFIGB_EIAC, 0, BIT(vector));
	mfigb_change(nic, MFIGB_EIAM, 0, BIT(vector));
	mfigb_write(nic, MFIGB_EIMS, BIT(vector));
}

static void mfigb_pool_vector_stop(struct mfigb_pool *pool)
{
	struct mfigb *nic = pool->nic;

	mfigb_write(nic, MFIGB_EIMC, BIT(mfigb_pool_vector(pool)));
	mfigb_change(nic, MFIGB_IVAR(pool->index), GENMASK(15, 0), 0);
	mfigb_flush(nic);
}

/* Let the device use the pool. Called with hw_lock of the NIC held. */
static void mfigb_pool_hw_start(struct mfigb_pool *pool)
{
	struct mfigb *nic = pool->nic;
	u32 bit = BIT(pool->index);

	mfigb_pool_vector_start(pool);
	mfigb_write(nic, MFIGB_VMOLR(pool->index),
		    (mfigb_max_frame(nic) + ETH_FCS_LEN) | MFIGB_VMOLR_LPE |
		    MFIGB_VMOLR_AUPE | MFIGB_VMOLR_ROMPE | MFIGB_VMOLR_BAM |
		    MFIGB_VMOLR_STRCRC);
	mfigb_change(nic, MFIGB_VFTE, 0, bit);
	mfigb_tx_start(pool);
	mfigb_rx_start(pool);
	mfigb_pool_addr(pool);
	mfigb_change(nic, MFIGB_VFRE, 0, bit);
	mfigb_flush(nic);
}

/* End accesses of the device. Called with hw_lock of the NIC held. */
static void mfigb_pool_hw_stop(struct mfigb_pool *pool)
{
	struct mfigb *nic = pool->nic;
	u32 bit = BIT(pool->index);

	mfigb_change(nic, MFIGB_VFRE, bit, 0);
	mfigb_write(nic, MFIGB_RAH(pool->index), 0);
	mfigb_write(nic, MFIGB_VMOLR(pool->index), MFIGB_VMOLR_STRCRC);
	mfigb_rx_stop(pool);
	mfigb_tx_stop(pool);
	mfigb_change(nic, MFIGB_VFTE, bit, 0);
	mfigb_pool_vector_stop(pool);
}

/**
 * mfigb_pool_run - let a pool send and receive, if it has been started
 * @pool: the pool, which may have been halted
 *
 * Context: sleeps, hw_lock of the NIC, whose device runs.
 */
void mfigb_pool_run(struct mfigb_pool *pool)
{
	lockdep_assert_held(&pool->nic->hw_lock);
	if (!pool->ready || pool->running)
		return;
	/* The ring is empty, so the first poll lets waiting senders go on. */
	mfigb_pool_hw_start(pool);
	napi_enable(&pool->napi);
	local_bh_disable();
	napi_schedule(&pool->napi);
	local_bh_enable();
	pool->running = true;
}

/**
 * mfigb_pool_halt - interrupt the work of a pool
 * @pool: the pool, which may have been halted already
 *
 * Senders wait. Frames that the device has got are lost.
 *
 * Context: sleeps, hw_lock of the NIC.
 */
void mfigb_pool_halt(struct mfigb_pool *pool)
{
	lockdep_assert_held(&pool->nic->hw_lock);
	if (!pool->running)
		return;
	pool->running = false;
	mfigb_pool_hw_stop(pool);
	napi_disable(&pool->napi);
}

/**
 * mfigb_pool_start - let a pool send and receive, as soon as the device runs
 * @pool: a pool with address and receive domain
 *
 * Context: sleeps.
 * Return: 0 or a negative errno.
 */
int mfigb_pool_start(struct mfigb_pool *pool)
{
	struct mfigb *nic = pool->nic;
	int err;

	err = mfigb_rx_alloc(pool);
	if (err)
		return err;
	err = mfigb_tx_alloc(pool);
	if (err)
		goto err_rx;
	netif_napi_add(nic->napi_dev, &pool->napi, mfigb_pool_poll);
	snprintf(pool->irq_name, sizeof(pool->irq_name), "%s-pool%u",
		 dev_name(&nic->pdev->dev), pool->index);
	err = request_irq(pci_irq_vector(nic->pdev, mfigb_pool_vector(pool)),
			  mfigb_pool_interrupt, 0, pool->irq_name, pool);
	if (err)
		goto err_napi;

	mutex_lock(&nic->hw_lock);
	pool->ready = true;
	if (nic->running)
		mfigb_pool_run(pool);
	mutex_unlock(&nic->hw_lock);

	return 0;

err_napi:
	netif_napi_del(&pool->napi);
	mfigb_tx_free(pool);
err_rx:
	mfigb_rx_free(pool);
	return err;
}

/**
 * mfigb_pool_stop - end what mfigb_pool_start() began
 * @pool: a pool without senders and receivers
 *
 * Context: sleeps.
 */
void mfigb_pool_stop(struct mfigb_pool *pool)
{
	struct mfigb *nic = pool->nic;

	mutex_lock(&nic->hw_lock);
	mfigb_pool_halt(pool);
	pool->ready = false;
	mutex_unlock(&nic->hw_lock);

	free_irq(pci_irq_vector(nic->pdev, mfigb_pool_vector(pool)), pool);
	netif_napi_del(&pool->napi);
	cancel_work_sync(&pool->resume);
	mfigb_tx_free(pool);
	mfigb_rx_free(pool);
}
