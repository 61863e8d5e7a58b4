/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The NIC: one port of an Intel 82576. Each part of the driver declares its
 * interface in a header of its own.
 */
#ifndef MFIGB_H
#define MFIGB_H

#include <linux/if_ether.h>
#include <linux/io.h>
#include <linux/mf_port.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/workqueue.h>

#include "hw/regs.h"

struct devlink_health_reporter;
struct mfigb_port;

#define MFIGB_MTU_MAX		9000

/**
 * struct mfigb - one NIC
 * @pdev: PCI device
 * @regs: registers of BAR 0
 * @napi_dev: device without a name, to which the NAPI instances belong
 * @mac: address in the EEPROM
 * @mtu: maximum Ethernet payload in bytes; constant while the NIC is up
 * @link_work: reads the state of the link and tells the ports
 * @link_up: the link is up
 * @speed: speed of the link in Mb/s, or 0 for unknown
 * @up: the NIC is up, and @ports has the physical port; devlink lock
 * @running: the device works, and pools may use it; @hw_lock, and devlink lock
 *	for changes. A NIC that is up does not run during a reset, and after one
 *	that failed
 * @reporter: reporter of the health of the transmit queues
 * @watch: looks for transmit queues that hang
 * @hang_test: the operator tests @reporter
 * @table: ports, the physical one included; devlink lock
 * @ports: the physical port, which has pool 0, and the subfunctions, by pool
 *	and devlink port index; devlink lock for changes, @ports_lock for reading
 * @ports_lock: protects @ports against work items
 * @hw_lock: serialises starts and stops of pools, and changes of registers that
 *	pools share
 *
 * Lock order: devlink lock, @ports_lock, @hw_lock.
 */
struct mfigb {
	struct pci_dev		*pdev;
	void __iomem		*regs;
	struct net_device	*napi_dev;
	u8			mac[ETH_ALEN];
	u32			mtu;
	struct work_struct	link_work;
	bool			link_up;
	u32			speed;
	bool			up;
	bool			running;
	struct devlink_health_reporter *reporter;
	struct delayed_work	watch;
	bool			hang_test;
	struct mf_port_table	table;
	struct mfigb_port	*ports[MFIGB_POOLS];
	struct mutex		ports_lock;	/* @ports */
	struct mutex		hw_lock;	/* pools, registers */
};

static inline u32 mfigb_read(const struct mfigb *nic, u32 reg)
{
	return readl(nic->regs + reg);
}

static inline void mfigb_write(const struct mfigb *nic, u32 reg, u32 value)
{
	writel(value, nic->regs + reg);
}

/* Clear bits and set others. The caller prevents other writers. */
static inline void mfigb_change(const struct mfigb *nic, u32 reg, u32 clear,
				u32 set)
{
	mfigb_write(nic, reg, (mfigb_read(nic, reg) & ~clear) | set);
}

/* Wait until the device has seen all writes. */
static inline void mfigb_flush(const struct mfigb *nic)
{
	mfigb_read(nic, MFIGB_STATUS);
}

static inline u32 mfigb_max_frame(const struct mfigb *nic)
{
	return nic->mtu + ETH_HLEN + 4;		/* one vlan tag */
}

#endif /* MFIGB_H */
