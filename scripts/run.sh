# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "./mfraw run": a guest with subfunctions, for a command of the current directory.
# It is "./mfraw vm" with the script run.guest.sh.

. "$top/scripts/vm.sh"

usage_run() {
	cat <<'EOF'
usage: ./mfraw run [OPTION...] [--] COMMAND [ARGUMENT...]

Runs COMMAND as root in a guest that has RDMA devices. The current directory is
/share of the guest, where COMMAND starts. Output is streamed, and the exit
status of COMMAND becomes that of ./mfraw.

The devices are subfunctions, which a bridge connects. Number N, counted from 1,
has the MAC address 02:00:00:00:00:N (in hexadecimal). Its RDMA device is
mfraw(N-1), its network interface mfeth(N-1).

  --subfunctions N    how many (default 2, at most 64)
  --roce              the network interfaces are up, with the addresses
                      192.0.2.N and 2001:db8::N: for RoCEv2 and rdma_cm
  --netns             the same, and interface N is in the namespace sfN, as on a
                      machine of its own: use "ip netns exec sfN"
  --install PACKAGES  install packages of the suite first, once: their names,
                      separated by commas. The cache keeps them
  --writable          COMMAND may change files of the current directory
  --explain           after COMMAND, print why the driver refused calls
  --kernel KIND       um (default): user-mode Linux, or distro if the cache has
                      no um and belongs to another user; check, debug: see
                      ./mfraw vm -h
  --smp N, --mem MB, --accel KIND, --timeout SECONDS, --env NAME=VALUE,
  --append WORDS, --no-build, --suite NAME, --mirror URL, --frozen-mirror
                      as for ./mfraw vm

The guest has the root of ./mfraw: Debian, with gcc, make, cmake, pkg-config,
libibverbs and librdmacm with headers, pyverbs and perftest. /tmp can be
written. The exit status is 2 for a wrong command line; 124, 125 and 1 have
other reasons, too: see ./mfraw vm -h.
EOF
}

# The kernel um is built once, which needs a cache that can be written.
run_kernel() {
	local dir=$cache

	! in_root || dir=/kernels
	if compgen -G "$dir/kernel-$suite-um-*/ready" >/dev/null ||
		[ -w "$dir" ] || [ ! -e "$dir" ]; then
		echo um
	else
		echo distro
	fi
}

# run_parse ARGUMENT...: set run_vm, the arguments of "./mfraw vm".
run_parse() {
	local subfunctions=2 kernel='' words='' options=()

	while [ $# -gt 0 ]; do
		case $1 in
		-h|--help) usage_run; exit 0 ;;
		--*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}"; continue ;;
		--roce|--netns|--writable|--explain) words+=" ${1#--}"; shift ;;
		--no-build|--frozen-mirror) options+=("$1"); shift ;;
		--subfunctions|--kernel|--smp|--mem|--accel|--timeout|--install|--env|--append|--suite|--mirror)
			need_value "$@"
			case $1 in
			--subfunctions) subfunctions=$2 ;;
			--kernel) kernel=$2 ;;
			--suite) suite=$2; options+=("$1" "$2") ;;
			*) options+=("$1" "$2") ;;
			esac
			shift 2 ;;
		--) shift; break ;;
		-*) refuse "run knows no option '$1': see ./mfraw run -h" ;;
		*) break ;;
		esac
	done
	[ $# -gt 0 ] || refuse "run needs a command: see ./mfraw run -h"
	[[ $subfunctions =~ ^[1-9][0-9]?$ ]] && [ "$subfunctions" -le 64 ] ||
		refuse "--subfunctions is a number from 1 to 64, not '$subfunctions'"
	run_vm=(--kernel "${kernel:-$(run_kernel)}" "${options[@]}" --share "$PWD"
		-- "$top/scripts/run.guest.sh" "$subfunctions" "${words# }" "$@")
	# The values of the other options are checked before the work begins.
	(vm_parse "${run_vm[@]}") || exit
}
