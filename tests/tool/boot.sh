#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# If QEMU crashes before the guest has booted, mfraw starts it again. The run fails
# after three crashes.
. "$(dirname "$0")/lib.sh"

# This QEMU crashes as often as the number in $work/crashes.
mkdir "$work/bin"
cat >"$work/bin/qemu-system-x86_64" <<EOF
#!/bin/bash
crashes=\$(cat "$work/crashes")
[ \$crashes -eq 0 ] || {
	echo \$((crashes - 1)) >"$work/crashes"
	echo "crash \$crashes" >&2
	kill -ABRT \$\$
}
PATH=$PATH exec qemu-system-x86_64 "\$@"
EOF
chmod +x "$work/bin/qemu-system-x86_64"
PATH=$work/bin:$PATH

echo 1 >"$work/crashes"
guest --accel tcg --timeout 500 <<'EOF'
echo alive
EOF
[ $rc -eq 0 ] || fail "status $rc, not 0"
has 'did not boot, once more'
has '^crash 1$'
has '^alive$'

echo 5 >"$work/crashes"
guest --accel tcg --timeout 500 <<'EOF'
echo alive
EOF
[ $rc -eq 125 ] || fail "status $rc, not 125"
[ "$(cat "$work/crashes")" -eq 2 ] || fail "not three attempts"
has '^crash 3$'
