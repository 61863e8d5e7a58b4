// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Flow steering: ibv_create_flow() adds a rule to the receive domain of the
 * port. The owner of the port decides which frames reach the port.
 */
#include <linux/if_vlan.h>
#include <linux/in.h>
#include <linux/slab.h>

#include "queue/rss.h"
#include "queue/rxq.h"
#include "refuse.h"
#include "verbs/counters.h"
#include "verbs/flow.h"
#include "verbs/qp.h"

/*
 * Match the EtherType that a later header implies. Return false if it conflicts
 * with an earlier spec: such a rule would match no frame.
 */
static bool mfraw_imply_type(struct mf_rx_rule_spec *rule, u16 type)
{
	bool ok = !((rule->key.ethertype ^ htons(type)) & rule->mask.ethertype);

	rule->key.ethertype = htons(type);
	rule->mask.ethertype = htons(0xffff);

	return ok;
}

static bool mfraw_imply_proto(struct mf_rx_rule_spec *rule, u8 proto)
{
	bool ok = !((rule->key.ip_proto ^ proto) & rule->mask.ip_proto);

	rule->key.ip_proto = proto;
	rule->mask.ip_proto = 0xff;

	return ok;
}

static int mfraw_spec_eth(struct mf_rx_rule_spec *rule,
			  const struct ib_flow_spec_eth *spec)
{
	struct mf_flow_key *mask = &rule->mask;
	struct mf_flow_key *key = &rule->key;

	ether_addr_copy(key->dmac, spec->val.dst_mac);
	ether_addr_copy(mask->dmac, spec->mask.dst_mac);
	ether_addr_copy(key->smac, spec->val.src_mac);
	ether_addr_copy(mask->smac, spec->mask.src_mac);
	key->ethertype = spec->val.ether_type;
	mask->ethertype = spec->mask.ether_type;
	if (spec->mask.vlan_tag) {
		key->vlan_tpid = htons(ETH_P_8021Q);
		mask->vlan_tpid = htons(0xffff);
		key->vlan_tci = spec->val.vlan_tag;
		mask->vlan_tci = spec->mask.vlan_tag;
	}

	return 0;
}

static int mfraw_spec_ipv4(struct mf_rx_rule_spec *rule,
			   const struct ib_flow_spec_ipv4 *spec)
{
	struct mf_flow_key *mask = &rule->mask;
	struct mf_flow_key *key = &rule->key;

	if (spec->mask.flags)
		return -EOPNOTSUPP;
	if (!mfraw_imply_type(rule, ETH_P_IP))
		return -EINVAL;

	key->saddr.s6_addr32[0] = spec->val.src_ip;
	mask->saddr.s6_addr32[0] = spec->mask.src_ip;
	key->daddr.s6_addr32[0] = spec->val.dst_ip;
	mask->daddr.s6_addr32[0] = spec->mask.dst_ip;
	key->ip_proto = spec->val.proto;
	mask->ip_proto = spec->mask.proto;
	key->ip_tos = spec->val.tos;
	mask->ip_tos = spec->mask.tos;
	key->ip_ttl = spec->val.ttl;
	mask->ip_ttl = spec->mask.ttl;

	return 0;
}

static int mfraw_spec_ipv6(struct mf_rx_rule_spec *rule,
			   const struct ib_flow_spec_ipv6 *spec)
{
	struct mf_flow_key *mask = &rule->mask;
	struct mf_flow_key *key = &rule->key;

	if (!mfraw_imply_type(rule, ETH_P_IPV6))
		return -EINVAL;

	/* The core has checked that the label has 20 bits. */
	memcpy(key->flow_label, (u8 *)&spec->val.flow_label + 1,
	       sizeof(key->flow_label));
	memcpy(mask->flow_label, (u8 *)&spec->mask.flow_label + 1,
	       sizeof(mask->flow_label));
	memcpy(&key->saddr, spec->val.src_ip, sizeof(key->saddr));
	memcpy(&mask->saddr, spec->mask.src_ip, sizeof(mask->saddr));
	memcpy(&key->daddr, spec->val.dst_ip, sizeof(key->daddr));
	memcpy(&mask->daddr, spec->mask.dst_ip, sizeof(mask->daddr));
	key->ip_proto = spec->val.next_hdr;
	mask->ip_proto = spec->mask.next_hdr;
	key->ip_tos = spec->val.traffic_class;
	mask->ip_tos = spec->mask.traffic_class;
	key->ip_ttl = spec->val.hop_limit;
	mask->ip_ttl = spec->mask.hop_limit;

	return 0;
}

static int mfraw_spec_l4(struct mf_rx_rule_spec *rule,
			 const struct ib_flow_spec_tcp_udp *spec, u8 proto)
{
	__be16 type = rule->key.ethertype & rule->mask.ethertype;

	/* Ports exist only after an IP header. */
	if (rule->mask.ethertype == htons(0xffff) &&
	    type != htons(ETH_P_IP) && type != htons(ETH_P_IPV6))
		return -EINVAL;
	if (!mfraw_imply_proto(rule, proto))
		return -EINVAL;

	rule->key.sport = spec->val.src_port;
	rule->mask.sport = spec->mask.src_port;
	rule->key.dport = spec->val.dst_port;
	rule->mask.dport = spec->mask.dst_port;

	return 0;
}

/* Add an action. A flow has one action of each kind at most. */
static int mfraw_spec_action(struct mfraw_flow *flow,
			     const union ib_flow_spec *spec)
{
	u32 action;

	switch (spec->type) {
	case IB_FLOW_SPEC_ACTION_TAG:
		action = MFRAW_FLOW_TAG;
		flow->tag = spec->flow_tag.tag_id;
		break;
	case IB_FLOW_SPEC_ACTION_DROP:
		action = MFRAW_FLOW_DROP;
		break;
	case IB_FLOW_SPEC_ACTION_COUNT:
		action = MFRAW_FLOW_COUNT;
		flow->counts = to_mfraw_counters(spec->flow_count.counters)->counts;
		break;
	default:
		return -EOPNOTSUPP;
	}
	if (flow->actions & action)
		return -EINVAL;
	flow->actions |= action;

	return 0;
}

/*
 * Parse the specs of a flow. Headers must be in the order of their layers, one
 * of each layer; actions may be anywhere. @bad is the index of the last spec
 * parsed.
 */
static int mfraw_flow_specs(struct mf_rx_rule_spec *rule,
			    struct mfraw_flow *flow,
			    const struct ib_flow_attr *attr,
			    unsigned int *bad)
{
	const void *pos = attr->flows;
	u32 layer = 0;
	int err;
	u8 i;

	for (i = 0; i < attr->num_of_specs; i++) {
		const union ib_flow_spec *spec = pos;

		*bad = i;
		pos += spec->size;
		if (spec->type >= IB_FLOW_SPEC_ACTION_TAG) {
			err = mfraw_spec_action(flow, spec);
			if (err)
				return err;
			continue;
		}

		switch (spec->type) {
		case IB_FLOW_SPEC_ETH:
			err = mfraw_spec_eth(rule, &spec->eth);
			break;
		case IB_FLOW_SPEC_IPV4:
			err = mfraw_spec_ipv4(rule, &spec->ipv4);
			break;
		case IB_FLOW_SPEC_IPV6:
			err = mfraw_spec_ipv6(rule, &spec->ipv6);
			break;
		case IB_FLOW_SPEC_TCP:
			err = mfraw_spec_l4(rule, &spec->tcp_udp, IPPROTO_TCP);
			break;
		case IB_FLOW_SPEC_UDP:
			err = mfraw_spec_l4(rule, &spec->tcp_udp, IPPROTO_UDP);
			break;
		default:
			return -EOPNOTSUPP;
		}
		if (err)
			return err;

		/* The high nibble of the type is the layer of the header. */
		if ((spec->type & IB_FLOW_SPEC_LAYER_MASK) <= layer)
			return -EINVAL;
		layer = spec->type & IB_FLOW_SPEC_LAYER_MASK;
	}

	/* Default and sniffer rules have no match. */
	if (layer && rule->kind != MF_RX_MATCH)
		return -EINVAL;
	/* A sniffer gets copies, so it cannot drop frames. */
	if ((flow->actions & MFRAW_FLOW_DROP) && rule->kind == MF_RX_SNIFFER)
		return -EINVAL;

	return 0;
}

static int mfraw_flow_kind(const struct ib_flow_attr *attr,
			   enum mf_rx_rule_kind *kind)
{
	switch (attr->type) {
	case IB_FLOW_ATTR_NORMAL:
		*kind = MF_RX_MATCH;
		break;
	case IB_FLOW_ATTR_ALL_DEFAULT:
		*kind = MF_RX_DEFAULT;
		break;
	case IB_FLOW_ATTR_MC_DEFAULT:
		*kind = MF_RX_MC_DEFAULT;
		break;
	case IB_FLOW_ATTR_SNIFFER:
		*kind = MF_RX_SNIFFER;
		break;
	default:
		return -EOPNOTSUPP;
	}

	return 0;
}

/*
 * Receive frames of a flow with actions, see struct mf_rxq_ops. A QP gets one
 * copy of a frame for each such flow, with the flow's tag.
 */
static void mfraw_flow_rx(struct mf_rxq *rxq, const struct mf_frame *frames,
			  unsigned int n)
{
	struct mfraw_flow *flow = container_of(rxq, struct mfraw_flow, rxq);

	if (flow->actions & MFRAW_FLOW_COUNT)
		mfraw_counters_add(flow->counts, frames, n);
	if (flow->actions & MFRAW_FLOW_DROP)
		mfraw_drop(flow->to->dev, 0, MFRAW_RX_FLOW_DROP, n);
	else if (flow->spread)
		mfraw_rss_rx(flow->to, frames, n, flow->tag);
	else
		mfraw_rxq_rx(flow->to, frames, n, flow->tag);
}

static const struct mf_rxq_ops mfraw_flow_rxq_ops = {
	.rx = mfraw_flow_rx,
};

static struct ib_flow *mfraw_create_flow(struct ib_qp *ibqp,
					 struct ib_flow_attr *attr,
					 struct ib_udata *udata)
{
	struct mfraw_qp *qp = to_mfraw_qp(ibqp);
	struct mf_qblock *qb = qp->dev->qb;
	struct mf_rx_rule_spec spec = {
		.prio = attr->priority,
		.rxq = &qp->rxq->rxq,
	};
	struct mfraw_flow *flow;
	unsigned int bad = 0;
	int err;

	/* QPs of other types receive no raw frames. */
	if (ibqp->qp_type != IB_QPT_RAW_PACKET)
		return ERR_PTR(mfraw_refuse(ibqp->device, -EOPNOTSUPP,
					    "flow: QP %u of type %d, only %d",
					    ibqp->qp_num, ibqp->qp_type,
					    IB_QPT_RAW_PACKET));
	err = mfraw_check_flags(ibqp->device, "flow", "flags", attr->flags, 0);
	if (!err)
		err = mfraw_check_empty(ibqp->device, "flow", udata);
	if (err)
		return ERR_PTR(err);

	flow = kzalloc_obj(*flow, GFP_KERNEL_ACCOUNT);
	if (!flow)
		return ERR_PTR(-ENOMEM);

	err = mfraw_flow_kind(attr, &spec.kind);
	if (err) {
		mfraw_refuse(ibqp->device, err, "flow: type %d, %d at most",
			     attr->type, IB_FLOW_ATTR_SNIFFER);
		goto err_free;
	}
	err = mfraw_flow_specs(&spec, flow, attr, &bad);
	if (err) {
		mfraw_refuse(ibqp->device, err,
			     "flow: specification %u of %u can't be, or not so",
			     bad, attr->num_of_specs);
		goto err_free;
	}

	flow->to = qp->rxq;
	flow->spread = qp->rss;
	if (flow->actions) {
		flow->rxq.ops = &mfraw_flow_rxq_ops;
		spec.rxq = &flow->rxq;
	}

	flow->rule = qb->ops->rx_rule_add(qb, &spec);
	if (IS_ERR(flow->rule)) {
		err = PTR_ERR(flow->rule);
		mfraw_refuse(ibqp->device, err,
			     "flow: priority %u, the port says %d", spec.prio,
			     err);
		goto err_free;
	}

	return &flow->ibflow;

err_free:
	kfree(flow);
	return ERR_PTR(err);
}

static int mfraw_destroy_flow(struct ib_flow *ibflow)
{
	struct mfraw_flow *flow = container_of(ibflow, struct mfraw_flow, ibflow);
	struct mf_qblock *qb = to_mfraw_dev(ibflow->device)->qb;

	qb->ops->rx_rule_del(qb, flow->rule);
	/* Steering may still deliver frames. */
	kfree_rcu(flow, rcu);

	return 0;
}

const struct ib_device_ops mfraw_flow_ops = {
	.create_flow = mfraw_create_flow,
	.destroy_flow = mfraw_destroy_flow,
};
