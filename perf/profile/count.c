// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A plugin of QEMU that counts the instructions of a guest by address, from the
 * instruction mark_begin() to mark_end() of the guest's programs (mark.h). It writes
 * a file for each such span, N.counts with N from 1, into the directory of its
 * argument "dir". A line has the address of a block of instructions, and the number
 * of instructions that were executed in the block.
 *
 * QEMU translates blocks: straight code with one entry. A block that an exception
 * leaves in its middle counts as a whole. QEMU keeps a block by its place in memory, so
 * processes that map a library at different addresses share its blocks, and a block
 * tells the address in the process that came first. So everything is translated anew
 * when a span begins, and the process that is measured comes first.
 *
 * A guest with --icount has one thread that translates and executes, so nothing is
 * locked here.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mark.h"
#include "plugin.h"

#define BUCKETS		(1 << 18)

struct block {
	struct block	*next;
	uint64_t	addr;
	uint32_t	insns;
	uint64_t	runs;
};

int qemu_plugin_version = API_VERSION;

static struct block *buckets[BUCKETS];
static const char *directory;
static uint64_t plugin;
static bool counting;
static unsigned int spans;

static void translated(uint64_t id, struct qemu_plugin_tb *tb);

static void fail(const char *what)
{
	fprintf(stderr, "profiler: ");
	perror(what);
	exit(1);
}

/* QEMU translates a block anew now and then, and frees nothing of ours. */
static struct block *block_of(uint64_t addr, uint32_t insns)
{
	struct block **head = &buckets[(addr ^ addr >> 18) % BUCKETS], *b;

	for (b = *head; b; b = b->next)
		if (b->addr == addr && b->insns == insns)
			return b;
	b = calloc(1, sizeof(*b));
	if (!b)
		fail("calloc");
	b->addr = addr;
	b->insns = insns;
	b->next = *head;
	*head = b;
	return b;
}

static void block_runs(unsigned int cpu, void *data)
{
	struct block *b = data;

	(void)cpu;
	b->runs += counting;
}

/* QEMU has forgotten all blocks, and what it should call. */
static void begin_anew(uint64_t id)
{
	struct block *b;
	size_t i;

	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	for (i = 0; i < BUCKETS; i++)
		for (b = buckets[i]; b; b = b->next)
			b->runs = 0;
	counting = true;
}

static void begin(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	qemu_plugin_reset(plugin, begin_anew);
}

static void end(unsigned int cpu, void *data)
{
	struct block *b;
	char path[256];
	FILE *file;
	size_t i;

	(void)cpu;
	(void)data;
	if (!counting)
		return;
	counting = false;
	snprintf(path, sizeof(path), "%s/%u.counts", directory, ++spans);
	file = fopen(path, "w");
	if (!file)
		fail(path);
	for (i = 0; i < BUCKETS; i++)
		for (b = buckets[i]; b; b = b->next)
			if (b->runs)
				fprintf(file, "%" PRIx64 " %" PRIu64 "\n", b->addr,
					b->runs * b->insns);
	if (fclose(file))
		fail(path);
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	uint32_t insns = qemu_plugin_tb_n_insns(tb), i;
	struct block *b = block_of(qemu_plugin_tb_vaddr(tb), insns);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, block_runs, CB_NO_REGS, b);
	for (i = 0; i < insns; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint8_t code[sizeof(mark_code_begin)];

		if (qemu_plugin_insn_data(insn, code, sizeof(code)) != sizeof(code))
			continue;
		if (!memcmp(code, mark_code_begin, sizeof(code)))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, begin,
							       CB_NO_REGS, NULL);
		else if (!memcmp(code, mark_code_end, sizeof(code)))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, end,
							       CB_NO_REGS, NULL);
	}
}

int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc,
			char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "dir=", 4)) {
		fprintf(stderr, "profiler: its argument is dir=DIRECTORY\n");
		return 1;
	}
	directory = argv[0] + 4;
	plugin = id;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
