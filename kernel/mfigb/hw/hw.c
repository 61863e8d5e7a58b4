// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The device as a whole: reset, address, EEPROM, and what all pools share.
 *
 * The device is in VMDq mode. The address of a frame selects the pool, and the
 * device loops frames between pools back. A multicast frame reaches all pools,
 * since clients do not tell their addresses; steering drops what nobody takes.
 */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/iopoll.h>

#include "hw/hw.h"

/**
 * mfigb_hw_reset - reset the device
 * @nic: the NIC; the device neither sends nor receives afterwards
 *
 * Context: sleeps.
 * Return: 0, or -ENODEV if the device does not answer.
 */
int mfigb_hw_reset(struct mfigb *nic)
{
	u32 value;

	/* A reset while the device accesses memory may block the bus. */
	mfigb_change(nic, MFIGB_CTRL, 0, MFIGB_CTRL_MASTER_OFF);
	if (readl_poll_timeout(nic->regs + MFIGB_STATUS, value,
			       !(value & MFIGB_STATUS_MASTER), 100, 80000))
		pci_dbg(nic->pdev, "accesses to memory are pending\n");
	mfigb_write(nic, MFIGB_IMC, ~0);
	mfigb_write(nic, MFIGB_EIMC, ~0);
	mfigb_write(nic, MFIGB_RCTL, 0);
	mfigb_write(nic, MFIGB_TCTL, MFIGB_TCTL_PSP);
	mfigb_flush(nic);
	usleep_range(10000, 20000);

	mfigb_change(nic, MFIGB_CTRL, 0, MFIGB_CTRL_RST);
	/* The device does not answer for a millisecond. */
	usleep_range(2000, 4000);
	/* Without an EEPROM, the bit stays clear, and the device works. */
	readl_poll_timeout(nic->regs + MFIGB_EECD, value,
			   value & MFIGB_EECD_AUTO_RD, 1000, 10000);
	if (mfigb_read(nic, MFIGB_STATUS) == ~0U)
		return -ENODEV;

	mfigb_write(nic, MFIGB_IMC, ~0);
	mfigb_write(nic, MFIGB_EIMC, ~0);
	mfigb_read(nic, MFIGB_ICR);
	mfigb_write(nic, MFIGB_WUC, 0);

	return 0;
}

/**
 * mfigb_hw_mac - read the address that the EEPROM has
 * @nic: the NIC, just reset; its @mac is set
 *
 * Context: any.
 * Return: 0, or -EADDRNOTAVAIL if there is no valid address.
 */
int mfigb_hw_mac(struct mfigb *nic)
{
	/* A reset loads the address into the first pair of registers. */
	u64 addr = mfigb_read(nic, MFIGB_RAL(0)) |
		   (u64)mfigb_read(nic, MFIGB_RAH(0)) << 32;
	int i;

	for (i = 0; i < ETH_ALEN; i++)
		nic->mac[i] = addr >> 8 * i;

	return is_valid_ether_addr(nic->mac) ? 0 : -EADDRNOTAVAIL;
}

/**
 * mfigb_hw_eeprom - read a word of the EEPROM
 * @nic: the NIC
 * @word: number of the word
 * @value: result
 *
 * Context: sleeps, devlink lock of the NIC.
 * Return: 0 or -ETIMEDOUT.
 */
int mfigb_hw_eeprom(struct mfigb *nic, u16 word, u16 *value)
{
	u32 reg;
	int err;

	mfigb_write(nic, MFIGB_EERD, word << MFIGB_EERD_ADDR | MFIGB_EERD_START);
	err = readl_poll_timeout(nic->regs + MFIGB_EERD, reg,
				 reg & MFIGB_EERD_DONE, 5, 100000);
	*value = reg >> MFIGB_EERD_DATA;

	return err;
}

/**
 * mfigb_hw_start - let the device work, without any pool
 * @nic: the NIC, just reset
 *
 * Context: sleeps, devlink lock of the NIC.
 */
void mfigb_hw_start(struct mfigb *nic)
{
	int i;

	/* Tell the firmware that a driver is there. */
	mfigb_change(nic, MFIGB_CTRL_EXT, 0, MFIGB_CTRL_EXT_DRV_LOAD);

	/* Addresses belong to pools that start later. */
	for (i = 0; i < MFIGB_ADDRS; i++)
		mfigb_write(nic, MFIGB_RAH(i), 0);
	for (i = 0; i < MFIGB_ADDRS2; i++)
		mfigb_write(nic, MFIGB_RAH2(i), 0);
	for (i = 0; i < MFIGB_MTA_WORDS; i++)
		mfigb_write(nic, MFIGB_MTA(i), ~0);
	for (i = 0; i < MFIGB_UTA_WORDS; i++)
		mfigb_write(nic, MFIGB_UTA(i), 0);

	mfigb_write(nic, MFIGB_MRQC, MFIGB_MRQC_VMDQ);
	mfigb_write(nic, MFIGB_VT_CTL,
		    MFIGB_VT_CTL_NO_DEFAULT | MFIGB_VT_CTL_REPLICATE);
	mfigb_write(nic, MFIGB_RPLOLR, MFIGB_RPLOLR_STRCRC);
	/*
	 * A pool's own frames are not looped back to it: the driver delivers
	 * them.
	 */
	mfigb_write(nic, MFIGB_DTXSWC, MFIGB_DTXSWC_LOOPBACK);
	mfigb_write(nic, MFIGB_VFRE, 0);
	mfigb_write(nic, MFIGB_VFTE, 0);
	/* A pool without buffers must not block the others. */
	mfigb_write(nic, MFIGB_QDE, BIT(MFIGB_QUEUES) - 1);
	for (i = 0; i < MFIGB_POOLS; i++)
		mfigb_write(nic, MFIGB_VMOLR(i), MFIGB_VMOLR_STRCRC);
	/* A reset enables the first queues. */
	mfigb_write(nic, MFIGB_RXDCTL(0), 0);
	mfigb_write(nic, MFIGB_TXDCTL(0), 0);

	mfigb_write(nic, MFIGB_RXCSUM, MFIGB_RXCSUM_IP | MFIGB_RXCSUM_L4);
	mfigb_write(nic, MFIGB_RLPML, mfigb_max_frame(nic) + ETH_FCS_LEN);
	mfigb_write(nic, MFIGB_TCTL, MFIGB_TCTL_EN | MFIGB_TCTL_PSP |
		    MFIGB_TCTL_CT | MFIGB_TCTL_COLD | MFIGB_TCTL_RTLC);
	mfigb_write(nic, MFIGB_RCTL, MFIGB_RCTL_EN | MFIGB_RCTL_LPE |
		    MFIGB_RCTL_BAM | MFIGB_RCTL_SECRC);
	mfigb_flush(nic);
}

/**
 * mfigb_hw_stop - stop the device
 * @nic: the NIC, which is not in use any more
 *
 * Context: sleeps.
 */
void mfigb_hw_stop(struct mfigb *nic)
{
	mfigb_hw_reset(nic);
	mfigb_change(nic, MFIGB_CTRL_EXT, MFIGB_CTRL_EXT_DRV_LOAD, 0);
	mfigb_flush(nic);
}
