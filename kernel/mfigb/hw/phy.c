// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The link and the internal PHY. The PHY negotiates the speed by itself, with
 * the settings of the EEPROM; the driver only starts it.
 */
#include <linux/delay.h>
#include <linux/ethtool.h>
#include <linux/iopoll.h>
#include <linux/mii.h>

#include "hw/phy.h"

static void mfigb_semaphore_put(struct mfigb *nic)
{
	mfigb_change(nic, MFIGB_SWSM, MFIGB_SWSM_SMBI | MFIGB_SWSM_SWESMBI, 0);
}

/*
 * Take the semaphore that the driver, the firmware and the drivers of other
 * ports share. It protects SW_FW_SYNC.
 */
static int mfigb_semaphore_get(struct mfigb *nic)
{
	u32 value;
	int err;
	int i;

	/* Reading sets the bit. */
	err = readl_poll_timeout(nic->regs + MFIGB_SWSM, value,
				 !(value & MFIGB_SWSM_SMBI), 50, 20000);
	if (err)
		return err;
	for (i = 0; i < 400; i++) {
		mfigb_change(nic, MFIGB_SWSM, 0, MFIGB_SWSM_SWESMBI);
		if (mfigb_read(nic, MFIGB_SWSM) & MFIGB_SWSM_SWESMBI)
			return 0;
		usleep_range(50, 100);
	}
	mfigb_semaphore_put(nic);

	return -ETIMEDOUT;
}

/* The PHY of the other port of the device has another bit. */
static u32 mfigb_phy_bit(struct mfigb *nic)
{
	return MFIGB_SW_FW_PHY(!!(mfigb_read(nic, MFIGB_STATUS) &
				  MFIGB_STATUS_FUNC));
}

static int mfigb_phy_get(struct mfigb *nic)
{
	u32 bit = mfigb_phy_bit(nic), value;
	int err;
	int i;

	for (i = 0; i < 200; i++) {
		err = mfigb_semaphore_get(nic);
		if (err)
			return err;
		value = mfigb_read(nic, MFIGB_SW_FW_SYNC);
		if (!(value & (bit | bit << MFIGB_SW_FW_FIRMWARE))) {
			mfigb_write(nic, MFIGB_SW_FW_SYNC, value | bit);
			mfigb_semaphore_put(nic);
			return 0;
		}
		mfigb_semaphore_put(nic);
		usleep_range(5000, 6000);
	}

	return -EBUSY;
}

static void mfigb_phy_put(struct mfigb *nic)
{
	u32 bit = mfigb_phy_bit(nic);

	/* Without the semaphore, the bit is cleared all the same. */
	if (mfigb_semaphore_get(nic))
		pci_warn(nic->pdev, "the firmware keeps its semaphore\n");
	mfigb_change(nic, MFIGB_SW_FW_SYNC, bit, 0);
	mfigb_semaphore_put(nic);
}

/* Read or write a register of the PHY. Returns the value or a negative errno. */
static int mfigb_mdic(struct mfigb *nic, u32 reg, u32 command)
{
	u32 value;
	int err;

	mfigb_write(nic, MFIGB_MDIC,
		    command | reg << MFIGB_MDIC_REG | MFIGB_MDIC_PHY);
	err = readl_poll_timeout(nic->regs + MFIGB_MDIC, value,
				 value & MFIGB_MDIC_READY, 50, 100000);
	if (err)
		return err;

	return value & MFIGB_MDIC_ERROR ? -EIO : value & MFIGB_MDIC_DATA;
}

/**
 * mfigb_phy_start - power the PHY up and let it negotiate the link
 * @nic: the NIC, just started
 *
 * Context: sleeps, devlink lock of the NIC.
 * Return: 0 or a negative errno.
 */
int mfigb_phy_start(struct mfigb *nic)
{
	int value;
	int err;

	mfigb_change(nic, MFIGB_CTRL, MFIGB_CTRL_FRCSPD | MFIGB_CTRL_FRCDPX,
		     MFIGB_CTRL_SLU);
	err = mfigb_phy_get(nic);
	if (err)
		return err;
	value = mfigb_mdic(nic, MII_BMCR, MFIGB_MDIC_READ);
	if (value >= 0) {
		value &= ~(BMCR_PDOWN | BMCR_ISOLATE);
		value |= BMCR_ANENABLE | BMCR_ANRESTART;
		value = mfigb_mdic(nic, MII_BMCR, MFIGB_MDIC_WRITE | value);
	}
	mfigb_phy_put(nic);

	return min(value, 0);
}

/**
 * mfigb_phy_link - read the state of the link
 * @nic: the NIC
 * @speed: set to the speed in Mb/s, or 0 without a link
 *
 * Context: any.
 * Return: true if the link is up.
 */
bool mfigb_phy_link(struct mfigb *nic, u32 *speed)
{
	u32 status = mfigb_read(nic, MFIGB_STATUS);

	*speed = 0;
	/* A device that is gone has all bits set. */
	if (!(status & MFIGB_STATUS_LU) || status == ~0U)
		return false;
	if (status & MFIGB_STATUS_SPEED_1000)
		*speed = SPEED_1000;
	else if (status & MFIGB_STATUS_SPEED_100)
		*speed = SPEED_100;
	else
		*speed = SPEED_10;

	return true;
}
