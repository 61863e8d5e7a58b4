// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Translation of tc's matches to a key and a mask of the flow table.
 *
 * A frame must match here exactly if it matches in the kernel's software. Rules
 * that key and mask cannot express are refused.
 */
#include <linux/etherdevice.h>

#include "port/port.h"
#include "tc/match.h"

#define MFNIC_KEY(id)	BIT_ULL(FLOW_DISSECTOR_KEY_##id)

#define MFNIC_KEYS	(MFNIC_KEY(CONTROL) | MFNIC_KEY(BASIC) |	\
			 MFNIC_KEY(META) | MFNIC_KEY(ETH_ADDRS) |	\
			 MFNIC_KEY(VLAN) | MFNIC_KEY(IPV4_ADDRS) |	\
			 MFNIC_KEY(IPV6_ADDRS) | MFNIC_KEY(PORTS) |	\
			 MFNIC_KEY(TCP) | MFNIC_KEY(IP) |		\
			 MFNIC_KEY(ICMP) | MFNIC_KEY(ARP) |		\
			 MFNIC_KEY(CVLAN))

/* Names of unsupported keys that an operator may use. */
#define MFNIC_KEY_NAME(id, name)	\
	[FLOW_DISSECTOR_KEY_##id] = name

static const char * const mfnic_key_names[FLOW_DISSECTOR_KEY_MAX] = {
	MFNIC_KEY_NAME(PORTS_RANGE, "port ranges"),
	MFNIC_KEY_NAME(ENC_KEYID, "tunnel ids"),
	MFNIC_KEY_NAME(ENC_IPV4_ADDRS, "tunnel addresses"),
	MFNIC_KEY_NAME(ENC_IPV6_ADDRS, "tunnel addresses"),
	MFNIC_KEY_NAME(ENC_CONTROL, "tunnel flags"),
	MFNIC_KEY_NAME(ENC_PORTS, "tunnel ports"),
	MFNIC_KEY_NAME(ENC_IP, "tunnel TOS and TTL"),
	MFNIC_KEY_NAME(ENC_OPTS, "tunnel options"),
	MFNIC_KEY_NAME(MPLS, "MPLS"),
	MFNIC_KEY_NAME(CT, "connection tracking"),
	MFNIC_KEY_NAME(HASH, "hashes"),
	MFNIC_KEY_NAME(NUM_OF_VLANS, "the number of vlan tags"),
	MFNIC_KEY_NAME(PPPOE, "PPPoE"),
	MFNIC_KEY_NAME(L2TPV3, "L2TPv3"),
	MFNIC_KEY_NAME(CFM, "CFM"),
	MFNIC_KEY_NAME(IPSEC, "IPsec"),
};

static int mfnic_match_refuse(unsigned long long keys,
			      struct netlink_ext_ack *extack)
{
	const char *name = mfnic_key_names[__ffs64(keys)];

	if (name)
		NL_SET_ERR_MSG_FMT_MOD(extack, "No match on %s", name);
	else
		NL_SET_ERR_MSG_FMT_MOD(extack, "No match on dissector key %d",
				       (int)__ffs64(keys));

	return -EOPNOTSUPP;
}

/* Add an exact match on a type. An existing match must have the same type. */
static int mfnic_match_type(__be16 *key, __be16 *mask, __be16 type,
			    struct netlink_ext_ack *extack)
{
	if (*mask && *key != type) {
		NL_SET_ERR_MSG_MOD(extack, "Two matches contradict each other");
		return -EOPNOTSUPP;
	}
	*key = type;
	*mask = htons(0xffff);

	return 0;
}

/**
 * mfnic_match_protocol - translate the "protocol" of a filter
 * @key: key, initially zero
 * @mask: mask, initially zero
 * @common: common part of the rule
 *
 * The kernel compares the protocol with the outermost type. A frame whose
 * outermost type is no tag's has no tags.
 *
 * Context: any.
 * Return: 0 or -EOPNOTSUPP.
 */
int mfnic_match_protocol(struct mf_flow_key *key, struct mf_flow_key *mask,
			 const struct flow_cls_common_offload *common)
{
	if (common->protocol == htons(ETH_P_ALL))
		return 0;
	/*
	 * 802_2 and similar values, which the kernel assigns to frames without
	 * a type.
	 */
	if (!eth_proto_is_802_3(common->protocol)) {
		NL_SET_ERR_MSG_MOD(common->extack, "The protocol is no Ethernet type");
		return -EOPNOTSUPP;
	}

	mask->vlan_tpid = htons(0xffff);
	if (eth_type_vlan(common->protocol)) {
		key->vlan_tpid = common->protocol;
	} else {
		key->ethertype = common->protocol;
		mask->ethertype = htons(0xffff);
	}

	return 0;
}

static int mfnic_match_meta(const struct mfnic_port *port,
			    const struct flow_rule *rule,
			    struct netlink_ext_ack *extack)
{
	struct flow_match_meta m;

	flow_rule_match_meta(rule, &m);
	if (m.mask->l2_miss) {
		NL_SET_ERR_MSG_MOD(extack, "No match on l2_miss");
		return -EOPNOTSUPP;
	}
	if (m.mask->ingress_ifindex &&
	    (m.mask->ingress_ifindex != U32_MAX ||
	     m.key->ingress_ifindex != port->rep->ifindex)) {
		NL_SET_ERR_MSG_MOD(extack, "No match on indev but the device itself");
		return -EOPNOTSUPP;
	}

	return 0;
}

static void mfnic_match_macs(struct mf_flow_key *key, struct mf_flow_key *mask,
			     const struct flow_rule *rule)
{
	struct flow_match_eth_addrs m;

	flow_rule_match_eth_addrs(rule, &m);
	ether_addr_copy(key->dmac, m.key->dst);
	ether_addr_copy(mask->dmac, m.mask->dst);
	ether_addr_copy(key->smac, m.key->src);
	ether_addr_copy(mask->smac, m.mask->src);
}

/*
 * As in flower, both kinds of addresses share one place; the rule names both
 * kinds.
 */
static void mfnic_match_addrs(struct mf_flow_key *key, struct mf_flow_key *mask,
			      const struct flow_rule *rule, u16 addr_type)
{
	struct flow_match_ipv4_addrs ip4;
	struct flow_match_ipv6_addrs ip6;

	if (!flow_rule_match_key(rule, addr_type))
		return;

	if (addr_type == FLOW_DISSECTOR_KEY_IPV4_ADDRS) {
		flow_rule_match_ipv4_addrs(rule, &ip4);
		key->saddr.s6_addr32[0] = ip4.key->src;
		mask->saddr.s6_addr32[0] = ip4.mask->src;
		key->daddr.s6_addr32[0] = ip4.key->dst;
		mask->daddr.s6_addr32[0] = ip4.mask->dst;
	} else {
		flow_rule_match_ipv6_addrs(rule, &ip6);
		key->saddr = ip6.key->src;
		mask->saddr = ip6.mask->src;
		key->daddr = ip6.key->dst;
		mask->daddr = ip6.mask->dst;
	}
}

static int mfnic_match_control(struct mf_flow_key *key,
			       struct mf_flow_key *mask,
			       const struct flow_rule *rule,
			       struct netlink_ext_ack *extack)
{
	struct flow_match_control m;
	__be16 type;

	flow_rule_match_control(rule, &m);
	if (!flow_rule_is_supp_control_flags(FLOW_DIS_IS_FRAGMENT |
					     FLOW_DIS_FIRST_FRAG,
					     m.mask->flags, extack))
		return -EOPNOTSUPP;

	if (m.mask->flags & FLOW_DIS_IS_FRAGMENT)
		mask->ip_frag |= MF_FLOW_FRAG;
	if (m.mask->flags & FLOW_DIS_FIRST_FRAG)
		mask->ip_frag |= MF_FLOW_FRAG_FIRST;
	if (m.key->flags & FLOW_DIS_IS_FRAGMENT)
		key->ip_frag |= MF_FLOW_FRAG;
	if (m.key->flags & FLOW_DIS_FIRST_FRAG)
		key->ip_frag |= MF_FLOW_FRAG_FIRST;

	if (!m.mask->addr_type)
		return 0;

	if (m.key->addr_type == FLOW_DISSECTOR_KEY_IPV4_ADDRS) {
		type = htons(ETH_P_IP);
	} else if (m.key->addr_type == FLOW_DISSECTOR_KEY_IPV6_ADDRS) {
		type = htons(ETH_P_IPV6);
	} else {
		NL_SET_ERR_MSG_MOD(extack, "No match on such addresses");
		return -EOPNOTSUPP;
	}
	mfnic_match_addrs(key, mask, rule, m.key->addr_type);

	return mfnic_match_type(&key->ethertype, &mask->ethertype, type,
				extack);
}

static int mfnic_match_basic(struct mf_flow_key *key, struct mf_flow_key *mask,
			     const struct flow_rule *rule,
			     struct netlink_ext_ack *extack)
{
	struct flow_match_basic m;

	flow_rule_match_basic(rule, &m);
	key->ip_proto = m.key->ip_proto;
	mask->ip_proto = m.mask->ip_proto;
	if (!m.mask->n_proto)
		return 0;

	return mfnic_match_type(&key->ethertype, &mask->ethertype,
				m.key->n_proto, extack);
}

static __be16 mfnic_match_tci(const struct flow_dissector_key_vlan *tag)
{
	return htons(tag->vlan_id | tag->vlan_dei << 12 |
		     tag->vlan_priority << VLAN_PRIO_SHIFT);
}

/*
 * Match the type behind @tags tags: either of one more tag, or of the payload.
 * In the second case, the frame has no more tags.
 */
static int mfnic_match_behind(struct mf_flow_key *key, struct mf_flow_key *mask,
			      unsigned int tags, __be16 type,
			      struct netlink_ext_ack *extack)
{
	if (!eth_type_vlan(type)) {
		key->vlan_tags = tags;
		mask->vlan_tags = 0xff;
		return mfnic_match_type(&key->ethertype, &mask->ethertype, type,
					extack);
	}
	if (tags == 1)
		return mfnic_match_type(&key->cvlan_tpid, &mask->cvlan_tpid,
					type, extack);
	NL_SET_ERR_MSG_MOD(extack, "No match on a third vlan tag");

	return -EOPNOTSUPP;
}

/* Match the outermost tag. */
static int mfnic_match_vlan(struct mf_flow_key *key, struct mf_flow_key *mask,
			    const struct flow_rule *rule,
			    struct netlink_ext_ack *extack)
{
	struct flow_match_vlan m;
	int err;

	flow_rule_match_vlan(rule, &m);
	key->vlan_tci = mfnic_match_tci(m.key);
	mask->vlan_tci = mfnic_match_tci(m.mask);

	if (m.mask->vlan_tpid) {
		err = mfnic_match_type(&key->vlan_tpid, &mask->vlan_tpid,
				       m.key->vlan_tpid, extack);
		if (err)
			return err;
	}
	if (!m.mask->vlan_eth_type)
		return 0;

	return mfnic_match_behind(key, mask, 1, m.key->vlan_eth_type, extack);
}

/* Match the second tag. */
static int mfnic_match_cvlan(struct mf_flow_key *key, struct mf_flow_key *mask,
			     const struct flow_rule *rule,
			     struct netlink_ext_ack *extack)
{
	struct flow_match_vlan m;
	int err;

	flow_rule_match_cvlan(rule, &m);
	key->cvlan_tci = mfnic_match_tci(m.key);
	mask->cvlan_tci = mfnic_match_tci(m.mask);

	if (m.mask->vlan_tpid) {
		err = mfnic_match_type(&key->cvlan_tpid, &mask->cvlan_tpid,
				       m.key->vlan_tpid, extack);
		if (err)
			return err;
	}
	if (!m.mask->vlan_eth_type)
		return 0;

	return mfnic_match_behind(key, mask, 2, m.key->vlan_eth_type, extack);
}

static void mfnic_match_l4(struct mf_flow_key *key, struct mf_flow_key *mask,
			   const struct flow_rule *rule)
{
	struct flow_match_ports ports;
	struct flow_match_icmp icmp;
	struct flow_match_arp arp;
	struct flow_match_tcp tcp;
	struct flow_match_ip ip;

	if (flow_rule_match_key(rule, FLOW_DISSECTOR_KEY_IP)) {
		flow_rule_match_ip(rule, &ip);
		key->ip_tos = ip.key->tos;
		mask->ip_tos = ip.mask->tos;
		key->ip_ttl = ip.key->ttl;
		mask->ip_ttl = ip.mask->ttl;
	}
	if (flow_rule_match_key(rule, FLOW_DISSECTOR_KEY_PORTS)) {
		flow_rule_match_ports(rule, &ports);
		key->sport = ports.key->src;
		mask->sport = ports.mask->src;
		key->dport = ports.key->dst;
		mask->dport = ports.mask->dst;
	}
	if (flow_rule_match_key(rule, FLOW_DISSECTOR_KEY_ICMP)) {
		flow_rule_match_icmp(rule, &icmp);
		key->sport = mf_key_icmp(icmp.key);
		mask->sport = mf_key_icmp(icmp.mask);
	}
	if (flow_rule_match_key(rule, FLOW_DISSECTOR_KEY_ARP)) {
		flow_rule_match_arp(rule, &arp);
		mf_key_arp(key, arp.key);
		mf_key_arp(mask, arp.mask);
	}
	if (flow_rule_match_key(rule, FLOW_DISSECTOR_KEY_TCP)) {
		flow_rule_match_tcp(rule, &tcp);
		key->tcp_flags = tcp.key->flags;
		mask->tcp_flags = tcp.mask->flags;
	}
}

/**
 * mfnic_match_flower - translate the match of a flower rule
 * @port: port of the rule
 * @key: key as set by mfnic_match_protocol()
 * @mask: mask as set by mfnic_match_protocol()
 * @rule: rule from tc
 * @extack: reason of a failure
 *
 * Context: RTNL.
 * Return: 0 or -EOPNOTSUPP.
 */
int mfnic_match_flower(const struct mfnic_port *port, struct mf_flow_key *key,
		       struct mf_flow_key *mask, const struct flow_rule *rule,
		       struct netlink_ext_ack *extack)
{
	unsigned long long keys = rule->match.dissector->used_keys;
	unsigned int i;
	int err = 0;

	if (keys & ~MFNIC_KEYS)
		return mfnic_match_refuse(keys & ~MFNIC_KEYS, extack);

	if (keys & MFNIC_KEY(META))
		err = mfnic_match_meta(port, rule, extack);
	if (!err && keys & MFNIC_KEY(CONTROL))
		err = mfnic_match_control(key, mask, rule, extack);
	if (!err && keys & MFNIC_KEY(BASIC))
		err = mfnic_match_basic(key, mask, rule, extack);
	if (!err && keys & MFNIC_KEY(VLAN))
		err = mfnic_match_vlan(key, mask, rule, extack);
	if (!err && keys & MFNIC_KEY(CVLAN))
		err = mfnic_match_cvlan(key, mask, rule, extack);
	if (err)
		return err;
	if (keys & MFNIC_KEY(ETH_ADDRS))
		mfnic_match_macs(key, mask, rule);
	mfnic_match_l4(key, mask, rule);

	for (i = 0; i < MF_KEY_WORDS; i++)
		((u32 *)key)[i] &= ((u32 *)mask)[i];

	return 0;
}
