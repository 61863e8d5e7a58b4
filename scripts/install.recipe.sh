#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The packages that the user names: runs in the root with a writable layer above it,
# called by layer.sh. A change of this file makes new layers (its hash is a part of the
# key).
#
# Called again after a failure it goes on with what is missing. root.sh reads
# the lines that begin with "recipe:". Environment: PACKAGES, and FROZEN if the
# mirror's Release file may have expired.
set -eu

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 INITRD=No

# clean.sh reads it.
mkdir -p /opt/mfraw/install
echo "$PACKAGES" >/opt/mfraw/install/packages

echo "recipe: step package lists"
apt-get -q ${FROZEN:+-o Acquire::Check-Valid-Until=false} update

echo "recipe: step packages"
# The attempt before may have been killed in the middle of dpkg.
dpkg --configure -a
# The modules and the provider are for these.
apt-mark -q hold libibverbs1 libibverbs-dev ibverbs-providers rdma-core \
	"linux-image-$(cat /opt/mfraw/kernel-release)"
# shellcheck disable=SC2086
apt-get -q -y --fix-broken install $PACKAGES

echo "recipe: step tidying up"
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old
