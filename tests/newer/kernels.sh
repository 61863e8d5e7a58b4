#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The modules build without a warning for the newer kernels of Debian, each with the
# compiler of its suite, in one run of kbuild as DKMS builds them.
set -u -o pipefail

top=/src
. "$top/scripts/common.sh"
suite=${MFRAW_SUITE:-trixie}
layer_kind=newer
. "$top/scripts/layer.sh"
. "$top/scripts/build.sh"
layer_check

work=$(mktemp -d /build/newer.XXXXXX) || exit
trap 'rm -rf "$work"' EXIT
failed='' built=0

for missing in /lower/opt/mfraw/newer/missing/*; do
	[ ! -e "$missing" ] || echo "nothing of ${missing##*/}: $(cat "$missing")"
done
for kernel in /lower/opt/mfraw/newer/*/usr/src/linux-headers-*-amd64; do
	[ -e "$kernel" ] || continue
	layer_tree=${kernel%/usr/src/*}
	release=${kernel##*/linux-headers-}
	kernel_tree "$work/$release" &&
		cp /src/packaging/debian/dkms.Kbuild "$work/$release/Kbuild" || exit
	layer_inside "$work/$release" make -s -k -j"$(nproc)" \
		-C "${kernel#"$layer_tree"}" M="$work/$release" W=1 modules \
		>"$work/log" 2>&1 || failed=y
	[ ! -s "$work/log" ] || failed=y
	cat "$work/log"
	for module in mfsteer/mfsteer mfport/mfport mfnic/mfnic mfigb/mfigb mfraw/mfraw mfraw/mfraw_kick mfeth/mfeth; do
		found=$(modinfo -F vermagic "$work/$release/kernel/$module.ko") || found=
		[ "${found%% *}" = "$release" ] || {
			echo "no ${module##*/} for $release"
			failed=y
		}
	done
	echo "${layer_tree##*/}: $release, $(sed -n \
		's/^CONFIG_CC_VERSION_TEXT="\(.*\)"$/\1/p' "$kernel/.config")"
	built=$((built + 1))
done
[ -z "$failed" ] || exit 1
[ $built -gt 0 ] || exit 4
