# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "./mfraw vm": boot a guest, run one script in it, and judge it.

for part in layer kernel judge guest qemu um coverage; do
	# shellcheck source=/dev/null
	. "$top/scripts/$part.sh"
done

usage_vm() {
	cat <<'EOF'
usage: ./mfraw vm [OPTION...] [SCRIPT [ARGUMENT...]]

Boots a guest with the modules and the provider installed and runs SCRIPT, a
file of this machine, as root in it. Its output is streamed, its exit status
becomes that of the command. Without SCRIPT: an interactive shell.

  --kernel KIND       distro (default): the distribution's, under QEMU;
                      um: user-mode Linux, a guest in seconds;
                      check: um with KASAN, lockdep, kmemleak and more;
                      debug: the same for QEMU, with KCSAN, slow
  --smp N             processors (default 2; with um and check of Linux 6 one)
  --mem MB            memory (default 3072)
  --accel auto|kvm|tcg
                      use KVM if it works and emulate else (default); use KVM;
                      emulate
  --icount            emulate one processor that takes 1 ns per instruction, so
                      that the guest's clocks count what it executes
  --plugin FILE,ARGS  a plugin of QEMU, such as the profiler of "bench --profile"
  --timeout SECONDS   a guest that takes longer is ended (default 600; none for
                      the interactive shell)
  --no-setup          do not load the modules
  --no-build          take what was built last
  --applications      the guest has the applications of "test --applications"
  --arch arm64        emulate a machine of arm64, with modules and programs built for
                      it. Once, a compiler and the packages of the guest are
                      installed, some 750 MB
  --install PACKAGES  the guest has these packages of the suite, too: names,
                      separated by commas; more than once, if you like. They
                      are installed once above the root, and kept in the cache
  --system DIR        boot an installed system, a directory below build/SUITE, with
                      its systemd, and without the modules and programs of the
                      build. SCRIPT runs once the system is up; what it writes
                      into the system is not kept
  --nic MODEL         the network device on the wire: e1000e (default) or igb, an
                      Intel 82576; virtio-net with --peer
  --share DIR         a directory of this machine, at /share of the guest
  --env NAME=VALUE    a variable of the script's environment
  --append WORDS      more words for the kernel's command line
  --peer SCRIPT       a second guest like this one, that runs SCRIPT; a wire
                      connects the virtio-net devices of the two. It has to end
                      by itself if the first one succeeds, and is ended if not
  --suite NAME, --mirror URL, --frozen-mirror   as for all commands

In the guest: the checkout at /src and the build at /build (both read-only),
test programs in PATH. The exit status is 2 for a wrong command line, 124 when
the time is up, 125 when the guest could not run the script or died, and 1 when
the kernel's log shows a warning, an oops or a report of lockdep, kmemleak or a
sanitizer, whatever the script said; or that of the peer, if it is the one that
failed. The log is kept in build/SUITE/vm/.
EOF
}

vm_parse() {
	vm_smp=2 vm_mem=3072 vm_accel=auto vm_timeout='' vm_setup=y vm_build=y
	vm_icount='' vm_peer='' vm_kernel=distro vm_coverage=${MFRAW_COVERAGE-}
	vm_applications='' vm_install='' vm_share='' vm_system='' vm_plugin='' vm_append='' vm_nic=''
	vm_env=() vm_script=() vm_options=()
	while [ $# -gt 0 ]; do
		case $1 in
		-h|--help) usage_vm; exit 0 ;;
		--*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}"; continue ;;
		--frozen-mirror) frozen=1; shift; continue ;;
		--no-setup) vm_setup=; vm_options+=("$1"); shift; continue ;;
		--no-build) vm_build=; vm_options+=("$1"); shift; continue ;;
		--applications) vm_applications=y; vm_options+=("$1"); shift; continue ;;
		--icount) vm_icount=y; vm_options+=("$1"); shift; continue ;;
		--kernel|--smp|--mem|--accel|--timeout|--plugin|--install|--share|--system|--env|--append|--nic|--peer|--arch|--suite|--mirror)
			need_value "$@" ;;
		--) shift; vm_script=("$@"); break ;;
		-*) refuse "vm knows no option '$1': see ./mfraw vm -h" ;;
		*) vm_script=("$@"); break ;;
		esac
		case $1 in
		--kernel) vm_kernel=$2 ;;
		--smp) vm_smp=$2 ;;
		--mem) vm_mem=$2 ;;
		--accel) vm_accel=$2 ;;
		--timeout) vm_timeout=$2 ;;
		--install) vm_install+=" ${2//,/ }" ;;
		--plugin) vm_plugin=$2 ;;
		--env) vm_env+=("$2") ;;
		--append) vm_append+=" $2" ;;
		--nic) vm_nic=$2 ;;
		--share) vm_share=$2 ;;
		--system) vm_system=$2 vm_setup='' vm_build='' ;;
		--peer) vm_peer=$2 ;;
		--arch) arch=$2 ;;
		--suite) suite=$2 ;;
		--mirror) mirror=$2 ;;
		esac
		case $1 in
		--share|--system|--peer|--arch|--suite|--mirror) ;;
		*) vm_options+=("$1" "$2") ;;
		esac
		shift 2
	done
	if [ -n "$vm_icount" ]; then
		[ "$vm_accel" != kvm ] || refuse "--icount emulates: not with --accel kvm"
		vm_smp=1
	fi
	local value
	# Each set of packages has one form.
	vm_install=$(xargs -n 1 <<<"$vm_install" | sort -u | xargs)
	for value in $vm_install; do
		[[ $value =~ ^[a-z0-9][a-z0-9.+-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?$ ]] ||
			refuse "'$value' is no name of a package"
	done
	[ -z "$vm_install" ] || [ -z "$vm_applications$vm_system" ] ||
		refuse "--install is not for guests with --applications or --system"
	for value in ${vm_env[@]+"${vm_env[@]}"}; do
		[[ $value =~ ^[A-Za-z_][A-Za-z0-9_]*= ]] ||
			refuse "--env needs NAME=VALUE, not '$value'"
	done
	for value in "$vm_smp" "$vm_mem" "${vm_timeout:-1}"; do
		[[ $value =~ ^[1-9][0-9]*$ ]] || refuse "'$value' is no positive number"
	done
	[[ $vm_nic =~ ^(|e1000e|igb)$ ]] ||
		refuse "--nic is e1000e or igb, not '$vm_nic'"
	[ -z "$vm_nic" ] || ! kernel_is_um "$vm_kernel" ||
		refuse "--nic needs QEMU: not with --kernel $vm_kernel"
	[[ $vm_accel =~ ^(auto|kvm|tcg)$ ]] ||
		refuse "--accel is auto, kvm or tcg, not '$vm_accel'"
	check_suite
	[[ " $kernel_kinds " == *" $vm_kernel "* ]] ||
		refuse "--kernel is one of $kernel_kinds, not '$vm_kernel'"
	check_arch
	[ -z "$arch" ] || vm_check_arch
	! kernel_is_um "$vm_kernel" || um_check
	[ -z "$vm_plugin" ] || ! kernel_is_um "$vm_kernel" ||
		refuse "--plugin needs QEMU: not with --kernel $vm_kernel"
	[ -z "$vm_peer" ] || [ -f "$vm_peer" ] || refuse "no script $vm_peer"
	[ -z "$vm_peer" ] || [ ${#vm_script[@]} -gt 0 ] ||
		refuse "--peer needs a script of this guest, too"
	[ -z "$vm_share" ] || [ -d "$vm_share" ] || refuse "no directory $vm_share"
	[ -z "$vm_system" ] || [ -d "$vm_system" ] || refuse "no directory $vm_system"
	[ -z "$vm_system" ] || [ "$vm_kernel" = distro ] ||
		refuse "--system has modules of the distribution's kernel: not with --kernel $vm_kernel"
	if [ ${#vm_script[@]} -gt 0 ]; then
		[ -f "${vm_script[0]}" ] || refuse "no script ${vm_script[0]}"
		vm_timeout=${vm_timeout:-600}
	fi
}

# What guests of another architecture can't have.
vm_check_arch() {
	[ "$vm_kernel" = distro ] ||
		refuse "--arch $arch has the distribution's kernel: not with --kernel $vm_kernel"
	[ -z "$vm_applications$vm_install$vm_system" ] ||
		refuse "--arch $arch is not for guests with --applications, --install or --system"
	[ -z "$vm_icount$vm_plugin" ] ||
		refuse "--arch $arch is not for guests with --icount or --plugin"
	[ "$vm_accel" != kvm ] || refuse "--arch $arch emulates: not with --accel kvm"
}

# The path in the root of a script of the host: in the checkout, or a copy.
vm_visible() { # SCRIPT
	local script dir

	script=$(readlink -f "$1")
	if [[ $script == "$top"/* ]]; then
		echo "/src/${script#"$top"/}"
	else
		mkdir -p "$top/$(build_dir)/vm"
		dir=$(mktemp -d "$top/$(build_dir)/vm/script.XXXXXX") &&
			cp "$script" "$dir/" &&
			echo "/build/vm/${dir##*/}/${script##*/}"
	fi
}

# Set the layer of the guest.
vm_layer() {
	layer_kind=${vm_applications:+applications}${vm_install:+install}$arch
	layer_packages=$vm_install
}

# vm_need_modules BUILD: refuse a guest that wants modules if BUILD, the directory of the
# build, has none.
vm_need_modules() {
	local dir

	dir=$(guest_modules_dir)
	[ -z "$vm_setup" ] || [ -e "$1/${dir#/build/}/mfraw.ko" ] ||
		die "nothing is built for --kernel $vm_kernel: leave out --no-build"
}

# On the host: copy scripts to a place that the root can read, and enter the root.
vm_host() {
	vm_parse "$@"
	[ -n "$vm_build" ] || vm_need_modules "$top/$(build_dir)"
	[ -z "$vm_share" ] || {
		vm_share=$(readlink -f "$vm_share")
		vm_options+=(--share /share)
	}
	if [ ${#vm_script[@]} -gt 0 ]; then
		vm_script[0]=$(vm_visible "${vm_script[0]}") || exit
	fi
	if [ -n "$vm_peer" ]; then
		vm_peer=$(vm_visible "$vm_peer") || exit
		vm_options+=(--peer "$vm_peer")
	fi
	if [ -n "$vm_system" ]; then
		vm_system=$(readlink -f "$vm_system")
		[[ $vm_system == "$top/build/$suite"/* ]] ||
			refuse "--system needs a directory below build/$suite"
		vm_options+=(--system "/build/${vm_system#"$top/build/$suite/"}")
	fi
	vm_layer
	enter "$vm_share" vm "${vm_options[@]}" -- "${vm_script[@]}"
}

# The second guest is a run of its own, and has the other end of the wire.
vm_start_peer() {
	local stream

	exec {stream}> >(exec sed -u 's/^/peer: /')
	peer_sed_pid=$!
	MFRAW_BUILT=1 MFRAW_WIRE=$job/wire \
		setpriv --pdeathsig TERM bash "$top/mfraw" vm "${vm_options[@]}" \
		--timeout "$vm_timeout" -- "$vm_peer" </dev/null \
		1>&"$stream" 2>&1 &
	peer_pid=$!
	exec {stream}>&-
}

# The status is that of the first guest if it failed, or else of the second.
vm_end_peer() { # STATUS
	local rc=0

	[ "$1" -eq 0 ] || kill "$peer_pid" 2>/dev/null
	wait "$peer_pid" || rc=$?
	peer_pid=''
	wait "$peer_sed_pid"
	[ "$1" -eq 0 ] || rc=$1
	return "$rc"
}

vm_cleanup() {
	local pid

	[ -z "${vm_pid:-}" ] || kill -KILL "$vm_pid" 2>/dev/null
	[ -z "${peer_pid:-}" ] || kill "$peer_pid" 2>/dev/null
	for pid in ${vm_pid:-} ${peer_pid:-}; do
		wait "$pid"
	done 2>/dev/null
	mv -f "$console" "$console_kept" 2>/dev/null
	rm -rf "$job"
	case ${vm_script[0]:-} in
	/build/vm/script.*/*) rm -rf "$(dirname "${vm_script[0]}")" ;;
	esac
}

vm_tail() {
	echo "mfraw: the last lines of the console (all of it: $(build_dir)/vm/${console_kept##*/}):"
	tail -n 40 "$console" | tr -d '\r' | sed 's/^/  | /'
}

# Run the script in a guest. Sets rc: 134 if the emulator crashed.
vm_run() {
	local stream sed_pid watch_pid

	# A signal to this shell, or its end, is to end the guest at once.
	# The output of the script is a terminal's: leave out the colours.
	exec {stream}> >(exec sed -u 's/\x1b\[[0-9;]*[mK]//g')
	sed_pid=$!
	setpriv --pdeathsig KILL timeout -s KILL "$vm_timeout" \
		setpriv --pdeathsig KILL "${guest_command[@]}" "${guest_script[@]}" \
		</dev/null 1>&"$stream" 2>"$job/emulator" &
	vm_pid=$!
	exec {stream}>&-
	guest_watch $vm_pid >/dev/null 2>&1 &
	watch_pid=$!
	[ -z "$vm_peer" ] || [ -n "$peer_pid" ] || vm_start_peer
	rc=0
	wait $vm_pid || rc=$?
	vm_pid=''
	kill $watch_pid 2>/dev/null
	wait $watch_pid $sed_pid
}

# In the root: run the guest and judge it.
vm_main() {
	local console console_kept name guest_command=() guest_script=() guest_shell=() job_vars=()
	local rc status bad start died='' try guest_once=y

	vm_parse "$@"
	vm_wire=${MFRAW_WIRE:-}
	vm_layer
	[ -z "$layer_kind" ] || layer_check
	kernel_ensure "$vm_kernel" || exit
	. "$top/scripts/build.sh"
	if [ -n "$vm_build" ] && [ -z "${MFRAW_BUILT:-}" ]; then
		build_all "$vm_kernel" >&2 || exit
		coverage_none
	fi
	vm_need_modules /build
	mkdir -p /build/vm
	job=$(mktemp -d /build/vm/job.XXXXXX) || exit
	vm_pid='' peer_pid=''
	name=shell
	[ ${#vm_script[@]} -eq 0 ] || name=$(basename "${vm_script[0]}")
	# Two scripts of the same name may run at once: each has a log of its own,
	# and the one that ends last is kept.
	console=$job/console console_kept=/build/vm/$name${vm_wire:+.peer}.console.log
	: >"$console"
	trap vm_cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	guest_prepare
	guest_job 1 "${vm_script[@]}" || exit

	start=$SECONDS
	if [ ${#vm_script[@]} -eq 0 ]; then
		setpriv --pdeathsig KILL "${guest_command[@]}" "${guest_shell[@]}"
		rc=$?
	else
		for try in 1 2 3; do
			vm_run
			# A crash or a hang during the boot is no failure of the test.
			[ $rc -eq 134 ] && [ ! -e "$job/up" ] && [ $try -lt 3 ] || break
			echo "mfraw: the guest did not boot, once more"
			cat "$job/emulator"
			: >"$console"
		done
	fi
	status=$(cat "$job/1/status" 2>/dev/null)
	coverage_keep "$job"

	bad=$(judge_log <"$console"; judge_leaks 2>/dev/null <"$job/1/leaks")
	if [ -e "$job/off" ]; then
		: # The guest was told to power off: it does not matter if it ends late.
	elif [ "$rc" -eq 124 ] || [ "$rc" -eq 137 ]; then
		echo "mfraw: the guest was ended: $name took longer than $vm_timeout s" \
			"(--timeout)"
		status=124 died=y
	else
		echo "mfraw: the guest died after $((SECONDS - start)) s, $name gave no status"
		cat "$job/emulator" 2>/dev/null
		status=125 died=y
	fi
	if [ -n "$bad" ]; then
		echo "mfraw: the kernel complained:"
		echo "$bad" | head -n 20 | sed 's/^/  | /'
		[ "$status" -ne 0 ] && [ "$status" -ne 4 ] || status=1
		vm_tail
	elif [ -n "$died" ]; then
		vm_tail
	fi >&2
	[ -z "$peer_pid" ] || vm_end_peer "$status" || status=$?
	exit "$status"
}
