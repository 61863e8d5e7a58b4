/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What the files of the shim share, and what they use of the C library. Headers of the
 * C library do not go with those of the kernel.
 */
#ifndef FUZZ_SHIM_H
#define FUZZ_SHIM_H

#include <linux/stdarg.h>
#include <linux/types.h>

void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *mem, size_t size);
void *aligned_alloc(size_t align, size_t size);
void free(void *mem);
void abort(void) __attribute__((noreturn));
int dprintf(int fd, const char *fmt, ...);
int vdprintf(int fd, const char *fmt, va_list args);

void __asan_poison_memory_region(const volatile void *mem, size_t size);
void __asan_unpoison_memory_region(const volatile void *mem, size_t size);

void shim_init(void);
void shim_ready(void);
void shim_settle(void);

#endif /* FUZZ_SHIM_H */
