// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Faults on purpose, for the test that the kernels with instruments report
 * them. A fault happens when its name is written to /sys/kernel/debug/mf_planted.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/uaccess.h>

MODULE_DESCRIPTION("Faults on purpose");
MODULE_LICENSE("Dual BSD/GPL");

static DEFINE_SPINLOCK(planted_a);
static DEFINE_SPINLOCK(planted_b);
static DEFINE_MUTEX(planted_mutex);
static struct dentry *planted_file;
static u8 planted_sink;
static unsigned int planted_index = 9;

static void planted_use_after_free(void)
{
	u8 *p = kmalloc(64, GFP_KERNEL);

	if (!p)
		return;
	memset(p, 1, 64);
	kfree(p);
	planted_sink = READ_ONCE(p[7]);
}

/* memcpy() does the write, since KASAN must check its calls in modules, too. */
static void planted_overflow(void)
{
	u8 *p = kmalloc(40, GFP_KERNEL), from[64] = {};
	size_t len = 32 + planted_index;

	if (!p)
		return;
	/* Hide both from FORTIFY_SOURCE, which would report the overflow first. */
	OPTIMIZER_HIDE_VAR(len);
	OPTIMIZER_HIDE_VAR(p);
	memcpy(p, from, len);
	planted_sink = p[0];
	kfree(p);
}

static void planted_inversion(void)
{
	spin_lock(&planted_a);
	spin_lock(&planted_b);
	spin_unlock(&planted_b);
	spin_unlock(&planted_a);
	spin_lock(&planted_b);
	spin_lock(&planted_a);
	spin_unlock(&planted_a);
	spin_unlock(&planted_b);
}

static void planted_sleep(void)
{
	spin_lock(&planted_a);
	mutex_lock(&planted_mutex);
	mutex_unlock(&planted_mutex);
	spin_unlock(&planted_a);
}

static void planted_leak(void)
{
	unsigned int i;

	/*
	 * A stale word in memory may still point at an object, so leak many.
	 * The sheaves of the slab allocator in Linux 7 have many such words.
	 */
	for (i = 0; i < 1000; i++)
		planted_sink += kmalloc(200, GFP_KERNEL) != NULL;
}

static void planted_bounds(void)
{
	static u8 array[8];

	planted_sink = array[READ_ONCE(planted_index)];
}

static void planted_timer_fn(struct timer_list *timer)
{
}

static void planted_timer(void)
{
	struct timer_list *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, planted_timer_fn, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	kfree(timer);
}

static const struct {
	const char	*name;
	void		(*fault)(void);
} planted[] = {
	{ "use-after-free", planted_use_after_free },
	{ "overflow", planted_overflow },
	{ "inversion", planted_inversion },
	{ "sleep", planted_sleep },
	{ "leak", planted_leak },
	{ "bounds", planted_bounds },
	{ "timer", planted_timer },
};

static ssize_t planted_write(struct file *file, const char __user *buf,
			     size_t len, loff_t *pos)
{
	char name[32] = {};
	unsigned int i;

	if (len >= sizeof(name) || copy_from_user(name, buf, len))
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(planted); i++)
		if (sysfs_streq(name, planted[i].name)) {
			planted[i].fault();
			return len;
		}

	return -EINVAL;
}

static const struct file_operations planted_fops = {
	.owner = THIS_MODULE,
	.write = planted_write,
};

static int __init planted_init(void)
{
	planted_file = debugfs_create_file("mf_planted", 0200, NULL, NULL,
					   &planted_fops);

	return 0;
}
module_init(planted_init);

static void __exit planted_exit(void)
{
	debugfs_remove(planted_file);
}
module_exit(planted_exit);
