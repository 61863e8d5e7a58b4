// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The module of the KUnit suites of mfnic. It touches no device. Each test file
 * includes the file under test, so mfnic exports no symbols for tests.
 */
#include "../kunit/mf_kunit.h"
#include "../kunit/mf_nomem.h"
#include "steer/flow_table.h"
#include "kunit.h"

MODULE_DESCRIPTION("KUnit tests of the multi-function NIC in software");
MODULE_LICENSE("Dual BSD/GPL");

unsigned int mf_nomem_at;

static int __init mfnic_kunit_init(void)
{
	mf_key_init();

	return mf_flow_init();
}

static void __exit mfnic_kunit_exit(void)
{
	mf_flow_exit();
}

mf_kunit_module(mfnic_kunit_init, mfnic_kunit_exit,
		&mfnic_dests_suite,
		&mfnic_flow_key_suite,
		&mfnic_flow_table_suite,
		&mfnic_edit_suite,
		&mfnic_rate_suite,
		&mfnic_police_suite,
		&mfnic_bridge_suite,
		&mfnic_tc_match_suite,
		&mfnic_skb_suite);
