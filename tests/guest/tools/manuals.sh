#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The examples of the man pages work as they are typed, and all files that documents and
# packages show for mfraw-config describe what these commands make.
set -u
. "$(dirname "$0")/../lib/sf.sh"

top=$(realpath "$(dirname "$0")/../../..")
dir=$(mktemp -d)
trap 'rm -r "$dir"; ip link set eth1 nomaster down; pair_down; ip link set mfnic0p0 down' EXIT
config() { python3 "$top/tools/mfraw-config" -d "$dir" "$@"; }

# The pages have the name of a device that most machines have.
[ -e /sys/class/net/eth1 ] || ok ip link add eth1 type dummy

# example PAGE: print the lines of its section EXAMPLES that are typed or written.
example() {
	sed -n '/^\.SH EXAMPLES/,/^\.fi/p' "$1" | sed '1,/^\.nf/d; /^\.fi/d; s/\\-/-/g'
}

mapfile -t commands < <(example "$top/tools/mfnic.4")
[ ${#commands[@]} -ge 5 ] || fail "mfnic.4 has only ${#commands[@]} commands"
for command in "${commands[@]}"; do
	echo "# $command"
	eval "$command" || fail "$command"
	# A user types slowly.
	udevadm settle
done
shows "master mfnic0p0" ip link show eth1
shows "master br0" ip link show mfnic0p0
shows "master br0" ip link show mfnic0sf1
shows "hw_addr 02:00:00:00:00:01 state active" devlink port show mfnic/mfnic0/1
within 60 test -e "/sys/class/infiniband/$(rdma_of_sf 1)" || fail "no RDMA device"
within 60 netdev_of_sf 1 || fail "no network interface"

# The file of the operator's guide describes that.
sed -n '/^    \[NIC\]/,/^[^ ]/s/^    //p' "$top/docs/operating.md" >"$dir/mfnic0.conf"
shows '^Number=1$' cat "$dir/mfnic0.conf"
said=$(config diff 2>&1) && [ -z "$said" ] || { echo "$said"; fail "operating.md differs"; }

# The files of the man page and of the package have one more subfunction.
example "$top/tools/mfraw-config.8" >"$dir/mfnic0.conf"
shows '^mfnic0 subfunction 2: TxMax 0 -> 1gbit$' config apply
said=$(config diff 2>&1) && [ -z "$said" ] || { echo "$said"; fail "a second apply would do more"; }
cp "$top/tools/examples/mfnic0.conf" "$dir/"
said=$(config diff 2>&1)
[ "$said" = "mfnic0 subfunction 2: RoCE yes -> no"$'\n'"mfnic0 subfunction 2: activate" ] ||
	{ echo "$said"; fail "the file of the package differs in more than RoCE"; }
