// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Ports of subfunctions: "devlink port add", "port function set" and "port
 * del". Each has one of the pools 1 to 7, whose number is the index of the
 * port. All functions run under the devlink lock of the NIC.
 */
#include <linux/etherdevice.h>

#include "port/sf.h"
#include "port/sf_port.h"

static struct mfigb_port *to_port(struct devlink_port *dl_port)
{
	return container_of(dl_port, struct mfigb_port, dl_port);
}

static int mfigb_sf_port_del(struct devlink *devlink,
			     struct devlink_port *dl_port,
			     struct netlink_ext_ack *extack)
{
	mfigb_sf_port_destroy(to_port(dl_port));

	return 0;
}

static int mfigb_sf_port_hw_addr_get(struct devlink_port *dl_port, u8 *hw_addr,
				     int *hw_addr_len,
				     struct netlink_ext_ack *extack)
{
	ether_addr_copy(hw_addr, to_port(dl_port)->pool.mac);
	*hw_addr_len = ETH_ALEN;

	return 0;
}

static struct mfigb_port *mfigb_port_by_mac(const struct mfigb *nic,
					    const u8 *mac)
{
	int i;

	for (i = 0; i < MFIGB_POOLS; i++)
		if (nic->ports[i] &&
		    ether_addr_equal(nic->ports[i]->pool.mac, mac))
			return nic->ports[i];

	return NULL;
}

/* Refuse to change what clients take for constant. */
static int mfigb_sf_port_check_inactive(const struct mfigb_port *port,
					struct netlink_ext_ack *extack)
{
	if (!port->sf)
		return 0;
	NL_SET_ERR_MSG_MOD(extack,
			   "This can only change while the port is inactive");

	return -EBUSY;
}

static int mfigb_sf_port_hw_addr_set(struct devlink_port *dl_port,
				     const u8 *hw_addr, int hw_addr_len,
				     struct netlink_ext_ack *extack)
{
	struct mfigb_port *port = to_port(dl_port);
	struct mfigb_port *other;
	int err;

	if (hw_addr_len != ETH_ALEN || !is_valid_ether_addr(hw_addr)) {
		NL_SET_ERR_MSG_MOD(extack, "Not a unicast Ethernet address");
		return -EADDRNOTAVAIL;
	}
	err = mfigb_sf_port_check_inactive(port, extack);
	if (err)
		return err;
	other = mfigb_port_by_mac(port->nic, hw_addr);
	if (other && other != port) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "Port %u has this address",
				       other->pool.index);
		return -EADDRINUSE;
	}
	ether_addr_copy(port->pool.mac, hw_addr);

	return 0;
}

static int mfigb_sf_port_state_get(struct devlink_port *dl_port,
				   enum devlink_port_fn_state *state,
				   enum devlink_port_fn_opstate *opstate,
				   struct netlink_ext_ack *extack)
{
	struct mfigb_port *port = to_port(dl_port);
	bool attached = port->sf && mfigb_sf_attached(port->sf);

	*state = port->sf ? DEVLINK_PORT_FN_STATE_ACTIVE :
			    DEVLINK_PORT_FN_STATE_INACTIVE;
	*opstate = attached ? DEVLINK_PORT_FN_OPSTATE_ATTACHED :
			      DEVLINK_PORT_FN_OPSTATE_DETACHED;

	return 0;
}

static int mfigb_sf_port_state_set(struct devlink_port *dl_port,
				   enum devlink_port_fn_state state,
				   struct netlink_ext_ack *extack)
{
	struct mfigb_port *port = to_port(dl_port);

	if (state == DEVLINK_PORT_FN_STATE_ACTIVE)
		return port->sf ? 0 : mfigb_sf_activate(port, extack);
	if (port->sf)
		mfigb_sf_deactivate(port);

	return 0;
}

static int mfigb_sf_port_max_io_eqs_get(struct devlink_port *dl_port, u32 *eqs,
					struct netlink_ext_ack *extack)
{
	*eqs = to_port(dl_port)->max_io_eqs;

	return 0;
}

static int mfigb_sf_port_max_io_eqs_set(struct devlink_port *dl_port, u32 eqs,
					struct netlink_ext_ack *extack)
{
	struct mfigb_port *port = to_port(dl_port);
	int err;

	err = mfigb_sf_port_check_inactive(port, extack);
	if (err)
		return err;
	if (!eqs || eqs > MFIGB_MAX_IO_EQS) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "max_io_eqs must be 1 to %u",
				       MFIGB_MAX_IO_EQS);
		return -EINVAL;
	}
	port->max_io_eqs = eqs;

	return 0;
}

static int mfigb_sf_port_roce_get(struct devlink_port *dl_port, bool *is_enable,
				  struct netlink_ext_ack *extack)
{
	*is_enable = to_port(dl_port)->roce;

	return 0;
}

static int mfigb_sf_port_roce_set(struct devlink_port *dl_port, bool enable,
				  struct netlink_ext_ack *extack)
{
	struct mfigb_port *port = to_port(dl_port);
	int err;

	err = mfigb_sf_port_check_inactive(port, extack);
	if (err)
		return err;
	port->roce = enable;

	return 0;
}

static const struct devlink_port_ops mfigb_sf_port_ops = {
	.port_del = mfigb_sf_port_del,
	.port_fn_hw_addr_get = mfigb_sf_port_hw_addr_get,
	.port_fn_hw_addr_set = mfigb_sf_port_hw_addr_set,
	.port_fn_roce_get = mfigb_sf_port_roce_get,
	.port_fn_roce_set = mfigb_sf_port_roce_set,
	.port_fn_state_get = mfigb_sf_port_state_get,
	.port_fn_state_set = mfigb_sf_port_state_set,
	.port_fn_max_io_eqs_get = mfigb_sf_port_max_io_eqs_get,
	.port_fn_max_io_eqs_set = mfigb_sf_port_max_io_eqs_set,
};

static int mfigb_sf_port_check(struct mfigb *nic,
			       const struct devlink_port_new_attrs *attrs,
			       struct netlink_ext_ack *extack)
{
	if (!nic->up) {
		NL_SET_ERR_MSG_MOD(extack, "The NIC is down, since a reload failed");
		return -ENODEV;
	}
	if (attrs->flavour != DEVLINK_PORT_FLAVOUR_PCI_SF) {
		NL_SET_ERR_MSG_MOD(extack, "Only ports of flavour pcisf can be added");
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
	    (!attrs->port_index || attrs->port_index >= MFIGB_POOLS)) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "Port index must be 1 to %d",
				       MFIGB_POOLS - 1);
		return -EINVAL;
	}

	return 0;
}

/* Choose the pool that the operator wants, or a free one. */
static int mfigb_sf_port_choose(struct mfigb *nic,
				const struct devlink_port_new_attrs *attrs,
				struct netlink_ext_ack *extack)
{
	int i;

	if (attrs->port_index_valid) {
		if (!nic->ports[attrs->port_index])
			return attrs->port_index;
		NL_SET_ERR_MSG_MOD(extack, "A port with this index exists");
		return -EEXIST;
	}
	for (i = 1; i < MFIGB_POOLS; i++)
		if (!nic->ports[i])
			return i;
	NL_SET_ERR_MSG_FMT_MOD(extack, "The NIC has all of its %d subfunctions",
			       MFIGB_POOLS - 1);

	return -ENOSPC;
}

static bool mfigb_sfnum_used(const struct mfigb *nic, u32 sfnum)
{
	int i;

	for (i = 1; i < MFIGB_POOLS; i++)
		if (nic->ports[i] && nic->ports[i]->sfnum == sfnum)
			return true;

	return false;
}

/* Take the operator's sfnum, or choose one. */
static int mfigb_sf_port_number(struct mfigb *nic,
				const struct devlink_port_new_attrs *attrs,
				u32 *sfnum, struct netlink_ext_ack *extack)
{
	if (attrs->sfnum_valid) {
		*sfnum = attrs->sfnum;
		if (!mfigb_sfnum_used(nic, *sfnum))
			return 0;
		NL_SET_ERR_MSG_MOD(extack, "A subfunction with this sfnum exists");
		return -EEXIST;
	}
	*sfnum = 1;
	while (mfigb_sfnum_used(nic, *sfnum))
		(*sfnum)++;

	return 0;
}

/* The link work item reads the array without the devlink lock. */
static void mfigb_sf_port_publish(struct mfigb *nic, unsigned int index,
				  struct mfigb_port *port)
{
	mutex_lock(&nic->ports_lock);
	nic->ports[index] = port;
	mutex_unlock(&nic->ports_lock);
}

/**
 * mfigb_sf_port_new - "devlink port add"
 * @devlink: devlink instance of the NIC
 * @attrs: attributes that the operator requests
 * @extack: reason of a failure
 * @dl_port: the new port
 *
 * Context: sleeps, devlink lock of the NIC.
 * Return: 0 or a negative errno.
 */
int mfigb_sf_port_new(struct devlink *devlink,
		      const struct devlink_port_new_attrs *attrs,
		      struct netlink_ext_ack *extack,
		      struct devlink_port **dl_port)
{
	struct mfigb *nic = devlink_priv(devlink);
	struct devlink_port_attrs dl_attrs = {};
	struct mfigb_port *port;
	int index;
	u32 sfnum;
	int err;

	err = mfigb_sf_port_check(nic, attrs, extack);
	if (err)
		return err;
	err = mfigb_sf_port_number(nic, attrs, &sfnum, extack);
	if (err)
		return err;
	index = mfigb_sf_port_choose(nic, attrs, extack);
	if (index < 0)
		return index;

	port = mfigb_port_alloc(nic, index);
	if (IS_ERR(port))
		return PTR_ERR(port);
	port->sfnum = sfnum;
	do
		eth_random_addr(port->pool.mac);
	while (mfigb_port_by_mac(nic, port->pool.mac));

	devlink_port_attrs_set(&port->dl_port, &dl_attrs);
	devlink_port_attrs_pci_sf_set(&port->dl_port, 0, 0, sfnum, false);
	err = devl_port_register_with_ops(devlink, &port->dl_port, index,
					  &mfigb_sf_port_ops);
	if (err) {
		NL_SET_ERR_MSG_MOD(extack, "The devlink port can't be registered");
		mfigb_port_free(port);
		return err;
	}
	mfigb_port_set_type(port);
	mfigb_sf_port_publish(nic, index, port);
	*dl_port = &port->dl_port;

	return 0;
}

/**
 * mfigb_sf_port_destroy - remove a subfunction port, even while it is in use
 * @port: subfunction port, freed on return
 *
 * Context: sleeps, devlink lock of the NIC.
 */
void mfigb_sf_port_destroy(struct mfigb_port *port)
{
	devl_assert_locked(priv_to_devlink(port->nic));
	if (port->sf)
		mfigb_sf_deactivate(port);
	mfigb_port_clear_type(port);
	devl_port_unregister(&port->dl_port);
	mfigb_sf_port_publish(port->nic, port->pool.index, NULL);
	mfigb_port_free(port);
}
