# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# tc rules that bring frames from one subfunction to another. To be sourced; $rep1
# and $rep2 are the representors of the two.

ip=10.0.0.1	# the destination address of the frames

# redirect PREF MATCH...: print a command for "tc -batch" that adds a rule
redirect() {
	echo "filter add dev $rep1 ingress protocol ip pref $1 flower skip_sw" \
		"${*:2} action mirred egress redirect dev $rep2"
}

# hosts NUMBER: print NUMBER rules by address; the one in the middle matches
hosts() {
	local i

	for ((i = 0; i < $1; i++)); do
		if ((i == $1 / 2)); then
			redirect 1 dst_ip $ip
		else
			redirect 1 dst_ip \
				"10.$((1 + (i >> 16))).$((i >> 8 & 255)).$((i & 255))"
		fi
	done
}

# masks NUMBER: print rules with NUMBER masks; only the last one matches
masks() {
	local i

	for ((i = 1; i < $1; i++)); do
		redirect $i dst_ip 192.168.0.0/$((32 - i))
	done
	redirect "$1" dst_ip $ip
}
