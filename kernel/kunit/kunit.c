// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit for kernels that were built without CONFIG_KUNIT, such as those of
 * distributions. This module contains lib/kunit of the kernel's own source.
 *
 * KUnit needs three things that such a kernel lacks:
 *
 * - task_struct.kunit_test, which tells code under test which test runs. KUnit
 *   runs one test at a time, so a variable replaces it.
 * - The static key kunit_running and the table kunit_hooks, which are built
 *   into a kernel with CONFIG_KUNIT. Here they are in hooks.c, a part of this
 *   module.
 * - The test suites of a module, which the module loader finds in a section.
 *   Here each module passes its suites to mf_kunit_run(), see mf_kunit.h.
 *
 * The options and macros below would change the layout of structures in the
 * kernel's headers, so all headers are included before them.
 */
#include <linux/args.h>
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/glob.h>
#include <linux/jump_label.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/rculist.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/sched/debug.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static struct {
	struct kunit *kunit_test;
} mf_kunit_current;

/* Newer lib/kunit accesses these members of struct module. */
struct mf_kunit_module {
	struct kunit_suite	**kunit_init_suites;
	struct kunit_suite	**kunit_suites;
	int			num_kunit_init_suites;
	int			num_kunit_suites;
};

#define CONFIG_KUNIT_MODULE		1
#define CONFIG_KUNIT_DEBUGFS		1
#define CONFIG_KUNIT_DEFAULT_ENABLED	1
#define CONFIG_KUNIT_DEFAULT_FILTER	""
#define CONFIG_KUNIT_DEFAULT_FILTER_ACTION ""
#define CONFIG_KUNIT_DEFAULT_FILTER_GLOB ""
#define CONFIG_KUNIT_DEFAULT_TIMEOUT	300
/* Replace lib/kunit's use of struct module. */
#undef CONFIG_MODULES
#define module				mf_kunit_module
#define register_module_notifier(nb)	((void)(nb), 0)
#define unregister_module_notifier(nb)	((void)(nb))
#undef current
#define current				(&mf_kunit_current)

#include "hooks.c"
#include "string-stream.c"
#include "assert.c"
#include "resource.c"
#include "static_stub.c"
#include "try-catch.c"
#include "attributes.c"
#include "debugfs.c"
#include "device.c"
#include "executor.c"
#include "test.c"

/* Newer kernels attribute expected warnings to the real task. */
#undef current
#define current				get_current()
#ifndef __CHECKER__	/* sparse does not know __has_include */
#if __has_include("bug.c")
#include "bug.c"
#endif
#endif

#include "mf_kunit.h"

/**
 * mf_kunit_run - run the suites of a module, as KUnit does when the module is
 *	loaded
 * @suites: the suites
 * @n: number of @suites
 *
 * The results go to the kernel's log and to debugfs. Failed cases do not
 * prevent the module from being loaded.
 *
 * Context: sleeps.
 */
void mf_kunit_run(struct kunit_suite * const *suites, unsigned int n)
{
	struct kunit_suite_set set = { suites, suites + n };

	kunit_exec_run_tests(&set, false);
}
EXPORT_SYMBOL_GPL(mf_kunit_run);
