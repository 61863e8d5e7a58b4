/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFSTEER_KUNIT_H
#define MFSTEER_KUNIT_H

#include <linux/export.h>

#include "../kunit/mf_test.h"

/* The suites have a copy of the code, which only mfsteer exports. */
#undef EXPORT_SYMBOL_NS_GPL
#define EXPORT_SYMBOL_NS_GPL(sym, ns)

extern struct kunit_suite mfsteer_dests_suite;
extern struct kunit_suite mfsteer_flow_key_suite;
extern struct kunit_suite mfsteer_flow_table_suite;
extern struct kunit_suite mfsteer_rx_suite;

#endif /* MFSTEER_KUNIT_H */
