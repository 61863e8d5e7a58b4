# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# For tests of RoCEv2 with rdma_rxe on the other side. They run programs
# between side 1, which is mfraw, and side 2, which is rdma_rxe. The addresses
# of a side end in its number. Tests source it after lib/roce.sh. They set
# $here to their directory and $work to one for files, and define "side SIDE
# COMMAND...", which runs the command on a side and may replace the shell.

PROGRAM_PORT=18515	# the TCP port of the pingpong programs and of perftest
LIMIT=100	# a program waits for ever if a message of UC or UD is lost
# perftest prints this line if it can't measure the CPU's clock.
BUSY='Correlation coefficient'

declare -A gids

# gids_of DEVICE1 DEVICE2 PREFIX...: set the devices of the sides, and the
# indices of the GIDs of their addresses
gids_of() {
	local n prefix

	devs=('' "$1" "$2")
	for prefix in "${@:3}"; do
		for n in 1 2; do
			gids[$n $prefix]=$( (side $n bash -c \
				". $here/../lib/roce.sh; gid_of ${devs[n]} $prefix$n")) ||
				fail "${devs[n]} has no GID of $prefix$n"
		done
	done
}

# listening SIDE PID: wait until the process waits for a connection, by TCP or
# rdma_cm.
listening() {
	local _

	for _ in $(seq 600); do
		kill -0 "$2" 2>/dev/null || return
		[ -z "$( (side "$1" bash -c \
			"ss -Hltn sport = $PROGRAM_PORT | grep . ||
			 rdma resource show cm_id | grep LISTEN"))" ] || return
		pause 0.1
	done
}

# serve SERVER-SIDE SERVER... -- CLIENT...: both programs succeed, and receive
# the data of the other one
serve() {
	local side=$1 run=() pid rc=0

	shift
	while [ "$1" != -- ]; do
		run+=("$1")
		shift
	done
	shift
	(side "$side" timeout $LIMIT "${run[@]}") >"$work/server" 2>&1 &
	pid=$!
	listening "$side" $pid
	(side $((3 - side)) timeout $LIMIT "$@") >"$work/client" 2>&1 || rc=$?
	wait $pid || rc=$?
	[ $rc = 0 ] && ! grep -qi 'invalid\|mismatch' "$work/server" "$work/client"
}

# both TEXT SERVER-SIDE SERVER... -- CLIENT...: the same; try again if the
# output has $BUSY, which a busy machine causes
both() {
	local _

	for _ in 1 2 3; do
		serve "${@:2}" && echo "ok - $1, server ${devs[$2]}" && return
		grep -qE "$BUSY" "$work/client" "$work/server" || break
		echo "# once more: $1"
	done
	head -30 "$work/server" "$work/client"
	rdma statistic show link "${devs[1]}"
	tail -5 <(dmesg)
	fail "$1, server ${devs[$2]}"
}

# between SERVER-SIDE PREFIX GID-OPTION PROGRAM OPTION...: run the program on
# both sides. The address of a side is PREFIX and the number of the side.
between() {
	local server=$1 client=$((3 - $1)) prefix=$2 opt=$3

	shift 3
	both "$*, ${prefix}x" "$server" \
		"$@" -d "${devs[server]}" "$opt" "${gids[$server $prefix]}" -- \
		"$@" -d "${devs[client]}" "$opt" "${gids[$client $prefix]}" \
		"192.0.2.$server"
}

pingpong() { between "$1" "$2" -g "ibv_$3_pingpong" -c -n 20 "${@:4}"; }
perftest() { between "$1" "$2" -x "$3" -F "${@:4}"; }

# undamaged: mfraw received no damaged packet, and refused none
undamaged() {
	local stat

	for stat in rx_malformed rx_icrc_encapsulated rx_opcode rx_peer \
		    rx_qkey rx_invalid_request resp_remote_access_errors; do
		shows '^0$' cat "/sys/class/infiniband/${devs[1]}/ports/1/hw_counters/$stat"
	done
}
