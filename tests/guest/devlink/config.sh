#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# mfraw-config makes NICs as files describe them, shows and saves them. Wrong files
# change nothing.
set -u
. "$(dirname "$0")/../lib/sf.sh"

dir=/tmp/mfraw-config
mkdir -p $dir
config() { python3 /src/tools/mfraw-config -d $dir "$@"; }

# status N COMMAND...: the exit status is N. Its output is in $out.
status() {
	local want=$1 rc=0

	shift
	out=$("$@" 2>&1) || rc=$?
	[ $rc -eq "$want" ] || { echo "$out"; fail "$*: status $rc, not $want"; }
	echo "ok - $* has status $want"
}
says() { grep -qxF -- "$1" <<<"$out" || { echo "$out"; fail "no line '$1'"; }; }
silent() { [ -z "$out" ] || fail "it says: $out"; }

# state: everything that the tool may change.
state() {
	devlink -j dev show
	devlink -j port show
	devlink -j port function rate show
	ip -br link show | awk '{ print $1, $3 }'
	ip -j link show | jq -c '[.[] | {ifname, master, up: (.flags | contains(["UP"]))}]'
}

# Usage.
for words in "" nonsense "apply --nonsense" "apply mfnicx" "show mfnic256" \
	"apply --wait x" "save --prune"; do
	# shellcheck disable=SC2086
	status 2 config $words
	grep -q '^usage: ' <<<"$out" || fail "no usage"
done
status 0 config --help
status 0 config --version
status 0 config apply
silent

# bad LINE TEXT: the file is refused with that line, and nothing changes.
bad() {
	local before

	cat >$dir/bad.conf
	before=$(state)
	for command in apply diff; do
		status 2 config $command
		grep -qE -- "^$dir/bad.conf:$1: .*$2" <<<"$out" ||
			{ echo "$out"; fail "no fault '$2' in line $1"; }
	done
	[ "$(state)" = "$before" ] || fail "a wrong file changed something"
	rm $dir/bad.conf
}

bad 1 "no section .NIC." </dev/null
bad 1 "before the first section" <<<"Number=1"
bad 1 "unknown section .Nic., is it NIC" <<<"[Nic]"
bad 1 "has no Number" <<<"[NIC]"
bad 3 "neither .SECTION. nor KEY=VALUE" <<<$'[NIC]\nNumber=1\nMTU'
bad 3 "unknown key Mtu in .NIC., is it MTU" <<<$'[NIC]\nNumber=1\nMtu=1500'
bad 3 "Number is set already in line 2" <<<$'[NIC]\nNumber=1\nNumber=2'
bad 3 "second section" <<<$'[NIC]\nNumber=1\n[NIC]\nNumber=2'
bad 1 "comes before .NIC." <<<$'[Subfunction]\nNumber=1\n[NIC]\nNumber=2'
bad 2 "no number from 0 to 255" <<<$'[NIC]\nNumber=256'
bad 2 "no number from 0 to 255" <<<$'[NIC]\nNumber=-1'
bad 4 "no number from 68 to 9000" <<<$'[NIC]\n# a comment\nNumber=1\nMTU=9001'
bad 3 "neither switchdev nor legacy" <<<$'[NIC]\nNumber=1\nEswitch=on'
bad 3 "no name of a network device" <<<$'[NIC]\nNumber=1\nUplink=a/b'
bad 3 "no network device nothing0" <<<$'[NIC]\nNumber=1\nUplink=nothing0'
bad 3 "lo is no bridge" <<<$'[NIC]\nNumber=1\nBridge=lo'
bad 4 "need Eswitch=switchdev" <<<$'[NIC]\nNumber=1\nEswitch=legacy\n[Subfunction]\nNumber=1'
sf=$'[NIC]\nNumber=1\n[Subfunction]\nNumber=1'
bad 3 "has no Number" <<<$'[NIC]\nNumber=1\n[Subfunction]'
bad 4 "no number from 0 to 65535" <<<$'[NIC]\nNumber=1\n[Subfunction]\nNumber=65536'
bad 5 "no MAC address" <<<"$sf"$'\nMACAddress=02:00'
bad 5 "no unicast address" <<<"$sf"$'\nMACAddress=01:00:00:00:00:01'
bad 5 "no unicast address" <<<"$sf"$'\nMACAddress=00:00:00:00:00:00'
bad 5 "neither yes nor no" <<<"$sf"$'\nRoCE=maybe'
bad 5 "no rate" <<<"$sf"$'\nTxMax=fast'
bad 5 "whole number of bytes" <<<"$sf"$'\nTxMax=1bit'
bad 6 "Number 1 is that of .*:4, too" <<<"$sf"$'\n[Subfunction]\nNumber=1'
mac=MACAddress=02:00:00:00:00:0a
bad 8 "MACAddress .* is that of .*:5, too" <<<"$sf"$'\n'"$mac"$'\n[Subfunction]\nNumber=2\n'"$mac"
printf '[NIC]\nNumber=1\n' >$dir/a.conf
bad 2 "Number 1 is that of $dir/a.conf:2, too" <<<$'[NIC]\nNumber=1'
rm $dir/a.conf
printf '\377' | bad 1 "UTF-8"

# A NIC with an uplink, a bridge and subfunctions.
ok ip link add wire0 type veth peer name wire1
ok ip link set wire1 up
cat >$dir/five.conf <<-'END'
	[NIC]
	Number=5
	MTU=9000
	Uplink=wire0
	Bridge=br-five

	[Subfunction]
	Number=1
	MACAddress=02:00:00:00:05:01
	Bridge=br-five

	[Subfunction]
	Number=7
	MACAddress=02:00:00:00:05:07
	RoCE=no
	TxMax=100mbit
	TxShare=8kbit
	Bridge=br-five

	[Subfunction]
	Number=9
	MACAddress=02:00:00:00:05:09
	Active=no
END
before=$(state)
status 1 config diff
says "mfnic5: add, MTU 9000"
says "mfnic5 subfunction 7: add"
says "mfnic5 subfunction 7: TxMax 0 -> 100mbit"
[ "$(state)" = "$before" ] || fail "diff changes something"
planned=$out
status 0 config apply
# The addresses that the kernel chooses are not known before.
[ "$(sed 's/MACAddress .* ->/MACAddress ->/' <<<"$out")" = \
	"$(sed 's/MACAddress .* ->/MACAddress ->/' <<<"$planned")" ] ||
	{ diff <(echo "$planned") <(echo "$out"); fail "apply is not what diff told"; }
before=$(state)
status 0 config diff
silent
status 0 config apply
silent
[ "$(state)" = "$before" ] || fail "the second apply changes something"

NIC=mfnic/mfnic5
port1=$(port_of_sf 1) port7=$(port_of_sf 7)
shows "hw_addr 02:00:00:00:05:01 state active .* roce enable" devlink port show "$port1"
shows "hw_addr 02:00:00:00:05:07 state active .* roce disable" devlink port show "$port7"
shows "state inactive" devlink port show "$(port_of_sf 9)"
shows "tx_share 8Kbit tx_max 100Mbit" devlink port function rate show "$port7"
shows "mtu 9000 .* master br-five" ip link show mfnic5sf1
shows "master mfnic5p0 state UP" ip link show wire0
shows "master br-five" ip link show mfnic5p0
rdma=$(rdma_of_sf 1)
shows "^# devices: $rdma mfeth" config show mfnic5
refuses "no NIC mfnic6" config show mfnic6
refuses "no file in $dir describes mfnic0" config apply mfnic0

# What is saved describes the same NIC.
cp $dir/five.conf /tmp/five.conf
status 0 config save mfnic5
silent
echo "# a comment" >>$dir/five.conf
refuses "use --force" config save mfnic5
shows "a comment" cat $dir/five.conf
status 0 config save --force mfnic5
says $dir/five.conf
ok cmp $dir/five.conf /tmp/five.conf
rm $dir/five.conf
status 0 config save mfnic5
says $dir/mfnic5.conf
diff $dir/mfnic5.conf /tmp/five.conf || fail "another file than the one that was applied"
status 0 config save mfnic5
silent
status 0 config diff
silent

# The MAC addresses of two subfunctions are swapped, another one gets RoCEv2.
sed -i -e 's/05:01/05:xx/; s/05:07/05:01/; s/05:xx/05:07/; /RoCE/d; /Tx/d' $dir/mfnic5.conf
status 0 config apply
shows "hw_addr 02:00:00:00:05:07 state active" devlink port show "$(port_of_sf 1)"
shows "hw_addr 02:00:00:00:05:01 state active .* roce enable" devlink port show "$(port_of_sf 7)"
status 0 config diff
silent
# One attribute of an active subfunction changes.
sed -i 's/05:07/05:08/; s/Active=no/Active=yes/' $dir/mfnic5.conf
status 0 config apply
says "mfnic5 subfunction 1: MACAddress 02:00:00:00:05:07 -> 02:00:00:00:05:08"
says "mfnic5 subfunction 9: activate"
[ "$(wc -l <<<"$out")" -eq 3 ] || { echo "$out"; fail "more changes than needed"; }
status 0 config diff
silent

# Subfunctions of others stay, but for --prune.
ok devlink port add $NIC flavour pcisf pfnum 0 sfnum 20
other=$(port_of_sf 20)
ok devlink port function set "$other" hw_addr 02:00:00:00:05:20
status 0 config diff
silent
status 1 config diff --prune
says "mfnic5 subfunction 20: delete"
cp $dir/mfnic5.conf /tmp/five.conf
sed -i 's/MTU=9000/MTU=2000/' $dir/mfnic5.conf
status 2 config apply
grep -q "^$dir/mfnic5.conf:3: .*other subfunctions (20)" <<<"$out" || fail "$out"
sed 's/05:08/05:20/' /tmp/five.conf >$dir/mfnic5.conf
status 2 config apply
grep -q "^$dir/mfnic5.conf:9: .*subfunction 20.* has this address" <<<"$out" || fail "$out"
sed 's/MTU=9000/MTU=2000/' /tmp/five.conf >$dir/mfnic5.conf
status 0 config apply --prune
says "mfnic5: make anew, MTU 9000 -> 2000"
status 0 config diff --prune
silent
shows "mtu 2000" ip link show mfnic5sf1
shows "master mfnic5p0" ip link show wire0

# No uplink and no bridge.
sed -i 's/=wire0/=none/; s/=br-five/=none/' $dir/mfnic5.conf
status 0 config apply
for master in br-five mfnic5p0; do
	[ -z "$(ip -br link show master $master)" ] || fail "$master has a device"
done
status 0 config diff
silent

# The mode legacy, and back.
printf '[NIC]\nNumber=5\nMTU=2000\nEswitch=legacy\n' >$dir/mfnic5.conf
status 2 config apply
status 0 config apply --prune
shows "mode legacy" devlink dev eswitch show $NIC
status 0 config diff
silent
sed -i '/Eswitch/d' $dir/mfnic5.conf
status 0 config apply
status 0 config diff
silent

# The kernel refuses one change: the rest is applied.
cat >>$dir/mfnic5.conf <<-'END'
	[Subfunction]
	Number=1
	Bridge=br-gone
	[Subfunction]
	Number=2
END
ok ip link add br-gone type bridge
real=$(command -v devlink)
mkdir -p /tmp/bin
cat >/tmp/bin/devlink <<-END
	#!/bin/sh
	case "\$*" in
	*"port add"*"sfnum 1") echo "kernel answers: Cannot allocate memory" >&2; exit 1 ;;
	esac
	exec $real "\$@"
END
chmod +x /tmp/bin/devlink
PATH=/tmp/bin:$PATH status 1 config apply
grep -q "^$dir/mfnic5.conf:4: .*Cannot allocate memory" <<<"$out" || { echo "$out"; fail "no reason"; }
says "mfnic5 subfunction 2: activate"
status 0 config apply
status 0 config diff
silent
[ "$(devlink port show | grep -c 'mfnic5.*pcisf')" -eq 2 ] || fail "not two subfunctions"

# All NICs are saved, and come back after the module has been away.
rm $dir/*
status 0 config save
ok ip link del br-gone
status 1 config diff
unload mfeth mfraw mfnic
status 1 config diff
says "module mfnic: load"
status 0 config apply
status 0 config diff
silent
ok modprobe mfraw
ok modprobe mfeth
rm -r $dir
