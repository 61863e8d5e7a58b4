/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The version of modules, provider, tools and packages. All of them take it from here.
 */
#ifndef _LINUX_MF_VERSION_H
#define _LINUX_MF_VERSION_H

#include <linux/stringify.h>

#define MF_VERSION_MAJOR	1
#define MF_VERSION_MINOR	0
#define MF_VERSION_PATCH	0

#define MF_VERSION	__stringify(MF_VERSION_MAJOR) "." \
			__stringify(MF_VERSION_MINOR) "." \
			__stringify(MF_VERSION_PATCH)

#endif
