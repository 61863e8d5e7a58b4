# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The layer: packages of applications, above the root, for the guests of
# "test --applications" and "vm --applications". The cache has it as the upper
# directory of an overlay whose lower one is the root, and root_enter puts the
# two together again. Everything here runs on the host.

# The inputs of a layer. A root that was made anew has other files.
layer_key() { # ROOT
	{
		cat "$top/scripts/applications.recipe.sh"
		echo "${1##*/}"
		stat -c %Y "$1/opt/mfraw/ready"
	} | sha256sum | cut -c1-12
}

layer_path() { # ROOT
	local suite=${1##*/root-}

	echo "$cache/layer-${suite%-*}-$(layer_key "$1")"
}

layer_ready() { [ -e "$1/upper/opt/mfraw/applications/ready" ]; }

# Runs in namespaces of its own, as root_make does.
layer_make() { # LAYER ROOT
	local merged=$1/merged

	# A path may contain the separator of mount options; these names do not.
	cd "$cache" && mkdir -p "$1"/{upper,work,merged} || return
	mount -t overlay overlay "$merged" -o \
		"lowerdir=${2##*/},upperdir=${1##*/}/upper,workdir=${1##*/}/work" || {
		echo "the file system of $cache can't carry a layer of overlayfs"
		return 1
	}
	mount -t proc proc "$merged/proc" &&
		mount --rbind /dev "$merged/dev" &&
		cp "$top/scripts/applications.recipe.sh" "$merged/recipe.sh" || return
	chroot "$merged" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root ${http_proxy:+http_proxy="$http_proxy"} \
		${https_proxy:+https_proxy="$https_proxy"} FROZEN="$frozen" \
		/bin/sh /recipe.sh || return
	rm "$merged/recipe.sh"
	: >"$merged/opt/mfraw/applications/ready"
	umount -l "$merged/dev" "$merged/proc" "$merged"
}

# Make sure that the layer above the root exists. Sets layer.
layer_ensure() { # ROOT
	local root=$1 lock='' part log other free from

	layer=$(layer_path "$root")
	layer_ready "$layer" && return
	take_lock "$cache/lock-$suite" "makes the root or its applications" || exit
	if layer_ready "$layer"; then
		exec {lock}>&-
		return
	fi
	hold "$root"
	part=$layer.part log=$cache/layer-$suite.log
	# A part for another root or recipe can't be continued.
	for other in "$cache/layer-$suite"-*.part; do
		[ "$other" = "$part" ] || rm -rf --one-file-system "$other"
	done
	free=$(df --output=avail -k "$cache" | tail -1)
	[ "$free" -ge $((2 << 20)) ] ||
		die "$cache has $((free >> 10)) MB free, 2048 MB are needed: make room or set MFRAW_CACHE"
	from=$(awk '$1 == "deb" { print $2; exit }' "$root/etc/apt/sources.list")
	root_proxy
	root_check_mirror "$from"
	say "installing the applications of $suite above the root, once; it takes a minute or two"
	export suite top frozen cache
	export -f layer_make
	root_make_apart "$log" layer_make "$part" "$root" ||
		root_failed $? applications "$part" "$part/upper/recipe.sh" "$log"
	rm -rf --one-file-system "$part/work" "$part/merged" "$layer"
	mv -T "$part" "$layer" || die "can't finish $part"
	exec {lock}>&-
}

# In the root: the lower file system of guests has the applications.
layer_check() {
	[ -e /lower/opt/mfraw/applications/ready ] ||
		die "no applications here: ./mfraw of the host brings them"
}
