#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The commands of docs/examples.md work, in its order and as they are typed. The
# programs of examples/ print the results that the page promises.
set -u
. "$(dirname "$0")/../lib/sf.sh"

page=$(dirname "$0")/../../../docs/examples.md
mapfile -t commands < <(sed -n 's/^    # //p' "$page")
[ ${#commands[@]} -ge 30 ] || fail "the page has only ${#commands[@]} commands"

for file in "$(dirname "$page")"/../examples/*.{c,py}; do
	[ "$(wc -l <"$file")" -lt 200 ] || fail "$file is long"
done

# A program in the foreground writes to NAME.out, and one in the background, which
# waits for frames or a connection, to NAME.waits.out.

# says NAME PATTERN [COUNT]: the program has printed COUNT lines (default: 1) that
# match.
says() {
	local count

	count=$(grep -Ec -- "$2" "/tmp/$1.out")
	[ "$count" -eq "${3:-1}" ] ||
		{ cat "/tmp/$1.out"; fail "$1 printed $count lines of '$2', not ${3:-1}"; }
	echo "ok - $1 prints '$2'"
}

# name_of COMMAND: print the name of the program of examples/ that the command has, or
# else "other".
name_of() {
	if [[ "$1 " =~ (/tmp|/src/examples)/([a-z_]+)(\.py)?\  ]]; then
		echo "${BASH_REMATCH[2]}"
	else
		echo other
	fi
}

# start COMMAND: run a program in the background until it waits for frames.
start() {
	local name

	name=$(name_of "$1").waits
	eval "timeout 120 $1 >/tmp/$name.out 2>&1 &"
	background[$name]=$!
	within 60 grep -qx ready "/tmp/$name.out" ||
		{ cat "/tmp/$name.out"; fail "$1 is not ready"; }
}

# finish: wait for the programs in the background.
finish() {
	local name

	for name in "${!background[@]}"; do
		wait "${background[$name]}" ||
			{ cat "/tmp/$name.out"; fail "$name failed"; }
	done
	background=()
}

declare -A background=()
for command in "${commands[@]}"; do
	echo "# $command"
	case $command in
	*'&') start "${command%&}" ;;
	*)
		name=$(name_of "$command")
		eval "$command" >"/tmp/$name.out" 2>&1 ||
			{ cat "/tmp/$name.out"; fail "$command"; }
		;;
	esac
	# The page looks at the results after these commands.
	case $command in
	make*) says other warning 0 ;;
	# A user types slowly, so devices and links are up by then.
	*'state active') udevadm settle ;;
	'ip link set mfnic0sf'*)
		[[ $command =~ mfnic0sf. ]]
		within 60 forwards "${BASH_REMATCH[0]}" ||
			fail "the bridge does not forward"
		;;
	*raw_send*' 3')
		finish
		says raw_recv.waits '^64 bytes from 2:0:0:0:0:1, type 88b5$' 3
		says raw_send '^sent 3 frames$'
		;;
	*raw_send*' 5')
		finish
		says reflector.waits '^sent 5 frames back$'
		;;
	tcpdump*)
		says other '02:00:00:00:00:01 .*> 02:00:00:00:00:02 ' 5
		says other '02:00:00:00:00:02 .*> 02:00:00:00:00:01 ' 5
		;;
	*pacing*' 50')
		says pacing '^sent 50 frames at [0-9]+ kbit/s$'
		# The burst, which is sent at once, is 2 of the 50 frames.
		rate=$(sed 's/.* at \([0-9]*\) .*/\1/' /tmp/pacing.out)
		[ "$rate" -le $((800 * 50 / 48 + 1)) ] ||
			fail "$rate kbit/s are too fast"
		;;
	*pacing*' 10')
		finish
		says timestamps.waits '^[0-9.]+ us after the last frame, waited for [0-9.]+ us$' 10
		# Without a limit, ten frames would arrive within a millisecond.
		awk '/last frame/ { sum += $1 } END { exit !(sum >= 60000) }' \
			/tmp/timestamps.waits.out || fail "the frames came too fast"
		;;
	*raw_pair*) says raw_pair '^a frame of 64 bytes has arrived$' ;;
	*'$((9000 + i))'*)
		finish
		says rss.waits '^queue [0-3]: [1-9][0-9]* frames$' 4
		awk '/^queue/ { sum += $3 } END { exit sum != 64 }' /tmp/rss.waits.out ||
			fail "other than 64 frames"
		;;
	*'for port in'*)
		finish
		says flow_tags.waits '^44 bytes, tag 1$' 3
		says flow_tags.waits '^44 bytes, tag 2$' 2
		says flow_tags.waits '^port 9001: 3 frames, 132 bytes$'
		says flow_tags.waits '^port 9002: 2 frames, 88 bytes$'
		;;
	*'rc_pingpong 192.0.2.1')
		finish
		says rc_pingpong '^100 messages each way$'
		says rc_pingpong.waits '^100 messages each way$'
		;;
	esac
done

# A wrong command line is refused with the usage.
for program in raw_send raw_recv reflector capture rss flow_tags pacing timestamps \
	raw_pair.py "rc_pingpong a b"; do
	dir=/tmp
	[[ $program != *.py ]] || dir=/src/examples
	# shellcheck disable=SC2086 # words
	$dir/$program >/tmp/usage.out 2>&1
	[ $? -eq 2 ] || fail "$program without arguments"
	says usage "^usage: ${program%% *} "
done
refuses 'No such device' /tmp/raw_recv mfraw9 02:00:00:00:00:02 1
refuses 'Invalid argument' /tmp/raw_recv mfraw1 nonsense 1
refuses 'usage' /tmp/rss mfraw1 3 1
