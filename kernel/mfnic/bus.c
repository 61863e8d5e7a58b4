// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The bus of the NICs. Software NICs cannot be discovered, so loading the
 * module and writing to the bus create them:
 *
 *	echo "ID [MTU]" > /sys/bus/mfnic/new_device
 *	echo ID > /sys/bus/mfnic/del_device
 */
#include <linux/device/bus.h>
#include <linux/if_ether.h>
#include <linux/slab.h>

#include "bus.h"
#include "mfnic.h"

#define MFNIC_MAX_NICS	256

/* Serialises creation and removal of NICs, and protects mfnic_bus_open. */
static DEFINE_MUTEX(mfnic_bus_lock);
static bool mfnic_bus_open;

static void mfnic_bus_dev_release(struct device *dev)
{
	kfree(to_mfnic_bus_dev(dev));
}

static struct device *mfnic_bus_find(unsigned int id)
{
	char name[16];

	snprintf(name, sizeof(name), "mfnic%u", id);

	return bus_find_device_by_name(&mfnic_bus, NULL, name);
}

static int mfnic_bus_add(unsigned int id, unsigned int mtu)
{
	struct mfnic_bus_dev *bdev;
	struct device *old;
	int err;

	if (id >= MFNIC_MAX_NICS || mtu < ETH_MIN_MTU || mtu > MFNIC_MTU_MAX)
		return -EINVAL;

	/* device_add() would log a warning for a duplicate name. */
	old = mfnic_bus_find(id);
	if (old) {
		put_device(old);
		return -EEXIST;
	}

	bdev = kzalloc_obj(*bdev);
	if (!bdev)
		return -ENOMEM;
	bdev->mtu = mtu;
	bdev->dev.bus = &mfnic_bus;
	bdev->dev.release = mfnic_bus_dev_release;
	device_initialize(&bdev->dev);

	err = dev_set_name(&bdev->dev, "mfnic%u", id);
	if (!err)
		err = device_add(&bdev->dev);
	if (err)
		put_device(&bdev->dev);

	return err;
}

static int mfnic_bus_del(unsigned int id)
{
	struct device *dev = mfnic_bus_find(id);

	if (!dev)
		return -ENODEV;
	device_unregister(dev);
	put_device(dev);

	return 0;
}

/**
 * mfnic_of_device - find the NIC that a device belongs to
 * @dev: a device, or NULL
 *
 * Context: any; the caller keeps @dev alive.
 * Return: the NIC, or NULL.
 */
struct mfnic *mfnic_of_device(const struct device *dev)
{
	while (dev && dev->bus != &mfnic_bus)
		dev = dev->parent;

	return dev ? dev_get_drvdata(dev) : NULL;
}

static ssize_t new_device_store(const struct bus_type *bus, const char *buf,
				size_t count)
{
	unsigned int mtu = MFNIC_MTU_DEFAULT;
	unsigned int id;
	int err = -EBUSY;

	if (sscanf(buf, "%u %u", &id, &mtu) < 1)
		return -EINVAL;

	mutex_lock(&mfnic_bus_lock);
	if (mfnic_bus_open)
		err = mfnic_bus_add(id, mtu);
	mutex_unlock(&mfnic_bus_lock);

	return err ?: count;
}
static BUS_ATTR_WO(new_device);

static ssize_t del_device_store(const struct bus_type *bus, const char *buf,
				size_t count)
{
	unsigned int id;
	int err;

	err = kstrtouint(buf, 0, &id);
	if (err)
		return err;

	mutex_lock(&mfnic_bus_lock);
	err = mfnic_bus_open ? mfnic_bus_del(id) : -EBUSY;
	mutex_unlock(&mfnic_bus_lock);

	return err ?: count;
}
static BUS_ATTR_WO(del_device);

static struct attribute *mfnic_bus_attrs[] = {
	&bus_attr_new_device.attr,
	&bus_attr_del_device.attr,
	NULL
};
ATTRIBUTE_GROUPS(mfnic_bus);

const struct bus_type mfnic_bus = {
	.name = KBUILD_MODNAME,
	.bus_groups = mfnic_bus_groups,
};

static int mfnic_bus_del_any(struct device *dev, void *unused)
{
	device_unregister(dev);

	return 0;
}

/**
 * mfnic_bus_fill - create the first NICs and allow the operator to create
 *	others
 * @nics: number of NICs to create
 *
 * Context: sleeps.
 * Return: 0 or a negative errno. On failure, the NICs created so far stay.
 */
int mfnic_bus_fill(unsigned int nics)
{
	unsigned int i;
	int err = 0;

	mutex_lock(&mfnic_bus_lock);
	for (i = 0; i < nics && !err; i++)
		err = mfnic_bus_add(i, MFNIC_MTU_DEFAULT);
	mfnic_bus_open = !err;
	mutex_unlock(&mfnic_bus_lock);

	return err;
}

/**
 * mfnic_bus_clear - remove all NICs and refuse new ones
 *
 * Context: sleeps.
 */
void mfnic_bus_clear(void)
{
	mutex_lock(&mfnic_bus_lock);
	mfnic_bus_open = false;
	mutex_unlock(&mfnic_bus_lock);

	bus_for_each_dev(&mfnic_bus, NULL, NULL, mfnic_bus_del_any);
}
