# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Boot a guest from the root: its kernel, a small initramfs, the root itself as
# file system (over 9p, read-only, with a tmpfs on top), then scripts/init.

usage_vm() {
	cat <<'EOF'
usage: ./mfraw vm [OPTION...] [SCRIPT [ARGUMENT...]]

Boots a guest with the modules and the provider installed and runs SCRIPT, a
file of this machine, as root in it. Its output is streamed, its exit status
becomes that of the command. Without SCRIPT: an interactive shell.

  --smp N             processors (default 2)
  --mem MB            memory (default 3072)
  --accel tcg|kvm     emulate (default) or use the host's KVM
  --icount            emulate one processor that takes 1 ns per instruction, so
                      that the guest's clocks count what it executes
  --timeout SECONDS   a guest that takes longer is ended (default 600; none for
                      the interactive shell)
  --no-setup          do not load the modules
  --no-build          take what was built last
  --share DIR         a directory of this machine, at /share of the guest
  --env NAME=VALUE    a variable of the script's environment
  --append WORDS      more words for the kernel's command line
  --peer SCRIPT       a second guest like this one, that runs SCRIPT; a wire
                      connects the virtio-net devices of the two. It has to end
                      by itself if the first one succeeds, and is ended if not
  --suite NAME, --mirror URL   as for all commands

In the guest: the checkout at /src and the build at /build (both read-only),
test programs in PATH. The exit status is 124 when the time is up, 125 when the
guest could not run the script or died, and 1 when the kernel's log shows a
warning, an oops or a report of lockdep or a sanitizer, whatever the script
said; or that of the peer, if it is the one that failed. The log is kept in
build/SUITE/vm/.
EOF
}

# What no run may leave in the kernel's log, and what is harmless.
console_bad='WARNING:|BUG:|Oops|Kernel panic|[Kk]ernel BUG|Call Trace:|KASAN|UBSAN|KCSAN|KFENCE|refcount_t:|general protection fault|unable to handle|blocked for more than|possible (circular|recursive|irq lock|deadlock)|inconsistent lock state|suspicious RCU|invalid wait context|bad unlock balance|rcu.*detected .*stall|soft lockup|hard LOCKUP|DEBUG_LOCKS|scheduling while atomic|sleeping function called|Bad page|list_(add|del) corruption|memory leak|suspected memory leak|Out of memory|leaked reference|waiting for .* to become free'
console_harmless='clocksource|module verification failed'

# Seconds that a guest may take to boot; 10 or so are usual.
vm_boot_secs=300

vm_parse() {
	vm_smp=2 vm_mem=3072 vm_accel=tcg vm_timeout='' vm_setup=y vm_build=y
	vm_icount='' vm_peer=''
	vm_share='' vm_append='' vm_env=() vm_script=() vm_options=()
	while [ $# -gt 0 ]; do
		case $1 in
		-h|--help) usage_vm; exit 0 ;;
		--*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}"; continue ;;
		--no-setup) vm_setup=; vm_options+=("$1"); shift; continue ;;
		--no-build) vm_build=; vm_options+=("$1"); shift; continue ;;
		--icount) vm_icount=y; vm_options+=("$1"); shift; continue ;;
		--smp|--mem|--accel|--timeout|--share|--env|--append|--peer|--suite|--mirror)
			need_value "$1" $# ;;
		--) shift; vm_script=("$@"); break ;;
		-*) die "vm knows no option '$1': see ./mfraw vm -h" ;;
		*) vm_script=("$@"); break ;;
		esac
		case $1 in
		--smp) vm_smp=$2 ;;
		--mem) vm_mem=$2 ;;
		--accel) vm_accel=$2 ;;
		--timeout) vm_timeout=$2 ;;
		--env) vm_env+=("$2") ;;
		--append) vm_append+=" $2" ;;
		--share) vm_share=$2 ;;
		--peer) vm_peer=$2 ;;
		--suite) suite=$2 ;;
		--mirror) mirror=$2 ;;
		esac
		case $1 in
		--share|--peer|--suite|--mirror) ;;
		*) vm_options+=("$1" "$2") ;;
		esac
		shift 2
	done
	if [ -n "$vm_icount" ]; then
		[ "$vm_accel" = tcg ] || die "--icount needs --accel tcg"
		vm_smp=1
	fi
	local value
	for value in "$vm_smp" "$vm_mem" "${vm_timeout:-1}"; do
		[[ $value =~ ^[1-9][0-9]*$ ]] || die "'$value' is no positive number"
	done
	[[ $vm_accel =~ ^(tcg|kvm)$ ]] || die "--accel is tcg or kvm, not '$vm_accel'"
	[[ $suite =~ ^[a-z]+$ ]] || die "'$suite' is no name of a suite"
	[ -z "$vm_peer" ] || [ -f "$vm_peer" ] || die "no script $vm_peer"
	[ -z "$vm_peer" ] || [ ${#vm_script[@]} -gt 0 ] ||
		die "--peer needs a script of this guest, too"
	[ -z "$vm_share" ] || [ -d "$vm_share" ] || die "no directory $vm_share"
	if [ ${#vm_script[@]} -gt 0 ]; then
		[ -f "${vm_script[0]}" ] || die "no script ${vm_script[0]}"
		vm_timeout=${vm_timeout:-600}
	fi
}

# Where the root sees a script of the host: in the checkout, or in a copy.
vm_visible() { # SCRIPT
	local script dir

	script=$(readlink -f "$1")
	if [[ $script == "$top"/* ]]; then
		echo "/src/${script#"$top"/}"
	else
		mkdir -p "$top/build/$suite/vm"
		dir=$(mktemp -d "$top/build/$suite/vm/script.XXXXXX") &&
			cp "$script" "$dir/" &&
			echo "/build/vm/${dir##*/}/${script##*/}"
	fi
}

# On the host: bring scripts and share to where the root sees them, go there.
vm_host() {
	vm_parse "$@"
	[ "$(id -u)" -eq 0 ] || die "needs root (chroot and mounts): run it with sudo"
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
	enter "$vm_share" vm "${vm_options[@]}" -- "${vm_script[@]}"
}

# The initramfs: busybox and the modules that the root file system needs.
vm_initrd() { # RELEASE FILE
	local release=$1 file=$2 dir module path

	dir=$(mktemp -d) || return
	mkdir -p "$dir"/{bin,proc,sys,dev,new,modules}
	cp "$(command -v busybox)" "$dir/bin/busybox" || return
	for module in virtio_pci virtio_rng 9pnet_virtio 9p overlay; do
		modprobe -S "$release" --show-depends $module 2>/dev/null
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
	while read -r path; do
		module=$(basename "$path")
		case $path in
		*.xz) xz -dc "$path" ;;
		*.zst) zstd -qdc "$path" ;;
		*.gz) gzip -dc "$path" ;;
		*) cat "$path" ;;
		esac >"$dir/modules/${module%%.ko*}.ko" || return
		echo "${module%%.ko*}" >>"$dir/modules/order"
	done
	cat >"$dir/init" <<'EOF'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs devtmpfs /dev
while read -r m; do $b insmod /modules/$m.ko; done </modules/order
p=trans=virtio,version=9p2000.L,msize=524288
cd /new
$b mkdir lower upper root
$b mkdir lower build upper root
$b mount -t 9p -o $p,ro,cache=loose root lower
$b mount -t 9p -o $p,ro,cache=loose build build
$b mount -t tmpfs tmpfs upper
$b mkdir -p upper/u upper/w upper/none
added=build/out/root
[ -d $added ] || added=upper/none
$b mount -t overlay -o lowerdir=$added:lower,upperdir=upper/u,workdir=upper/w root root
$b mount --move build root/build
$b mount -t 9p -o $p,ro,cache=loose src root/src
$b mount -t 9p -o $p job root/job
[ ! -e root/job/share ] || $b mount -t 9p -o $p share root/share
$b mount -t tmpfs -o mode=1777 tmpfs root/tmp
$b mount -t tmpfs -o mode=755 tmpfs root/run
$b mkdir -p /dev/pts /dev/shm
$b mount -t devpts devpts /dev/pts
$b mount -t tmpfs -o mode=1777 tmpfs /dev/shm
$b mount -t debugfs debugfs /sys/kernel/debug
$b mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
$b mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null
$b ln -s /proc/self/fd /dev/fd
$b ln -s fd/0 /dev/stdin
$b ln -s fd/1 /dev/stdout
$b ln -s fd/2 /dev/stderr
$b hostname mfraw
$b ip link set lo up
$b stty -F /dev/ttyS1 raw -echo
for d in proc sys dev; do $b mount --move /$d root/$d; done
exec $b switch_root root /bin/bash /src/scripts/init
EOF
	chmod +x "$dir/init"
	(cd "$dir" && find . | cpio -o -H newc --quiet | gzip -1) >"$file.new" &&
		mv "$file.new" "$file"
	rm -rf "$dir"
}

vm_9p() { # TAG PATH [OPTION]
	echo -virtfs
	echo "local,path=$2,mount_tag=$1,security_model=none,multidevs=remap${3:+,$3}"
}

# The network devices: two that are connected to each other, for tests of
# uplinks; or one whose wire goes to another guest.
vm_nics() {
	local wire=${vm_wire:-$job/wire} role=server=on mac=1

	if [ -n "$vm_wire$vm_peer" ]; then
		# Whoever is there first waits for the other one.
		[ -z "$vm_wire" ] || role=reconnect-ms=100 mac=2
		printf '%s\n' \
			-netdev "stream,id=wire0,addr.type=unix,addr.path=$wire,$role" \
			-device "virtio-net-pci,netdev=wire0,romfile=,mac=02:00:00:00:77:0$mac"
	else
		printf '%s\n' -netdev "hubport,id=wire0,hubid=0" \
			-device "virtio-net-pci,netdev=wire0,romfile=" \
			-netdev "hubport,id=wire1,hubid=0" \
			-device "e1000e,netdev=wire1,romfile="
	fi
}

# The other guest is a run of its own, with the other end of the wire.
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

# The status of the two guests is that of the first one, if it failed.
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

	for pid in ${vm_pid:-} ${peer_pid:-}; do
		kill "$pid" 2>/dev/null
		wait "$pid"
	done
	rm -rf "$job"
	case ${vm_script[0]:-} in
	/build/vm/script.*/*) rm -rf "$(dirname "${vm_script[0]}")" ;;
	esac
}

vm_tail() {
	echo "mfraw: the last lines of the console (all of it: build/$suite/vm/${console##*/}):"
	tail -n 40 "$console" | tr -d '\r' | sed 's/^/  | /'
}

# Kill a guest that hangs while it boots, as emulated ones rarely do.
vm_watch() { # PID
	local _

	for _ in $(seq $vm_boot_secs); do
		sleep 1
		[ ! -e "$job/up" ] && kill -0 $$ || return
	done
	kill -ABRT "$1"
}

# Run the script in a guest. Sets rc: 134 if QEMU crashed.
vm_run() {
	local stream sed_pid watch_pid

	# A signal to this shell, or its end, is to end the guest at once.
	# What the script writes to is a terminal: leave out the colours.
	exec {stream}> >(exec sed -u 's/\x1b\[[0-9;]*[mK]//g')
	sed_pid=$!
	setpriv --pdeathsig TERM timeout -k 5 "$vm_timeout" \
		"${qemu[@]}" -serial stdio \
		</dev/null 1>&"$stream" 2>"$job/qemu" &
	vm_pid=$!
	exec {stream}>&-
	vm_watch $vm_pid >/dev/null 2>&1 &
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
	local release initrd console name qemu=() rc status bad start died='' try

	vm_parse "$@"
	vm_wire=${MFRAW_WIRE:-}
	. "$top/scripts/build.sh"
	if [ -n "$vm_build" ] && [ -z "${MFRAW_BUILT:-}" ]; then
		build_all >&2 || exit
	fi
	release=$(kernel_release)
	mkdir -p /build/vm
	initrd=/build/vm/initrd-$release-$(declare -f vm_initrd | sha256sum | cut -c1-8)
	[ -e "$initrd" ] || vm_initrd "$release" "$initrd" ||
		die "can't make the initramfs"
	job=$(mktemp -d /build/vm/job.XXXXXX) || exit
	vm_pid='' peer_pid=''
	trap vm_cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP

	name=shell
	[ ${#vm_script[@]} -eq 0 ] || name=$(basename "${vm_script[0]}")
	console=/build/vm/$name${vm_wire:+.peer}.console.log
	: >"$console"
	vm_job
	[ -z "$vm_share" ] || touch "$job/share"

	mapfile -t qemu < <(
		vm_9p root /lower readonly=on
		vm_9p src /src readonly=on
		vm_9p build /build readonly=on
		vm_9p job "$job"
		[ -z "$vm_share" ] || vm_9p share "$vm_share"
		vm_nics
		case $vm_accel${vm_icount:+-icount} in
		# As an instruction counts each byte that "rep movsb" copies, so
		# have the kernel believe that it is slow.
		tcg-icount) printf '%s\n' -accel tcg,thread=single \
			-icount shift=0 -cpu max,-erms,-fsrm ;;
		tcg) printf '%s\n' -accel tcg,thread=multi -cpu max ;;
		kvm) printf '%s\n' -accel kvm -cpu host ;;
		esac
	)
	qemu=(setpriv --pdeathsig KILL qemu-system-x86_64 "${qemu[@]}"
		-smp "$vm_smp" -m "$vm_mem" -display none -nodefaults -no-reboot
		-kernel "/boot/vmlinuz-$release" -initrd "$initrd"
		-append "console=ttyS0 panic=-1 oops=panic loglevel=6 printk.devkmsg=on$vm_append"
		-device virtio-rng-pci
		-serial "file:$console")

	start=$SECONDS
	if [ ${#vm_script[@]} -eq 0 ]; then
		"${qemu[@]}" -chardev stdio,id=out,signal=off -serial chardev:out
		rc=$?
	else
		for try in 1 2 3; do
			vm_run
			# What crashes or hangs while it boots is not what is tested.
			[ $rc -eq 134 ] && [ ! -e "$job/up" ] && [ $try -lt 3 ] || break
			echo "mfraw: the guest did not boot, once more"
			cat "$job/qemu"
			: >"$console"
		done
	fi
	status=$(cat "$job/status" 2>/dev/null)

	bad=$(grep -aE "$console_bad" "$console" | grep -avE "$console_harmless" |
		tr -d '\r')
	if [ "$rc" -eq 124 ] || [ "$rc" -eq 137 ]; then
		echo "mfraw: the guest was ended: $name took longer than $vm_timeout s" \
			"(--timeout)"
		status=124 died=y
	elif [ -z "$status" ]; then
		echo "mfraw: the guest died after $((SECONDS - start)) s, $name gave no status"
		cat "$job/qemu" 2>/dev/null
		status=125 died=y
	fi
	if [ -n "$bad" ]; then
		echo "mfraw: the kernel complained:"
		echo "$bad" | head -n 10 | sed 's/^/  | /'
		[ "$status" -ne 0 ] && [ "$status" -ne 4 ] || status=1
		vm_tail
	elif [ -n "$died" ]; then
		vm_tail
	fi >&2
	[ -z "$peer_pid" ] || vm_end_peer "$status" || status=$?
	exit "$status"
}

# What the guest is to do, for scripts/init.
vm_job() {
	local cmd=() rows cols

	if [ ${#vm_script[@]} -gt 0 ]; then
		# The guest has the checkout, with what lies beside the script.
		cmd=("$(readlink -f "${vm_script[0]}")" "${vm_script[@]:1}")
		if [[ ${cmd[0]} != /src/* ]]; then
			cp "${cmd[0]}" "$job/" || exit
			cmd[0]=/job/${cmd[0]##*/}
		fi
		case $(head -c 200 "${vm_script[0]}" | head -n 1) in
		'#!'*python*) cmd=(python3 "${cmd[@]}") ;;
		*) cmd=(bash "${cmd[@]}") ;;
		esac
	fi
	read -r rows cols < <(stty size 2>/dev/null </dev/tty || echo 24 80)
	{
		printf 'job_modules='
		[ -z "$vm_setup" ] || printf '"%s"' "$(cd $out/modules &&
			ls mfnic.ko mfraw.ko mfeth.ko 2>/dev/null | sed 's/\.ko$//' | xargs)"
		printf '\njob_command=('
		[ ${#cmd[@]} -eq 0 ] || printf '%q ' "${cmd[@]}"
		printf ')\njob_environment=('
		[ ${#vm_env[@]} -eq 0 ] || printf '%q ' "${vm_env[@]}"
		printf ')\njob_rows=%d job_cols=%d job_term=%q\n' \
			"$rows" "$cols" "${TERM:-dumb}"
	} >"$job/job.env"
}
