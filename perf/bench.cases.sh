# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The cases of "./mfraw bench": a function for each group, and what the cases need. To
# be sourced by bench.guest.sh.

# verbs CSUM ARGUMENT...: raw queue pairs, with or without verified checksums
verbs() {
	local file

	for file in /sys/bus/auxiliary/devices/*/offload/rx_csum; do
		echo "$1" >"$file" || die "$file"
	done
	cost "${@:2}"
}

# veth_up NAME MTU: a pair of veth devices, NAME-a and NAME-b
veth_up() {
	local n

	ip link add "$1-a" mtu "$2" type veth peer name "$1-b" mtu "$2" || die "veth"
	for n in "$1-a" "$1-b"; do
		ip link set "$n" addrgenmode none up || die "$n"
	done
}

# Without long frames, AF_XDP needs no frames of several buffers, so each MTU has
# devices of its own. So has AF_XDP that polls the driver: interrupts are deferred.
veths_up() {
	local mtu n

	for mtu in 1500 9000; do
		veth_up veth$mtu $mtu
		veth_up poll$mtu $mtu
		for n in poll$mtu-a poll$mtu-b; do
			echo 2 >/sys/class/net/$n/napi_defer_hard_irqs &&
				echo 200000 >/sys/class/net/$n/gro_flush_timeout ||
				die "$n"
		done
	done
}

# by_socket GROUP CASE X PAIR OPTION...: frames by sockets, over the devices PAIR-a and
# PAIR-b
by_socket() {
	local group=$1 case=$2 x=$3 pair=$4

	shift 4
	add "$group" "$case" "$x" "AF_XDP native" instructions \
		cost --way xdp "$*" "$pair-a" "$pair-b"
	add "$group" "$case" "$x" "AF_XDP generic" instructions \
		cost --way xdp-generic "$*" "$pair-a" "$pair-b"
	add "$group" "$case" "$x" "AF_PACKET mmsg" instructions \
		cost --way mmsg "$*" "$pair-a" "$pair-b"
}

# by_peer GROUP CASE X LENGTH OPTION...: the same frames by all ways
by_peer() {
	local group=$1 case=$2 x=$3 length=$4 mtu=1500

	shift 4
	[ "$length" -le 1500 ] || mtu=9000
	set -- "$@" --length "$length"
	add "$group" "$case" "$x" mfraw instructions verbs 0 "$*" "$dev1" "$dev2"
	add "$group" "$case" "$x" "mfraw rx_csum" instructions \
		verbs 1 "$*" "$dev1" "$dev2"
	by_socket "$group" "$case" "$x" veth$mtu "$*"
	add "$group" "$case" "$x" "AF_XDP polled" instructions \
		cost --way xdp-busy "$*" poll$mtu-a poll$mtu-b
	[[ "$*" == *--pong* ]] ||
		add "$group" "$case" "$x" "AF_PACKET ring" instructions \
			cost --way ring "$*" veth$mtu-a veth$mtu-b
}

raw_cases() {
	local lengths="64 1500 9000" bursts="1 32" length burst rounds

	[ -n "$QUICK" ] || lengths="64 256 512 1500 4000 9000"
	[ -n "$QUICK" ] || bursts="1 2 4 8 16 32 64"
	for length in $lengths; do
		for burst in $bursts; do
			# All batches for the shortest frame, these for the others.
			[ "$length" = 64 ] || [ "$burst" = 1 ] || [ "$burst" = 32 ] ||
				continue
			rounds=$((burst < 8 ? 200 : 20))
			by_peer raw "batch $burst" "$length" "$length" \
				--burst "$burst" --rounds $rounds
		done
	done
	add raw "batch 32" 64 "mfraw one port" instructions \
		verbs 0 --rounds 20 "$dev1" "$dev1"
}

# The hundredths of single round trips, each with its place on the x axis.
quantiles() {
	local n=0 value

	while read -r value; do
		echo "$value $((n++))"
	done < <("$@")
	[ $n = 101 ]
}

# trips PEER COMMAND...: the distribution of round trips
trips() {
	add pingpong distribution 0 "$1" instructions quantiles "${@:2}" \
		--burst 1 --rounds 1000 --pong --each
}

pingpong_cases() {
	by_peer pingpong "round trip" 64 64 --burst 1 --rounds 200 --pong
	[ -n "$QUICK" ] ||
		by_peer pingpong "round trip" 1500 1500 --burst 1 --rounds 200 --pong
	[ -z "$PROFILE" ] || return
	trips mfraw verbs 0 "$dev1" "$dev2"
	trips "AF_XDP native" cost --way xdp veth1500-a veth1500-b
	trips "AF_PACKET mmsg" cost --way mmsg veth1500-a veth1500-b
}

# far_up NUMBER MAC PEER-MAC: a NIC with that number, and a subfunction in a bridge with
# the uplink. Sets far to its RDMA device.
far_up() {
	local rep=mfnic$1p0

	echo "$1" >/sys/bus/mfnic/new_device &&
		ip link add "br-$1" type bridge mcast_snooping 0 &&
		ip link set "br-$1" addrgenmode none up &&
		far=$(NIC=mfnic/mfnic$1 sf_up "10$1" "$2") || die "NIC $1"
	ip link set "$rep" addrgenmode none master "br-$1" up &&
		ip link set "$(rep_of_sf "10$1")" master "br-$1" &&
		bridge fdb add "$2" dev "$(rep_of_sf "10$1")" master static &&
		bridge fdb add "$3" dev "$rep" master static ||
		die "the uplink of NIC $1"
}

# wire_up DEVICE DEVICE, wire_down DEVICE DEVICE: make them the uplinks of NICs 6 and 7
wire_up() {
	local dev number=6

	for dev; do
		ip link set "$dev" addrgenmode none up &&
			ip link set "$dev" master mfnic${number}p0 &&
			within 60 forwards mfnic${number}p0 || die "uplink $dev"
		number=$((number + 1))
	done
}

wire_down() {
	ip link set "$1" nomaster && ip link set "$2" nomaster || die "$*"
}

# wired DEVICE DEVICE COMMAND...: run it while they are the uplinks
wired() {
	wire_up "$1" "$2"
	"${@:3}" || die "${*:3}"
	wire_down "$1" "$2"
}

# Frames to an uplink, over a wire, and from the uplink at its other end. For sockets
# the same devices carry the frames, with nothing above them.
#
# virtio-net and e1000e, which a wire of QEMU connects, work in QEMU's own time, and the
# clock runs while the program waits. So only the profiler can count for them.
uplink_cases() {
	local length burst near=02:00:00:00:01:06 other=02:00:00:00:01:07
	local from a b way

	ip link add wire-a type veth peer name wire-b || die veth
	ip link set wire-a addrgenmode none up && ip link set wire-b addrgenmode none up ||
		die veth
	far_up 6 $near $other
	from=$far
	far_up 7 $other $near
	for length in 64 1500; do
		for burst in 1 32; do
			set -- --burst $burst --rounds $((burst < 8 ? 200 : 20)) \
				--length $length
			add uplink "veth batch $burst" $length mfraw instructions \
				wired wire-a wire-b verbs 0 "$*" "$from" "$far"
			by_socket uplink "veth batch $burst" $length wire "$*"
		done
	done
	[ -n "$PROFILE" ] || return 0
	a=$(nic virtio_net) && b=$(nic e1000e) || die "no virtio-net and e1000e"
	# A packet socket makes its device promiscuous, AF_XDP does not.
	ip link set "$a" addrgenmode none promisc on up &&
		ip link set "$b" addrgenmode none promisc on up || die "$a $b"
	for length in 64 1500; do
		for way in "$a $b virtio to e1000e" "$b $a e1000e to virtio"; do
			# shellcheck disable=SC2086 # words
			set -- $way
			nics_case "$1" "$2" "${*:3}" $length "$from" "$far"
		done
	done
}

nics_case() { # DEVICE DEVICE NAME LENGTH TXDEV RXDEV
	local options="--sleep --burst 32 --rounds 20 --length $4"

	add uplink "$3 batch 32" "$4" mfraw instructions \
		wired "$1" "$2" verbs 0 "$options" "$5" "$6"
	add uplink "$3 batch 32" "$4" "AF_XDP generic" instructions \
		cost --way xdp-generic "$options" "$1" "$2"
	add uplink "$3 batch 32" "$4" "AF_PACKET mmsg" instructions \
		cost --way mmsg "$options" "$1" "$2"
}

# message NAME X OPTION... OPERATION: a RoCEv2 message by both devices
message() {
	local name=$1 x=$2

	shift 2
	add roce "$name" "$x" mfraw instructions \
		messages "$*" "$dev1" "$gid1" "$dev2" "$gid2"
	add roce "$name" "$x" "rdma_rxe" instructions \
		messages "$*" rxe0 "$rxe_gid1" rxe1 "$rxe_gid2"
}

roce_cases() {
	rxe_up
	roce_up >/dev/null
	gid1=$(gid_of "$dev1" 192.0.2.1) gid2=$(gid_of "$dev2" 192.0.2.2)
	message "RC send by 32" 64 -b 32 -n 60 -l 64 send
	message "UC send by 32" 64 -b 32 -n 60 -l 64 uc
	message "UD send by 32" 64 -b 32 -n 60 -l 64 ud
	message "RC ping-pong" 64 -n 300 -l 64 pong
	message "RC send" 65536 -b 1 -n 20 -l 65536 send
	message "RC write" 65536 -b 1 -n 20 -l 65536 write
	message "RC read" 65536 -b 1 -n 20 -l 65536 read
	message "RC read by 16" 1024 -b 16 -n 60 -l 1024 read
	message "RC fetch and add by 16" 8 -b 16 -n 60 add
	[ -z "$QUICK" ] || return
	message "RC send" 64 -b 1 -n 300 -l 64 send
	message "UC write by 16" 1024 -b 16 -n 60 -l 1024 ucwrite
	message "UC write" 65536 -b 1 -n 20 -l 65536 ucwrite
}

# Link-local addresses, which only the veth connects. The addresses of the interfaces
# of mfraw are in namespaces.
rxe_up() {
	local n

	modprobe rdma_rxe || die "no rdma_rxe"
	ip link add eth-rxe0 type veth peer name eth-rxe1 || die veth
	for n in 0 1; do
		sysctl -qw "net.ipv6.conf.eth-rxe$n.disable_ipv6=0" \
			"net.ipv6.conf.eth-rxe$n.accept_dad=0"
		ip link set eth-rxe$n up
		rdma link add rxe$n type rxe netdev eth-rxe$n || die "no rxe$n"
	done
	rxe_gid1=0 rxe_gid2=0
}

# ruled KIND NUMBER: frames by tc rules, which come before the bridge. The kernel frees
# removed rules later, in work items that the next case would have to pay for.
ruled() {
	tc qdisc add dev "$rep1" clsact && "$1" "$2" >/tmp/batch &&
		tc -batch /tmp/batch || die "$1 $2"
	verbs 0 --rounds 20 --ip $ip "$dev1" "$dev2"
	tc qdisc del dev "$rep1" clsact
	[ "$2" -lt 1000 ] || sleep 5
}

scale_cases() {
	local numbers="1 32 1024" n

	[ -n "$QUICK" ] || numbers="1 4 16 64 256 1024"
	for n in $numbers; do
		add scale "queue pairs" "$n" mfraw instructions \
			verbs 0 --rounds 40 --queues "$n" "$dev1" "$dev2"
	done
	[ -n "$QUICK" ] || numbers+=" 10000"
	for n in $numbers; do
		add scale "regions" "$n" mfraw instructions \
			verbs 0 --rounds 40 --regions "$n" "$dev1" "$dev2"
	done
	numbers="1 1000"
	[ -n "$QUICK" ] || numbers="1 10 100 1000 10000 100000"
	for n in $numbers; do
		add scale "tc rules" "$n" mfraw instructions ruled hosts "$n"
	done
	numbers="4 16"
	[ -n "$QUICK" ] || numbers="1 4 16"
	for n in $numbers; do
		add scale "masks of tc rules" "$n" mfraw instructions ruled masks "$n"
	done
}

# memory NAME: one kind of the kernel's memory, in bytes
memory() { awk -v name="$1:" '$1 == name { print 1024 * $2 }' /proc/meminfo; }

# timed NAME NUMBER COMMAND-FILE: run commands of devlink, and print the time of each,
# which is not all work: the kernel waits for others. A profile has the work, of the
# step of the name SPAN.
timed() {
	local start end

	[ "$1" != "${SPAN-}" ] || mark begin
	start=${EPOCHREALTIME/./}
	devlink -b "$3" >/dev/null || die "$1"
	end=${EPOCHREALTIME/./}
	[ "$1" != "${SPAN-}" ] || mark end "$2"
	echo "$((1000 * (end - start) / $2)) $2 $1 ns"
}

# subfunctions NUMBER: what it takes to create, activate and remove each of so many, and
# a frame between two others meanwhile. udev starts programs for each device, which are
# not counted.
subfunctions() {
	local n nic=mfnic/mfnic9 kind
	local -A before

	udevadm settle
	udevadm control --exit
	echo 9 >/sys/bus/mfnic/new_device || die "NIC 9"
	for ((n = 1; n <= $1; n++)); do
		echo "port add $nic/$n flavour pcisf pfnum 0 sfnum $((2000 + n))" >&3
		echo "port function set $nic/$n state active" >&4
		echo "port del $nic/$n" >&5
	done 3>/tmp/create 4>/tmp/activate 5>/tmp/remove
	for kind in Slab Percpu VmallocUsed; do before[$kind]=$(memory $kind); done
	timed created "$1" /tmp/create
	timed activated "$1" /tmp/activate
	for kind in "${!before[@]}"; do
		echo "$((($(memory $kind) - before[$kind]) / $1)) $1 $kind bytes"
	done
	n=$(MFRAW_PROFILE='' verbs 0 --rounds 20 "$dev1" "$dev2") || die "a frame among $1"
	echo "$n $1 frame instructions"
	timed removed "$1" /tmp/remove
	echo 9 >/sys/bus/mfnic/del_device
	/lib/systemd/systemd-udevd --daemon
}

# span NAME NUMBER: one step of it, for the profiler
span() { SPAN=$1 subfunctions "$2"; }

subfunctions_cases() {
	local numbers="1 256 1000" n

	[ -z "$QUICK" ] || numbers="1 32"
	for n in $numbers; do
		if [ -n "$PROFILE" ]; then
			add subfunctions created "$n" mfraw - span created "$n"
			add subfunctions activated "$n" mfraw - span activated "$n"
			add subfunctions removed "$n" mfraw - span removed "$n"
		else
			add subfunctions subfunction "$n" mfraw - subfunctions "$n"
		fi
	done
}
