/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A module of tests passes its suites to KUnit with this header, in kernels
 * with and without CONFIG_KUNIT, see kunit.c.
 */
#ifndef MF_KUNIT_H
#define MF_KUNIT_H

#include <kunit/test.h>
#include <linux/module.h>

void mf_kunit_run(struct kunit_suite * const *suites, unsigned int n);

/**
 * mf_kunit_module() - declare the suites of a module, with setup and cleanup
 * @setup: function without arguments that runs before the first suite and
 *	returns 0 or an errno
 * @cleanup: function without arguments that runs after the last suite
 * @suites: pointers to struct kunit_suite
 *
 * A module uses this macro once.
 */
#if IS_ENABLED(CONFIG_KUNIT)
#define mf_kunit_module(setup, cleanup, suites...)			\
	kunit_test_suites(suites);					\
	module_init(setup);						\
	module_exit(cleanup)
#else
#define mf_kunit_module(setup, cleanup, suites...)			\
	static struct kunit_suite *mf_kunit_suites[] = { suites };	\
	static int __init mf_kunit_init(void)				\
	{								\
		int err = setup();					\
									\
		if (!err)						\
			mf_kunit_run(mf_kunit_suites,			\
				     ARRAY_SIZE(mf_kunit_suites));	\
		return err;						\
	}								\
	static void __exit mf_kunit_exit(void)				\
	{								\
		__kunit_test_suites_exit(mf_kunit_suites,		\
					 ARRAY_SIZE(mf_kunit_suites));	\
		cleanup();						\
	}								\
	module_init(mf_kunit_init);					\
	module_exit(mf_kunit_exit)
#endif

#endif /* MF_KUNIT_H */
