/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The part of QEMU's documented plugin interface, version 3, that the profiler uses.
 * Debian's packages have QEMU with plugins, but not the header.
 */
#ifndef PLUGIN_H
#define PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#define API_VERSION	3

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;

enum { CB_NO_REGS };

typedef void (*translate_fn)(uint64_t id, struct qemu_plugin_tb *tb);
typedef void (*execute_fn)(unsigned int cpu, void *data);
typedef void (*reset_fn)(uint64_t id);

void qemu_plugin_reset(uint64_t id, reset_fn fn);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, translate_fn fn);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, execute_fn fn,
					  int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    execute_fn fn, int flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
						 size_t index);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *dest,
			     size_t len);

/* What QEMU looks for in a plugin. */
extern int qemu_plugin_version;
int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc,
			char **argv);

#endif /* PLUGIN_H */
