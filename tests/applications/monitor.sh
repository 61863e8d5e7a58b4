#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Programs that monitor machines show the devices and their counters: the exporter of
# Prometheus, and the tools for InfiniBand.
set -u
. "$(dirname "$0")/lib-app.sh"
needs prometheus-node-exporter ibstat

pair_up
# A network interface that is up sends by itself, and this program counts all frames.
runs 300 /tmp/out frames --count 500 "$dev1" "$dev2"
net_up "$dev1" 192.0.2.1/24 || fail "$dev1"
eth1=$(net_of "$dev1")
ok ip link set lo up

behind prometheus-node-exporter --collector.disable-defaults \
	--collector.infiniband --collector.netclass --collector.ethtool \
	--web.listen-address=127.0.0.1:9100
fetch() { wget -q -T 30 -O /tmp/metrics http://127.0.0.1:9100/metrics; }
within 300 fetch || { cat "$behind_log"; fail "no answer"; }
is() { # NAME LABELS VALUE
	awk -v name="$1{$2}" -v want="$3" '$1 == name { found = $2 }
		END { exit !(found + 0 == want + 0 && found != "") }' /tmp/metrics
}
fetched() { # NAME LABELS VALUE
	is "$@" || { grep "^$1" /tmp/metrics; fail "$1{$2} is not $3"; }
	echo "ok - $1{$2} is $3"
}
for name in infiniband netclass ethtool; do
	fetched node_scrape_collector_success "collector=\"$name\"" 1
done
# The network interface of the port sends now and then, so counters may change between
# two reads.
pma() { cat "/sys/class/infiniband/$1/ports/1/counters/$2"; }
agrees() { # DEVICE NAME COUNTER FACTOR
	local value

	value=$(($4 * $(pma "$1" "$3"))) && fetch &&
		is "node_infiniband_$2_total" "device=\"$1\",port=\"1\"" "$value"
}
[ "$(pma "$dev2" port_rcv_packets)" -ge 500 ] || fail "no traffic was counted"
ok within 300 agrees "$dev2" port_packets_received port_rcv_packets 1
ok within 300 agrees "$dev2" port_data_received_bytes port_rcv_data 4
ok within 300 agrees "$dev1" port_packets_transmitted port_xmit_packets 1
ok within 300 agrees "$dev1" port_data_transmitted_bytes port_xmit_data 4
port="device=\"$dev1\",port=\"1\""
fetched node_infiniband_state_id "$port" 4
fetched node_infiniband_physical_state_id "$port" 5
fetched node_infiniband_rate_bytes_per_second "$port" 1250000000
grep -E "^node_infiniband_info.*device=\"$dev1\".*firmware_version=\"[0-9]" /tmp/metrics ||
	fail "no firmware version"
fetched node_network_speed_bytes "device=\"$eth1\"" 1250000000
grep -E "^node_ethtool_.*device=\"$eth1\"" /tmp/metrics | head -n 3 | grep . ||
	fail "no statistics of $eth1"
kill "$behind_pid"
wait "$behind_pid" 2>/dev/null

runs 300 /tmp/out ibstat "$dev1"
has /tmp/out 'State: Active'
has /tmp/out 'Physical state: LinkUp'
has /tmp/out 'Rate: 10( |$)'
has /tmp/out 'Link layer: Ethernet'
has /tmp/out 'Firmware version: [0-9]+\.'
runs 300 /tmp/out ibstatus "$dev1"
has /tmp/out 'link_layer:[[:space:]]+Ethernet'
runs 300 /tmp/out ibstat -l
has /tmp/out "^$dev2$"

pair_check
