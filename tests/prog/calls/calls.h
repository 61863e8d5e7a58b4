/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Random sequences of uverbs calls. A sequence that reaches code of the modules for the
 * first time is kept, and later sequences are made from those that are kept.
 */
#ifndef CALLS_H
#define CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_BYTES	320	/* of the arguments of a call */
#define MAX_CALLS	16	/* of a sequence */

/* Objects that calls make and name. */
enum object {
	NONE,
	PD, MR, MW, CHANNEL, CQ, QP, SRQ, AH, XRCD, WQ, TABLE, FLOW, COUNTERS,
	KICKS, ASYNC,
	OBJECTS,
};

/*
 * A handle among the arguments.
 *
 * @off: where it stands
 * @object: what it names
 */
struct ref {
	uint8_t		off;
	uint8_t		object;
};

/*
 * A call of write(): a command with the core's part and the driver's part.
 *
 * @core: bytes of the core's part, in @good
 * @drv: bytes of the driver's part, in @good behind the core's part
 * @resp: bytes of the core's answer
 * @drv_resp: bytes of the driver's answer
 * @makes: the object that the call makes, whose handle is at @handle_at of the answer
 *
 * A call of ioctl() has attributes in @good, see struct attr.
 */
struct call_type {
	const char	*name;
	bool		ioctl;
	bool		ex;
	uint16_t	cmd;
	uint16_t	method;
	uint16_t	core;
	uint16_t	drv;
	uint16_t	resp;
	uint16_t	drv_resp;
	uint8_t		makes;
	uint8_t		handle_at;
	struct ref	ref[5];
	const void	*good;
};

/*
 * An attribute of an ioctl(), in the arguments of the call.
 *
 * @data: the value, of @len up to 8
 * @out: the kernel writes @len bytes
 * @fd: the kernel writes a file descriptor or handle into @data
 */
struct attr {
	uint16_t	id;
	uint16_t	len;
	uint8_t		out;
	uint8_t		fd;
	uint16_t	pad;
	uint64_t	data;
};

extern const struct call_type call_types[];
extern const unsigned int num_call_types;

/* A call of a sequence. @pick chooses among the objects of a kind. */
struct call {
	uint8_t		type;
	uint8_t		pick[5];
	/* Added to the lengths that the call declares. */
	int8_t		grow_core, grow_drv, grow_resp, grow_drv_resp;
	uint8_t		bytes[MAX_BYTES];
};

struct sequence {
	unsigned int	n;
	struct call	call[MAX_CALLS];
};

/* The command file, and the objects that exist. */
struct context {
	int		fd;
	uint32_t	handle[OBJECTS][MAX_CALLS * 2];
	unsigned int	num[OBJECTS];
	uint8_t		*memory;	/* MEMORY bytes that can be registered */
	uint64_t	map_key;	/* of the last answer that has one */
	uint32_t	map_size;
};

#define MEMORY		(64 * 1024)

/* execute.c */
void context_open(struct context *c, const char *device, uint8_t *memory);
void context_close(struct context *c);
/* Returns 0 or an error number. */
int execute(struct context *c, const struct call *call);

#endif /* CALLS_H */
