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

# A wrong file is refused with file and line, and nothing changes.
before=$(state)
printf '[NIC]\nNumber=1\nMtu=1500\n' >$dir/bad.conf
for command in apply diff; do
	status 2 config $command
	grep -q "^$dir/bad.conf:3: unknown key Mtu" <<<"$out" || { echo "$out"; fail "no line"; }
done
rm $dir/bad.conf
python3 "$(dirname "$0")/config-files.py" /src/tools/mfraw-config $dir || fail "wrong files"
[ "$(state)" = "$before" ] || fail "a wrong file changed something"

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
# A failure leaves nothing behind.
mkdir -p /tmp/full
ok mount -t tmpfs -o size=4k tmpfs /tmp/full
echo full >/tmp/full/other
refuses "full/mfnic5.conf: No space left" config -d /tmp/full save mfnic5
[ "$(ls /tmp/full)" = other ] || fail "$(ls /tmp/full) is left"
ok umount /tmp/full

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
	Bridge=type
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
# The name of a bridge may be a word of ip.
shows "master type" ip link show mfnic5sf2

# All NICs are saved, and come back after the module has been away.
rm $dir/*
status 0 config save
ok ip link del br-gone
status 1 config diff
unload mfeth mfraw mfnic
status 1 config diff
says "module mfnic: load"
# That udev is busy with other devices is no failure.
mkdir -p /tmp/busy
printf '#!/bin/sh\necho "Timed out" >&2\nexit 1\n' >/tmp/busy/udevadm
chmod +x /tmp/busy/udevadm
PATH=/tmp/busy:$PATH status 0 config apply
says "udevadm settle --timeout=30: Timed out"
status 0 config diff
silent
ok modprobe mfraw
ok modprobe mfeth
ok ip link del dev type
rm -r $dir
