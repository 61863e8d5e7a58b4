# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A guest, inside the root: its kernel, a small initramfs, the root itself as
# file system (read-only, with a tmpfs on top), then scripts/init, which runs
# jobs. qemu.sh and um.sh know how the two kinds of guest are started.
#
# The caller sets the vm_* variables (vm.sh) and these:
#
#   job      directory that is shared with the guest, at its /job
#   console  file that takes the kernel's log

# Seconds that a guest may take to boot; 10 or so are usual.
guest_boot_secs() {
	case $vm_kernel in
	debug) echo 1200 ;;
	*) echo 300 ;;
	esac
}

# The initramfs: busybox and the modules that the root file system needs.
guest_initrd() { # RELEASE FILE
	local release=$1 file=$2 dir module path

	dir=$(mktemp -d) || return
	mkdir -p "$dir"/{bin,proc,sys,dev,new,modules}
	cp /lower/usr/bin/busybox "$dir/bin/busybox" || return
	: >"$dir/modules/order"
	[ "$vm_kernel" != distro ] ||
	for module in virtio_pci virtio_rng virtio_blk erofs 9pnet_virtio 9p overlay; do
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
	cat >"$dir/init" <<'EOT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs devtmpfs /dev 2>/dev/null
while read -r m; do $b insmod /modules/$m.ko; done </modules/order
for word in $($b cat /proc/cmdline); do
	case $word in
	guest.kind=*) kind=${word#*=} ;;
	guest.job=*) job=${word#*=} ;;
	guest.kernel=*) kernel=${word#*=} ;;
	guest.share=*) share=${word#*=} ;;
	guest.system=*) system=${word#*=} ;;
	esac
done
# Mount a directory of the host, by name (9p) or by path (hostfs).
outside() { # NAME PATH WHERE OPTION
	if [ "$kernel" = um ]; then
		$b mount -t hostfs -o "${4:+$4,}$2" "$1" "$3"
	else
		$b mount -t 9p -o "trans=virtio,version=9p2000.L,msize=524288${4:+,$4,cache=loose}" "$1" "$3"
	fi
}
cd /new
$b mkdir lower build kernel upper root
# The root is a disk or a directory of the host.
if [ -b /dev/vda ]; then
	$b mount -t erofs -o ro /dev/vda lower
else
	outside root /lower lower ro
fi
outside build /build build ro
$b mount -t tmpfs tmpfs upper
$b mkdir -p upper/u upper/w
lower=lower
[ -n "$system" ] || for dir in build/out/root build/$kind/root; do
	[ ! -d $dir ] || lower=$dir:$lower
done
# To a user who is not the owner of the root, its files belong to nobody, and setuid
# programs such as mount would give up root's rights.
[ "$($b stat -c %u lower/usr/bin/mount)" = 0 ] || nosuid=nosuid,
$b mount -t overlay -o ${nosuid}lowerdir=$lower,upperdir=upper/u,workdir=upper/w root root
$b mount --move build root/build
outside src /src root/src ro
outside job "$job" root/job
[ -z "$share" ] || outside share "$share" root/share
# An ordinary user may not read the directory of the root.
$b mount -t tmpfs -o mode=700 tmpfs root/root
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
# The serial lines of arm64 have another name.
[ ! -c /dev/ttyAMA1 ] || $b ln -sf ttyAMA1 /dev/ttyS1
$b stty -F /dev/ttyS1 raw -echo
for d in proc sys dev; do $b mount --move /$d root/$d; done
[ -n "$system" ] || exec $b switch_root root /bin/bash /src/scripts/init
# An installed system runs the jobs once it is up.
units=root/run/systemd/system
$b mkdir -p $units/multi-user.target.wants
$b cat >$units/mfraw-guest.service <<EOS
[Unit]
After=multi-user.target
[Service]
ExecStart=/bin/bash /src/scripts/init
EOS
$b ln -s ../mfraw-guest.service $units/multi-user.target.wants/
exec $b switch_root root /lib/systemd/systemd
EOT
	chmod +x "$dir/init"
	# Guests that start side by side may both make it.
	(cd "$dir" && find . | cpio -o -H newc --quiet | gzip -1) \
		>"$file.$$" && mv "$file.$$" "$file"
	rm -rf "$dir"
}

# guest_prepare: prepare for guests with these options. Sets guest_command.
guest_prepare() {
	local initrd

	mkdir -p /build/vm
	initrd=/build/vm/initrd-$kernel_rel-$(declare -f guest_initrd |
		sha256sum | cut -c1-8)
	[ -e "$initrd" ] || guest_initrd "$kernel_rel" "$initrd" ||
		die "can't make the initramfs"
	guest_env >"$job/guest.env"
	if kernel_is_um "$vm_kernel"; then
		um_command "$initrd"
	else
		qemu_command "$initrd"
	fi
}

# The settings of the guest, for scripts/init.
guest_env() {
	printf 'guest_modules='
	[ -z "$vm_setup" ] || printf '"%s"' "$(cd "$(guest_modules_dir)" &&
		ls mfnic.ko mfraw.ko mfeth.ko 2>/dev/null | sed 's/\.ko$//' | xargs)"
	printf '\nguest_once=%s\nguest_coverage=%s\n' "${guest_once-}" "$vm_coverage"
	# This is the clock rate of the host.
	printf 'guest_mhz=%s\n' \
		"$(sed -n 's/^cpu MHz[^:]*: *//p' /proc/cpuinfo | head -n 1)"
	# Where a test finds modules that are not installed.
	printf 'export MFRAW_MODULES=%s\n' "$(guest_modules_dir)"
}

guest_modules_dir() {
	if [ "$vm_kernel" = distro ]; then
		echo /build/out/modules
	else
		echo "/build/$vm_kernel/modules"
	fi
}

# guest_job NUMBER [COMMAND...]: describe a job. The array job_vars has more lines.
guest_job() {
	local number=$1 cmd=() rows cols

	shift
	mkdir -p "$job/$number"
	if [ $# -gt 0 ]; then
		# The guest has the checkout, with the files beside the script.
		cmd=("$(readlink -f "$1")" "${@:2}")
		if [[ ${cmd[0]} != /src/* ]]; then
			cp "${cmd[0]}" "$job/$number/" || return
			cmd[0]=/job/$number/${cmd[0]##*/}
		fi
		case $(head -c 200 "$1" | head -n 1) in
		'#!'*python*) cmd=(python3 "${cmd[@]}") ;;
		*) cmd=(bash "${cmd[@]}") ;;
		esac
	fi
	read -r rows cols < <(stty size 2>/dev/null </dev/tty || echo 24 80)
	{
		printf 'job_command=('
		[ ${#cmd[@]} -eq 0 ] || printf '%q ' "${cmd[@]}"
		printf ')\njob_environment=(MFRAW_MODULES=%q ' "$(guest_modules_dir)"
		[ ${#vm_env[@]} -eq 0 ] || printf '%q ' "${vm_env[@]}"
		# Programs write the counts of the provider there.
		[ -z "$vm_coverage" ] || printf 'GCOV_PREFIX=/job/gcov '
		printf ')\njob_rows=%d job_cols=%d job_term=%q\n' \
			"$rows" "$cols" "${TERM:-dumb}"
		printf '%s\n' "${job_vars[@]}"
	} >"$job/$number/job.env.new"
	mv "$job/$number/job.env.new" "$job/$number/job.env"
}

# Kill a guest that hangs while it boots. Emulated guests rarely do.
guest_watch() { # PID
	local _

	for _ in $(seq "$(guest_boot_secs)"); do
		sleep 1
		[ ! -e "$job/up" ] && kill -0 $$ || return
	done
	kill -ABRT "$1"
}
