// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The network device on the same queue block: the core makes the GIDs of the
 * RDMA device from its addresses. The network device is found by its parent
 * device, the parent of the RDMA device, whichever driver it has.
 *
 * One notifier serves all devices. Registering a notifier takes
 * pernet_ops_rwsem, which the removal of a network namespace holds while it
 * makes devlink reload a device.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "mfraw.h"
#include "netdev.h"

/* Devices of the notifier, protected by RTNL. */
static LIST_HEAD(mfraw_netdev_devs);

static void mfraw_netdev_set(struct mfraw_dev *dev, struct net_device *ndev)
{
	ASSERT_RTNL();

	/* mfraw_netdev_add() has allocated the memory, so this cannot fail. */
	WARN_ON(ib_device_set_netdev(&dev->ibdev, ndev, 1));
}

static int mfraw_netdev_event(struct notifier_block *nb, unsigned long event,
			      void *ptr)
{
	struct net_device *ndev = netdev_notifier_info_to_dev(ptr);
	struct mfraw_dev *dev;

	/* A move to another namespace sends these two events, too. */
	if (event != NETDEV_REGISTER && event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;

	list_for_each_entry(dev, &mfraw_netdev_devs, netdev_entry)
		if (dev->qb->dev == ndev->dev.parent)
			mfraw_netdev_set(dev, event == NETDEV_REGISTER ?
					      ndev : NULL);

	return NOTIFY_DONE;
}

static struct notifier_block mfraw_netdev_nb = {
	.notifier_call = mfraw_netdev_event,
	/* Run before the core's notifier, which adds the GIDs. */
	.priority = 1,
};

/* Use a child of the queue block's device if it is the network device. RTNL. */
static int mfraw_netdev_adopt(struct device *child, void *dev)
{
	ASSERT_RTNL();

	if (!child->class || strcmp(child->class->name, "net") ||
	    to_net_dev(child)->reg_state != NETREG_REGISTERED)
		return 0;
	mfraw_netdev_set(dev, to_net_dev(child));

	return 1;
}

/**
 * mfraw_netdev_add - follow the network device on the same queue block
 * @dev: RDMA device, about to be registered
 *
 * Context: sleeps, takes RTNL.
 * Return: 0 or -ENOMEM.
 */
int mfraw_netdev_add(struct mfraw_dev *dev)
{
	int err;

	rtnl_lock();
	/* This allocates the core's port data, so later calls cannot fail. */
	err = ib_device_set_netdev(&dev->ibdev, NULL, 1);
	if (!err) {
		device_for_each_child(dev->qb->dev, dev, mfraw_netdev_adopt);
		list_add(&dev->netdev_entry, &mfraw_netdev_devs);
	}
	rtnl_unlock();

	return err;
}

/**
 * mfraw_netdev_del - stop following the network device
 * @dev: RDMA device, about to be unregistered, or not registered
 *
 * Context: sleeps, takes RTNL.
 */
void mfraw_netdev_del(struct mfraw_dev *dev)
{
	rtnl_lock();
	list_del(&dev->netdev_entry);
	mfraw_netdev_set(dev, NULL);
	rtnl_unlock();
}

int mfraw_netdev_init(void)
{
	return register_netdevice_notifier(&mfraw_netdev_nb);
}

void mfraw_netdev_exit(void)
{
	unregister_netdevice_notifier(&mfraw_netdev_nb);
}
