// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Module init and exit: what all receive domains and flow tables share. */
#include <linux/mf_version.h>
#include <linux/module.h>

#include "flow_key.h"
#include "flow_table.h"

MODULE_DESCRIPTION("Steering of received frames for NIC queue blocks");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_VERSION(MF_VERSION);

static int __init mfsteer_init(void)
{
	mf_key_init();

	return mf_flow_init();
}

/* Built into the kernel, the library is ready before the parents start. */
subsys_initcall(mfsteer_init);

static void __exit mfsteer_exit(void)
{
	mf_flow_exit();
}
module_exit(mfsteer_exit);
