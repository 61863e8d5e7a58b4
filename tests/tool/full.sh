#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A full disk is reported as such, in each place that can be full.
. "$(dirname "$0")/lib-checkout.sh"

# The disk of the cache has no room for a root.
mount -t tmpfs -o size=20m tmpfs "$MFRAW_CACHE"
mfraw build
[ $rc -ne 0 ] || fail "a root was made in 20 MB"
has "$MFRAW_CACHE has (19|20) MB free, 5120 MB are needed"
umount "$MFRAW_CACHE"

# The disk of the build directory is too small: for a log, the sources, the objects.
give_root
for size in 1 256 4096; do
	mount -t tmpfs -o size=${size}k tmpfs "$build"
	mfraw build
	[ $rc -ne 0 ] || fail "a build succeeded in $size KB"
	has '^mfraw: the disk of build/trixie is full$'
	umount "$build"
done
