/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * How a module of tests hands its suites to KUnit, in kernels with CONFIG_KUNIT
 * and in those without, see kunit.c.
 */
#ifndef MF_KUNIT_H
#define MF_KUNIT_H

#include <kunit/test.h>
#include <linux/module.h>

void mf_kunit_run(struct kunit_suite * const *suites, unsigned int n);

/**
 * mf_kunit_module() - the suites of a module, and what they need
 * @setup: function without arguments that returns 0 or an errno: before the
 *	first suite
 * @cleanup: function without arguments: after the last one
 * @suites: pointers to struct kunit_suite
 *
 * Once per module.
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
