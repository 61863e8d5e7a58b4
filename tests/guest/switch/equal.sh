#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Random tc rules deliver the same frames to the same places if the kernel's software
# runs them, if the switch does, and if each has some of them, on ingress and egress.
#
# SEED=N chooses rules and frames (default 1), PAIRS=N the number of pairs of a rule
# set and frames (default 220). ONLY=N runs only this pair.
set -u
. "$(dirname "$0")/../lib/sf.sh"

UPLINK=mfnic0p0

# watched REP NUMBER: lead the frames that pass the rules of a representor through a
# bridge to a veth, where a packet socket sees them. A socket on the representor
# itself would not see frames that the switch forwards, and would see all frames
# before rules in software decide about them.
watched() {
	ip link add "pass$2" type veth peer name "seen$2" &&
		ip link add "br-seen$2" type bridge mcast_snooping 0 &&
		ip link set "br-seen$2" addrgenmode none up &&
		ip link set "$1" addrgenmode none master "br-seen$2" up &&
		ip link set "pass$2" addrgenmode none master "br-seen$2" up &&
		ip link set "seen$2" addrgenmode none up || fail "watch $1"
	# Without learning, earlier frames have no effect.
	bridge link set dev "$1" learning off
	bridge link set dev "pass$2" learning off
}

sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 \
	net.ipv6.conf.default.disable_ipv6=1
devs=() reps=()
for n in 1 2 3 4; do
	devs+=("$(sf_up "10$n" "02:00:00:00:01:0$n")") || fail "subfunction 10$n"
	reps+=("$(rep_of_sf "10$n")")
done
ip link del br-test
log_before=$(log_lines | wc -l)
engine 0
for n in 1 2 3 4; do
	watched "${reps[n - 1]}" "$n"
done
ip link add wire0 type veth peer name wire1
ip link set wire1 addrgenmode none up
ip link set wire0 addrgenmode none master "$UPLINK"
watched "$UPLINK" 5
ip link add mark0 type veth peer name mark1
ip link set mark0 addrgenmode none up
ip link set mark1 addrgenmode none up
modprobe -a sch_ingress cls_flower cls_matchall cls_u32 cls_basic \
	act_mirred act_gact act_vlan act_pedit act_skbedit

python3 "${0%.sh}.py" "${devs[*]}" "${reps[*]} $UPLINK" ||
	fail "equal"
log=$(log_lines | tail -n "+$((log_before + 1))")
[ -z "$log" ] || fail "the kernel log has: $(head -20 <<<"$log")"
