// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The module of the KUnit suites of mfnic. It touches no device. Each test file
 * includes the file under test, so mfnic exports no symbols for tests.
 */
#include "../kunit/mf_kunit.h"
#include "../kunit/mf_nomem.h"
#include "kunit.h"

MODULE_DESCRIPTION("KUnit tests of the multi-function NIC in software");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_IMPORT_NS("MFPORT");
MODULE_IMPORT_NS("MFSTEER");

unsigned int mf_nomem_at;

static int __init mfnic_kunit_init(void)
{
	return 0;
}

static void __exit mfnic_kunit_exit(void)
{
}

mf_kunit_module(mfnic_kunit_init, mfnic_kunit_exit,
		&mfnic_edit_suite,
		&mfnic_steer_suite,
		&mfnic_rate_suite,
		&mfnic_police_suite,
		&mfnic_bridge_suite,
		&mfnic_fdb_suite,
		&mfnic_tc_match_suite,
		&mfnic_skb_suite);
