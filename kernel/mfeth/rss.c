// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Receive side scaling. The port delivers all frames to the interface, which
 * distributes them to its queues by a hash of header fields and a table.
 */
#include <linux/ethtool.h>
#include <linux/in.h>
#include <linux/mf_rss.h>
#include <linux/slab.h>

#include "mfeth.h"

static unsigned int mfeth_rss_proto(u8 ip_proto)
{
	switch (ip_proto) {
	case IPPROTO_TCP:
		return MFETH_RSS_TCP;
	case IPPROTO_UDP:
		return MFETH_RSS_UDP;
	case IPPROTO_SCTP:
		return MFETH_RSS_SCTP;
	default:
		return MFETH_RSS_OTHER;
	}
}

/**
 * mfeth_rss_hash - hash a frame by its flow
 * @rss: hash fields and key
 * @frame: the frame
 * @type: result, a value of &enum pkt_hash_types
 *
 * The input is source address, destination address, source port and destination
 * port of the outermost headers, as far as @rss selects them. A fragment has no
 * ports, so all fragments of a datagram get the same hash.
 *
 * Context: atomic, RCU read section.
 * Return: the hash, or 0 without an IP header.
 */
u32 mfeth_rss_hash(const struct mfeth_rss *rss, const struct mf_frame *frame,
		   u8 *type)
{
	unsigned int proto;
	struct flow_keys keys;
	u32 fields;

	*type = PKT_HASH_TYPE_NONE;
	mf_rss_dissect(frame, &keys);
	proto = mfeth_rss_proto(keys.basic.ip_proto);

	switch (keys.control.addr_type) {
	case FLOW_DISSECTOR_KEY_IPV4_ADDRS:
		fields = rss->fields[0][proto];
		break;
	case FLOW_DISSECTOR_KEY_IPV6_ADDRS:
		fields = rss->fields[1][proto];
		break;
	default:
		return 0;
	}

	fields = mf_rss_fields(&keys, fields);
	if (fields & MF_RSS_PORTS)
		*type = PKT_HASH_TYPE_L4;
	else if (fields & MF_RSS_ADDRS)
		*type = PKT_HASH_TYPE_L3;

	return mf_rss_hash(&rss->key, &keys, fields);
}

/* Copy the current settings in order to change the copy. Called under RTNL. */
static struct mfeth_rss *mfeth_rss_copy(const struct mfeth *eth)
{
	return kmemdup(rtnl_dereference(eth->rss), sizeof(struct mfeth_rss),
		       GFP_KERNEL);
}

static void mfeth_rss_spread(struct mfeth_rss *rss, unsigned int queues)
{
	unsigned int i;

	for (i = 0; i < MFETH_RSS_INDIR; i++)
		rss->indir[i] = ethtool_rxfh_indir_default(i, queues);
}

/**
 * mfeth_rss_init - set the default distribution of an interface
 * @eth: interface with its settings
 *
 * Context: sleeps; no other user of @eth exists.
 * Return: 0 or -ENOMEM.
 */
int mfeth_rss_init(struct mfeth *eth)
{
	struct mfeth_rss *rss;
	unsigned int i, j;

	rss = kzalloc_obj(*rss);
	if (!rss)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(rss->fields); i++)
		for (j = 0; j < MFETH_RSS_PROTOS; j++)
			rss->fields[i][j] = j == MFETH_RSS_OTHER ?
					    MF_RSS_ADDRS :
					    MF_RSS_ADDRS | MF_RSS_PORTS;
	netdev_rss_key_fill(rss->rss_key, sizeof(rss->rss_key));
	mf_toeplitz_set_key(&rss->key, rss->rss_key);
	mfeth_rss_spread(rss, eth->config.queues);
	RCU_INIT_POINTER(eth->rss, rss);

	return 0;
}

/**
 * mfeth_rss_for - create the distribution for a new number of queues
 * @eth: the interface
 * @queues: new number of queues
 *
 * A table that the user has set is kept. The ethtool core checks that the
 * queues in the table exist.
 *
 * Context: RTNL.
 * Return: settings for mfeth_rss_set(), or an ERR_PTR.
 */
struct mfeth_rss *mfeth_rss_for(struct mfeth *eth, unsigned int queues)
{
	struct mfeth_rss *rss;

	ASSERT_RTNL();
	rss = mfeth_rss_copy(eth);
	if (!rss)
		return ERR_PTR(-ENOMEM);
	if (!netif_is_rxfh_configured(eth->dev))
		mfeth_rss_spread(rss, queues);

	return rss;
}

/**
 * mfeth_rss_set - replace the distribution of an interface
 * @eth: the interface
 * @rss: new settings; consumed
 *
 * Context: RTNL.
 */
void mfeth_rss_set(struct mfeth *eth, struct mfeth_rss *rss)
{
	ASSERT_RTNL();

	rss = rcu_replace_pointer_rtnl(eth->rss, rss);
	kfree_rcu(rss, rcu);
}

u32 mfeth_get_rxfh_key_size(struct net_device *dev)
{
	return MF_TOEPLITZ_KEY_LEN;
}

u32 mfeth_get_rxfh_indir_size(struct net_device *dev)
{
	return MFETH_RSS_INDIR;
}

int mfeth_get_rxfh(struct net_device *dev, struct ethtool_rxfh_param *rxfh)
{
	const struct mfeth_rss *rss = rtnl_dereference(to_mfeth(dev)->rss);
	unsigned int i;

	rxfh->hfunc = ETH_RSS_HASH_TOP;
	for (i = 0; rxfh->indir && i < MFETH_RSS_INDIR; i++)
		rxfh->indir[i] = rss->indir[i];
	if (rxfh->key)
		memcpy(rxfh->key, rss->rss_key, sizeof(rss->rss_key));

	return 0;
}

int mfeth_set_rxfh(struct net_device *dev, struct ethtool_rxfh_param *rxfh,
		   struct netlink_ext_ack *extack)
{
	struct mfeth *eth = to_mfeth(dev);
	struct mfeth_rss *rss;
	unsigned int i;

	if (rxfh->hfunc != ETH_RSS_HASH_NO_CHANGE &&
	    rxfh->hfunc != ETH_RSS_HASH_TOP) {
		NL_SET_ERR_MSG_MOD(extack, "the hash is Toeplitz only");
		return -EOPNOTSUPP;
	}
	rss = mfeth_rss_copy(eth);
	if (!rss)
		return -ENOMEM;
	/* The ethtool core has checked that the queues in the table exist. */
	for (i = 0; rxfh->indir && i < MFETH_RSS_INDIR; i++)
		rss->indir[i] = rxfh->indir[i];
	if (rxfh->key) {
		memcpy(rss->rss_key, rxfh->key, sizeof(rss->rss_key));
		mf_toeplitz_set_key(&rss->key, rss->rss_key);
	}
	mfeth_rss_set(eth, rss);

	return 0;
}

/*
 * Return the hash fields of an ethtool flow type, or NULL. With @change, the
 * result is NULL for a type whose fields are fixed.
 */
static u8 *mfeth_rss_fields(struct mfeth_rss *rss, u32 flow_type, bool change)
{
	switch (flow_type) {
	case TCP_V4_FLOW:
		return &rss->fields[0][MFETH_RSS_TCP];
	case UDP_V4_FLOW:
		return &rss->fields[0][MFETH_RSS_UDP];
	case SCTP_V4_FLOW:
		return &rss->fields[0][MFETH_RSS_SCTP];
	case TCP_V6_FLOW:
		return &rss->fields[1][MFETH_RSS_TCP];
	case UDP_V6_FLOW:
		return &rss->fields[1][MFETH_RSS_UDP];
	case SCTP_V6_FLOW:
		return &rss->fields[1][MFETH_RSS_SCTP];
	case AH_ESP_V4_FLOW:
	case AH_V4_FLOW:
	case ESP_V4_FLOW:
	case IPV4_FLOW:
		return change ? NULL : &rss->fields[0][MFETH_RSS_OTHER];
	case AH_ESP_V6_FLOW:
	case AH_V6_FLOW:
	case ESP_V6_FLOW:
	case IPV6_FLOW:
		return change ? NULL : &rss->fields[1][MFETH_RSS_OTHER];
	default:
		return NULL;
	}
}

int mfeth_get_rxnfc(struct net_device *dev, struct ethtool_rxnfc *info,
		    u32 *rule_locs)
{
	struct mfeth *eth = to_mfeth(dev);
	const u8 *fields;

	switch (info->cmd) {
	case ETHTOOL_GRXRINGS:
		info->data = eth->config.queues;
		return 0;
	case ETHTOOL_GRXFH:
		fields = mfeth_rss_fields(rtnl_dereference(eth->rss),
					  info->flow_type, false);
		if (!fields)
			return -EOPNOTSUPP;
		info->data = *fields;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

int mfeth_set_rxnfc(struct net_device *dev, struct ethtool_rxnfc *info)
{
	struct mfeth *eth = to_mfeth(dev);
	struct mfeth_rss *rss;
	u8 *fields;

	if (info->cmd != ETHTOOL_SRXFH)
		return -EOPNOTSUPP;
	if (info->data & ~(u64)(MF_RSS_ADDRS | MF_RSS_PORTS))
		return -EOPNOTSUPP;
	if (!info->data)
		return -EINVAL;
	rss = mfeth_rss_copy(eth);
	if (!rss)
		return -ENOMEM;
	fields = mfeth_rss_fields(rss, info->flow_type, true);
	if (!fields) {
		kfree(rss);
		return -EOPNOTSUPP;
	}
	*fields = info->data;
	mfeth_rss_set(eth, rss);

	return 0;
}
