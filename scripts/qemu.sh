# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A guest as a machine that QEMU emulates: to be sourced by vm.sh.

qemu_9p() { # TAG PATH [OPTION]
	echo -virtfs
	echo "local,path=$2,mount_tag=$1,security_model=none,multidevs=remap${3:+,$3}"
}

# The root file system. Programs start twice as fast from a disk as from a directory of
# the host, since to look at a file costs no request. The disk has the bare root.
qemu_root() {
	if [ -z "$vm_system" ] && [ "$vm_kernel" = distro ] && [ / -ef /lower ]; then
		printf '%s\n' -drive \
			if=virtio,format=raw,readonly=on,file=/opt/mfraw/root.erofs
	else
		qemu_9p root "${vm_system:-/lower}" readonly=on
	fi
}

# The network devices: two that are connected to each other, for tests of
# uplinks; or one whose wire goes to another guest.
qemu_nics() {
	local wire=${vm_wire:-$job/wire} role=server=on mac=1

	if [ -n "$vm_wire$vm_peer" ]; then
		# The first guest waits for the other one.
		[ -z "$vm_wire" ] || role=reconnect-ms=100 mac=2
		printf '%s\n' \
			-netdev "stream,id=wire0,addr.type=unix,addr.path=$wire,$role" \
			-device "${vm_nic:-virtio-net-pci},netdev=wire0,romfile=,mac=02:00:00:00:77:0$mac"
	else
		printf '%s\n' -netdev "hubport,id=wire0,hubid=0" \
			-device "virtio-net-pci,netdev=wire0,romfile=" \
			-netdev "hubport,id=wire1,hubid=0" \
			-device "${vm_nic:-e1000e},netdev=wire1,romfile="
	fi
}

# Seconds that the kernel may take to its first program under KVM; one is usual.
qemu_kvm_secs=10

# Whether KVM works: print nothing, or the reason why not. That the device opens proves
# little, since there are machines where a guest hangs. So the kernel has to start a
# program. The answer is kept until this machine boots again.
qemu_kvm_fault() {
	local kept=/build/vm/kvm boot word

	[ -e /dev/kvm ] || { echo "there is no /dev/kvm"; return; }
	[ -r /dev/kvm ] && [ -w /dev/kvm ] || {
		echo "no permission to use /dev/kvm"
		return
	}
	# Whether the device is another one, too.
	boot="$(cat /proc/sys/kernel/random/boot_id) $(stat -c '%t:%T' /dev/kvm)"
	read -r word 2>/dev/null <"$kept-${boot// /-}" || {
		word=fails
		! qemu_kvm_probe || word=works
		rm -f $kept-*
		echo $word >"$kept-${boot// /-}"
	}
	[ "$word" = works ] || echo "a kernel does not boot with it"
}

qemu_kvm_probe() {
	local dir rc=0

	dir=$(mktemp -d) && mkdir -p "$dir/root/bin" &&
		cp "$(command -v busybox)" "$dir/root/bin/busybox" || return
	printf '#!/bin/busybox sh\necho a program runs\nexec /bin/busybox poweroff -f\n' \
		>"$dir/root/init"
	chmod +x "$dir/root/init"
	(cd "$dir/root" && find . | cpio -o -H newc --quiet) >"$dir/initrd"
	timeout -s KILL $qemu_kvm_secs qemu-system-x86_64 -accel kvm -cpu host -m 256 \
		-display none -nodefaults -no-reboot -serial stdio \
		-kernel "/boot/vmlinuz-$(cat /opt/mfraw/kernel-release)" -initrd "$dir/initrd" \
		-append "console=ttyS0 panic=-1 no_timer_check" </dev/null 2>/dev/null |
		grep -q '^a program runs' || rc=$?
	rm -rf "$dir"
	return $rc
}

# Choose between KVM and emulation, if the user has not.
qemu_choose() {
	local fault

	[ "$vm_accel" = auto ] || return 0
	vm_accel=tcg
	[ -z "$arch" ] || return 0
	# Only an emulator counts instructions.
	[ -z "$vm_icount" ] || return 0
	fault=$(qemu_kvm_fault)
	if [ -z "$fault" ]; then
		vm_accel=kvm
	else
		say "QEMU emulates the guest, since KVM does not work here: $fault" >&2
	fi
}

# qemu_command INITRD: set guest_command, whose standard input and output are the
# guest's second serial line, and guest_shell, the arguments that make it a terminal.
qemu_command() {
	local kernel=/boot/vmlinuz-$kernel_rel

	[ -z "$kernel_dir" ] || kernel=$kernel_dir/linux
	qemu_choose
	mapfile -t guest_command < <(
		qemu_root
		qemu_9p src /src readonly=on
		qemu_9p build /build readonly=on
		qemu_9p job "$job"
		[ -z "$vm_share" ] || qemu_9p share "$vm_share"
		qemu_nics
		case $arch$vm_accel${vm_icount:+-icount} in
		# QEMU emulates "rep movsb" byte by byte, and counts an instruction
		# for each byte, so the processor must not say that it is fast. A
		# fifth level of page tables costs a step at each miss.
		tcg-icount) printf '%s\n' -accel tcg,thread=single \
			-icount shift=0 -cpu max,-erms,-fsrm ;;
		tcg) printf '%s\n' -accel tcg,thread=multi \
			-cpu max,-erms,-fsrm,-la57 ;;
		kvm) printf '%s\n' -accel kvm -cpu host ;;
		# This processor has atomic instructions, and does not authenticate
		# pointers, which costs an emulator much.
		arm64tcg) printf '%s\n' -accel tcg,thread=multi -machine virt \
			-cpu neoverse-n1 ;;
		esac
		[ -z "$vm_plugin" ] || printf '%s\n' -plugin "$vm_plugin"
	)
	# A machine that waits for its processor misses interrupts of the timer while
	# the kernel checks whether the timer works.
	local parameters="console=ttyS0 no_timer_check" emulator=qemu-system-x86_64

	[ -z "$arch" ] || parameters=console=ttyAMA0 emulator=qemu-system-aarch64
	parameters+=" panic=-1 oops=panic"

	# An emulated processor does not speculate, so mitigations are off. It clears
	# memory slowly: two fifths of the kernel's instructions for a new process are
	# for that. --icount counts with the kernel's defaults.
	[ "$vm_accel" != tcg ] || [ -n "$vm_icount" ] ||
		parameters+=" mitigations=off init_on_alloc=0"
	[ -z "$vm_system" ] || parameters+=" guest.system=y"
	parameters+=" loglevel=6 printk.devkmsg=on guest.kind=$vm_kernel"
	guest_command=("$emulator"
		"${guest_command[@]}"
		-smp "$vm_smp" -m "$vm_mem" -display none -nodefaults -no-reboot
		-kernel "$kernel" -initrd "$1"
		-append "$parameters${vm_share:+ guest.share=y}$vm_append"
		-device virtio-rng-pci
		-serial "file:$console")
	guest_script=(-serial stdio)
	guest_shell=(-chardev "stdio,id=out,signal=off" -serial chardev:out)
}
