# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Layers: more packages, above the root. The kinds are:
#
#   applications   for the guests of "test --applications" and "vm --applications"
#   packaging      what "package" and "test --packages" need
#   reliability    what "fuzz" and "test --reliability" need
#   newer          the kernels of "test --newer"
#   arm64          a compiler, an emulator and the guests' root of "--arch arm64"
#   install        the packages of "vm --install" and "run --install": the variable
#                  layer_packages has their names. There is a layer for each set.
#
# The cache has a layer as the upper directory of an overlay whose lower one is the
# root, and root_enter puts the two together again. All but layer_check and layer_inside
# runs on the host.
layer_kinds="applications packaging reliability newer arm64 install"
layer_kind=${layer_kind:-} layer_packages=${layer_packages:-}

# The inputs of a layer. A root that was made anew has other files.
layer_key() { # ROOT
	{
		cat "$top/scripts/$layer_kind.recipe.sh"
		[ "$layer_kind" != install ] || echo "$layer_packages"
		echo "${1##*/}"
		stat -c %Y "$1/opt/mfraw/ready"
	} | sha256sum | cut -c1-12
}

layer_path() { # ROOT
	local suite=${1##*/root-} name=

	[ "$layer_kind" = applications ] || name=$layer_kind-
	echo "$cache/layer-${suite%-*}-$name$(layer_key "$1")"
}

# What a message calls the layer.
layer_text() {
	case $layer_kind in
	applications) echo applications ;;
	packaging) echo "tools for packages" ;;
	reliability) echo "tools for reliability" ;;
	newer) echo "newer kernels" ;;
	arm64) echo "compiler and guests of arm64" ;;
	install) echo "packages $layer_packages" ;;
	esac
}

layer_ready() { [ -e "$1/upper/opt/mfraw/$layer_kind/ready" ]; }

# Runs in namespaces of its own, as root_make does.
layer_make() { # LAYER ROOT
	local merged=$1/merged

	# A path may contain the separator of mount options; these names do not.
	cd "$cache" && mkdir -p "$1"/{upper,work,merged} || return
	mount -t overlay overlay "$merged" -o \
		"lowerdir=${2##*/},upperdir=${1##*/}/upper,workdir=${1##*/}/work$layer_options" || {
		echo "the file system of $cache can't carry a layer of overlayfs"
		return 1
	}
	mount -t proc proc "$merged/proc" &&
		mount --rbind /dev "$merged/dev" &&
		cp "$top/scripts/$layer_kind.recipe.sh" "$merged/recipe.sh" || return
	chroot "$merged" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root ${http_proxy:+http_proxy="$http_proxy"} \
		${https_proxy:+https_proxy="$https_proxy"} FROZEN="$frozen" \
		PACKAGES="$layer_packages" /bin/sh /recipe.sh || return
	rm "$merged/recipe.sh"
	: >"$merged/opt/mfraw/$layer_kind/ready"
	umount -l "$merged/dev" "$merged/proc" "$merged"
}

# Make sure that the layer above the root exists. Sets layer.
layer_ensure() { # ROOT
	local root=$1 lock='' part log other free from

	layer=$(layer_path "$root")
	layer_ready "$layer" && return
	root_may_make "layer of $(layer_text)"
	take_lock "$cache/lock-$suite" "makes the root or a layer above it" || exit
	if layer_ready "$layer"; then
		exec {lock}>&-
		return
	fi
	hold "$root"
	part=$layer.part log=$cache/layer-$suite.log
	# A part for another root or recipe can't be continued.
	for other in "${layer%-*}"-[0-9a-f]*.part; do
		[ "$other" = "$part" ] || root_rm "$other"
	done
	free=$(df --output=avail -k "$cache" | tail -1)
	[ "$free" -ge $((2 << 20)) ] ||
		die "$cache has $((free >> 10)) MB free, 2048 MB are needed: make room or set MFRAW_CACHE"
	from=$(awk '$1 == "deb" { print $2; exit }' "$root/etc/apt/sources.list")
	root_proxy
	root_check_mirror "$from"
	say "installing the $(layer_text) of $suite above the root, once; it takes a minute or two"
	export suite top frozen cache layer_kind layer_packages
	# A namespace of users may not write the attributes that overlayfs else uses.
	export layer_options=${root_apart:+,userxattr}
	export -f layer_make
	root_make_apart "$log" layer_make "$part" "$root" ||
		root_failed $? "$(layer_text)" "$part" "$part/upper/recipe.sh" "$log"
	root_rm "$part/work" "$part/merged" "$layer"
	mv -T "$part" "$layer" || die "can't finish $part"
	exec {lock}>&-
}

# In the root: the lower file system of guests has the layer.
layer_check() {
	[ -e "/lower/opt/mfraw/$layer_kind/ready" ] &&
		{ [ "$layer_kind" != install ] ||
			[ "$(cat /lower/opt/mfraw/install/packages)" = "$layer_packages" ]; } ||
		die "no $(layer_text) here: ./mfraw of the host brings them"
}

# layer_inside DIRECTORY COMMAND...: in the root, run COMMAND in DIRECTORY where the
# packages of the layer are, or in layer_tree, a tree of packages inside the layer.
layer_inside() {
	local dir=$1

	shift
	tree=${layer_tree:-/lower} unshare --mount --propagation private bash -c '
		for part in build src kernels proc dev; do
			mount --rbind /$part "$tree/$part" || exit
		done
		mount -t tmpfs tmpfs "$tree/tmp" &&
		exec chroot "$tree" env -C "$0" HOME=/tmp "$@"' "$dir" "$@"
}
