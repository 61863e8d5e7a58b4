#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The RDMA driver without RoCEv2: it builds without a warning, also of sparse. Its
# devices have raw packet queue pairs only, which pass their tests.
. "$(dirname "$0")/lib.sh"

top=/src suite=$MFRAW_SUITE
for part in common kernel build; do
	# shellcheck source=/dev/null
	. "$top/scripts/$part.sh"
done

kernel_ensure "$um" || fail "no kernel"
tree=/build/no-roce
mod_release=$kernel_rel mod_kernel=$kernel_build_dir
mod_args=(ARCH=um KCFLAGS=-fbuiltin CONFIG_INFINIBAND_MFRAW_ROCE=
	CONFIG_INFINIBAND_MFRAW_KUNIT_TEST=)
rm -rf "$tree"
sync_tree /src/kernel/mfraw "$tree/kernel/mfraw" && sync_tree /src/include "$tree/include" &&
	cp /src/kernel/compat.h "$tree/kernel/" || fail "no copy of the driver"
kernel_make "$tree" W=1 C=2 CF=-D__CHECK_ENDIAN__ 2>&1 | tee "$work/log"
[ "${PIPESTATUS[0]}" -eq 0 ] || fail "the build"
! grep -iE 'warning|error' "$work/log" || fail "a warning"
[ ! -e "$tree/kernel/mfraw/roce/qp.o" ] || fail "RoCEv2 was built"

# With instruments, the other ones take minutes.
tests="frames flows cq-ex events memory"
[ "$um" = check ] || tests+=" offload pacing rss badinput"
guest --kernel "$um" --env TESTS="$tests" <<'END'
set -e
modprobe mfnic
modprobe mfeth
modprobe ib_uverbs
insmod /build/no-roce/kernel/mfraw/mfraw_kick.ko
insmod /build/no-roce/kernel/mfraw/mfraw.ko
. /src/tests/guest/lib/sf.sh
pair_up
# Connected queue pairs are refused, and the device promises none of their objects.
shows 'max_srq:[[:space:]]*0$' ibv_devinfo -v -d "$dev1"
shows 'max_qp_rd_atom:[[:space:]]*0$' ibv_devinfo -v -d "$dev1"
refuses "create QP" ibv_rc_pingpong -d "$dev1" -g 0
pair_check
# Some of its commands fail, since there is nothing to remove.
pair_down || :
trap - EXIT
for test in $TESTS; do
	echo "# $test"
	bash "/src/tests/guest/raw/$test.sh"
done
# badinput has unloaded the driver.
[ ! -e /sys/module/mfraw ] || rmmod mfraw
END
[ $rc -eq 0 ] || fail "status $rc, not 0"
