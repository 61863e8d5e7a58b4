# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The root: one debootstrap'ed tree per suite in a cache outside of the
# checkout. It is the place to build in, the guest's root file system and the
# source of the emulator. Everything here runs on the host.

# The parts of the recipe that decide what a root contains.
root_key() { sha256sum <"$top/scripts/recipe.sh" | cut -c1-12; }

root_path() { echo "$cache/root-$suite-$(root_key)"; }

# The mirror: asked for, or the machine's own, or (empty) debootstrap's default.
root_mirror() {
	if [ -n "${mirror:-}" ]; then
		echo "$mirror"
	elif command -v apt-get >/dev/null; then
		# shellcheck disable=SC2016
		apt-get indextargets --format '$(REPO_URI) $(ORIGIN)' 2>/dev/null |
			awk '$1 ~ /^http/ && $1 !~ /security/ && ($2 == "Debian" ||
				($2 == "" && $1 ~ /debian/)) { print $1; exit }'
	fi
}

# debootstrap is to go the way apt goes.
root_proxy() {
	local proxy=

	[ -z "${http_proxy:-}" ] && command -v apt-config >/dev/null || return 0
	eval "$(apt-config shell proxy Acquire::http::Proxy 2>/dev/null)"
	[ -z "$proxy" ] || [ "$proxy" = DIRECT ] || export http_proxy=$proxy
}

root_need_debootstrap() {
	command -v debootstrap >/dev/null && return
	command -v apt-get >/dev/null ||
		die "debootstrap is missing: install it with this system's package manager"
	say "debootstrap is missing, installing it with apt-get"
	{ apt-get -q update && DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y install --no-install-recommends debootstrap; } \
		>"$cache/debootstrap.log" 2>&1 </dev/null ||
		die "debootstrap could not be installed: see $cache/debootstrap.log"
}

# Runs in namespaces of its own: nothing stays mounted, nobody survives it.
root_make() { # DIRECTORY MIRROR
	local dir=$1 mirror=$2 script=/usr/share/debootstrap/scripts

	# debootstrap may be older than the suite.
	if [ -e "$script/$suite" ]; then script=; else script=$script/sid; fi
	debootstrap --variant=minbase "$suite" "$dir" "$mirror" \
		${script:+"$script"} || return
	mount -t proc proc "$dir/proc" || return
	mount --rbind /dev "$dir/dev" || return
	cp "$top/scripts/recipe.sh" "$dir/recipe.sh" || return
	chroot "$dir" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root ${http_proxy:+http_proxy="$http_proxy"} \
		${https_proxy:+https_proxy="$https_proxy"} \
		sh /recipe.sh || return
	umount -l "$dir/dev" "$dir/proc"
	rm "$dir/recipe.sh"
}

# A signal ends it at once.
root_make_apart() { # DIRECTORY MIRROR
	local pid rc=0

	unshare --mount --pid --fork --kill-child --propagation private \
		bash -c 'root_make "$@"' bash "$@" &
	pid=$!
	# shellcheck disable=SC2064
	trap "kill -KILL $pid; exit 130" INT
	# shellcheck disable=SC2064
	trap "kill -KILL $pid; exit 143" TERM HUP
	wait $pid || rc=$?
	trap - INT TERM HUP
	return $rc
}

root_forget() { # DIRECTORY
	# Who was just killed may still be at it.
	rm -rf --one-file-system "$1" 2>/dev/null ||
		{ sleep 2; rm -rf --one-file-system "$1"; }
}

# Make sure that the root exists.
root_ensure() {
	local root from free lock tmp

	root=$(root_path)
	[ -e "$root/opt/mfraw/ready" ] && return
	mkdir -p "$cache" || die "can't create the cache $cache: set MFRAW_CACHE"
	exec {lock}>"$cache/lock-$suite"
	flock -n "$lock" || {
		say "waiting for another mfraw that makes the root"
		flock "$lock"
	}
	if [ -e "$root/opt/mfraw/ready" ]; then
		exec {lock}>&-
		return
	fi
	# Whoever held the lock before may have been killed.
	rm -rf --one-file-system "$cache/tmp-$suite".*
	free=$(df --output=avail -k "$cache" | tail -1)
	[ "$free" -ge $((4 << 20)) ] ||
		die "$cache has $((free >> 10)) MB free, 4096 MB are needed: make room or set MFRAW_CACHE"
	root_need_debootstrap
	from=$(root_mirror)
	root_proxy
	if [[ $from == http* ]] && command -v wget >/dev/null; then
		wget -q -T 20 -t 2 -O /dev/null "${from%/}/dists/$suite/InRelease" ||
			die "the mirror $from doesn't answer for $suite: check the network or name another with --mirror"
	fi
	tmp=$(mktemp -d "$cache/tmp-$suite.XXXXXX") || exit
	chmod 755 "$tmp"
	# shellcheck disable=SC2064
	trap "root_forget '$tmp'" EXIT
	export suite top
	export -f root_make
	step "making the root of $suite (once; about 2 minutes)" \
		"$cache/root-$suite.log" root_make_apart "$tmp" "$from" ||
		die "no root: see $cache/root-$suite.log; if it was the mirror${from:+ ($from)}, name another with --mirror"
	touch "$tmp/opt/mfraw/ready"
	mv -T "$tmp" "$root" || die "can't rename $tmp"
	trap - EXIT
	exec {lock}>&-
}

# root_enter SHARE COMMAND...: become COMMAND inside the root, with the
# checkout at /src, the build directory at /build, SHARE at /share and the bare
# root, for guests, at /lower. Of these only /build and /share can be written.
root_enter() {
	local share=$1 root

	shift
	root=$(root_path)
	mkdir -p "$top/build/$suite" || die "can't create $top/build/$suite"
	export root top suite share
	exec unshare --mount --propagation private bash -c '
		set -e
		mount --bind "$root" "$root"
		cd "$root"
		mount --bind . lower
		mount -o remount,bind,ro lower
		mount --bind "$top" src
		mount -o remount,bind,ro src
		mount --bind "$top/build/$suite" build
		[ -z "$share" ] || mount --bind "$share" share
		mount -t proc proc proc
		mount --rbind /dev dev
		mount -t tmpfs -o mode=1777 tmpfs tmp
		mount -t tmpfs -o mode=755 tmpfs run
		mount -o remount,bind,ro "$root"
		exec chroot "$root" /usr/bin/env -i \
			PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp \
			LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" MFRAW_SUITE="$suite" \
			${RUNS:+RUNS="$RUNS"} ${SECS:+SECS="$SECS"} "$@"' bash "$@"
}
