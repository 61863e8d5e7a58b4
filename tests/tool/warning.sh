#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A complaint of the kernel fails a script that was content, and does not hide
# the status of one that was not. Harmless lines do nothing.
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
