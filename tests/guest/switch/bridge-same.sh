#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# One bridge has ports of a NIC, a second one has veths. With the same history of
# configuration and frames, both must deliver the same frames to the same ports. The
# history is random; SEED=N repeats one.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
dev3=$(sf_up 103 02:00:00:00:01:03) || fail "subfunction 103"
ip link set br-test down
ip link del br-test

# The bridges have no forward delay. A port that was blocking would start its timer,
# and the timer takes any port that is listening or learning by then a step further.
ip link add br-nic type bridge mcast_snooping 0 forward_delay 0
ip link add br-ref type bridge mcast_snooping 0 forward_delay 0
ip link set br-nic addrgenmode none up
ip link set br-ref addrgenmode none up
# These are the uplink's wire, a port outside the NIC, and five of the reference.
for i in wire far ref0 ref1 ref2 ref3 ref4; do
	ip link add "$i" type veth peer name "$i-peer"
	ip link set "$i" addrgenmode none up
	ip link set "$i-peer" addrgenmode none up
done
ip link set mfnic0p0 addrgenmode none up
ip link set wire master mfnic0p0

python3 "${0%.sh}.py" "${SEED:-1}" "${BATCHES:-60}" \
	"$dev1" "$dev2" "$dev3" || fail "seed ${SEED:-1}"

ip link del br-nic
ip link del br-ref
