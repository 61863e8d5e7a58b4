# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "./mfraw patches", inside the root: write series of patches for Linux and rdma-core
# into /build/patches. packaging/upstream/ has a list for each.

usage_patches() {
	cat <<'EOT'
usage: ./mfraw patches [--from "NAME <ADDRESS>"]

Writes series of patches for the source of the suite's kernel and rdma-core into
build/SUITE/patches of the checkout, as git am takes them:

  linux-raw    mfsteer, mfport, mfnic, mfeth, and mfraw with raw packet queue pairs
  linux-roce   RoCEv2 of mfraw, on top of it
  rdma-core    the provider

--from NAME <ADDRESS>  the sender, who signs off the patches (default: the
                       maintainers of the packages)
EOT
}

patches_parse() {
	patches_from=$(sed -n 's/^Maintainer: //p' "$top/packaging/debian/control")
	while [ $# -gt 0 ]; do
		case $1 in
		--from) need_value "$@"; patches_from=$2; shift ;;
		--from=*) patches_from=${1#*=} ;;
		*) refuse "patches knows no '$1': see ./mfraw patches -h" ;;
		esac
		shift
	done
	[[ $patches_from =~ ^[^\<]+\ \<[^@\>]+@[^@\>]+\>$ ]] ||
		refuse "--from needs NAME <ADDRESS>, not '$patches_from'"
}

patches_series="linux-raw linux-roce rdma-core"
patches_dir=/build/patches
patches_base=$patches_dir/base

# The files of the other trees that a series changes, once for each root.
patches_unpack() {
	local key files

	key=$(stat -c '%s %Y' /opt/mfraw/{linux-source.tar.xz,rdma-core.tar.gz}; cat \
		/src/packaging/upstream/{linux-*,rdma-core}) || return
	[ "$(cat $patches_base/key 2>/dev/null)" != "$key" ] || return 0
	rm -rf $patches_base
	mkdir -p $patches_base/{linux,rdma-core}
	# The Makefile of a driver is the series' own.
	mapfile -t files < <(sed -n -e '/^> .*\/mf[a-z]*\/Makefile:/d' \
		-e 's|^> \([^:]*\):.*|*/\1|p' /src/packaging/upstream/linux-* | sort -u)
	tar -xJf /opt/mfraw/linux-source.tar.xz -C $patches_base/linux \
		--strip-components=1 --no-wildcards-match-slash --wildcards \
		'*/scripts/unifdef.c' "${files[@]}" &&
		tar -xf /opt/mfraw/rdma-core.tar.gz -C $patches_base/rdma-core \
			--strip-components=1 --no-same-owner &&
		gcc -O2 -w -o $patches_dir/unifdef $patches_base/linux/scripts/unifdef.c &&
		echo "$key" >$patches_base/key
}

patches_write() {
	local name version

	patches_unpack || return
	for name in $patches_series; do
		version=$(cut -d. -f1,2 /opt/mfraw/kernel-release)
		rm -rf "${patches_dir:?}/$name" && mkdir -p "$patches_dir/$name" || return
		python3 /src/scripts/patches.py "$name" "$patches_base/${name%%-r[aoe]*}" \
			"$version" "$patches_from" "$patches_dir/$name" || return
	done
}

patches_main() {
	local name

	patches_parse "$@"
	mkdir -p $patches_dir /build/log
	step patches /build/log/patches.log patches_write || exit
	for name in $patches_series; do
		say "build/$suite/patches/$name: $(find "$patches_dir/$name" -name '*.patch' |
			wc -l) letters"
	done
}
