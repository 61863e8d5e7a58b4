// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The test suites of the RDMA driver's data path, as a module that needs no
 * device. Each test file includes the source under test, so mfraw needs no
 * exports. The sources under test call each other; kunit_world.c has stand-ins
 * for the rest of the driver.
 */
#include "../kunit/mf_kunit.h"
#include "../kunit/mf_nomem.h"
#include "kunit.h"

MODULE_DESCRIPTION("KUnit tests of raw Ethernet over RDMA verbs");
MODULE_LICENSE("Dual BSD/GPL");

unsigned int mf_nomem_at;

static int __init mfraw_kunit_init(void)
{
	return mfraw_pkt_init();
}

static void __exit mfraw_kunit_exit(void)
{
	mfraw_uplink_exit();
	mfraw_pkt_exit();
}

mf_kunit_module(mfraw_kunit_init, mfraw_kunit_exit,
		&mfraw_psn_suite,
		&mfraw_qp_suite,
		&mfraw_cq_suite,
		&mfraw_mr_suite,
		&mfraw_mw_suite,
		&mfraw_send_suite,
		&mfraw_table_suite,
		&mfraw_tso_suite,
		&mfraw_csum_suite,
		&mfraw_pace_suite,
		&mfraw_recv_suite,
		&mfraw_rss_suite,
		&mfraw_delay_drop_suite,
		&mfraw_pkt_suite,
		&mfraw_req_suite,
		&mfraw_comp_suite,
		&mfraw_resp_suite,
		&mfraw_reply_suite,
		&mfraw_park_suite,
		&mfraw_rx_suite,
		&mfraw_train_suite,
		&mfraw_train_rx_suite,
		&mfraw_uplink_suite);
