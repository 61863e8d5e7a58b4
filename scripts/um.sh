# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A guest as a program, user-mode Linux: to be sourced by vm.sh.

# Options that such a guest can't have are refused by name.
um_check() {
	[ "$vm_accel" != kvm ] || refuse "--accel kvm is for kernels under QEMU, not for '$vm_kernel'"
	[ -z "$vm_icount" ] || refuse "--icount counts what QEMU executes: not with --kernel $vm_kernel"
	[ -z "$vm_peer" ] || refuse "--peer needs kernels under QEMU, not '$vm_kernel'"
}

# um_command INITRD: set guest_command, whose standard input and output are the
# guest's second serial line. The program and all its processes are in a process
# namespace of their own, so that no process outlives the program. The first process
# there is a shell, since the program spins for ever when it ends as process 1.
um_command() {
	local smp=()

	# One processor before Linux 7; more of them need seccomp.
	[ "$(kernel_series | cut -d. -f1)" -lt 7 ] ||
		smp=(seccomp=on "ncpus=$vm_smp")
	guest_command=(unshare --pid --fork --kill-child
		env TMPDIR=/dev/shm
		bash -c 'exec 3>>"$0" 4<&0 5>&1; "$@" </dev/null >&3 2>&3; exit $?'
		"$console" "$kernel_dir/linux" "mem=${vm_mem}M" "${smp[@]}"
		"initrd=$1" con=null "con0=null,fd:3" ssl=null "ssl1=fd:4,fd:5"
		panic=-1 oops=panic loglevel=7 printk.devkmsg=on
		"guest.kind=$vm_kernel" guest.kernel=um "guest.job=$job"
		${vm_share:+guest.share="$vm_share"})
	# shellcheck disable=SC2206 # words
	guest_command+=($vm_append)
	guest_script=() guest_shell=()
}
