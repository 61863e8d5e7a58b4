// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit for a kernel that was built without CONFIG_KUNIT, as those of
 * distributions are: lib/kunit of that kernel's own source, compiled as a
 * module of its own.
 *
 * KUnit needs three things of a kernel that such a kernel does not have:
 *
 * - task_struct.kunit_test, by which code under test finds the test that runs.
 *   KUnit runs one test at a time, so here it is a variable.
 * - The static key kunit_running and the table kunit_hooks, which are built
 *   into a kernel with CONFIG_KUNIT. hooks.c defines them, and here it is a
 *   part of the module.
 * - The suites of a module, which the module loader finds in a section of it.
 *   Here a module hands its suites over by itself, see mf_kunit.h.
 *
 * The options and macros below must not reach the kernel's headers, where they
 * would change the layout of structures. So all headers come before them.
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

/* What newer kernels do with struct module has one to compile with. */
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
/* What KUnit does with struct module is replaced. */
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

/* Newer kernels have warnings that a test asked for, by task. */
#undef current
#define current				get_current()
#ifndef __CHECKER__	/* sparse does not know the question */
#if __has_include("bug.c")
#include "bug.c"
#endif
#endif

#include "mf_kunit.h"

/**
 * mf_kunit_run - run the suites of a module, as KUnit does when it is loaded
 * @suites: the suites
 * @n: how many
 *
 * The report goes to the kernel's log and to debugfs. Whether cases fail or not,
 * the module is loaded.
 *
 * Context: sleeps.
 */
void mf_kunit_run(struct kunit_suite * const *suites, unsigned int n)
{
	struct kunit_suite_set set = { suites, suites + n };

	kunit_exec_run_tests(&set, false);
}
EXPORT_SYMBOL_GPL(mf_kunit_run);
