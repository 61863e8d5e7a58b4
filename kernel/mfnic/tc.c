// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "tc.h"

const struct mfnic_tc_rule *mfnic_tc_lookup(struct mfnic_chain *chain,
					    struct mfnic_parse *parse)
{
	return NULL;
}

struct mfnic_port *mfnic_tc_fast(const struct mfnic_tc_rule *rule,
				 const struct mf_frame *frame)
{
	return NULL;
}

enum mfnic_tc_verdict mfnic_tc_run(struct mfnic_port *from,
				   const struct mfnic_tc_rule *rule,
				   struct mfnic_steered *s,
				   struct mfnic_port **to)
{
	return MFNIC_TC_CONTINUE;
}

int mfnic_tc_port_init(struct mfnic_port *port)
{
	return 0;
}

void mfnic_tc_port_fini(struct mfnic_port *port)
{
}

void mfnic_tc_port_gone(struct mfnic_port *port)
{
}

int mfnic_tc_setup(struct net_device *rep, enum tc_setup_type type,
		   void *type_data)
{
	return -EOPNOTSUPP;
}
