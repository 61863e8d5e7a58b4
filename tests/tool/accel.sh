#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# QEMU uses KVM if a kernel boots with it, and emulates the guest else. One line says
# that, and the answer is kept. --icount and --accel are obeyed without an attempt.

# The test has its own namespace of mounts, so its mounts go with it.
[ -n "${MFRAW_APART:-}" ] ||
	MFRAW_APART=y exec unshare --mount --propagation private bash "$0" "$@"

. "$(dirname "$0")/lib.sh"

# This QEMU logs its arguments. It boots no guest: the program of an attempt "runs" if
# the file works exists.
mkdir "$work/bin"
cat >"$work/bin/qemu-system-x86_64" <<EOF
#!/bin/bash
[[ " \$* " != *" -m 256 "* ]] || {
	echo attempt >>"$work/calls"
	cp "\$(sed -n 's/.* -initrd \([^ ]*\) .*/\1/p' <<<"\$*")" "$work/initrd"
	[ ! -e "$work/works" ] || echo "a program runs"
	exit
}
grep -oE -- '-accel (tcg|kvm)' <<<"\$*" >>"$work/calls"
EOF
chmod +x "$work/bin/qemu-system-x86_64"
real=$PATH
PATH=$work/bin:$PATH

# calls LINE...: exactly these calls were made since the last time.
calls() {
	[ "$(xargs -d '\n' <"$work/calls")" = "$*" ] || fail "not $*: $(cat "$work/calls")"
	: >"$work/calls"
}

# The device is another one for each part of the test, so no answer is kept.
device() { # FILE
	umount /dev/kvm 2>/dev/null
	mount --bind "$1" /dev/kvm || fail "no device"
	rm -f /build/vm/kvm-*-"$(stat -c '%t:%T' /dev/kvm)"
}

if [ ! -e /dev/kvm ]; then
	guest --mem 1024 <<<'true'
	has 'QEMU emulates the guest, since KVM does not work here: there is no /dev/kvm'
	calls '-accel tcg'
	exit
fi

device /dev/zero
guest <<<'true'
has 'QEMU emulates the guest, since KVM does not work here: a kernel does not boot with it'
calls attempt '-accel tcg'
guest <<<'true'
has 'a kernel does not boot'
calls '-accel tcg'

device /dev/full
: >"$work/works"
guest <<<'true'
! grep -q 'emulates' "$work/out" || fail "KVM works"
calls attempt '-accel kvm'
guest --icount <<<'true'
calls '-accel tcg'
guest --accel tcg <<<'true'
calls '-accel tcg'

# The initramfs of an attempt has a program that runs.
mkdir "$work/root" && (cd "$work/root" && cpio -id --quiet <"$work/initrd") &&
	chroot "$work/root" /bin/busybox grep -q 'a program runs' /init ||
	fail "the attempt has no program"

# A real QEMU refuses a device that is not KVM's, and the guest boots.
PATH=$real
device /dev/null
guest --mem 1024 <<<'echo alive'
[ $rc -eq 0 ] || fail "status $rc, not 0"
has 'QEMU emulates the guest'
has '^alive$'
