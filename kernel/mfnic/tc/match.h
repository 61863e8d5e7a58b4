/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Matches of tc rules, see match.c. */
#ifndef MFNIC_TC_MATCH_H
#define MFNIC_TC_MATCH_H

struct flow_cls_common_offload;
struct flow_rule;
struct mf_flow_key;
struct mfnic_port;
struct netlink_ext_ack;

int mfnic_match_protocol(struct mf_flow_key *key, struct mf_flow_key *mask,
			 const struct flow_cls_common_offload *common);
int mfnic_match_flower(const struct mfnic_port *port, struct mf_flow_key *key,
		       struct mf_flow_key *mask, const struct flow_rule *rule,
		       struct netlink_ext_ack *extack);

#endif /* MFNIC_TC_MATCH_H */
