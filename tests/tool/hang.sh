#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# mfraw ends a guest that hangs in time, and shows the last lines of its console.
. "$(dirname "$0")/lib.sh"

start=$SECONDS
guest --timeout 60 <<'EOF'
echo before
echo marker-on-console >/dev/kmsg
sleep 1000
EOF
[ $rc -eq 124 ] || fail "status $rc, not 124"
[ $((SECONDS - start)) -lt 600 ] || fail "took $((SECONDS - start)) s"
has '^before$'
has 'longer than 60 s'
has '\| .*marker-on-console'
