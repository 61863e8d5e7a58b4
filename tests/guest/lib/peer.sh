# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# For tests with a second guest (--peer of ./mfraw vm): the first guest runs
# commands in the second one, over the wire between the two. The address of the
# second guest is 192.0.2.2. Both source this file, after lib/sf.sh.

PEER_PORT=7000

# wire_nic: print the network device at the wire to the other guest.
wire_nic() {
	nic virtio_net
}

# wire_up NIC: set NIC up. The other guest may have to wait for a processor, so
# the queues of NIC are long enough to drop nothing meanwhile.
wire_up() {
	ok tc qdisc replace dev "$1" root pfifo limit 100000
	ok ip link set "$1" up
}

# wire_lost_nothing NIC: this guest dropped no frame before the wire.
wire_lost_nothing() {
	shows 'dropped 0,' tc -s qdisc show dev "$1"
}

# peer_serve: in the second guest, run commands of the first one, until
# peer_end. A connection brings one line, and returns the output and then the
# exit status.
peer_serve() {
	cat >/tmp/peer.py <<'PY'
import subprocess
import sys
from socketserver import StreamRequestHandler, ThreadingTCPServer


class Command(StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline().decode().strip()
        if not line:
            self.server.shutdown()
            return
        done = subprocess.run(['bash', '-c', line], stdin=subprocess.DEVNULL,
                              stdout=self.connection, stderr=subprocess.STDOUT)
        self.wfile.write(f'\nstatus {done.returncode}\n'.encode())


ThreadingTCPServer.allow_reuse_address = True
ThreadingTCPServer.daemon_threads = True
ThreadingTCPServer(('', int(sys.argv[1])), Command).serve_forever()
PY
	python3 /tmp/peer.py $PEER_PORT
}

# peer_ask LINE: send LINE to the second guest, by the connection $peer_fd.
peer_ask() {
	{ exec {peer_fd}<>"/dev/tcp/192.0.2.2/$PEER_PORT"; } 2>/dev/null &&
		echo "$1" >&"$peer_fd"
}

# peer COMMAND...: run it in the second guest; print its output, return its
# status.
peer() {
	local peer_fd line rc=125

	peer_ask "$(printf '%q ' "$@")" || return
	# A guest that died sends no status.
	while IFS= read -t 150 -r line; do
		case $line in
		'status '*) rc=${line#status } ;;
		?*) echo "$line" ;;
		esac
	done <&"$peer_fd"
	exec {peer_fd}>&-
	return "$rc"
}

# peer_wait: wait until the second guest serves.
peer_wait() {
	local _

	sysctl -q -w net.ipv4.tcp_syn_retries=2
	for _ in $(seq 300); do
		peer true && return
		sleep 0.2
	done
	return 1
}

# peer_end: end peer_serve in the second guest, which goes on after it.
peer_end() {
	local peer_fd

	peer_ask '' && exec {peer_fd}>&-
}
