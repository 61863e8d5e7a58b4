/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Setup that all flow tables share, see flow_table.c. */
#ifndef MFSTEER_FLOW_TABLE_H
#define MFSTEER_FLOW_TABLE_H

int mf_flow_init(void);
void mf_flow_exit(void);

#endif /* MFSTEER_FLOW_TABLE_H */
