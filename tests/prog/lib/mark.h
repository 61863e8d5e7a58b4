/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Marks in a program that measures, for the profiler of "./mfraw bench --profile".
 *
 * A mark is an instruction that does nothing: nopl with a displacement that no
 * compiler uses. The profiler sees it when the emulator translates it.
 */
#ifndef MARK_H
#define MARK_H

#include <stdbool.h>
#include <stdint.h>

#define MARK_BYTES(n)	0x0f, 0x1f, 0x84, 0x00, n, 0x00, 0x66, 0x6d

/* The profiler compares with these bytes. */
__attribute__((unused))
static const uint8_t mark_code_begin[8] = { MARK_BYTES(1) };
__attribute__((unused))
static const uint8_t mark_code_end[8] = { MARK_BYTES(2) };

#if defined(__x86_64__)
#define MARK_ASM_(...)	".byte " #__VA_ARGS__
#define MARK_ASM(...)	MARK_ASM_(__VA_ARGS__)
#define MARK(n)		__asm__ volatile(MARK_ASM(MARK_BYTES(n)) : : : "memory")
#else
#define MARK(n)		((void)0)
#endif

/* Returns whether a profile is wanted: MFRAW_PROFILE names a file. */
bool mark_wanted(void);

/* Begin what is profiled. */
static inline void mark_begin(void)
{
	MARK(1);
}

/*
 * End it, after so many operations. The file that MFRAW_PROFILE names gets their
 * number and the memory map of the process.
 */
void mark_end(uint64_t operations);

#endif /* MARK_H */
