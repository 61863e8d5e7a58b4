// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The ports of a NIC: "devlink port add", "port function set" and "port del".
 * All functions run under the devlink lock of the NIC.
 */
#include <linux/etherdevice.h>

#include "port.h"
#include "sf.h"

static struct mf_port *to_port(struct devlink_port *dl_port)
{
	return container_of(dl_port, struct mf_port, dl_port);
}

/* Operations of struct devlink_port_ops. */
int mf_port_hw_addr_get(struct devlink_port *dl_port, u8 *hw_addr,
			int *hw_addr_len, struct netlink_ext_ack *extack)
{
	ether_addr_copy(hw_addr, to_port(dl_port)->mac);
	*hw_addr_len = ETH_ALEN;

	return 0;
}
EXPORT_SYMBOL_NS_GPL(mf_port_hw_addr_get, "MFPORT");

static struct mf_port *mf_port_by_mac(struct mf_port_table *table,
				      const u8 *mac)
{
	struct mf_port *port;
	unsigned long index;

	xa_for_each(&table->ports, index, port)
		if (ether_addr_equal(port->mac, mac))
			return port;

	return NULL;
}

/* Refuse to change what clients take for constant. */
static int mf_port_check_inactive(const struct mf_port *port, const char *what,
				  struct netlink_ext_ack *extack)
{
	if (!port->sf)
		return 0;
	mf_port_refuse(port->table, extack,
		       "%s can only change while the port is inactive", what);

	return -EBUSY;
}

int mf_port_hw_addr_set(struct devlink_port *dl_port, const u8 *hw_addr,
			int hw_addr_len, struct netlink_ext_ack *extack)
{
	struct mf_port *port = to_port(dl_port);
	struct mf_port *other;
	int err;

	if (hw_addr_len != ETH_ALEN || !is_valid_ether_addr(hw_addr)) {
		mf_port_refuse(port->table, extack,
			       "Not a unicast Ethernet address");
		return -EADDRNOTAVAIL;
	}
	err = mf_port_check_inactive(port, "The address", extack);
	if (err)
		return err;
	other = mf_port_by_mac(port->table, hw_addr);
	if (other && other != port) {
		mf_port_refuse(port->table, extack, "Port %u has this address",
			       other->dl_port.index);
		return -EADDRINUSE;
	}
	ether_addr_copy(port->mac, hw_addr);

	return 0;
}
EXPORT_SYMBOL_NS_GPL(mf_port_hw_addr_set, "MFPORT");

int mf_port_state_get(struct devlink_port *dl_port,
		      enum devlink_port_fn_state *state,
		      enum devlink_port_fn_opstate *opstate,
		      struct netlink_ext_ack *extack)
{
	struct mf_port *port = to_port(dl_port);
	bool attached = port->sf && mf_sf_attached(port->sf);

	*state = port->sf ? DEVLINK_PORT_FN_STATE_ACTIVE :
			    DEVLINK_PORT_FN_STATE_INACTIVE;
	*opstate = attached ? DEVLINK_PORT_FN_OPSTATE_ATTACHED :
			      DEVLINK_PORT_FN_OPSTATE_DETACHED;

	return 0;
}
EXPORT_SYMBOL_NS_GPL(mf_port_state_get, "MFPORT");

int mf_port_state_set(struct devlink_port *dl_port,
		      enum devlink_port_fn_state state,
		      struct netlink_ext_ack *extack)
{
	struct mf_port *port = to_port(dl_port);

	if (state == DEVLINK_PORT_FN_STATE_ACTIVE)
		return port->sf ? 0 : mf_sf_activate(port, extack);
	mf_port_deactivate(port);

	return 0;
}
EXPORT_SYMBOL_NS_GPL(mf_port_state_set, "MFPORT");

int mf_port_max_io_eqs_get(struct devlink_port *dl_port, u32 *eqs,
			   struct netlink_ext_ack *extack)
{
	*eqs = to_port(dl_port)->max_io_eqs;

	return 0;
}
EXPORT_SYMBOL_NS_GPL(mf_port_max_io_eqs_get, "MFPORT");

int mf_port_max_io_eqs_set(struct devlink_port *dl_port, u32 eqs,
			   struct netlink_ext_ack *extack)
{
	struct mf_port *port = to_port(dl_port);
	int err;

	err = mf_port_check_inactive(port, "max_io_eqs", extack);
	if (err)
		return err;
	if (!eqs || eqs > MF_PORT_MAX_IO_EQS) {
		mf_port_refuse(port->table, extack,
			       "max_io_eqs must be 1 to %u",
			       MF_PORT_MAX_IO_EQS);
		return -EINVAL;
	}
	port->max_io_eqs = eqs;

	return 0;
}
EXPORT_SYMBOL_NS_GPL(mf_port_max_io_eqs_set, "MFPORT");

int mf_port_roce_get(struct devlink_port *dl_port, bool *is_enable,
		     struct netlink_ext_ack *extack)
{
	*is_enable = to_port(dl_port)->roce;

	return 0;
}
EXPORT_SYMBOL_NS_GPL(mf_port_roce_get, "MFPORT");

int mf_port_roce_set(struct devlink_port *dl_port, bool enable,
		     struct netlink_ext_ack *extack)
{
	struct mf_port *port = to_port(dl_port);
	int err;

	err = mf_port_check_inactive(port, "roce", extack);
	if (err)
		return err;
	port->roce = enable;

	return 0;
}
EXPORT_SYMBOL_NS_GPL(mf_port_roce_set, "MFPORT");

/**
 * mf_port_table_init - prepare the table of a NIC's ports
 * @table: the table
 * @ops: operations of the parent
 * @max: highest index of a subfunction's port
 *
 * Context: any.
 */
void mf_port_table_init(struct mf_port_table *table,
			const struct mf_port_ops *ops, u32 max)
{
	table->ops = ops;
	table->max = max;
	xa_init_flags(&table->ports, XA_FLAGS_ALLOC1);
	xa_init_flags(&table->sfnums, XA_FLAGS_ALLOC1);
}
EXPORT_SYMBOL_NS_GPL(mf_port_table_init, "MFPORT");

/**
 * mf_port_table_destroy - undo mf_port_table_init()
 * @table: the table, without ports
 *
 * Context: any.
 */
void mf_port_table_destroy(struct mf_port_table *table)
{
	xa_destroy(&table->ports);
	xa_destroy(&table->sfnums);
}
EXPORT_SYMBOL_NS_GPL(mf_port_table_destroy, "MFPORT");

/**
 * mf_port_check_new - check the attributes of a new port
 * @table: ports of the NIC
 * @attrs: attributes that the operator requests
 * @extack: reason of a failure
 *
 * Context: any.
 * Return: 0 or a negative errno.
 */
int mf_port_check_new(struct mf_port_table *table,
		      const struct devlink_port_new_attrs *attrs,
		      struct netlink_ext_ack *extack)
{
	if (attrs->flavour != DEVLINK_PORT_FLAVOUR_PCI_SF) {
		mf_port_refuse(table, extack,
			       "Only ports of flavour pcisf can be added");
		return -EOPNOTSUPP;
	}
	if (attrs->controller_valid && attrs->controller) {
		mf_port_refuse(table, extack,
			       "The NIC has only controller 0");
		return -EOPNOTSUPP;
	}
	if (attrs->pfnum) {
		mf_port_refuse(table, extack, "The NIC has only pfnum 0");
		return -EINVAL;
	}
	if (attrs->port_index_valid &&
	    (!attrs->port_index || attrs->port_index > table->max)) {
		mf_port_refuse(table, extack, "Port index must be 1 to %u",
			       table->max);
		return -EINVAL;
	}

	return 0;
}
EXPORT_SYMBOL_NS_GPL(mf_port_check_new, "MFPORT");

/* Take the operator's sfnum, or choose one. */
static int mf_port_take_sfnum(struct mf_port *port,
			      const struct devlink_port_new_attrs *attrs,
			      struct netlink_ext_ack *extack)
{
	struct mf_port_table *table = port->table;
	int err;

	if (!attrs->sfnum_valid)
		return xa_alloc(&table->sfnums, &port->sfnum, port,
				xa_limit_31b, GFP_KERNEL);
	port->sfnum = attrs->sfnum;
	err = xa_insert(&table->sfnums, port->sfnum, port, GFP_KERNEL);
	if (err != -EBUSY)
		return err;
	mf_port_refuse(table, extack, "A subfunction with this sfnum exists");

	return -EEXIST;
}

/* Take the operator's port index, or choose one. */
static int mf_port_take_index(struct mf_port *port, u32 *index,
			      const struct devlink_port_new_attrs *attrs,
			      struct netlink_ext_ack *extack)
{
	struct mf_port_table *table = port->table;
	int err;

	if (attrs->port_index_valid) {
		*index = attrs->port_index;
		err = xa_insert(&table->ports, *index, port, GFP_KERNEL);
		if (err != -EBUSY)
			return err;
		mf_port_refuse(table, extack, "A port with this index exists");
		return -EEXIST;
	}
	err = xa_alloc(&table->ports, index, port, XA_LIMIT(1, table->max),
		       GFP_KERNEL);
	if (err != -EBUSY)
		return err;
	mf_port_refuse(table, extack, "The NIC has all of its %u subfunctions",
		       table->max);

	return -ENOSPC;
}

/**
 * mf_port_register - register the devlink port of a subfunction
 * @port: a new port, which gets a random address
 * @devlink: devlink instance of the NIC
 * @attrs: attributes that the operator requests, and mf_port_check_new() has
 *	checked
 * @dl_attrs: attributes of the devlink port
 * @ops: operations of the devlink port
 * @extack: reason of a failure
 *
 * Context: sleeps, lock of @devlink.
 * Return: 0 or a negative errno.
 */
int mf_port_register(struct mf_port *port, struct devlink *devlink,
		     const struct devlink_port_new_attrs *attrs,
		     struct devlink_port_attrs *dl_attrs,
		     const struct devlink_port_ops *ops,
		     struct netlink_ext_ack *extack)
{
	struct mf_port_table *table = port->table;
	u32 index;
	int err;

	do
		eth_random_addr(port->mac);
	while (mf_port_by_mac(table, port->mac));

	err = mf_port_take_sfnum(port, attrs, extack);
	if (err)
		return err;
	err = mf_port_take_index(port, &index, attrs, extack);
	if (err)
		goto err_sfnum;
	devlink_port_attrs_set(&port->dl_port, dl_attrs);
	devlink_port_attrs_pci_sf_set(&port->dl_port, 0, 0, port->sfnum, false);
	err = devl_port_register_with_ops(devlink, &port->dl_port, index, ops);
	if (err) {
		mf_port_refuse(table, extack,
			       "The devlink port can't be registered");
		goto err_index;
	}

	return 0;

err_index:
	xa_erase(&table->ports, index);
err_sfnum:
	xa_erase(&table->sfnums, port->sfnum);
	return err;
}
EXPORT_SYMBOL_NS_GPL(mf_port_register, "MFPORT");

/**
 * mf_port_deactivate - remove the subfunction of a port, if it is active
 * @port: port of a subfunction
 *
 * Context: sleeps, devlink lock of the NIC.
 */
void mf_port_deactivate(struct mf_port *port)
{
	if (port->sf)
		mf_sf_deactivate(port);
}
EXPORT_SYMBOL_NS_GPL(mf_port_deactivate, "MFPORT");

/**
 * mf_port_unregister - undo mf_port_register()
 * @port: port of a subfunction that is inactive
 *
 * Context: sleeps, devlink lock of the NIC.
 */
void mf_port_unregister(struct mf_port *port)
{
	devl_port_unregister(&port->dl_port);
	xa_erase(&port->table->ports, port->dl_port.index);
	xa_erase(&port->table->sfnums, port->sfnum);
}
EXPORT_SYMBOL_NS_GPL(mf_port_unregister, "MFPORT");
