/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The Toeplitz hash, which a client uses to distribute flows to receive queues.
 */
#ifndef _LINUX_MF_TOEPLITZ_H
#define _LINUX_MF_TOEPLITZ_H

#include <linux/in6.h>
#include <linux/string.h>
#include <linux/types.h>

#define MF_TOEPLITZ_KEY_LEN	40

/* Maximum bytes of input: IPv6 addresses and ports. */
#define MF_TOEPLITZ_INPUT	(2 * sizeof(struct in6_addr) + \
				 2 * sizeof(__be16))
#define MF_TOEPLITZ_PLACES	(2 * MF_TOEPLITZ_INPUT)

/* The hash of the last input bit reads 32 bits of the key beyond the input. */
static_assert(MF_TOEPLITZ_INPUT + sizeof(u32) <= MF_TOEPLITZ_KEY_LEN);

/**
 * struct mf_toeplitz - a key as a table of partial hashes
 * @part: hash of each value of each half byte of the input. The hash is linear:
 *	the hash of an input is the exclusive or of its partial hashes
 */
struct mf_toeplitz {
	u32	part[MF_TOEPLITZ_PLACES][16];
};

/* Return the 32 bits of the key that begin at bit @bit. */
static inline u32 mf_toeplitz_window(const u8 *key, unsigned int bit)
{
	const u8 *at = key + bit / 8;
	u64 bits = 0;
	int i;

	for (i = 0; i < 5; i++)
		bits = bits << 8 | (at + i < key + MF_TOEPLITZ_KEY_LEN ?
				    at[i] : 0);

	return bits >> (8 - bit % 8);
}

/**
 * mf_toeplitz_set_key - compute the table of a key
 * @t: table to write
 * @key: key of MF_TOEPLITZ_KEY_LEN bytes
 *
 * Each set bit of the input contributes the 32 bits of the key that begin at
 * the position of the bit.
 *
 * Context: any; the caller excludes readers of @t.
 */
static inline void mf_toeplitz_set_key(struct mf_toeplitz *t, const u8 *key)
{
	unsigned int place, value, bit;

	memset(t, 0, sizeof(*t));
	for (place = 0; place < MF_TOEPLITZ_PLACES; place++)
		for (value = 0; value < 16; value++)
			for (bit = 0; bit < 4; bit++)
				if (value & (8 >> bit))
					t->part[place][value] ^=
						mf_toeplitz_window(key, 4 * place + bit);
}

/**
 * mf_toeplitz_hash - hash fields of a frame
 * @t: table of the key
 * @input: fields in network byte order
 * @len: bytes of @input, at most MF_TOEPLITZ_INPUT
 *
 * Context: any.
 *
 * Return: the hash.
 */
static inline u32 mf_toeplitz_hash(const struct mf_toeplitz *t, const u8 *input,
				   unsigned int len)
{
	u32 hash = 0;
	unsigned int i;

	for (i = 0; i < len; i++)
		hash ^= t->part[2 * i][input[i] >> 4] ^
			t->part[2 * i + 1][input[i] & 15];

	return hash;
}

#endif /* _LINUX_MF_TOEPLITZ_H */
