/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* The bus of the NICs, see bus.c. */
#ifndef MFNIC_BUS_H
#define MFNIC_BUS_H

#include <linux/device.h>

/**
 * struct mfnic_bus_dev - a NIC on the bus
 * @dev: device mfnic<id>, with struct mfnic as driver data
 * @mtu: maximum Ethernet payload in bytes
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
