# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The root: one debootstrap'ed tree per suite in a cache outside of the
# checkout. It is the place to build in, the guest's root file system and the
# source of the emulator. Everything here runs on the host.

# The parts of the recipe that decide what a root contains.
root_key() { sha256sum <"$top/scripts/recipe.sh" | cut -c1-12; }

root_path() { echo "$cache/root-$suite-$(root_key)"; }

# Set root_apart, the options by which unshare makes an ordinary user root in a
# namespace of users. With /etc/subuid and newuidmap, the namespace has more users than
# root, so files can have the owners that Debian's packages give them.
root_apart=()
root_user() {
	[ "$(id -u)" -ne 0 ] || return 0
	root_apart=(--user --map-root-user --map-auto)
	! unshare "${root_apart[@]}" --mount true 2>/dev/null || return 0
	root_apart=(--user --map-root-user)
	unshare "${root_apart[@]}" --mount true 2>/dev/null ||
		die "needs root, since this machine has no user namespaces for ordinary users: run it with sudo"
}

# root_may_make WHAT: an ordinary user needs some things to make WHAT, which is missing.
root_may_make() {
	[ "$(id -u)" -ne 0 ] || return 0
	[ ! -e "$cache" ] || [ -w "$cache" ] ||
		die "needs root once, to make the $1: the cache $cache belongs to $(stat -c %U "$cache"); run it with sudo, or name another cache (MFRAW_CACHE)"
	[[ " ${root_apart[*]} " == *" --map-auto "* ]] ||
		die "needs root once, to make the $1: run it with sudo, or install uidmap and give this user a range in /etc/subuid and /etc/subgid"
}

# The cache of an ordinary user has files of users of its namespace.
root_rm() { # PATH...
	unshare "${root_apart[@]}" rm -rf --one-file-system "$@"
}

# The mirror is that of --mirror, or the machine's own, or Debian's.
root_mirror() {
	local from=${mirror:-}

	if [ -z "$from" ] && command -v apt-get >/dev/null; then
		# shellcheck disable=SC2016
		from=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN)' 2>/dev/null |
			awk '$1 ~ /^http/ && $1 !~ /security/ && ($2 == "Debian" ||
				($2 == "" && $1 ~ /debian/)) { print $1; exit }')
	fi
	# No mirror is configured: use debootstrap's own default.
	[ -n "$from" ] || from=$(sed -n 's/^DEF_MIRROR="\(.*\)"$/\1/p' \
		"$(command -v debootstrap || echo /dev/null)")
	echo "$from"
}

# debootstrap uses apt's proxy.
root_proxy() {
	local proxy=

	[ -z "${http_proxy:-}" ] && command -v apt-config >/dev/null || return 0
	eval "$(apt-config shell proxy Acquire::http::Proxy 2>/dev/null)"
	[ -z "$proxy" ] || [ "$proxy" = DIRECT ] || export http_proxy=$proxy
}

root_need_debootstrap() {
	# Only mmdebstrap can do without root.
	if [ "$(id -u)" -ne 0 ]; then
		command -v mmdebstrap >/dev/null ||
			die "mmdebstrap is missing, by which an ordinary user makes the root: install it, or run this with sudo"
		return
	fi
	command -v debootstrap >/dev/null && return
	command -v apt-get >/dev/null ||
		die "debootstrap is missing: install it with this system's package manager"
	say "debootstrap is missing, installing it with apt-get"
	{ apt-get -q update && DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y install --no-install-recommends debootstrap; } \
		>"$cache/debootstrap.log" 2>&1 </dev/null ||
		die "debootstrap could not be installed: see $cache/debootstrap.log"
}

# root_check_mirror MIRROR: see whether it has the suite before the work begins.
# apt refuses a Release file that has expired and debootstrap does not look, so
# the rule for both is made here.
root_check_mirror() {
	local file name status until

	[[ $1 =~ ^https?:// ]] ||
		die "the mirror '$1' is no address of http:// or https://"
	command -v wget >/dev/null || return 0
	file=$(mktemp) || exit
	for name in InRelease Release; do
		status=$(LC_ALL=C wget -S -T 20 -t 2 -O "$file" \
			"${1%/}/dists/$suite/$name" 2>&1 |
			awk '$1 ~ /^HTTP\// { status = $2 } END { print status }')
		[ "$status" = 404 ] || break
	done
	until=$(sed -n 's/^Valid-Until: *//p' "$file")
	rm -f "$file"
	case $status in
	200) ;;
	404) die "the mirror $1 has no suite $suite (HTTP 404): check the name, or the mirror's address (--mirror)" ;;
	'') die "the mirror $1 doesn't answer: check the network, or name another with --mirror" ;;
	*) die "the mirror $1 refuses the suite $suite (HTTP $status): name another with --mirror" ;;
	esac
	[ -z "$until" ] || [ -n "$frozen" ] ||
		[ "$(date -d "$until" +%s)" -gt "$(date +%s)" ] ||
		die "the mirror $1 is out of date, its list of $suite was valid until $until: take another (--mirror), or accept that with --frozen-mirror"
}

# Runs in namespaces of its own: no mount and no process is left afterwards. Steps
# that succeeded in DIRECTORY before are not repeated.
root_make() { # DIRECTORY MIRROR
	local dir=$1 mirror=$2 script=/usr/share/debootstrap/scripts

	if [ ! -e "$dir/opt/mfraw/steps/debootstrap" ]; then
		echo "recipe: step base system"
		rm -rf --one-file-system "$dir"
		mkdir -m 755 "$dir" || return
		# debootstrap may be older than the suite.
		if [ -e "$script/$suite" ]; then script=; else script=$script/sid; fi
		if [ -n "$root_ordinary" ]; then
			mmdebstrap --mode=root --variant=minbase --format=directory \
				${frozen:+--aptopt='Acquire::Check-Valid-Until "false"'} \
				"$suite" "$dir" "deb $mirror $suite main" || return
			[ ! -e /etc/resolv.conf ] ||
				cp -L /etc/resolv.conf "$dir/etc/resolv.conf" || return
		else
			debootstrap --variant=minbase "$suite" "$dir" "$mirror" \
				${script:+"$script"} || {
				tail -n 20 "$dir/debootstrap/debootstrap.log"
				return 1
			}
		fi
		mkdir -p "$dir/opt/mfraw/steps" &&
			: >"$dir/opt/mfraw/steps/debootstrap" || return
	fi
	mount -t proc proc "$dir/proc" || return
	mount --rbind /dev "$dir/dev" || return
	cp "$top/scripts/recipe.sh" "$dir/recipe.sh" || return
	chroot "$dir" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root ${http_proxy:+http_proxy="$http_proxy"} \
		${https_proxy:+https_proxy="$https_proxy"} \
		SUITE="$suite" MIRROR="$mirror" FROZEN="$frozen" \
		/bin/sh /recipe.sh || return
	umount -l "$dir/dev" "$dir/proc"
	rm "$dir/recipe.sh"
}

# root_progress LOG: write the output of root_make to LOG, and show its current step:
# on a terminal in a line that changes, elsewhere in a line for each step. It counts
# packages by the lines that apt and debootstrap print for each.
root_progress() {
	local line word verb what text='' start=0 last='' n=0 total='' tty='' columns

	[ ! -t 1 ] || tty=y
	columns=$(tput cols 2>/dev/null) || columns=80
	while IFS= read -r line; do
		printf '%s\n' "$line" >&3
		read -r -a word <<<"$line"
		case $line in
		'recipe: step '*)
			root_progress_end
			text=${line#recipe: step } start=$SECONDS total='' last=''
			printf 'mfraw:   %s ...' "$text"
			continue ;;
		'recipe: without '*)
			printf ' left out%s\n' "${line#recipe: without "$text"}"
			text=
			continue ;;
		*' newly installed, '*)
			total=${line%% newly*} total=${total##* }
			continue ;;
		Get:*' amd64 '*|Get:*' arm64 '*) verb=fetching what=${word[4]:-} ;;
		'I: Retrieving '*) verb=fetching what=${word[2]:-} ;;
		'I: Extracting '*) verb=extracting what=${word[2]:-} ;;
		'I: Unpacking '*) verb=unpacking what=${word[2]:-} ;;
		'I: Configuring '*) verb=configuring what=${word[2]:-} ;;
		'Unpacking '*) verb=unpacking what=${word[1]:-} ;;
		'Setting up '*) verb=configuring what=${word[2]:-} ;;
		*) continue ;;
		esac
		[ "$verb" = "$last" ] || n=0
		n=$((n + 1)) last=$verb
		[ -z "$tty" ] || printf '\r\033[K%.*s' $((columns - 1)) \
			"mfraw:   $text ... $verb $n${total:+ of $total} ($what)"
	done 3>"$1"
	root_progress_end
}

root_progress_end() {
	[ -z "$text" ] || printf '%s %d s\n' \
		"${tty:+$'\r\033[K'mfraw:   $text ...}" $((SECONDS - start))
}

# Run FUNCTION so that a signal ends it at once.
root_make_apart() { # LOG FUNCTION ARGUMENT...
	local pid progress pipe rc=0

	# The pipe's reader outlives its writers, whatever signal ends them.
	exec {pipe}> >(trap '' INT TERM HUP; root_progress "$1")
	progress=$!
	shift
	unshare "${root_apart[@]}" --mount --pid --fork --kill-child \
		--propagation private bash -c '"$@"' bash "$@" >&"$pipe" 2>&1 </dev/null &
	pid=$!
	exec {pipe}>&-
	# shellcheck disable=SC2064
	trap "kill -KILL $pid 2>/dev/null" INT TERM HUP
	wait $pid || rc=$?
	# After a signal, the shell would report that the process was killed.
	wait $pid 2>/dev/null
	wait $progress
	trap - INT TERM HUP
	return $rc
}

root_forget() { # DIRECTORY
	# A process that was just killed may still write.
	root_rm "$1" 2>/dev/null || { sleep 2; root_rm "$1"; }
}

# root_failed STATUS NAME PART MARK LOG: PART, which should become NAME, is not
# complete. Print the reason. Keep PART if the next run can go on with it, which is so
# once the file MARK exists.
root_failed() {
	local rc=$1 name=$2 part=$3 mark=$4 log=$5 what why next free

	what=$(sed -n 's/^recipe: step //p' "$log" | tail -n 1)
	: "${what:=mounting}"
	free=$(df --output=avail -k "$cache" | tail -n 1)
	case $rc in
	129|130|143) why=interrupted ;;
	*)
		rc=1
		tail -n 25 "$log" | sed 's/^/  | /' >&2
		why="no $name of $suite: the step '$what' failed (all it said: $log)" ;;
	esac
	if [ "$free" -lt $((64 << 10)) ]; then
		root_forget "$part"
		next="the disk of $cache is full: make room, or set MFRAW_CACHE"
	elif [ -e "$mark" ]; then
		next="the next run goes on with the step '$what'; to start anew, remove $part"
	else
		root_forget "$part"
		next="nothing is kept of it"
	fi
	echo "mfraw: $why; $next" >&2
	exit "$rc"
}

# Make sure that the root exists.
root_ensure() {
	local root from free lock='' part log other rc=0

	root=$(root_path)
	[ -e "$root/opt/mfraw/ready" ] && return
	root_may_make root
	mkdir -p "$cache" || die "can't create the cache $cache: set MFRAW_CACHE"
	take_lock "$cache/lock-$suite" "makes the root" || exit
	if [ -e "$root/opt/mfraw/ready" ]; then
		exec {lock}>&-
		return
	fi
	part=$root.part log=$cache/root-$suite.log
	# A part of an older recipe can't be continued.
	for other in "$cache/root-$suite"-*.part; do
		[ "$other" = "$part" ] || root_rm "$other"
	done
	free=$(df --output=avail -k "$cache" | tail -1)
	[ ! -e "$part" ] || free=$((free + $(du -skx "$part" | cut -f1)))
	[ "$free" -ge $((5 << 20)) ] ||
		die "$cache has $((free >> 10)) MB free, 5120 MB are needed: make room or set MFRAW_CACHE"
	root_need_debootstrap
	from=$(root_mirror)
	root_proxy
	root_check_mirror "$from"
	say "making the root of $suite, once, from $from; it takes some minutes"
	export suite top frozen root_ordinary=${root_apart[*]}
	export -f root_make
	root_make_apart "$log" root_make "$part" "$from" ||
		root_failed $? root "$part" "$part/opt/mfraw/steps/debootstrap" "$log"
	root_rm "$root"
	touch "$part/opt/mfraw/ready" && mv -T "$part" "$root" ||
		die "can't finish $part"
	exec {lock}>&-
}

# root_enter SHARE COMMAND...: become COMMAND inside the root, with the checkout at
# /src, the build directory at /build, SHARE at /share, and the root file system of
# guests at /lower: the bare root, or with $layer the root with the layer above it. Of
# these only /build and /share can be written. With $arch, the layer is above the root
# itself, and has the root file system of guests.
root_enter() {
	local share=$1 root build

	shift
	root=$(root_path)
	build=$top/$(build_dir)
	mkdir -p "$build" || die "can't create $build"
	hold "$root" "$build" ${layer:+"$layer"}
	export root top suite share cache layer arch build
	export layer_options=${root_apart:+,userxattr}
	exec unshare "${root_apart[@]}" --mount --propagation private bash -c '
		set -e
		mount --bind "$root" "$root"
		cd "$root"
		if [ -n "$arch" ]; then merged=$root; else merged=$root/lower; fi
		if [ -n "$layer" ]; then
			cd "$cache"
			mount -t overlay overlay "$merged" -o \
				"ro,lowerdir=${layer##*/}/upper:${root##*/}$layer_options"
			cd "$root"
		fi
		if [ -n "$arch" ]; then
			mount --bind "opt/mfraw/$arch/root" lower
		elif [ -z "$layer" ]; then
			mount --bind . lower
			mount -o remount,bind,ro lower
		fi
		mount --bind "$top" src
		mount -o remount,bind,ro src
		mount --bind "$build" build
		mount --bind "$cache" kernels
		# In a namespace of users, a directory comes with the mounts below it.
		[ -z "$share" ] || mount --rbind "$share" share
		mount --rbind /proc proc
		mount --rbind /dev dev
		mount -t tmpfs -o mode=1777 tmpfs tmp
		mount -t tmpfs -o mode=755 tmpfs run
		mount -o remount,bind,ro "$root"
		exec chroot "$root" /usr/bin/env -i \
			PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp \
			LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" MFRAW_SUITE="$suite" \
			${arch:+MFRAW_ARCH="$arch" CMAKE_TOOLCHAIN_FILE="/src/scripts/$arch.cmake"} \
			${RUNS:+RUNS="$RUNS"} ${SECS:+SECS="$SECS"} "$@"' bash "$@"
}
