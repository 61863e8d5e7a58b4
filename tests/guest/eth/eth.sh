#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The network interface of a subfunction: its name and settings, the frames that it
# receives, and the segments and checksums that it sends.
set -u
. "$(dirname "$0")/../lib/sf.sh"

LOG_NOISE="$LOG_NOISE|link becomes ready|page_pool|netpoll|netconsole"

# stat INTERFACE NAME: print a counter of the interface
stat() { ethtool -S "$1" | awk -v n="$2:" '$1 == n { print $2 }'; }

carrier() { cat "/sys/class/net/$1/carrier"; }

echo "9 9000" >/sys/bus/mfnic/new_device || fail "a NIC with an MTU of 9000"
# Have several queues, even with one processor.
SF_ATTRS='max_io_eqs 4' pair_up
eth1=$(netdev_of_sf 101)
eth2=$(netdev_of_sf 102)
rep1=$(rep_of_sf 101)
rep2=$(rep_of_sf 102)

# The interface has the expected name, parent and features.
shows "^mfeth[0-9]+$" echo "$eth1"
shows "driver: mfeth" ethtool -i "$eth1"
shows "bus-info: mfnic.sf" ethtool -i "$eth1"
shows "02:00:00:00:01:01" ip link show "$eth1"
shows "state DOWN.* qlen 1000" ip link show "$eth1"
[ "$(readlink -f "/sys/class/net/$eth1/device")" = \
	"$(readlink -f "/sys/class/infiniband/$dev1/device")" ] ||
	fail "$eth1 and $dev1 have different parents"
for feature in tx-checksum-ip-generic scatter-gather tx-tcp-segmentation \
		tx-tcp6-segmentation tx-udp-segmentation rx-checksumming \
		tx-vlan-offload rx-vlan-filter receive-hashing; do
	shows "$feature: on" ethtool -k "$eth1"
	ok ethtool -K "$eth1" "$feature" off
	ok ethtool -K "$eth1" "$feature" on
done

# The operator sets the address by devlink, the interface can't change it.
refuses "not supported" ip link set "$eth1" address 02:00:00:00:01:77

# The NIC limits the MTU.
refuses "mtu greater than" ip link set "$eth1" mtu 1501
refuses "mtu less than" ip link set "$eth1" mtu 67
ok ip link set "$eth1" mtu 1400
ok devlink port add mfnic/mfnic9 flavour pcisf pfnum 0 sfnum 9
ok devlink port function set mfnic/mfnic9/1 hw_addr 02:00:00:00:01:09 \
	max_io_eqs 4 state active
eth9=$(netdev_of_sf 9)
shows "mtu 1500 " ip link show "$eth9"
ok ip link set "$eth9" mtu 9000
refuses "mtu greater than" ip link set "$eth9" mtu 9001

# Rings and channels can be changed with the interface up and down. In a kernel
# without RPS (for one processor) receive queues have no directory.
rx=rx
[ -d "/sys/class/net/$eth9/queues/rx-0" ] || rx=
for state in down up; do
	ok ip link set "$eth9" "$state"
	refuses "power of two" ethtool -G "$eth9" rx 300
	refuses "power of two" ethtool -G "$eth9" rx 64
	refuses "nvalid" ethtool -G "$eth9" rx 8192
	ok ethtool -G "$eth9" rx 512
	shows "RX:.*512" ethtool -g "$eth9"
	ok ethtool -G "$eth9" rx 128
	refuses "nvalid" ethtool -L "$eth9" combined 5
	for n in 4 1 3; do
		ok ethtool -L "$eth9" combined $n
		for queue in tx $rx; do
			[ "$(ls -d "/sys/class/net/$eth9/queues/$queue-"* | wc -l)" = $n ] ||
				fail "not $n queues $queue"
		done
		shows "rx$((n - 1))_packets" ethtool -S "$eth9"
	done
	ok ip link set "$eth9" mtu 1500
	ok ip link set "$eth9" mtu 9000
done
shows "Combined:.*4" ethtool -l "$eth9"

# The carrier of the interface follows its representor.
[ "$(carrier "$eth9")" = 0 ] || fail "carrier without representor"
ok ip link set mfnic9sf9 up
shows "Link detected: yes" ethtool "$eth9"
ok ip link set mfnic9sf9 down
[ "$(carrier "$eth9")" = 0 ] || fail "carrier with its representor down"
ok ip link set mfnic9sf9 up
[ "$(carrier "$eth9")" = 1 ] || fail "no carrier"
ok devlink port del mfnic/mfnic9/1
[ ! -e "/sys/class/net/$eth9" ] || fail "$eth9 outlives its port"

# With enable_eth off there is no interface.
sf=$(basename "$(readlink -f "/sys/class/net/$eth2/device")")
ok devlink dev param set "auxiliary/$sf" name enable_eth value false \
	cmode driverinit
ok devlink dev reload "auxiliary/$sf"
[ -z "$(netdev_of_sf 102 2>/dev/null)" ] || fail "an interface without enable_eth"
ok devlink dev param set "auxiliary/$sf" name enable_eth value true \
	cmode driverinit
ok devlink dev reload "auxiliary/$sf"
eth2=$(netdev_of_sf 102)
shows "^mfeth" echo "$eth2"

# netconsole would send with interrupts off, so the interface refuses it.
modprobe netconsole "netconsole=6665@192.0.2.1/$eth1,6666@192.0.2.2/02:00:00:00:01:02"
dmesg | grep -q "$eth1 doesn't support polling" || fail "netconsole"
modprobe -q -r netconsole

# The program starts with the second interface down.
sysctl -q -w "net.ipv6.conf.$eth2.disable_ipv6=1"
ip link set "$eth1" mtu 1500 addrgenmode none up
ip link set "$eth2" addrgenmode none
ip link set "$rep1" nomaster
ip link set "$rep2" nomaster
python3 "${0%.sh}.py" "$eth1" "$eth2" "$rep1" "$rep2" ||
	fail "eth"

# The port's rate limit stops the queues, and no frame is lost.
ip link del t7
ok ethtool -K "$eth1" tx on sg on tx-udp-segmentation on
# This queueing discipline does not drop frames that wait for long.
ok tc qdisc replace dev "$eth1" root pfifo limit 100
ok devlink port function rate set "$(port_of_sf 101)" tx_max 4mbit
before=$(stat "$eth1" tx_packets)
python3 - <<'PY' || fail "send under a limit"
import socket
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(8):
    sock.setsockopt(socket.IPPROTO_UDP, 103, 1000)
    sock.sendto(50000 * b'x', ('198.51.1.2', 4000))
PY
for _ in $(seq 600); do
	[ $(($(stat "$eth1" tx_packets) - before)) -lt 400 ] || break
	sleep 0.1
done
[ $(($(stat "$eth1" tx_packets) - before)) = 400 ] || fail "frames are lost"
[ "$(stat "$eth1" tx_stop)" -gt 0 ] || fail "the queue never stopped"
# The interface goes down while its queue is stopped.
python3 - <<'PY' || fail "send under a limit"
import socket
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(8):
    sock.setsockopt(socket.IPPROTO_UDP, 103, 1000)
    sock.sendto(50000 * b'x', ('198.51.1.2', 4000))
PY
ok ip link set "$eth1" down
ok devlink port function rate set "$(port_of_sf 101)" tx_max 0
ok ip link set "$eth1" up

pair_check
