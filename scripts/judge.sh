# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Judges the kernel's log; to be sourced. Only complaints of the kernel about itself
# count. The parent of a program judges whether the program crashed.

# Lines that must not be in the log.
judge_bad=(
	# The first line of any report.
	'cut here \]-' '={60}' 'Call [Tt]race:' 'WARNING:' '\bBUG\b' 'Oops'
	'INFO: (task|rcu|trying|possible|lockdep|suspicious)'
	# Memory. judge_leaks() counts leaks.
	'KASAN' 'KFENCE' 'KCSAN' 'UBSAN' 'ODEBUG' 'kmemleak: .* disabled'
	'Bad page' 'page dumped' 'Bad rss-counter' '[Uu]nable to handle' 'Internal error:'
	'detected buffer overflow' 'list_(add|del) corruption' 'refcount_t:'
	'usercopy:' 'Poison overwritten' 'Redzone' 'stack is corrupted'
	'Out of memory' 'leaked reference' 'waiting for .* to become free'
	# Locks and contexts.
	'possible (circular|recursive|irq lock|deadlock)' 'bad unlock balance'
	'inconsistent lock state' 'suspicious RCU' 'invalid wait context'
	'DEBUG_LOCKS' 'scheduling while atomic' 'sleeping function called'
	'held lock freed' 'Voluntary context switch within RCU'
	# Time.
	'blocked for more than' 'rcu.*detected .*stall' 'soft lockup'
	'hard LOCKUP' 'workqueue lockup'
	# The end of the kernel.
	'Kernel panic' '[Kk]ernel BUG' 'Fatal exception'
)

# Harmless lines, each with the reason.
judge_harmless=(
	# On a busy host, QEMU's clock looks unstable.
	'clocksource'
	# The modules are not signed.
	'module verification failed'
	# At its start, user-mode Linux reports checks of its host.
	'Checking (that|for|environment|advanced)'
)

# judge_skip: copy standard input without reports about code that is not under test.
judge_skip() {
	judge_skip_rcu | judge_skip_rxe | judge_skip_nvmet | judge_skip_memcg
}

judge_skip_rcu() {
	# At each boot, the second processor of user-mode Linux 7 frees memory that
	# kmemleak tracks before RCU counts the processor as online, with a report.
	awk '
	/^(\[ *[0-9.]+\] )?WARNING: suspicious RCU usage/ { held = $0; n = 1; next }
	n && n++ < 4 {
		held = held "\n" $0
		if (/Callback enqueued on offline CPU/) { skip = 1; n = 0 }
		else if (n == 4) { print held; n = 0 }
		next
	}
	skip && /Call [Tt]race:/ { skip = 0; next }
	skip { next }
	{ print }
	END { if (n) print held }'
}

# Tests compare with rdma_rxe. Its completer warns, once after each boot, when it
# gives up a request of a connection that it has broken before.
judge_skip_rxe() {
	awk '
	/-\[ cut here \]-/ { held = $0; next }
	held != "" {
		skip = /WARNING: .* rxe_completer\+.* \[rdma_rxe\]/
		if (!skip) print held
		held = ""
	}
	skip { if (/end trace/) skip = 0; next }
	{ print }
	END { if (held != "") print held }'
}

# The target of NVMe destroys its listener under a lock that its handler of
# connections takes, too. lockdep reports that, unless a function of ours is involved.
judge_skip_nvmet() {
	awk '
	/WARNING: possible circular locking/ { held = $0; n = 1; ours = 0; next }
	n && n < 9 {
		held = held "\n" $0
		n++
		if (/\(nvmet_config_sem\)/) { skip = 1; n = 0 }
		else if (n == 9) { print held; n = 0 }
		next
	}
	skip && /\[mf(nic|steer|raw|eth)\]/ { ours = 1 }
	skip && /Call [Tt]race:/ {
		skip = 0
		if (ours) print held "\n" $0
		next
	}
	skip { next }
	{ print }
	END { if (n) print held }'
}

# A process beyond the limit of its own cgroup is killed, which is no complaint. The last
# lines of the report tell the reason.
judge_skip_memcg() {
	awk '
	/ invoked oom-killer: / { if (held != "") print held; held = $0; next }
	held == "" { print; next }
	/oom-kill:constraint=CONSTRAINT_MEMCG/ { held = ""; next }
	{ held = held "\n" $0 }
	/oom-kill:constraint=/ { print held; held = "" }
	END { if (held != "") print held }'
}

# judge_log: print the lines of standard input that are complaints.
judge_log() {
	local IFS='|'

	# Lines after the order to power off are about devices that are gone.
	sed '/mfraw: power off/q' | judge_skip | grep -aE "${judge_bad[*]}" |
		grep -avE "${judge_harmless[*]}" | tr -d '\r'
}

# judge_leaks: print the objects that kmemleak lists on standard input as leaks.
#
# The ID allocator loses its bitmap if the tree has no memory for a node: it tries
# again, or gives up, and forgets the bitmap that it has just allocated. That happens
# only when the test "nomem" makes the allocation fail. A driver that forgets IDs is
# found nevertheless, since its IDA is not empty in the end.
#
# The console of user-mode Linux allocates its buffers in interrupts. One of them may be
# in no place that kmemleak scans, when it changes hands during the scan.
#
# A driver may be loaded while a device is added. The driver core then notes why it does
# not probe the device yet ("Device not ready to probe"), and forgets to free the note. It
# frees the notes that drivers make.
judge_leaks() {
	awk '
	function flush() {
		if (held != "" && !ida && !(tty && um) && !core) printf "%s", held
		held = ""; ida = 0; tty = 0; um = 0; core = 0; noted = 0; frames = 0
	}
	/^unreferenced object/ { flush(); bitmap = /\(size 128\)/ }
	/^ *(\[<[^>]*>\] )?[A-Za-z_][A-Za-z0-9_.]*\+0x/ {
		if (!/kmemleak_alloc|kmalloc|kmem_cache_alloc|kzalloc/ && !frames++)
			ida = bitmap && / ida_alloc_range\+/
	}
	/ __tty_buffer_request_room\+/ { tty = 1 }
	/ chan_interrupt\+/ { um = 1 }
	noted && / __driver_probe_device\+/ { core = 1 }
	{ noted = / dev_err_probe\+/ }
	{ held = held $0 "\n" }
	END { flush() }'
}
