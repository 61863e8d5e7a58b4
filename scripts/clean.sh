# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "./mfraw clean", on the host: remove the build directories, and these in the cache:
#
#   root-SUITE-KEY, .part     roots, and a root that is not complete (root.sh)
#   layer-SUITE-*KEY, .part   packages above a root (layer.sh)
#   kernel-SUITE-KIND-KEY     kernels (kernel.sh)
#   source-SUITE-KEY          their source
#   tmp-*                     the rest of an interrupted removal
#   lock-*, *.log             locks and logs of making a root or a kernel
#
# A process that uses a directory holds it (see hold in common.sh).

. "$top/scripts/root.sh"
. "$top/scripts/layer.sh"

usage_clean() {
	cat <<'EOT'
usage: ./mfraw clean [--all | --old] [--yes]

Removes build/ of the checkout, and names what the cache has that this checkout
does not use.

--all           remove the cache too: roots, layers and kernels of all suites
--old           remove of the cache what this checkout does not use, and no more
-y, --yes       do not ask before something is removed from the cache
EOT
}

clean_parse() {
	local word

	clean_what='' clean_yes=''
	for word; do
		case $word in
		-h) usage_clean; exit 0 ;;
		--all|--old)
			[ -z "$clean_what" ] || [ "$clean_what" = "$word" ] ||
				refuse "clean takes --all or --old, not both"
			clean_what=$word ;;
		-y|--yes) clean_yes=y ;;
		-*) refuse "clean knows no option '$word': see ./mfraw clean -h" ;;
		*) refuse "clean takes no '$word': see ./mfraw clean -h" ;;
		esac
	done
}

clean_main() { # [OPTION...]
	local used=() entries=() stale=() busy=''

	clean_parse "$@"
	root_user
	clean_scan
	case $clean_what in
	--all) clean_all ;;
	--old) clean_old ;;
	*)
		clean_claim_build
		clean_build
		[ ${#stale[@]} -eq 0 ] || {
			say "this checkout does not use, of the cache $cache:"
			clean_show "${stale[@]}"
			say "./mfraw clean --old removes that"
		} ;;
	esac
}

# Sets used (names), entries and stale (paths). The directory of the cache may also
# have other files.
clean_scan() {
	local path name='(root|layer|kernel|source)-[a-z0-9-]+-[0-9a-f]{12}(\.part)?'

	mapfile -t used < <(clean_used)
	for path in "$cache"/*-*; do
		[ -d "$path" ] && [[ ${path##*/} =~ ^(tmp-)?$name(\.[0-9]+)?$ ]] ||
			continue
		entries+=("$path")
		[[ " ${used[*]} " == *" ${path##*/} "* ]] || stale+=("$path")
	done
}

# The names in the cache that this checkout uses. The names of kernels depend on the
# contents of the root; without a root, all kernels count as used.
clean_used() {
	local root key layer layer_kind

	key=$(root_key)
	for root in "$cache"/root-*-"$key"; do
		[ -d "$root" ] || continue
		suite=${root##*/root-}
		suite=${suite%-"$key"}
		echo "${root##*/}"
		[ -e "$root/opt/mfraw/ready" ] || continue
		for layer_kind in $layer_kinds; do
			if [ "$layer_kind" = install ]; then
				clean_used_install "$root"
			else
				layer=$(layer_path "$root")
				echo "${layer##*/}"
				echo "${layer##*/}.part"
			fi
		done
		export root top suite
		unshare "${root_apart[@]}" --mount --propagation private bash -c '
			mount --bind "$top" "$root/src" &&
			mount --rbind /proc "$root/proc" &&
			mount --rbind /dev "$root/dev" &&
			exec chroot "$root" bash -c "
				. /src/scripts/common.sh
				. /src/scripts/kernel.sh
				for kind in \$kernel_kinds; do
					[ \$kind != distro ] || continue
					basename \"\$(kernel_path \$kind)\"
					basename \"\$(kernel_source \$kind)\"
				done"' 2>/dev/null || (
			cd "$cache" && ls -d kernel-"$suite"-* source-"$suite"-*
		) 2>/dev/null
	done
	for root in "$cache"/root-*-"$key".part; do
		[ ! -d "$root" ] || echo "${root##*/}"
	done
}

# Each layer of packages that the user named says which they are.
clean_used_install() { # ROOT
	local path layer_packages

	for path in "$cache"/layer-"$suite"-install-*; do
		layer_packages=$(cat "$path/upper/opt/mfraw/install/packages" 2>/dev/null) ||
			continue
		[ "$(layer_path "$1")" != "${path%.part}" ] || echo "${path##*/}"
	done
}

clean_show() { # PATH...
	local size path

	du -shx "$@" 2>/dev/null | while IFS=$'\t' read -r size path; do
		printf '  %6s  %s\n' "$size" "${path##*/}"
	done
}

# Show the processes that hold PATH.
clean_busy() { # PATH
	busy=y
	say "${1#"$top"/} is in use:" >&2
	users_of "$1" | sed 's/^/  /' >&2
}

clean_claim_build() {
	local dir

	for dir in "$top"/build/*/; do
		[ ! -d "$dir" ] || claim "${dir%/}" || clean_busy "${dir%/}"
	done
	[ -z "$busy" ] || die "nothing is removed"
}

clean_build() {
	[ -e "$top/build" ] || {
		say "there is no build/"
		return
	}
	clean_rm "$top/build"
	say "removed build/"
}

# A process that makes a root or a kernel holds one of the locks.
clean_claim_locks() {
	local path

	for path in "$cache"/lock-*; do
		[ ! -f "$path" ] || claim "$path" || clean_busy "$path"
	done
	[ -z "$busy" ] || die "nothing is removed"
}

clean_all() {
	local path

	clean_claim_build
	clean_claim_locks
	for path in "${entries[@]}"; do
		claim "$path" || clean_busy "$path"
	done
	[ -z "$busy" ] || die "nothing is removed"
	[ ${#entries[@]} -eq 0 ] || clean_ask "build/ and all of that" "${entries[@]}"
	clean_build
	clean_remove "${entries[@]}"
	rm -f "$cache"/lock-* "$cache"/{root,layer}-*.log "$cache"/debootstrap.log
	rmdir "$cache" 2>/dev/null || true
}

clean_old() {
	local path free=()

	[ ${#stale[@]} -gt 0 ] || {
		say "this checkout uses all that is in $cache"
		return
	}
	clean_claim_locks
	for path in "${stale[@]}"; do
		if claim "$path"; then free+=("$path"); else clean_busy "$path"; fi
	done
	[ ${#free[@]} -gt 0 ] || die "nothing is removed"
	clean_ask "that" "${free[@]}"
	clean_remove "${free[@]}"
	[ -z "$busy" ]
}

clean_ask() { # WHAT PATH...
	local answer='' what=$1

	shift
	[ -w "$cache" ] ||
		die "the cache $cache belongs to $(stat -c %U "$cache"): run it as that user (sudo)"
	say "in the cache $cache:"
	clean_show "$@"
	[ -z "$clean_yes" ] || return 0
	[ -t 0 ] || die "nothing is removed: say --yes if $what is to go"
	read -r -p "mfraw: remove $what? [y/N] " answer
	[[ $answer =~ ^[yY] ]] || die "nothing is removed"
}

clean_rm() { # PATH
	local errors

	errors=$(root_rm "$1" 2>&1) ||
		die "can't remove $1: ${errors%%$'\n'*}"
}

clean_remove() { # PATH...
	local path

	[ $# -gt 0 ] || return 0
	# A directory that is half removed must not look like a root.
	for path; do
		[[ ${path##*/} == tmp-* ]] || {
			mv -T "$path" "$cache/tmp-${path##*/}.$$" || die "can't rename $path"
			path=$cache/tmp-${path##*/}.$$
		}
		clean_rm "$path"
	done
	say "removed that from the cache"
}
