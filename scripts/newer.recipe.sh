#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The newer kernels of Debian, for "./mfraw test --newer": runs in the root with a
# writable layer above it, called by layer.sh. A change of this file makes a new layer
# (its hash is a part of the key). Each suite with newer kernels becomes a tree with
# their headers and their compiler. The layer is 900 MB in the cache.
#
# Called again after a failure it goes on with what is missing. root.sh reads
# the lines that begin with "recipe:".
set -eu

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 INITRD=No

home=/opt/mfraw/newer
# A list of packages that has expired will do: it still has kernels.
expired='Acquire::Check-Valid-Until "false"'

read -r _ mirror suite _ </etc/apt/sources.list
mkdir -p $home/missing

# The headers of the newest kernel of each series in a suite.
headers() { # SUITE
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(FILENAME)' 'Created-By: Packages' "Release: $1" |
		xargs /usr/lib/apt/apt-helper cat-file |
		sed -n 's/^Package: \(linux-headers-[0-9][0-9.]*\(+[a-z0-9]*\)\{0,1\}-amd64\)$/\1/p' |
		sort -V | awk -F'[-.+]' '
			{ last[$3 "." $4] = $0 }
			END { for (series in last) print last[series] }' | sort -V
}

# The packages are unpacked, not configured, so no program of them runs here.
tree() { # SUITE SOURCE...
	name=$1
	shift
	rm -rf "${home:?}/$name" "$home/missing/$name"
	printf '%s\n' "$@" >/etc/apt/sources.list.d/newer.list
	if ! apt-get -q update 2>$home/errors; then
		cat $home/errors
		grep 'does not have a Release file' $home/errors >"$home/missing/$name"
		return
	fi
	headers=$(headers "$name")
	if [ -z "$headers" ]; then
		echo "$name has no kernel" >"$home/missing/$name"
		return
	fi
	mmdebstrap --verbose --mode=root --variant=extract --format=directory \
		--aptopt="$expired" --include='?essential' \
		--include="make binutils $(echo "$headers" | xargs)" \
		'' "$home/$name" "$@"
	ln -s mawk "$home/$name/usr/bin/awk"
	mkdir -p "$home/$name/src" "$home/$name/build" "$home/$name/kernels"
}

echo "recipe: step package lists"
rm -f /etc/apt/sources.list.d/newer.list
echo "$expired;" >/etc/apt/apt.conf.d/91newer
apt-get -q update

echo "recipe: step packages"
# The attempt before may have been killed in the middle of dpkg.
dpkg --configure -a
apt-get -q -y --fix-broken install mmdebstrap

echo "recipe: step kernels of $suite-backports"
tree "$suite-backports" "deb $mirror $suite main" "deb $mirror $suite-backports main"

echo "recipe: step kernels of sid"
tree sid "deb $mirror sid main"

echo "recipe: step tidying up"
rm -f $home/errors /etc/apt/sources.list.d/newer.list
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old
