// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The module of the KUnit suites of mfsteer. Each test file includes the file
 * under test, so mfsteer exports no symbols for tests.
 */
#include "../kunit/mf_kunit.h"
#include "../kunit/mf_nomem.h"
#include "flow_key.h"
#include "flow_table.h"
#include "kunit.h"

MODULE_DESCRIPTION("KUnit tests of the steering of received frames");
MODULE_LICENSE("Dual BSD/GPL");

unsigned int mf_nomem_at;

static int __init mfsteer_kunit_init(void)
{
	mf_key_init();

	return mf_flow_init();
}

static void __exit mfsteer_kunit_exit(void)
{
	mf_flow_exit();
}

mf_kunit_module(mfsteer_kunit_init, mfsteer_kunit_exit,
		&mfsteer_dests_suite,
		&mfsteer_flow_key_suite,
		&mfsteer_flow_table_suite,
		&mfsteer_rx_suite);
