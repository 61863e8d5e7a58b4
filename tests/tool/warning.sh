#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A complaint of the kernel fails a script that succeeded, and does not hide the
# status of a script that failed. Harmless lines have no effect.
. "$(dirname "$0")/lib.sh"

guest <<'EOF'
echo "WARNING: CPU: 0 PID: 1 at x" >/dev/kmsg
exit 0
EOF
[ $rc -eq 1 ] || fail "status $rc, not 1"
has 'the kernel complained'
has '\| .*WARNING: CPU: 0 PID: 1 at x'

guest <<'EOF'
echo "BUG: x" >/dev/kmsg
exit 9
EOF
[ $rc -eq 9 ] || fail "status $rc, not 9"
has 'the kernel complained'

guest <<'EOF'
echo "clocksource: WARNING: timekeeping watchdog: Marking clocksource 'tsc' as unstable" >/dev/kmsg
echo "x: module verification failed: signature missing - tainting kernel" >/dev/kmsg
echo "BUG: the kernel does not say this"
exit 0
EOF
[ $rc -eq 0 ] || fail "status $rc, not 0"

# Complaints about code that is not under test do not count.
. "$(dirname "$0")/../../scripts/judge.sh"
cut='------------[ cut here ]------------'
end='---[ end trace 0000000000000000 ]---'
rxe="WARNING: CPU: 0 PID: 1 at rxe_comp.c:827 rxe_completer+0xb9f/0xe40 [rdma_rxe]"
ours="WARNING: CPU: 0 PID: 1 at x+0xb9f/0xe40 [mfraw]"
lockdep='WARNING: possible circular locking dependency detected
6.12.117 #1 Tainted: G           O
------------------------------------------------------
kworker/0:3/1244 is trying to acquire lock:'
nvmet='00000001492a18e8 (nvmet_config_sem){++++}-{3:3}, at: x+0x1e0/0x700 [nvmet]'
other='00000001492a18e8 (other_lock){++++}-{3:3}, at: x+0x1e0/0x700 [nvmet]'

# judged LINES NUMBER: of these lines, that many are complaints
judged() {
	local n

	n=$(judge_log <<<"$1" | wc -l)
	[ "$n" -eq "$2" ] || fail "$n complaints, not $2, in: $1"
}
judged "$cut"$'\n'"$rxe"$'\n'"Call Trace:"$'\n'"$end" 0
judged "$cut"$'\n'"$ours"$'\n'"Call Trace:"$'\n'"$end" 3
judged "$lockdep"$'\n'"$nvmet"$'\n'"Call Trace:" 0
judged "$lockdep"$'\n'"$nvmet"$'\n'" x+0x1/0x2 [mfraw]"$'\n'"Call Trace:" 2
judged "$lockdep"$'\n'"$other"$'\n'"Call Trace:" 2
# The lock of the target may be the one that is held.
held=$lockdep$'\n'"$other"$'\n\n'"but task is already holding lock:"
judged "$held"$'\n'"$nvmet"$'\n'"Call Trace:" 0
judged "$held"$'\n'"$other"$'\n'"Call Trace:" 2
judged "$lockdep" 1
judged "$lockdep"$'\n'"$nvmet"$'\n'"Call Trace:"$'\n'"BUG: x" 1
# The parent of a program judges whether it crashed.
judged "traps: x[77] general protection fault ip:55d1 sp:7ffc error:0 in x[55d1+1000]" 0
judged "x[77]: segfault at 0 ip 000055d1 sp 00007ffc error 4 in x[55d1+1000]" 0
judged "Oops: general protection fault, probably for non-canonical address 0x1: 0000 [#1]" 1
judged "UBSAN: array-index-out-of-bounds in x.c:1:2" 1
# A guest that was told to power off may end as it likes.
judged "mfraw: power off"$'\n'"Kernel panic - not syncing: Attempted to kill init!" 0
judged "Kernel panic - not syncing: Attempted to kill init!"$'\n'"mfraw: power off" 1
# arm64 has other words.
judged "$lockdep"$'\n'"$nvmet"$'\n'"Call trace:" 0
judged 'Unable to handle kernel NULL pointer dereference at virtual address 0' 1
judged 'Internal error: synchronous external abort: 0000000096000010 [#1] SMP' 1
judged "Call trace:" 1
# A process may be killed at the limit of its cgroup, but not for want of memory.
oom="python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
oom+=$'\n'"Call Trace:"$'\n'"oom-kill:constraint=CONSTRAINT_"
judged "${oom}MEMCG,nodemask=(null)" 0
judged "${oom}MEMCG,nodemask=(null)"$'\n'"BUG: x" 1
judged "${oom}NONE,nodemask=(null)" 1
judged "${oom%oom-kill:*}" 1

# The ID allocator's own leak does not count, those of its callers do.
leak() { # SIZE FUNCTION...
	local line="unreferenced object 0xffff888001234500 (size $1):"

	shift
	line+=$'\n''  comm "nomem", pid 77, jiffies 4294938000'$'\n''  backtrace (crc 0):'
	printf '%s\n' "$line" "${@/%/+0x1a/0x40}"
}
leaks() { # NUMBER: of the objects on standard input, that many count
	local n

	n=$(judge_leaks | grep -c '^unreferenced')
	[ "$n" -eq "$1" ] || fail "$n leaks, not $1"
}
leak 128 '    kmemleak_alloc' '    __kmalloc_cache_noprof' '    ida_alloc_range' \
	'    mfraw_qpn_alloc' | leaks 0
leak 64 '    kmemleak_alloc' '    __kmalloc_cache_noprof' '    ida_alloc_range' |
	leaks 1
leak 128 '    __kmalloc_cache_noprof' '    mfraw_qpn_alloc' '    ida_alloc_range' |
	leaks 1
{
	leak 128 '    [<0000000012345678>] ida_alloc_range' '    mfraw_qpn_alloc'
	leak 128 '    mfraw_create_qp'
	leak 128 '    [<0000000012345678>] ida_alloc_range'
} | leaks 1
# A buffer of the console of user-mode Linux does not count, one of another driver does.
leak 1024 '    kmemleak_alloc' '    __tty_buffer_request_room' '    chan_interrupt' | leaks 0
leak 1024 '    kmemleak_alloc' '    __tty_buffer_request_room' | leaks 1
# The note of the driver core itself does not count, that of a driver does.
leak 64 '    device_set_deferred_probe_reason' '    dev_err_probe' \
	'    __driver_probe_device' '    driver_probe_device' | leaks 0
leak 64 '    device_set_deferred_probe_reason' '    dev_err_probe' '    mfraw_probe' \
	'    __driver_probe_device' | leaks 1
