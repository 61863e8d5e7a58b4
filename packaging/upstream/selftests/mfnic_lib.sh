# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# Functions for the tests of mfnic: a NIC of its own with two subfunctions,
# whose interfaces are in namespaces of their own.

# Exit status of a skipped test.
ksft_skip=4

nic_number=77
nic=mfnic/mfnic$nic_number
ns1=mfnic-test-1
ns2=mfnic-test-2

skip()
{
	echo "SKIP: $*"
	exit $ksft_skip
}

fail()
{
	echo "FAIL: $*"
	exit 1
}

# ok COMMAND...: the command succeeds.
ok()
{
	"$@" || fail "$*"
	echo "ok - $*"
}

# refused COMMAND...: the command fails.
refused()
{
	if "$@" 2>/dev/null; then
		fail "$* should be refused"
	fi
	echo "ok - refused: $*"
}

# within COMMAND...: the command succeeds within 20 seconds.
within()
{
	local end=$((SECONDS + 20))

	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || fail "not in time: $*"
		sleep 0.1
	done
	echo "ok - $*"
}

setup()
{
	local tool

	[ "$(id -u)" -eq 0 ] || skip "needs root"
	for tool in bridge devlink ethtool ip jq ping tc; do
		command -v $tool >/dev/null || skip "needs $tool"
	done
	modprobe -q mfnic && modprobe -q mfeth || skip "needs mfnic and mfeth"
	trap cleanup EXIT
	echo $nic_number >/sys/bus/mfnic/new_device || fail "no NIC"
}

cleanup()
{
	ip netns del $ns1
	ip netns del $ns2
	echo $nic_number >/sys/bus/mfnic/del_device
	ip link del br-mfnic-test
} 2>/dev/null

# port NUMBER: print the devlink port of a subfunction.
port()
{
	devlink -j port show | jq -r --arg nic "$nic/" --argjson sf "$1" \
		'.port | to_entries[] | select(.key | startswith($nic)) |
		 select(.value.sfnum == $sf) | .key'
}

# representor NUMBER: print the representor of a subfunction.
representor()
{
	devlink -j port show "$(port "$1")" | jq -r '.port[].netdev'
}

# device NUMBER: print the directory of an active subfunction's device.
device()
{
	local sf=/sys/bus/auxiliary/devices/mfnic.sf

	dirname "$(grep -lx "$1" $sf.*/sfnum)"
}

# interface NUMBER: print the network interface of a subfunction.
interface()
{
	ls "$(device "$1")/net"
}

# subfunction NUMBER: add and activate a subfunction, and wait for its
# interface.
subfunction()
{
	devlink port add $nic flavour pcisf pfnum 0 sfnum "$1" >/dev/null ||
		fail "no subfunction $1"
	devlink port function set "$(port "$1")" \
		hw_addr "02:00:00:77:00:0${1: -1}" state active ||
		fail "subfunction $1 is not active"
	within interface "$1"
	ip link set "$(representor "$1")" up || fail "no representor"
}

# pair: make two subfunctions whose interfaces can reach each other.
pair()
{
	local n ns dev

	for n in 1 2; do
		subfunction 77$n
		ns=mfnic-test-$n
		dev=$(interface 77$n)
		ip netns add $ns &&
			ip link set "$dev" netns $ns name sf &&
			ip -n $ns addr add 192.0.2.$n/24 dev sf &&
			ip -n $ns link set sf up || fail "no namespace"
	done
	rep1=$(representor 771)
	rep2=$(representor 772)
}

# connect: put both representors into a bridge.
connect()
{
	ip link add br-mfnic-test type bridge || fail "no bridge"
	ip link set br-mfnic-test up
	ip link set "$rep1" master br-mfnic-test
	ip link set "$rep2" master br-mfnic-test
	within ip netns exec $ns1 ping -q -c 1 -W 1 192.0.2.2
}

# slow: print how many frames of the first subfunction took the slow path.
slow()
{
	ip -j stats show dev "$rep1" group offload subgroup cpu_hit |
		jq '.[0].stats64.rx.packets'
}
