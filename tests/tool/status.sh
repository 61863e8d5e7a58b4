#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Output and exit status of a script reach the host, and options reach the guest.
. "$(dirname "$0")/lib.sh"

mkdir "$work/share"
echo from-host >"$work/share/in"
guest --smp 1 --mem=1024 --env WORD='two words' --append mfraw.word \
	--share "$work/share" <<'EOF'
echo "user $(id -u), $(nproc) processor"
echo "word: $WORD"
grep -o mfraw.word /proc/cmdline
seq 20000 | tail -1
touch /src/x 2>/dev/null && echo "the checkout can be written"
test -e /src/mfraw && test -d /build/out && cat /share/in
echo from-guest >/share/out
echo to-stderr >&2
exit 7
EOF
[ $rc -eq 7 ] || fail "status $rc, not 7"
has '^user 0, 1 processor$'
has '^word: two words$'
has '^mfraw.word$'
has '^20000$'
has '^from-host$'
has '^to-stderr$'
! grep -q "can be written" "$work/out" || fail "/src can be written"
[ "$(cat "$work/share/out")" = from-guest ] || fail "the guest's file is not in the share"

guest <<<'true'
[ $rc -eq 0 ] || fail "status $rc, not 0"
