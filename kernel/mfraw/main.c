// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The auxiliary driver: it registers an RDMA device for each queue block.
 */
#include <linux/etherdevice.h>
#include <linux/mf_version.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <net/addrconf.h>

#include "health.h"
#include "netdev.h"
#include "pma.h"
#include "queue/csum.h"
#include "queue/delay_drop.h"
#include "queue/kick.h"
#include "queue/rss.h"
#include "queue/stall.h"
#include "queue/zerocopy.h"
#include "verbs/counters.h"
#include "verbs/cq.h"
#include "verbs/flow.h"
#include "verbs/mr.h"
#include "verbs/pd.h"
#include "verbs/restrack.h"
#include "verbs/ucontext.h"
#include "verbs/wq.h"

MODULE_DESCRIPTION("Raw Ethernet over RDMA verbs on NIC queue blocks");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_VERSION(MF_VERSION);

static void mfraw_event(struct mfraw_dev *dev, enum ib_event_type type)
{
	struct ib_event event = {
		.device = &dev->ibdev,
		.element.port_num = 1,
		.event = type,
	};

	ib_dispatch_event(&event);
}

/* struct mf_client_ops.changed. */
static void mfraw_changed(struct mf_client *client)
{
	struct mfraw_dev *dev = container_of(client, struct mfraw_dev, client);
	struct mf_qblock_attr now;
	bool link, mac;

	mutex_lock(&dev->attr_lock);
	dev->qb->ops->get_attr(dev->qb, &now);
	link = dev->attr.link_up != now.link_up;
	mac = !ether_addr_equal(dev->attr.mac, now.mac);
	/* Lockless readers exist, so write only the values that changed. */
	if (mac)
		ether_addr_copy(dev->attr.mac, now.mac);
	if (dev->attr.mtu != now.mtu)
		WRITE_ONCE(dev->attr.mtu, now.mtu);
	if (link && !now.link_up)
		WRITE_ONCE(dev->link_downed, dev->link_downed + 1);
	dev->attr.link_up = now.link_up;
	dev->attr.speed = now.speed;
	WRITE_ONCE(dev->max_frame, now.max_frame);

	/* Events are for the time that the device is registered. */
	if (dev->registered && link)
		mfraw_event(dev, now.link_up ? IB_EVENT_PORT_ACTIVE :
					       IB_EVENT_PORT_ERR);
	if (dev->registered && mac)
		mfraw_event(dev, IB_EVENT_GID_CHANGE);
	mutex_unlock(&dev->attr_lock);
}

/*
 * struct mf_client_ops.recover. Only the network device that keeps pages can
 * release them.
 */
static int mfraw_recover(struct mf_client *client, struct netlink_ext_ack *extack)
{
	struct mfraw_dev *dev = container_of(client, struct mfraw_dev, client);
	int err;

	/* Restart the polling thread only if it is stuck. */
	if (READ_ONCE(dev->engine.stuck)) {
		err = mfraw_engine_restart(dev);
		if (err) {
			NL_SET_ERR_MSG_MOD(extack, "The polling thread can't be started");
			return err;
		}
	}
	if (!READ_ONCE(dev->problems))
		return 0;

	NL_SET_ERR_MSG_MOD(extack,
			   "A network device keeps pages that it was asked to send");
	return -EBUSY;
}

static const struct mf_client_ops mfraw_client_ops = {
	.changed = mfraw_changed,
	.resume = mfraw_resume,
	.diagnose = mfraw_diagnose,
	.recover = mfraw_recover,
};

static void mfraw_set_registered(struct mfraw_dev *dev, bool registered)
{
	mutex_lock(&dev->attr_lock);
	WRITE_ONCE(dev->registered, registered);
	mutex_unlock(&dev->attr_lock);
}

/*
 * Move the device to the network namespace of its port if namespaces own RDMA
 * devices. The core has no function for that before registration. If namespaces
 * share RDMA devices, the device stays in the initial namespace.
 */
static void mfraw_set_net(struct ib_device *ibdev, struct net *net)
{
	if (!rdma_dev_access_netns(ibdev, net))
		write_pnet(&ibdev->coredev.rdma_net, net);
}

static void mfraw_dev_init(struct mfraw_dev *dev, struct mf_qblock *qb)
{
	struct ib_device *ibdev = &dev->ibdev;

	dev->qb = qb;
	dev->client.ops = &mfraw_client_ops;
	mutex_init(&dev->attr_lock);
	xa_init_flags(&dev->mrs, XA_FLAGS_ALLOC1);
	dev->mr_next = get_random_u32_inclusive(1, MFRAW_MAX_MR);
	mfraw_qpn_init(dev);
	mfraw_kick_init(dev);
	ida_init(&dev->ind_tbls);
	mfraw_engine_init(&dev->engine);
	spin_lock_init(&dev->stall_lock);
	spin_lock_init(&dev->problem_lock);
	INIT_LIST_HEAD(&dev->stalled);
	INIT_LIST_HEAD(&dev->served);
	dev->rx_csum = true;
	mfraw_delay_drop_setup(dev);

	ibdev->node_type = RDMA_NODE_IB_CA;
	ibdev->phys_port_cnt = 1;
	ibdev->dev.parent = qb->dev;
	mfraw_set_net(ibdev, read_pnet(&qb->net));
	ibdev->driver_def = mfraw_uapi_defs;

	ib_set_device_ops(ibdev, &mfraw_device_ops);
	ib_set_device_ops(ibdev, &mfraw_ucontext_ops);
	ib_set_device_ops(ibdev, &mfraw_pd_ops);
	ib_set_device_ops(ibdev, &mfraw_mr_ops);
	ib_set_device_ops(ibdev, &mfraw_cq_ops);
	ib_set_device_ops(ibdev, &mfraw_qp_dev_ops);
	ib_set_device_ops(ibdev, &mfraw_rss_ops);
	ib_set_device_ops(ibdev, &mfraw_wq_ops);
	ib_set_device_ops(ibdev, &mfraw_flow_ops);
	ib_set_device_ops(ibdev, &mfraw_counters_ops);
	ib_set_device_ops(ibdev, &mfraw_restrack_ops);
	ib_set_device_ops(ibdev, &mfraw_stats_ops);
	ib_set_device_ops(ibdev, &mfraw_pma_ops);
}

static int mfraw_probe(struct auxiliary_device *adev,
		       const struct auxiliary_device_id *id)
{
	struct mf_qblock *qb = mf_qblock_from_adev(adev);
	struct mfraw_dev *dev;
	int err;

	dev = ib_alloc_device(mfraw_dev, ibdev);
	if (!dev)
		return -ENOMEM;

	mfraw_dev_init(dev, qb);
	err = init_srcu_struct(&dev->readers);
	if (err)
		goto err_dealloc;
	dev->stats = alloc_percpu(struct mfraw_stats);
	/* No more workers than CPUs, however many queues a process has. */
	dev->wq = alloc_workqueue("mfraw-%s", WQ_UNBOUND | WQ_SYSFS,
				  num_possible_cpus(), dev_name(qb->dev));
	if (!dev->stats || !dev->wq) {
		err = -ENOMEM;
		goto err_stats;
	}

	err = qb->ops->attach(qb, &dev->client);
	if (err)
		goto err_stats;

	qb->ops->get_attr(qb, &dev->attr);
	/* Read again under attr_lock, since mfraw_changed() may have run. */
	mfraw_changed(&dev->client);
	dev->ibdev.num_comp_vectors = dev->attr.num_vectors;
	addrconf_addr_eui48((u8 *)&dev->ibdev.node_guid, dev->attr.mac);

	err = mfraw_roce_init(dev);
	if (err)
		goto err_detach;
	err = mfraw_netdev_add(dev);
	if (err)
		goto err_roce;
	err = mfraw_roce_rx_start(dev);
	if (err)
		goto err_netdev;

	auxiliary_set_drvdata(adev, dev);
	err = ib_register_device(&dev->ibdev, "mfraw%d", qb->dma_dev);
	if (err)
		goto err_rules;
	mfraw_set_registered(dev, true);

	return 0;

err_rules:
	mfraw_kick_exit(dev);
	mfraw_roce_rx_stop(dev);
err_netdev:
	mfraw_netdev_del(dev);
err_roce:
	mfraw_roce_fini(dev);
err_detach:
	qb->ops->detach(qb, &dev->client);
err_stats:
	if (dev->wq)
		destroy_workqueue(dev->wq);
	free_percpu(dev->stats);
	cleanup_srcu_struct(&dev->readers);
err_dealloc:
	ib_dealloc_device(&dev->ibdev);
	return err;
}

static void mfraw_remove(struct auxiliary_device *adev)
{
	struct mfraw_dev *dev = auxiliary_get_drvdata(adev);

	mfraw_set_registered(dev, false);
	mfraw_netdev_del(dev);
	/* End kicks that send for a long time. */
	WRITE_ONCE(dev->going, true);
	/* Destroys the objects of all processes that have the device open. */
	ib_unregister_device(&dev->ibdev);
	mfraw_kick_exit(dev);
	mfraw_engine_stop(dev);
	mfraw_roce_rx_stop(dev);
	dev->qb->ops->detach(dev->qb, &dev->client);
	mfraw_roce_fini(dev);

	WARN_ON(!xa_empty(&dev->mrs));
	xa_destroy(&dev->mrs);
	WARN_ON(!ida_is_empty(&dev->qpns));
	WARN_ON(!ida_is_empty(&dev->ind_tbls));
	WARN_ON(atomic_read(&dev->nr_cqs));
	destroy_workqueue(dev->wq);
	free_percpu(dev->stats);
	cleanup_srcu_struct(&dev->readers);
	ib_dealloc_device(&dev->ibdev);
}

static const struct attribute_group *mfraw_groups[] = {
	&mfraw_engine_group,
	&mfraw_offload_group,
	&mfraw_delay_drop_group,
	NULL
};

/* Add the name of another parent driver here to support its queue blocks. */
static const struct auxiliary_device_id mfraw_id_table[] = {
	{ .name = "mfnic.rdma" },
	{ .name = "mfigb.rdma" },
	{}
};
MODULE_DEVICE_TABLE(auxiliary, mfraw_id_table);

static struct auxiliary_driver mfraw_driver = {
	.name = "rdma",
	.probe = mfraw_probe,
	.remove = mfraw_remove,
	.id_table = mfraw_id_table,
	.driver = {
		.dev_groups = mfraw_groups,
	},
};

static int __init mfraw_init(void)
{
	int err;

	err = mfraw_roce_load();
	if (err)
		return err;
	err = mfraw_netdev_init();
	if (err)
		goto err_roce;
	err = auxiliary_driver_register(&mfraw_driver);
	if (err)
		goto err_netdev;

	return 0;

err_netdev:
	mfraw_netdev_exit();
err_roce:
	mfraw_roce_unload();
	return err;
}
module_init(mfraw_init);

static void __exit mfraw_exit(void)
{
	auxiliary_driver_unregister(&mfraw_driver);
	mfraw_netdev_exit();
	mfraw_roce_unload();
	mfraw_zc_exit();
	/* Wait for the RCU callbacks that free counters of flows. */
	rcu_barrier();
}
module_exit(mfraw_exit);
