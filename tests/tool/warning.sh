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
exit 0
EOF
[ $rc -eq 0 ] || fail "status $rc, not 0"

# Complaints about rdma_rxe do not count.
guest <<'EOF'
for line in "------------[ cut here ]------------" \
		"WARNING: CPU: 0 PID: 1 at rxe_comp.c:827 rxe_completer+0xb9f/0xe40 [rdma_rxe]" \
		"Call Trace:" "---[ end trace 0000000000000000 ]---"; do
	echo "$line" >/dev/kmsg
done
EOF
[ $rc -eq 0 ] || fail "status $rc, not 0"

guest <<'EOF'
echo "------------[ cut here ]------------" >/dev/kmsg
echo "WARNING: CPU: 0 PID: 1 at x+0xb9f/0xe40 [mfraw]" >/dev/kmsg
exit 0
EOF
[ $rc -eq 1 ] || fail "status $rc, not 1"
has 'cut here'
