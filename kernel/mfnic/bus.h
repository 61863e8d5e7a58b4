/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The bus on which the NICs sit, see bus.c.
 */
#ifndef MFNIC_BUS_H
#define MFNIC_BUS_H

#include <linux/device.h>

/**
 * struct mfnic_bus_dev - a NIC as the bus knows it
 * @dev: named mfnic<id>; its driver data is struct mfnic
 * @mtu: bytes of Ethernet payload
 */
struct mfnic_bus_dev {
	struct device	dev;
	u32		mtu;
};

static inline struct mfnic_bus_dev *to_mfnic_bus_dev(struct device *dev)
{
	return container_of(dev, struct mfnic_bus_dev, dev);
}

extern const struct bus_type mfnic_bus;
struct mfnic *mfnic_of_device(const struct device *dev);
int mfnic_bus_fill(unsigned int nics);
void mfnic_bus_clear(void);

#endif /* MFNIC_BUS_H */
