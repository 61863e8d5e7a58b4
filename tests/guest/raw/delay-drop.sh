#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Delayed drop: a WQ without posted receives holds frames for some time. Held
# frames arrive in order and whole, as if they had come later. Frames without
# room, and frames whose time is over, are counted. Other queues do not notice.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
for part in held same timeout life; do
	echo "# $part"
	python3 "${0%.sh}-$part.py" "$dev1" "$dev2" || fail "$part"
	pair_check
done

badinput "$dev1" "$dev2" wq-delay-wild wq-delay-no-kick wq-delay-memlock \
	wq-scribble || fail "badinput"
pair_check

# The device goes away while frames are held.
port=$(port_of_sf 102)
ready=$(mktemp)
python3 "${0%.sh}-life.py" "$dev1" "$dev2" child >"$ready" &
pid=$!
until [ -s "$ready" ]; do sleep 0.1; done
python3 - "$dev1" "$dev2" <<'PY' || fail "no frames are held"
import sys
from mfraw_test.delay import LONG, MAC2, case, counter, timeout
from mfraw_test.raw import Port, frame
from mfraw_test.rss import Sender
timeout(LONG)
before = counter('rx_delayed')
tx = Sender(Port(sys.argv[1]))
tx.send_burst(30 * [frame(MAC2)])
case('frames are held', counter('rx_delayed') - before, 30)
PY
ok devlink port del "$port"
ok kill $pid
wait $pid
pair_check
