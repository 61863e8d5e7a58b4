// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The module. It has no state, so there is nothing to start or to end. */
#include <linux/mf_version.h>
#include <linux/module.h>

MODULE_DESCRIPTION("Ports of NICs that offer queue blocks");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_VERSION(MF_VERSION);
