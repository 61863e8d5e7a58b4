#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The kernel with instruments reports faults that a module makes on purpose, and the
# report fails the run. Each fault has a guest of its own, since some reports turn
# other instruments off.
. "$(dirname "$0")/lib.sh"
. /src/scripts/common.sh
. /src/scripts/kernel.sh

suite=$MFRAW_SUITE
kernel_ready check || {
	echo "skipped: the kernel 'check' has not been built"
	exit 4
}
kernel_ensure check || fail "no kernel"
mkdir "$work/planted" "$work/share"
cp /src/tests/kernel/planted/* "$work/planted/"
make -s -C "$kernel_build_dir" M="$work/planted" ARCH=um KCFLAGS=-fbuiltin \
	modules >"$work/make" 2>&1 || { cat "$work/make"; fail "no module"; }
cp "$work/planted/mf_planted.ko" "$work/share/"

reported() { # FAULT PATTERN
	guest --kernel check --share "$work/share" --env "FAULT=$1" <<'EOT'
insmod /share/mf_planted.ko || exit 9
echo "$FAULT" >/sys/kernel/debug/mf_planted || exit 9
rmmod mf_planted
exit 0
EOT
	[ $rc -eq 1 ] || fail "$1: status $rc, not 1"
	has 'the kernel complained'
	has "$2"
}

reported use-after-free 'KASAN: slab-use-after-free'
reported overflow 'KASAN: slab-out-of-bounds'
reported inversion 'possible circular locking'
reported sleep 'sleeping function called'
reported leak 'unreferenced object|memory leak'
reported bounds 'array-index-out-of-bounds'
reported timer 'ODEBUG: free active'

# Without a fault there is no report.
guest --kernel check --share "$work/share" <<'EOT'
insmod /share/mf_planted.ko && rmmod mf_planted
EOT
[ $rc -eq 0 ] || fail "status $rc without a fault"
