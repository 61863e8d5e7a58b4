/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_KUNIT_H
#define MFNIC_KUNIT_H

#include "../kunit/mf_test.h"

extern struct kunit_suite mfnic_edit_suite;
extern struct kunit_suite mfnic_steer_suite;
extern struct kunit_suite mfnic_rate_suite;
extern struct kunit_suite mfnic_police_suite;
extern struct kunit_suite mfnic_bridge_suite;
extern struct kunit_suite mfnic_fdb_suite;
extern struct kunit_suite mfnic_tc_match_suite;
extern struct kunit_suite mfnic_skb_suite;

#endif /* MFNIC_KUNIT_H */
