#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A run has a second guest. The two guests exchange frames. mfraw shows the output of
# the second guest and fails if it fails, and ends it with the first one.
. "$(dirname "$0")/lib.sh"

cat >"$work/peer.sh" <<'EOF'
. /src/tests/guest/lib/sf.sh
nic=$(nic virtio_net)
ip link set "$nic" up
ip addr add 192.0.2.2/24 dev "$nic"
until ping -q -c 1 -W 1 192.0.2.1; do sleep 0.1; done
echo here
echo "WARNING: x" >/dev/kmsg
EOF
guest --mem 1024 --timeout 300 --peer "$work/peer.sh" <<'EOF'
. /src/tests/guest/lib/sf.sh
nic=$(nic virtio_net)
ip link set "$nic" up
ip addr add 192.0.2.1/24 dev "$nic"
until ping -q -c 1 -W 1 192.0.2.2; do sleep 0.1; done
echo there
while ping -q -c 1 -W 3 192.0.2.2; do sleep 0.1; done
EOF
[ $rc -eq 1 ] || fail "status $rc, not 1"
has '^there$'
has '^peer: here$'
has '^peer: .*the kernel complained'
has '^peer:   \| .*WARNING: x'

start=$SECONDS
echo 'sleep 1000' >"$work/peer.sh"
guest --mem 1024 --timeout 300 --peer "$work/peer.sh" <<<'exit 9'
[ $rc -eq 9 ] || fail "status $rc, not 9"
[ $((SECONDS - start)) -lt 200 ] || fail "took $((SECONDS - start)) s"
