#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The tools of "./mfraw fuzz" and "./mfraw test --reliability": runs in the root with a
# writable layer above it, called by layer.sh. A change of this file makes a new layer
# (its hash is a part of the key). The layer is 85 MB to fetch and 460 MB in the cache.
#
# Called again after a failure it goes on with what is missing. root.sh reads
# the lines that begin with "recipe:". Environment: FROZEN if the mirror's
# Release file may have expired.
set -eu

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 INITRD=No

home=/opt/mfraw/reliability

mkdir -p $home/missing

echo "recipe: step package lists"
apt-get -q ${FROZEN:+-o Acquire::Check-Valid-Until=false} update

echo "recipe: step packages"
# The attempt before may have been killed in the middle of dpkg.
dpkg --configure -a
apt-mark -q hold libibverbs1 ibverbs-providers rdma-core \
	"linux-image-$(cat /opt/mfraw/kernel-release)"
# The runtime has libFuzzer and the sanitizers, and llvm reads symbols and coverage.
version=$(apt-cache depends clang | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p')
set -- clang llvm "libclang-rt-$version-dev"
# Debian's stable suites lack this one: its tests tell.
if apt-cache show herdtools7 >/dev/null 2>&1; then
	set -- "$@" herdtools7
else
	echo "no package herdtools7 in this suite" >$home/missing/herdtools7
fi
apt-get -q -y --fix-broken install "$@"

echo "recipe: step tidying up"
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old
