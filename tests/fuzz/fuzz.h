/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The parts that all fuzz targets share. A target is one C file that defines
 * fuzz_init() and fuzz_one(). It is compiled with the headers of the kernel, and linked
 * with sources of the modules, with a few libraries of the kernel, and with shim/,
 * which has the rest of the kernel.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <linux/mf_frame.h>
#include <linux/types.h>

struct kunit;

/**
 * struct fuzz_in - the bytes of an input that are not used yet
 * @data: the bytes
 * @len: number of bytes
 */
struct fuzz_in {
	const u8	*data;
	size_t		len;
};

void fuzz_init(void);
void fuzz_one(struct fuzz_in *in);

u8 fuzz_u8(struct fuzz_in *in);
u16 fuzz_u16(struct fuzz_in *in);
u32 fuzz_u32(struct fuzz_in *in);
u32 fuzz_below(struct fuzz_in *in, u32 n);
void fuzz_bytes(struct fuzz_in *in, void *to, size_t len);

__noreturn void fuzz_fail(const char *what, const char *file, int line);

/* A property that holds for all inputs. */
#define fuzz_check(cond) \
	((cond) ? (void)0 : fuzz_fail(#cond, __FILE__, __LINE__))

/*
 * The test whose memory and actions end with the input, for functions of the
 * suites.
 */
struct kunit *fuzz_test(void);

/* What the kernel does later: grace periods, work items, and a timer. */
void fuzz_grace(void);
void fuzz_work(void);
bool fuzz_timer(void);

/*
 * Memory that an access beyond its ends hits a trap. @len bytes are in one page, at
 * @off. Valid until the input ends.
 */
struct page *fuzz_piece(u32 off, u32 len);

#define FUZZ_FRAGS	20

/**
 * struct fuzz_frame - a frame whose every piece has traps around it
 * @frame: the frame
 * @frags: its fragments
 */
struct fuzz_frame {
	struct mf_frame	frame;
	struct bio_vec	frags[FUZZ_FRAGS];
};

void fuzz_frame(struct fuzz_frame *f, const u8 *bytes, u32 len, u32 hdr_len,
		struct fuzz_in *in);

u32 fuzz_packet(struct fuzz_in *in, u8 *to, u32 max);

#endif /* FUZZ_H */
