// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The entry of libFuzzer, the input, and library functions of the kernel that are
 * assembly or need other subsystems. Checksums are computed byte by byte, so the
 * sanitizer sees each access.
 */
#include <crypto/hash.h>
#include <kunit/test.h>
#include <linux/cpuhotplug.h>
#include <linux/crc32.h>
#include <linux/radix-tree.h>
#include <linux/random.h>
#include <linux/string.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/net_namespace.h>
#include <rdma/ib_cache.h>

#include "fuzz.h"
#include "shim/shim.h"

void fuzz_fail(const char *what, const char *file, int line)
{
	dprintf(2, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

/* The linker calls this for functions of the kernel that the shim lacks. */
void fuzz_missing(const char *name);
void fuzz_missing(const char *name)
{
	dprintf(2, "the shim has no %s()\n", name);
	abort();
}

u8 fuzz_u8(struct fuzz_in *in)
{
	if (!in->len)
		return 0;
	in->len--;

	return *in->data++;
}

u16 fuzz_u16(struct fuzz_in *in)
{
	return fuzz_u8(in) | fuzz_u8(in) << 8;
}

u32 fuzz_u32(struct fuzz_in *in)
{
	return fuzz_u16(in) | (u32)fuzz_u16(in) << 16;
}

u32 fuzz_below(struct fuzz_in *in, u32 n)
{
	return (n > 256 ? fuzz_u16(in) : fuzz_u8(in)) % n;
}

/* Bytes that the input does not have are zero. */
void fuzz_bytes(struct fuzz_in *in, void *to, size_t len)
{
	size_t n = min(len, in->len);

	memcpy(to, in->data, n);
	memset(to + n, 0, len - n);
	in->data += n;
	in->len -= n;
}

/* Frames. */

void fuzz_frame(struct fuzz_frame *f, const u8 *bytes, u32 len, u32 hdr_len,
		struct fuzz_in *in)
{
	u32 done = hdr_len;

	f->frame = (struct mf_frame){
		.hdr = kunit_kmalloc(fuzz_test(), hdr_len, GFP_KERNEL),
		.len = len,
		.hdr_len = hdr_len,
		.frags = f->frags,
	};
	memcpy((u8 *)f->frame.hdr, bytes, hdr_len);
	while (done < len) {
		u32 rest = len - done, off = fuzz_u16(in) % PAGE_SIZE, n;
		struct page *page;

		/* The last fragments take the rest. */
		if (FUZZ_FRAGS - f->frame.nr_frags <= DIV_ROUND_UP(rest, PAGE_SIZE) + 1)
			off = 0;
		n = min_t(u32, rest, PAGE_SIZE - off);
		if (off)
			n = min_t(u32, n, fuzz_u16(in) % (2 * n));
		page = fuzz_piece(off, n);
		memcpy(page_address(page) + off, bytes + done, n);
		bvec_set_page(&f->frags[f->frame.nr_frags++], page, n, off);
		done += n;
	}
}

/* The test. */

static struct {
	void	(*func)(void *context);
	void	*context;
} actions[4096];

static unsigned int nr_actions;
static struct kunit test_now;

struct kunit *fuzz_test(void)
{
	return &test_now;
}

int kunit_add_action_or_reset(struct kunit *test, kunit_action_t *func, void *context)
{
	fuzz_check(nr_actions < ARRAY_SIZE(actions));
	actions[nr_actions].func = func;
	actions[nr_actions++].context = context;

	return 0;
}

static void test_free(void *mem)
{
	kfree(mem);
}

void *kunit_kmalloc_array(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	void *mem = kmalloc_array(n, size, gfp);

	kunit_add_action_or_reset(test, test_free, mem);

	return mem;
}

void __kunit_do_failed_assertion(struct kunit *test, const struct kunit_loc *loc,
				 enum kunit_assert_type type,
				 const struct kunit_assert *assert,
				 assert_format_t format, const char *fmt, ...)
{
	fuzz_fail("an assertion", loc->file, loc->line);
}

void __kunit_abort(struct kunit *test)
{
	abort();
}

static void test_end(void)
{
	while (nr_actions) {
		nr_actions--;
		actions[nr_actions].func(actions[nr_actions].context);
	}
}

/* Complaints of the kernel are failures. */

void panic(const char *fmt, ...)
{
	fuzz_fail("panic", fmt, 0);
}

void warn_slowpath_fmt(const char *file, int line, unsigned int taint, const char *fmt,
		       ...)
{
	fuzz_fail("a warning of the kernel", file, line);
}

void refcount_warn_saturate(refcount_t *r, enum refcount_saturation_type t)
{
	fuzz_fail("a reference count", __FILE__, __LINE__);
}

int _printk(const char *fmt, ...)
{
	return 0;
}

/* Checksums. */

__wsum csum_partial(const void *data, int len, __wsum sum)
{
	const u8 *p = data;
	u64 total = (__force u32)sum;
	int i;

	for (i = 0; i < len; i++)
		total += i & 1 ? p[i] << 8 : p[i];
	while (total >> 32)
		total = (total & U32_MAX) + (total >> 32);

	return (__force __wsum)total;
}

__sum16 csum_ipv6_magic(const struct in6_addr *saddr, const struct in6_addr *daddr,
			__u32 len, __u8 proto, __wsum sum)
{
	__be32 tail[2] = { htonl(len), htonl(proto) };

	sum = csum_partial(saddr, sizeof(*saddr), sum);
	sum = csum_partial(daddr, sizeof(*daddr), sum);

	return csum_fold(csum_partial(tail, sizeof(tail), sum));
}

void ip_send_check(struct iphdr *iph)
{
	iph->check = 0;
	iph->check = csum_fold(csum_partial(iph, iph->ihl * 4, 0));
}

static u32 crc_table[256];

static void crc_init(void)
{
	unsigned int i, bit;

	for (i = 0; i < 256; i++) {
		crc_table[i] = i;
		for (bit = 0; bit < 8; bit++)
			crc_table[i] = crc_table[i] >> 1 ^
				       (crc_table[i] & 1 ? 0xedb88320 : 0);
	}
}

u32 crc32_le(u32 crc, unsigned char const *p, size_t len)
{
	while (len--)
		crc = crc >> 8 ^ crc_table[(u8)(crc ^ *p++)];

	return crc;
}

/* The only hash is "crc32". */

static struct crypto_shash shash;
static u32 shash_seed;

static int crc_start(struct shash_desc *desc)
{
	*(u32 *)shash_desc_ctx(desc) = shash_seed;

	return 0;
}

struct crypto_shash *crypto_alloc_shash(const char *name, u32 type, u32 mask)
{
	static struct shash_alg alg = {
		.descsize = sizeof(u32),
		.digestsize = sizeof(u32),
		.init = crc_start,
	};

	fuzz_check(!strcmp(name, "crc32"));
	shash.base.__crt_alg = &alg.base;

	return &shash;
}

int crypto_shash_setkey(struct crypto_shash *tfm, const u8 *key, unsigned int len)
{
	memcpy(&shash_seed, key, sizeof(shash_seed));

	return 0;
}

int crypto_shash_update(struct shash_desc *desc, const u8 *data, unsigned int len)
{
	u32 *crc = (u32 *)shash_desc_ctx(desc);

	*crc = crc32_le(*crc, data, len);

	return 0;
}

int crypto_shash_final(struct shash_desc *desc, u8 *out)
{
	memcpy(out, shash_desc_ctx(desc), sizeof(u32));

	return 0;
}

void crypto_destroy_tfm(void *mem, struct crypto_tfm *tfm)
{
}

/* Small functions of the kernel's library. */

void *memchr_inv(const void *start, int c, size_t len)
{
	const u8 *p = start;

	for (; len--; p++)
		if (*p != (u8)c)
			return (void *)p;

	return NULL;
}

void get_random_bytes(void *to, size_t len)
{
	memset(to, 4, len);
}

u32 get_random_u32(void)
{
	return 4;
}

u8 get_random_u8(void)
{
	return 4;
}

unsigned int __sw_hweight32(unsigned int w)
{
	return __builtin_popcount(w);
}

unsigned long __sw_hweight64(u64 w)
{
	return __builtin_popcountll(w);
}

unsigned long __msecs_to_jiffies(const unsigned int m)
{
	return DIV_ROUND_UP((u64)m * HZ, MSEC_PER_SEC);
}

unsigned long __usecs_to_jiffies(const unsigned int u)
{
	return DIV_ROUND_UP((u64)u * HZ, USEC_PER_SEC);
}

unsigned long nsecs_to_jiffies(u64 n)
{
	return n / (NSEC_PER_SEC / HZ);
}

bool __do_once_start(bool *done, unsigned long *flags)
{
	return !*done;
}

void __do_once_done(bool *done, struct static_key_true *key, unsigned long *flags,
		    struct module *mod)
{
	*done = true;
}

int __cpuhp_setup_state(enum cpuhp_state state, const char *name, bool invoke,
			int (*startup)(unsigned int cpu),
			int (*teardown)(unsigned int cpu), bool multi)
{
	return 0;
}

/* Addresses are in no VLAN. */
int rdma_read_gid_l2_fields(const struct ib_gid_attr *attr, u16 *vlan_id, u8 *smac)
{
	*vlan_id = U16_MAX;

	return 0;
}

struct net init_net;
struct module __this_module;
struct list_head net_namespace_list = LIST_HEAD_INIT(net_namespace_list);

/* The entry. */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	shim_init();
	crc_init();
	radix_tree_init();
	fuzz_init();
	shim_ready();

	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len);
int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	struct fuzz_in in = { data, len };

	fuzz_one(&in);
	test_end();
	shim_settle();

	return 0;
}
