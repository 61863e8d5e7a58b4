// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The kernel below the code under test: memory, pages, locks, grace periods, work items
 * and timers. All is deterministic, and nothing happens by itself: a target says when a
 * grace period ends, and when a timer expires.
 */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "fuzz.h"
#include "shim/shim.h"

int fuzz_preempt_count;
static int rcu_depth;

/* Memory. Each allocation is one of malloc(), so the sanitizer knows its ends. */

static long allocated;

static void *take(size_t size, gfp_t flags)
{
	void *mem = flags & __GFP_ZERO ? calloc(1, size ?: 1) : malloc(size ?: 1);

	if (!mem)
		fuzz_fail("out of memory", __FILE__, __LINE__);
	allocated++;

	return mem;
}

static void drop(const void *mem)
{
	if (ZERO_OR_NULL_PTR(mem))
		return;
	allocated--;
	free((void *)mem);
}

/* The slab allocator refuses larger sizes, with a warning. */
void *__kmalloc_noprof(size_t size, gfp_t flags)
{
	if (!size)
		return ZERO_SIZE_PTR;
	fuzz_check(size <= KMALLOC_MAX_SIZE || flags & __GFP_NOWARN);

	return size > KMALLOC_MAX_SIZE ? NULL : take(size, flags);
}

void *__kmalloc_cache_noprof(struct kmem_cache *cache, gfp_t flags, size_t size)
{
	return __kmalloc_noprof(size, flags);
}

void *__kmalloc_node_noprof(DECL_BUCKET_PARAMS(size, b), gfp_t flags, int node)
{
	return __kmalloc_noprof(size, flags);
}

void *__kvmalloc_node_noprof(DECL_BUCKET_PARAMS(size, b), gfp_t flags, int node)
{
	fuzz_check(size <= INT_MAX);

	return take(size, flags);
}

void *__vmalloc_noprof(unsigned long size, gfp_t flags)
{
	return take(size, flags);
}

void *vzalloc_noprof(unsigned long size)
{
	return take(size, __GFP_ZERO);
}

void *krealloc_noprof(const void *mem, size_t size, gfp_t flags)
{
	allocated += !mem;

	return realloc((void *)mem, size);
}

void kfree(const void *mem)
{
	drop(mem);
}

void kvfree(const void *mem)
{
	drop(mem);
}

void vfree(const void *mem)
{
	drop(mem);
}

bool is_vmalloc_addr(const void *mem)
{
	return false;
}

void __percpu *pcpu_alloc_noprof(size_t size, size_t align, bool reserved, gfp_t gfp)
{
	return (void __percpu *)take(size, __GFP_ZERO);
}

void free_percpu(void __percpu *mem)
{
	drop((void *)mem);
}

kmem_buckets kmalloc_caches[NR_KMALLOC_TYPES];

struct kmem_cache {
	unsigned int	size;
	void		(*ctor)(void *);
};

struct kmem_cache *__kmem_cache_create_args(const char *name, unsigned int size,
					    struct kmem_cache_args *args,
					    slab_flags_t flags)
{
	struct kmem_cache *cache = take(sizeof(*cache), 0);

	cache->size = size;
	cache->ctor = args->ctor;

	return cache;
}

void *kmem_cache_alloc_noprof(struct kmem_cache *cache, gfp_t flags)
{
	void *mem = take(cache->size, flags);

	if (cache->ctor)
		cache->ctor(mem);

	return mem;
}

void *kmem_cache_alloc_lru_noprof(struct kmem_cache *cache, struct list_lru *lru,
				  gfp_t flags)
{
	return kmem_cache_alloc_noprof(cache, flags);
}

void kmem_cache_free(struct kmem_cache *cache, void *mem)
{
	drop(mem);
}

/*
 * Pages. Between two of them is one that nobody may touch, except within one
 * allocation. All are poisoned until somebody takes them, and after that.
 */
#define ARENA_PAGES	2048

struct page *mem_map;
unsigned long max_mapnr = ARENA_PAGES, uml_physmem;
static bool page_used[ARENA_PAGES];
static unsigned int page_next = 1, pages_used;

static void *page_mem(unsigned int i)
{
	return (void *)uml_physmem + i * PAGE_SIZE;
}

static bool pages_free(unsigned int first, unsigned int n)
{
	while (n--)
		if (page_used[first + n])
			return false;

	return true;
}

static struct page *pages_take(unsigned int n)
{
	unsigned int i, tries;

	for (tries = 0; tries < ARENA_PAGES; tries++) {
		if (page_next + n + 1 >= ARENA_PAGES)
			page_next = 1;
		if (pages_free(page_next - 1, n + 2))
			break;
		page_next++;
	}
	fuzz_check(tries < ARENA_PAGES);
	memset(&page_used[page_next], true, n);
	i = page_next;
	page_next += n + 1;
	pages_used += n;
	__asan_unpoison_memory_region(page_mem(i), n * PAGE_SIZE);
	memset(page_mem(i), 0, n * PAGE_SIZE);

	return &mem_map[i];
}

static void pages_drop(struct page *page, unsigned int n)
{
	unsigned int i = page - mem_map;

	fuzz_check(page_used[i] && page_used[i + n - 1]);
	memset(&page_used[i], false, n);
	pages_used -= n;
	__asan_poison_memory_region(page_mem(i), n * PAGE_SIZE);
}

struct page *__alloc_pages_noprof(gfp_t gfp, unsigned int order, int node,
				  nodemask_t *mask)
{
	return pages_take(1 << order);
}

void __free_pages(struct page *page, unsigned int order)
{
	pages_drop(page, 1 << order);
}

void *alloc_pages_exact_noprof(size_t size, gfp_t gfp)
{
	return page_address(pages_take(PAGE_ALIGN(size) / PAGE_SIZE));
}

void free_pages_exact(void *mem, size_t size)
{
	pages_drop(virt_to_page(mem), PAGE_ALIGN(size) / PAGE_SIZE);
}

static struct page *pieces[512];
static unsigned int nr_pieces;

struct page *fuzz_piece(u32 off, u32 len)
{
	struct page *page = pages_take(1);
	u8 *mem = page_address(page);

	fuzz_check(nr_pieces < ARRAY_SIZE(pieces) && off + len <= PAGE_SIZE);
	pieces[nr_pieces++] = page;
	/* The sanitizer knows the ends of 8 bytes: the piece may have a few more. */
	__asan_poison_memory_region(mem, round_down(off, 8));
	__asan_poison_memory_region(mem + off + len, PAGE_SIZE - off - len);

	return page;
}

/* Grace periods. */

static struct later {
	struct later		*next;
	struct rcu_head		*head;
	rcu_callback_t		func;
	void			*mem;
	struct work_struct	*work;
} *laters;

static void later(struct rcu_head *head, rcu_callback_t func, void *mem,
		  struct work_struct *work)
{
	struct later *l = malloc(sizeof(*l));

	*l = (struct later){ laters, head, func, mem, work };
	laters = l;
}

void fuzz_grace(void)
{
	struct later *l;

	fuzz_check(!rcu_depth);
	while ((l = laters)) {
		laters = l->next;
		if (l->work)
			l->work->func(l->work);
		else if (l->func)
			l->func(l->head);
		else
			drop(l->mem);
		free(l);
	}
}

void __rcu_read_lock(void)
{
	rcu_depth++;
}

void __rcu_read_unlock(void)
{
	fuzz_check(rcu_depth > 0);
	rcu_depth--;
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	later(head, func, NULL, NULL);
}

void kvfree_call_rcu(struct rcu_head *head, void *mem)
{
	later(head, NULL, mem, NULL);
}

void synchronize_rcu(void)
{
	fuzz_grace();
}

void synchronize_rcu_expedited(void)
{
	fuzz_grace();
}

void rcu_barrier(void)
{
	fuzz_grace();
}

int init_srcu_struct(struct srcu_struct *srcu)
{
	return 0;
}

void cleanup_srcu_struct(struct srcu_struct *srcu)
{
}

int __srcu_read_lock(struct srcu_struct *srcu)
{
	rcu_depth++;

	return 0;
}

void __srcu_read_unlock(struct srcu_struct *srcu, int idx)
{
	fuzz_check(rcu_depth > 0);
	rcu_depth--;
}

void synchronize_srcu_expedited(struct srcu_struct *srcu)
{
	fuzz_grace();
}

/* Work items. */

struct workqueue_struct *system_wq, *system_bh_wq, *system_percpu_wq;
struct workqueue_struct *system_unbound_wq;
static struct work_struct *works[64];
static unsigned int nr_works;
static char any_workqueue;

struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags,
					 int max_active, ...)
{
	return (struct workqueue_struct *)&any_workqueue;
}

void destroy_workqueue(struct workqueue_struct *wq)
{
}

bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	unsigned int i;

	for (i = 0; i < nr_works; i++)
		if (works[i] == work)
			return false;
	fuzz_check(nr_works < ARRAY_SIZE(works));
	works[nr_works++] = work;

	return true;
}

bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *rwork)
{
	later(NULL, NULL, NULL, &rwork->work);

	return true;
}

bool cancel_work_sync(struct work_struct *work)
{
	unsigned int i;

	for (i = 0; i < nr_works; i++) {
		if (works[i] == work) {
			works[i] = works[--nr_works];
			return true;
		}
	}

	return false;
}

void fuzz_work(void)
{
	while (nr_works) {
		struct work_struct *work = works[0];

		works[0] = works[--nr_works];
		work->func(work);
	}
}

/* Nobody sleeps here, so nobody is woken up. */
int __wake_up(struct wait_queue_head *head, unsigned int mode, int n, void *key)
{
	return 0;
}

/* Timers. */

unsigned long volatile jiffies = INITIAL_JIFFIES;
static HLIST_HEAD(timers);

void init_timer_key(struct timer_list *timer, void (*func)(struct timer_list *),
		    unsigned int flags, const char *name, struct lock_class_key *key)
{
	timer->entry.pprev = NULL;
	timer->function = func;
	timer->flags = flags;
}

int timer_delete(struct timer_list *timer)
{
	if (!timer->entry.pprev)
		return 0;
	hlist_del_init(&timer->entry);

	return 1;
}

int timer_shutdown_sync(struct timer_list *timer)
{
	timer->function = NULL;

	return timer_delete(timer);
}

int mod_timer(struct timer_list *timer, unsigned long expires)
{
	int was = timer_delete(timer);

	timer->expires = expires;
	if (timer->function)
		hlist_add_head(&timer->entry, &timers);

	return was;
}

static struct hrtimer *hrtimers[8];
static unsigned int nr_hrtimers;

void hrtimer_init(struct hrtimer *timer, clockid_t clock, enum hrtimer_mode mode)
{
	memset(timer, 0, sizeof(*timer));
}

int hrtimer_cancel(struct hrtimer *timer)
{
	unsigned int i;

	timer->state = HRTIMER_STATE_INACTIVE;
	for (i = 0; i < nr_hrtimers; i++) {
		if (hrtimers[i] == timer) {
			hrtimers[i] = hrtimers[--nr_hrtimers];
			return 1;
		}
	}

	return 0;
}

void hrtimer_start_range_ns(struct hrtimer *timer, ktime_t time, u64 range,
			    const enum hrtimer_mode mode)
{
	hrtimer_cancel(timer);
	fuzz_check(nr_hrtimers < ARRAY_SIZE(hrtimers));
	timer->state = HRTIMER_STATE_ENQUEUED;
	hrtimers[nr_hrtimers++] = timer;
}

bool fuzz_timer(void)
{
	struct timer_list *timer;

	if (nr_hrtimers) {
		struct hrtimer *hr = hrtimers[0];

		jiffies++;
		hrtimer_cancel(hr);
		if (hr->function(hr) == HRTIMER_RESTART)
			hrtimer_start_range_ns(hr, 0, 0, HRTIMER_MODE_ABS);
		return true;
	}
	if (hlist_empty(&timers))
		return false;
	timer = hlist_entry(timers.first, struct timer_list, entry);
	if (time_before(jiffies, timer->expires))
		jiffies = timer->expires;
	timer_delete(timer);
	local_bh_disable();
	timer->function(timer);
	local_bh_enable();

	return true;
}

ktime_t ktime_get(void)
{
	return NSEC_PER_SEC + (jiffies - INITIAL_JIFFIES) * (NSEC_PER_SEC / HZ);
}

ktime_t ktime_get_raw(void)
{
	return ktime_get();
}

/* Locks. One thread runs, so a lock that is taken is a deadlock. */

void __mutex_init(struct mutex *lock, const char *name, struct lock_class_key *key)
{
	atomic_long_set(&lock->owner, 0);
}

void mutex_lock(struct mutex *lock)
{
	fuzz_check(!atomic_long_read(&lock->owner));
	atomic_long_set(&lock->owner, 1);
}

void mutex_unlock(struct mutex *lock)
{
	fuzz_check(atomic_long_read(&lock->owner));
	atomic_long_set(&lock->owner, 0);
}

void __local_bh_enable_ip(unsigned long ip, unsigned int count)
{
	fuzz_preempt_count -= count;
	fuzz_check(fuzz_preempt_count >= 0);
}

int signals_enabled = 1;

void block_signals(void)
{
	signals_enabled = 0;
}

void unblock_signals(void)
{
	signals_enabled = 1;
}

int um_set_signals(int enable)
{
	int was = signals_enabled;

	signals_enabled = enable;

	return was;
}

/* The life of an input. */

static long allocated_first;
static unsigned int pages_first;

void shim_init(void)
{
	uml_physmem = (unsigned long)aligned_alloc(PAGE_SIZE,
						   ARENA_PAGES * PAGE_SIZE);
	mem_map = calloc(ARENA_PAGES, sizeof(*mem_map));
	__asan_poison_memory_region((void *)uml_physmem, ARENA_PAGES * PAGE_SIZE);
}

void shim_ready(void)
{
	allocated_first = allocated;
	pages_first = pages_used;
}

/* All is given back, and no lock is held. */
void shim_settle(void)
{
	fuzz_work();
	fuzz_grace();
	while (nr_pieces)
		pages_drop(pieces[--nr_pieces], 1);
	fuzz_check(!fuzz_preempt_count);
	fuzz_check(signals_enabled);
	fuzz_check(hlist_empty(&timers) && !nr_hrtimers);
	fuzz_check(allocated == allocated_first);
	fuzz_check(pages_used == pages_first);
	jiffies = INITIAL_JIFFIES;
	page_next = 1;
}
