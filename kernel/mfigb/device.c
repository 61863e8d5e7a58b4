// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The device while it works: its start and end, its link, and the interrupt for
 * changes of the link. Ports exist all the time, and wait while the device does
 * not work.
 */
#include <linux/interrupt.h>

#include "device.h"
#include "hw/hw.h"
#include "hw/phy.h"
#include "port/port.h"

/* Tell all ports the state of the link. */
static void mfigb_link_tell(struct mfigb *nic)
{
	int i;

	mutex_lock(&nic->ports_lock);
	for (i = 0; i < MFIGB_POOLS; i++)
		if (nic->ports[i])
			mfigb_port_update_link(nic->ports[i]);
	mutex_unlock(&nic->ports_lock);
}

static void mfigb_link_work(struct work_struct *work)
{
	struct mfigb *nic = container_of(work, struct mfigb, link_work);
	u32 speed;
	bool up;

	up = mfigb_phy_link(nic, &speed);
	if (up != nic->link_up)
		pci_info(nic->pdev, "link is %s\n", up ? "up" : "down");
	WRITE_ONCE(nic->link_up, up);
	WRITE_ONCE(nic->speed, speed);
	mfigb_link_tell(nic);
}

static irqreturn_t mfigb_interrupt(int irq, void *data)
{
	struct mfigb *nic = data;

	/* Reading clears the causes. */
	if (mfigb_read(nic, MFIGB_ICR) & MFIGB_ICR_LSC)
		queue_work(system_dfl_wq, &nic->link_work);
	mfigb_write(nic, MFIGB_EIMS, BIT(0));

	return IRQ_HANDLED;
}

/* Let the device interrupt. Pools enable their vectors when they start. */
static int mfigb_interrupt_start(struct mfigb *nic)
{
	int err;

	err = request_irq(pci_irq_vector(nic->pdev, 0), mfigb_interrupt, 0,
			  dev_name(&nic->pdev->dev), nic);
	if (err)
		return err;
	/* Other registers of interrupts depend on the mode. */
	mfigb_write(nic, MFIGB_GPIE, MFIGB_GPIE_MSIX | MFIGB_GPIE_PBA |
		    MFIGB_GPIE_EIAME | MFIGB_GPIE_NSICR);
	mfigb_write(nic, MFIGB_IVAR_MISC, MFIGB_IVAR_VALID << MFIGB_IVAR_OTHER);
	mfigb_write(nic, MFIGB_EIAC, BIT(0));
	mfigb_write(nic, MFIGB_EIAM, BIT(0));
	mfigb_write(nic, MFIGB_IAM, 0);
	mfigb_write(nic, MFIGB_EIMS, BIT(0));
	mfigb_write(nic, MFIGB_IMS, MFIGB_ICR_LSC);
	mfigb_flush(nic);

	return 0;
}

static void mfigb_interrupt_stop(struct mfigb *nic)
{
	mfigb_write(nic, MFIGB_IMC, ~0);
	mfigb_write(nic, MFIGB_EIMC, BIT(0));
	mfigb_flush(nic);
	free_irq(pci_irq_vector(nic->pdev, 0), nic);
	cancel_work_sync(&nic->link_work);
	WRITE_ONCE(nic->link_up, false);
	WRITE_ONCE(nic->speed, 0);
}

/* Let pools use the device, or keep them away from it. */
static void mfigb_set_running(struct mfigb *nic, bool running)
{
	int i;

	mutex_lock(&nic->ports_lock);
	mutex_lock(&nic->hw_lock);
	nic->running = running;
	for (i = 0; i < MFIGB_POOLS; i++) {
		if (!nic->ports[i])
			continue;
		if (running)
			mfigb_pool_run(&nic->ports[i]->pool);
		else
			mfigb_pool_halt(&nic->ports[i]->pool);
	}
	mutex_unlock(&nic->hw_lock);
	mutex_unlock(&nic->ports_lock);
}

/**
 * mfigb_device_init - initialize the state of the device
 * @nic: the NIC
 *
 * Context: any.
 */
void mfigb_device_init(struct mfigb *nic)
{
	INIT_WORK(&nic->link_work, mfigb_link_work);
}

/**
 * mfigb_device_start - reset the device, and let it work
 * @nic: the NIC, whose device does not work. Pools that are ready run
 *	afterwards
 *
 * Context: sleeps, devlink lock of the NIC.
 * Return: 0 or a negative errno.
 */
int mfigb_device_start(struct mfigb *nic)
{
	int err;

	err = mfigb_hw_reset(nic);
	if (err)
		return err;
	mfigb_hw_start(nic);
	err = mfigb_interrupt_start(nic);
	if (err)
		goto err_hw;
	mfigb_set_running(nic, true);
	err = mfigb_phy_start(nic);
	if (err)
		goto err_running;
	/* The link may be up already. */
	queue_work(system_dfl_wq, &nic->link_work);

	return 0;

err_running:
	mfigb_set_running(nic, false);
	mfigb_interrupt_stop(nic);
err_hw:
	mfigb_hw_stop(nic);
	return err;
}

/**
 * mfigb_device_stop - stop the device
 * @nic: the NIC, whose device may have been stopped already. The link of its
 *	ports is down afterwards
 *
 * Context: sleeps, devlink lock of the NIC.
 */
void mfigb_device_stop(struct mfigb *nic)
{
	if (!nic->running)
		return;
	mfigb_interrupt_stop(nic);
	/* Senders do not wait any more, so their frames are dropped. */
	mfigb_link_tell(nic);
	mfigb_set_running(nic, false);
	mfigb_hw_stop(nic);
}

