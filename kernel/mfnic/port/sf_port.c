// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Subfunction ports: "devlink port add", "port function set" and "port del".
 * All functions run under the devlink lock of the NIC.
 */
#include <linux/cpumask.h>
#include <linux/etherdevice.h>
#include <linux/slab.h>

#include "mfnic.h"
#include "netdev/rep.h"
#include "port/qblock.h"
#include "port/sf.h"
#include "port/sf_port.h"

static struct mfnic_port *to_port(struct devlink_port *dl_port)
{
	return container_of(dl_port, struct mfnic_port, dl_port);
}

static int mfnic_sf_port_del(struct devlink *devlink,
			     struct devlink_port *dl_port,
			     struct netlink_ext_ack *extack)
{
	mfnic_sf_port_destroy(to_port(dl_port));

	return 0;
}

static int mfnic_sf_port_hw_addr_get(struct devlink_port *dl_port, u8 *hw_addr,
				     int *hw_addr_len,
				     struct netlink_ext_ack *extack)
{
	ether_addr_copy(hw_addr, to_port(dl_port)->mac);
	*hw_addr_len = ETH_ALEN;

	return 0;
}

static struct mfnic_port *mfnic_sf_port_by_mac(struct mfnic *nic, const u8 *mac)
{
	struct mfnic_port *port;
	unsigned long index;

	xa_for_each(&nic->sfs, index, port)
		if (ether_addr_equal(port->mac, mac))
			return port;

	return NULL;
}

static int mfnic_sf_port_hw_addr_set(struct devlink_port *dl_port,
				     const u8 *hw_addr, int hw_addr_len,
				     struct netlink_ext_ack *extack)
{
	struct mfnic_port *port = to_port(dl_port);
	struct mfnic_port *other;

	if (hw_addr_len != ETH_ALEN || !is_valid_ether_addr(hw_addr)) {
		NL_SET_ERR_MSG_MOD(extack, "Not a unicast Ethernet address");
		return -EADDRNOTAVAIL;
	}
	if (port->sf) {
		NL_SET_ERR_MSG_MOD(extack,
				   "The address can only change while the port is inactive");
		return -EBUSY;
	}
	other = mfnic_sf_port_by_mac(port->nic, hw_addr);
	if (other && other != port) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "Port %u has this address",
				       other->dl_port.index);
		return -EADDRINUSE;
	}
	ether_addr_copy(port->mac, hw_addr);
	mfnic_changed(port->nic);

	return 0;
}

static int mfnic_sf_port_state_get(struct devlink_port *dl_port,
				   enum devlink_port_fn_state *state,
				   enum devlink_port_fn_opstate *opstate,
				   struct netlink_ext_ack *extack)
{
	struct mfnic_port *port = to_port(dl_port);
	bool attached = port->sf && mfnic_sf_attached(port->sf);

	*state = port->sf ? DEVLINK_PORT_FN_STATE_ACTIVE :
			    DEVLINK_PORT_FN_STATE_INACTIVE;
	*opstate = attached ? DEVLINK_PORT_FN_OPSTATE_ATTACHED :
			      DEVLINK_PORT_FN_OPSTATE_DETACHED;

	return 0;
}

static int mfnic_sf_port_activate(struct mfnic_port *port,
				  struct netlink_ext_ack *extack)
{
	return port->sf ? 0 : mfnic_sf_activate(port, extack);
}

static void mfnic_sf_port_deactivate(struct mfnic_port *port)
{
	if (port->sf)
		mfnic_sf_deactivate(port);
}

static int mfnic_sf_port_state_set(struct devlink_port *dl_port,
				   enum devlink_port_fn_state state,
				   struct netlink_ext_ack *extack)
{
	struct mfnic_port *port = to_port(dl_port);

	if (state == DEVLINK_PORT_FN_STATE_ACTIVE)
		return mfnic_sf_port_activate(port, extack);
	mfnic_sf_port_deactivate(port);

	return 0;
}

static int mfnic_sf_port_max_io_eqs_get(struct devlink_port *dl_port, u32 *eqs,
					struct netlink_ext_ack *extack)
{
	*eqs = to_port(dl_port)->max_io_eqs;

	return 0;
}

static int mfnic_sf_port_max_io_eqs_set(struct devlink_port *dl_port, u32 eqs,
					struct netlink_ext_ack *extack)
{
	struct mfnic_port *port = to_port(dl_port);

	if (port->sf) {
		NL_SET_ERR_MSG_MOD(extack,
				   "max_io_eqs can only change while the port is inactive");
		return -EBUSY;
	}
	if (!eqs || eqs > MFNIC_MAX_IO_EQS) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "max_io_eqs must be 1 to %u",
				       MFNIC_MAX_IO_EQS);
		return -EINVAL;
	}
	port->max_io_eqs = eqs;

	return 0;
}

static int mfnic_sf_port_roce_get(struct devlink_port *dl_port, bool *is_enable,
				  struct netlink_ext_ack *extack)
{
	*is_enable = to_port(dl_port)->roce;

	return 0;
}

static int mfnic_sf_port_roce_set(struct devlink_port *dl_port, bool enable,
				  struct netlink_ext_ack *extack)
{
	struct mfnic_port *port = to_port(dl_port);

	if (port->sf) {
		NL_SET_ERR_MSG_MOD(extack,
				   "roce can only change while the port is inactive");
		return -EBUSY;
	}
	port->roce = enable;

	return 0;
}

static const struct devlink_port_ops mfnic_sf_port_ops = {
	.port_del = mfnic_sf_port_del,
	.port_fn_hw_addr_get = mfnic_sf_port_hw_addr_get,
	.port_fn_hw_addr_set = mfnic_sf_port_hw_addr_set,
	.port_fn_roce_get = mfnic_sf_port_roce_get,
	.port_fn_roce_set = mfnic_sf_port_roce_set,
	.port_fn_state_get = mfnic_sf_port_state_get,
	.port_fn_state_set = mfnic_sf_port_state_set,
	.port_fn_max_io_eqs_get = mfnic_sf_port_max_io_eqs_get,
	.port_fn_max_io_eqs_set = mfnic_sf_port_max_io_eqs_set,
};

static int mfnic_sf_port_check(struct mfnic *nic,
			       const struct devlink_port_new_attrs *attrs,
			       struct netlink_ext_ack *extack)
{
	if (devlink_is_reload_failed(priv_to_devlink(nic))) {
		NL_SET_ERR_MSG_MOD(extack, "The NIC is down, since a reload failed");
		return -ENODEV;
	}
	if (attrs->flavour != DEVLINK_PORT_FLAVOUR_PCI_SF) {
		NL_SET_ERR_MSG_MOD(extack, "Only ports of flavour pcisf can be added");
		return -EOPNOTSUPP;
	}
	if (nic->eswitch_mode != DEVLINK_ESWITCH_MODE_SWITCHDEV) {
		NL_SET_ERR_MSG_MOD(extack, "Subfunctions need eswitch mode switchdev");
		return -EOPNOTSUPP;
	}
	if (attrs->controller_valid && attrs->controller) {
		NL_SET_ERR_MSG_MOD(extack, "The NIC has only controller 0");
		return -EOPNOTSUPP;
	}
	if (attrs->pfnum) {
		NL_SET_ERR_MSG_MOD(extack, "The NIC has only pfnum 0");
		return -EINVAL;
	}
	if (attrs->port_index_valid &&
	    (attrs->port_index == MFNIC_UPLINK_INDEX ||
	     attrs->port_index > MFNIC_MAX_SFS)) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "Port index must be 1 to %d",
				       MFNIC_MAX_SFS);
		return -EINVAL;
	}

	return 0;
}

/* Reserve the operator's sfnum, or allocate one. */
static int mfnic_sf_port_reserve(struct mfnic *nic, struct mfnic_port *port,
				 const struct devlink_port_new_attrs *attrs,
				 u32 *index, struct netlink_ext_ack *extack)
{
	int err;

	if (attrs->sfnum_valid) {
		port->sfnum = attrs->sfnum;
		err = xa_insert(&nic->sfnums, port->sfnum, port, GFP_KERNEL);
		if (err == -EBUSY) {
			NL_SET_ERR_MSG_MOD(extack, "A subfunction with this sfnum exists");
			err = -EEXIST;
		}
	} else {
		err = xa_alloc(&nic->sfnums, &port->sfnum, port, xa_limit_31b,
			       GFP_KERNEL);
	}
	if (err)
		return err;

	if (attrs->port_index_valid) {
		*index = attrs->port_index;
		err = xa_insert(&nic->sfs, *index, port, GFP_KERNEL);
		if (err == -EBUSY) {
			NL_SET_ERR_MSG_MOD(extack, "A port with this index exists");
			err = -EEXIST;
		}
	} else {
		err = xa_alloc(&nic->sfs, index, port,
			       XA_LIMIT(MFNIC_UPLINK_INDEX + 1, MFNIC_MAX_SFS),
			       GFP_KERNEL);
		if (err == -EBUSY) {
			NL_SET_ERR_MSG_FMT_MOD(extack, "The NIC has all of its %d subfunctions",
					       MFNIC_MAX_SFS);
			err = -ENOSPC;
		}
	}
	if (err)
		xa_erase(&nic->sfnums, port->sfnum);

	return err;
}

/**
 * mfnic_sf_port_new - "devlink port add"
 * @devlink: devlink instance of the NIC
 * @attrs: attributes that the operator requests
 * @extack: reason of a failure
 * @dl_port: the new port
 *
 * Context: sleeps, devlink lock of the NIC.
 * Return: 0 or a negative errno.
 */
int mfnic_sf_port_new(struct devlink *devlink,
		      const struct devlink_port_new_attrs *attrs,
		      struct netlink_ext_ack *extack,
		      struct devlink_port **dl_port)
{
	struct mfnic *nic = devlink_priv(devlink);
	struct devlink_port_attrs dl_attrs = {};
	struct mfnic_port *port;
	u32 index;
	int err;

	err = mfnic_sf_port_check(nic, attrs, extack);
	if (err)
		return err;

	port = kzalloc_obj(*port);
	if (!port)
		return -ENOMEM;
	err = mfnic_port_init(port, nic);
	if (err)
		goto err_free;
	port->qb.ops = &mfnic_qblock_ops;
	port->max_io_eqs = min(num_online_cpus(), MFNIC_MAX_IO_EQS);
	port->roce = true;
	port->speed = MFNIC_SPEED;
	do
		eth_random_addr(port->mac);
	while (mfnic_sf_port_by_mac(nic, port->mac));

	err = mfnic_sf_port_reserve(nic, port, attrs, &index, extack);
	if (err)
		goto err_fini;

	dl_attrs.switch_id = nic->switch_id;
	devlink_port_attrs_set(&port->dl_port, &dl_attrs);
	devlink_port_attrs_pci_sf_set(&port->dl_port, 0, 0, port->sfnum, false);
	err = devl_port_register_with_ops(devlink, &port->dl_port, index,
					  &mfnic_sf_port_ops);
	if (err) {
		NL_SET_ERR_MSG_MOD(extack, "The devlink port can't be registered");
		goto err_index;
	}
	err = mfnic_rate_port_init(port);
	if (err)
		goto err_unregister;
	err = mfnic_rep_create(port);
	if (err) {
		NL_SET_ERR_MSG_MOD(extack, "The representor can't be registered");
		goto err_rate;
	}
	*dl_port = &port->dl_port;

	return 0;

err_rate:
	mfnic_rate_port_fini(port);
err_unregister:
	devl_port_unregister(&port->dl_port);
err_index:
	xa_erase(&nic->sfs, index);
	xa_erase(&nic->sfnums, port->sfnum);
err_fini:
	mfnic_port_fini(port);
err_free:
	kfree(port);
	return err;
}

/**
 * mfnic_sf_port_destroy - remove a subfunction port, even while it is in use
 * @port: subfunction port, freed on return
 *
 * Context: sleeps, devlink lock of the NIC.
 */
void mfnic_sf_port_destroy(struct mfnic_port *port)
{
	struct mfnic *nic = port->nic;

	devl_assert_locked(priv_to_devlink(port->nic));
	mfnic_sf_port_deactivate(port);
	mfnic_rep_destroy(port);
	mfnic_rate_port_fini(port);
	devl_port_unregister(&port->dl_port);
	xa_erase(&nic->sfs, port->dl_port.index);
	xa_erase(&nic->sfnums, port->sfnum);
	mfnic_port_fini(port);
	kfree(port);
}
