// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The network device on the same queue block: its addresses become the GIDs of
 * the RDMA device, which the core looks after. Whoever drives it, it is known
 * by its parent, which is that of the RDMA device, too.
 *
 * One notifier for all devices: to register one takes a lock that whoever
 * removes a network namespace holds, when he makes devlink reload a device.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "mfraw.h"
#include "netdev.h"

/* RTNL. */
static LIST_HEAD(mfraw_netdev_devs);

static void mfraw_netdev_set(struct mfraw_dev *dev, struct net_device *ndev)
{
	ASSERT_RTNL();

	/* There is memory for the port, so that this can't fail. */
	WARN_ON(ib_device_set_netdev(&dev->ibdev, ndev, 1));
}

static int mfraw_netdev_event(struct notifier_block *nb, unsigned long event,
			      void *ptr)
{
	struct net_device *ndev = netdev_notifier_info_to_dev(ptr);
	struct mfraw_dev *dev;

	/* To move to another namespace is to unregister and register, too. */
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
	/* Before the core, which then looks for addresses. */
	.priority = 1,
};

/* RTNL. There is one at most, so the search ends with it. */
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
 * mfraw_netdev_add - from now on the device has the network device beside it
 * @dev: about to be registered
 *
 * Context: sleeps, takes RTNL.
 * Return: 0 or -ENOMEM.
 */
int mfraw_netdev_add(struct mfraw_dev *dev)
{
	int err;

	rtnl_lock();
	/* Allocates what the core else does while events may come. */
	err = ib_device_set_netdev(&dev->ibdev, NULL, 1);
	if (!err) {
		device_for_each_child(dev->qb->dev, dev, mfraw_netdev_adopt);
		list_add(&dev->netdev_entry, &mfraw_netdev_devs);
	}
	rtnl_unlock();

	return err;
}

/**
 * mfraw_netdev_del - no longer
 * @dev: about to be unregistered, or not registered
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
