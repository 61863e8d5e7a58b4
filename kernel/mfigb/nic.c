// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The NIC: its devlink instance, and the physical port. */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/idr.h>
#include <linux/unaligned.h>

#include "device.h"
#include "hang.h"
#include "hw/hw.h"
#include "mfigb.h"
#include "nic.h"
#include "port/port.h"
#include "port/sf_port.h"

/* A word of the EEPROM: the version of its image. */
#define MFIGB_EEPROM_VERSION	5

enum {
	MFIGB_PARAM_BASE = DEVLINK_PARAM_GENERIC_ID_MAX,
	MFIGB_PARAM_MTU,
};

static int mfigb_mtu_validate(struct devlink *devlink, u32 id,
			      union devlink_param_value *val,
			      struct netlink_ext_ack *extack)
{
	if (val->vu32 >= ETH_DATA_LEN && val->vu32 <= MFIGB_MTU_MAX)
		return 0;
	NL_SET_ERR_MSG_FMT_MOD(extack, "mtu must be %d to %d", ETH_DATA_LEN,
			       MFIGB_MTU_MAX);

	return -EINVAL;
}

MF_DEFINE_PARAM_VALIDATE(mfigb_mtu_validate)

static const struct devlink_param mfigb_params[] = {
	DEVLINK_PARAM_DRIVER(MFIGB_PARAM_MTU, "mtu", DEVLINK_PARAM_TYPE_U32,
			     BIT(DEVLINK_PARAM_CMODE_DRIVERINIT), NULL, NULL,
			     MF_PARAM_VALIDATE(mfigb_mtu_validate)),
};

static int mfigb_params_register(struct devlink *devlink)
{
	union devlink_param_value mtu = { .vu32 = ETH_DATA_LEN };
	int err;

	err = devl_params_register(devlink, mfigb_params,
				   ARRAY_SIZE(mfigb_params));
	if (err)
		return err;
	err = mf_port_params_register(devlink);
	if (err)
		devl_params_unregister(devlink, mfigb_params,
				       ARRAY_SIZE(mfigb_params));
	else
		devl_param_driverinit_value_set(devlink, MFIGB_PARAM_MTU, &mtu);

	return err;
}

static void mfigb_params_unregister(struct devlink *devlink)
{
	mf_port_params_unregister(devlink);
	devl_params_unregister(devlink, mfigb_params, ARRAY_SIZE(mfigb_params));
}

static int mfigb_info_get(struct devlink *devlink, struct devlink_info_req *req,
			  struct netlink_ext_ack *extack)
{
	struct mfigb *nic = devlink_priv(devlink);
	u64 dsn = pci_get_dsn(nic->pdev);
	u8 serial[sizeof(dsn)];
	char text[24];
	u16 version;
	int err;

	if (dsn) {
		put_unaligned_be64(dsn, serial);
		snprintf(text, sizeof(text), "%8phD", serial);
		err = devlink_info_serial_number_put(req, text);
		if (err)
			return err;
	}
	err = devlink_info_version_fixed_put(req,
					     DEVLINK_INFO_VERSION_GENERIC_ASIC_ID,
					     "82576");
	if (err)
		return err;
	err = mfigb_hw_eeprom(nic, MFIGB_EEPROM_VERSION, &version);
	if (err)
		return err;
	snprintf(text, sizeof(text), "%x.%02x", version >> 12,
		 version >> 4 & 0xff);

	return devlink_info_version_running_put(req,
						DEVLINK_INFO_VERSION_GENERIC_FW,
						text);
}

static int mfigb_port0_start(struct mfigb *nic)
{
	struct devlink_port_attrs attrs = {
		.flavour = DEVLINK_PORT_FLAVOUR_PHYSICAL,
	};
	struct devlink *devlink = priv_to_devlink(nic);
	struct mfigb_port *port = nic->ports[0];
	int err;

	memset(&port->base.dl_port, 0, sizeof(port->base.dl_port));
	devlink_port_attrs_set(&port->base.dl_port, &attrs);
	err = devl_port_register(devlink, &port->base.dl_port, 0);
	if (err)
		return err;
	mfigb_port_set_type(port);
	err = mf_port_clients_add(&port->base, devlink, &nic->pdev->dev);
	if (err) {
		mfigb_port_clear_type(port);
		devl_port_unregister(&port->base.dl_port);
	}

	return err;
}

static void mfigb_port0_stop(struct mfigb *nic)
{
	mf_port_clients_del(&nic->ports[0]->base);
	mfigb_port_clear_type(nic->ports[0]);
	devl_port_unregister(&nic->ports[0]->base.dl_port);
}

/*
 * Create everything that a reload creates again. Called under the devlink lock.
 */
static int mfigb_up(struct mfigb *nic)
{
	struct devlink *devlink = priv_to_devlink(nic);
	union devlink_param_value mtu;
	int err;

	devl_assert_locked(devlink);
	err = devl_param_driverinit_value_get(devlink, MFIGB_PARAM_MTU, &mtu);
	if (err)
		return err;
	nic->mtu = mtu.vu32;
	err = mfigb_device_start(nic);
	if (err)
		return err;
	err = mfigb_port0_start(nic);
	if (err) {
		mfigb_device_stop(nic);
		return err;
	}
	nic->up = true;

	return 0;
}

/* Undo mfigb_up(), which may have failed. */
static void mfigb_down(struct mfigb *nic)
{
	int i;

	if (!nic->up)
		return;
	nic->up = false;
	for (i = 1; i < MFIGB_POOLS; i++)
		if (nic->ports[i])
			mfigb_sf_port_destroy(nic->ports[i]);
	mfigb_port0_stop(nic);
	mfigb_device_stop(nic);
}

/* A reload removes the subfunctions. */
static int mfigb_reload_down(struct devlink *devlink, bool netns_change,
			     enum devlink_reload_action action,
			     enum devlink_reload_limit limit,
			     struct netlink_ext_ack *extack)
{
	mfigb_down(devlink_priv(devlink));

	return 0;
}

static int mfigb_reload_up(struct devlink *devlink,
			   enum devlink_reload_action action,
			   enum devlink_reload_limit limit,
			   u32 *actions_performed,
			   struct netlink_ext_ack *extack)
{
	int err;

	err = mfigb_up(devlink_priv(devlink));
	if (err) {
		NL_SET_ERR_MSG_MOD(extack, "The device does not start");
		return err;
	}
	*actions_performed = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT);

	return 0;
}

static const struct devlink_ops mfigb_devlink_ops = {
	.reload_actions = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT),
	.reload_down = mfigb_reload_down,
	.reload_up = mfigb_reload_up,
	.info_get = mfigb_info_get,
	.port_new = mfigb_sf_port_new,
};

/* Map the registers and allocate the interrupts. */
static int mfigb_pci_start(struct mfigb *nic)
{
	struct pci_dev *pdev = nic->pdev;
	int err;

	err = pci_enable_device_mem(pdev);
	if (err)
		return err;
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err)
		goto err_disable;
	err = pci_request_mem_regions(pdev, KBUILD_MODNAME);
	if (err)
		goto err_disable;
	nic->regs = pci_ioremap_bar(pdev, 0);
	if (!nic->regs) {
		err = -EIO;
		goto err_regions;
	}
	err = pci_alloc_irq_vectors(pdev, MFIGB_VECTORS, MFIGB_VECTORS,
				    PCI_IRQ_MSIX);
	if (err < 0)
		goto err_unmap;
	pci_set_master(pdev);

	return 0;

err_unmap:
	iounmap(nic->regs);
err_regions:
	pci_release_mem_regions(pdev);
err_disable:
	pci_disable_device(pdev);
	return err;
}

static void mfigb_pci_stop(struct mfigb *nic)
{
	pci_clear_master(nic->pdev);
	pci_free_irq_vectors(nic->pdev);
	iounmap(nic->regs);
	pci_release_mem_regions(nic->pdev);
	pci_disable_device(nic->pdev);
}

/* Find out whether the driver can use the device, and read its address. */
static int mfigb_identify(struct mfigb *nic)
{
	int err;

	err = mfigb_hw_reset(nic);
	if (err)
		return err;
	if (mfigb_read(nic, MFIGB_CTRL_EXT) & MFIGB_CTRL_EXT_LINK) {
		pci_err(nic->pdev, "only copper links are supported\n");
		return -EOPNOTSUPP;
	}

	return mfigb_hw_mac(nic);
}

/*
 * The physical port exists as long as the devlink instance. It has an address
 * that no subfunction gets.
 */
static int mfigb_port0_alloc(struct mfigb *nic)
{
	struct mfigb_port *port;
	int err;

	port = mfigb_port_alloc(nic);
	if (IS_ERR(port))
		return PTR_ERR(port);
	ether_addr_copy(port->base.mac, nic->mac);
	err = ida_alloc(mfigb_port_ops.ids, GFP_KERNEL);
	if (err < 0)
		goto err_free;
	port->base.id = err;
	err = xa_insert(&nic->table.ports, 0, &port->base, GFP_KERNEL);
	if (err)
		goto err_id;
	err = mf_port_health_init(&port->base, priv_to_devlink(nic));
	if (err)
		goto err_table;
	nic->ports[0] = port;

	return 0;

err_table:
	xa_erase(&nic->table.ports, 0);
err_id:
	ida_free(mfigb_port_ops.ids, port->base.id);
err_free:
	mfigb_port_free(port);
	return err;
}

static void mfigb_port0_free(struct mfigb *nic)
{
	struct mfigb_port *port = nic->ports[0];

	mf_port_health_fini(&port->base);
	xa_erase(&nic->table.ports, 0);
	ida_free(mfigb_port_ops.ids, port->base.id);
	mfigb_port_free(port);
	nic->ports[0] = NULL;
}

/* Called under the devlink lock. */
static int mfigb_start(struct mfigb *nic)
{
	struct devlink *devlink = priv_to_devlink(nic);
	int err;

	err = mfigb_params_register(devlink);
	if (err)
		return err;
	err = mfigb_hang_init(nic);
	if (err)
		goto err_params;
	err = mfigb_port0_alloc(nic);
	if (err)
		goto err_hang;
	err = mfigb_up(nic);
	if (err)
		goto err_port0;
	devl_register(devlink);

	return 0;

err_port0:
	mfigb_port0_free(nic);
err_hang:
	mfigb_hang_fini(nic);
err_params:
	mfigb_params_unregister(devlink);
	return err;
}

/**
 * mfigb_probe - bring up a NIC
 * @pdev: an Intel 82576
 *
 * Context: sleeps.
 * Return: 0 or a negative errno.
 */
int mfigb_probe(struct pci_dev *pdev)
{
	struct devlink *devlink;
	struct mfigb *nic;
	int err;

	devlink = devlink_alloc(&mfigb_devlink_ops, sizeof(*nic), &pdev->dev);
	if (!devlink)
		return -ENOMEM;
	nic = devlink_priv(devlink);
	nic->pdev = pdev;
	mutex_init(&nic->ports_lock);
	mutex_init(&nic->hw_lock);
	mf_port_table_init(&nic->table, &mfigb_port_ops, MFIGB_POOLS - 1);
	mfigb_device_init(nic);
	pci_set_drvdata(pdev, nic);

	nic->napi_dev = alloc_netdev_dummy(0);
	if (!nic->napi_dev) {
		err = -ENOMEM;
		goto err_free;
	}
	err = mfigb_pci_start(nic);
	if (err)
		goto err_napi;
	err = mfigb_identify(nic);
	if (err)
		goto err_pci;
	devl_lock(devlink);
	err = mfigb_start(nic);
	devl_unlock(devlink);
	if (err)
		goto err_pci;
	mf_port_health_start(&nic->ports[0]->base);
	mfigb_hang_start(nic);

	return 0;

err_pci:
	mfigb_pci_stop(nic);
err_napi:
	free_netdev(nic->napi_dev);
err_free:
	mf_port_table_destroy(&nic->table);
	devlink_free(devlink);
	return err;
}

/**
 * mfigb_remove - take down a NIC with its ports and subfunctions
 * @pdev: device of the NIC
 *
 * Context: sleeps.
 */
void mfigb_remove(struct pci_dev *pdev)
{
	struct mfigb *nic = pci_get_drvdata(pdev);
	struct devlink *devlink = priv_to_devlink(nic);

	mfigb_hang_stop(nic);
	mf_port_health_stop(&nic->ports[0]->base);
	devl_lock(devlink);
	devl_unregister(devlink);
	mfigb_down(nic);
	mfigb_port0_free(nic);
	mfigb_hang_fini(nic);
	mfigb_params_unregister(devlink);
	devl_unlock(devlink);

	mfigb_pci_stop(nic);
	free_netdev(nic->napi_dev);
	mf_port_table_destroy(&nic->table);
	devlink_free(devlink);
}

/**
 * mfigb_pause - stop the device of a NIC; its ports and their clients stay
 * @pdev: device of the NIC, which is about to be reset or to lose its power
 *
 * The lock of the devlink instance is held until mfigb_unpause().
 *
 * Context: sleeps.
 */
void mfigb_pause(struct pci_dev *pdev)
{
	struct mfigb *nic = pci_get_drvdata(pdev);

	devl_lock(priv_to_devlink(nic));
	mfigb_device_stop(nic);
}

/**
 * mfigb_unpause - let the device of a NIC work again
 * @pdev: device of the NIC
 *
 * Context: sleeps, the task that called mfigb_pause().
 * Return: 0 or a negative errno.
 */
int mfigb_unpause(struct pci_dev *pdev)
{
	struct mfigb *nic = pci_get_drvdata(pdev);
	int err = 0;

	if (nic->up)
		err = mfigb_device_start(nic);
	if (err)
		pci_err(pdev, "the device does not start: %d\n", err);
	devl_unlock(priv_to_devlink(nic));

	return err;
}

/**
 * mfigb_shutdown - end accesses of the device to memory
 * @pdev: device of the NIC
 *
 * Context: sleeps, before the machine or another kernel starts.
 */
void mfigb_shutdown(struct pci_dev *pdev)
{
	struct mfigb *nic = pci_get_drvdata(pdev);

	mfigb_hang_stop(nic);
	mfigb_pause(pdev);
	devl_unlock(priv_to_devlink(nic));
	pci_disable_device(pdev);
}

/**
 * mfigb_suspend - stop the device of a NIC before the machine sleeps
 * @dev: device of the NIC
 *
 * Context: sleeps.
 * Return: 0.
 */
int mfigb_suspend(struct device *dev)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	struct mfigb *nic = pci_get_drvdata(pdev);

	mfigb_pause(pdev);
	devl_unlock(priv_to_devlink(nic));

	return 0;
}

/**
 * mfigb_resume - let the device of a NIC work again
 * @dev: device of the NIC
 *
 * Context: sleeps.
 * Return: 0 or a negative errno.
 */
int mfigb_resume(struct device *dev)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	struct mfigb *nic = pci_get_drvdata(pdev);

	devl_lock(priv_to_devlink(nic));

	return mfigb_unpause(pdev);
}
