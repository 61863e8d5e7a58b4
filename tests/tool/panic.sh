#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A panic ends the guest at once, and mfraw shows the last lines of its console.
. "$(dirname "$0")/lib.sh"

start=$SECONDS
guest --timeout 500 <<'EOF'
echo before
sleep 1
echo c >/proc/sysrq-trigger
sleep 1000
EOF
[ $rc -eq 125 ] || fail "status $rc, not 125"
[ $((SECONDS - start)) -lt 400 ] || fail "took $((SECONDS - start)) s"
has '^before$'
has '\| .*Kernel panic'
