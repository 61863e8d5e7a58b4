#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Delayed drop: WQs that keep frames for which nothing is posted, for a while.
# In order and whole, as if they had come later; what there is no room or no time
# for is counted; and nobody else notices.
set -u
. "$(dirname "$0")/lib-sf.sh"

pair_up
here=$(realpath "$(dirname "$0")")
cd "$here" || exit
for part in held same timeout life; do
	echo "# $part"
	PYTHONPATH=. python3 delay_drop/$part.py "$dev1" "$dev2" || fail "$part"
	pair_check
done

badinput "$dev1" "$dev2" wq-delay-wild wq-delay-no-kick wq-delay-memlock \
	wq-scribble || fail "badinput"
pair_check

# The device goes with frames held.
port=$(port_of_sf 102)
ready=$(mktemp)
PYTHONPATH=. python3 delay_drop/life.py "$dev1" "$dev2" child >"$ready" &
pid=$!
until [ -s "$ready" ]; do sleep 0.1; done
PYTHONPATH=. python3 - "$dev1" "$dev2" <<'PY' || fail "frames for it"
import sys
from lib_delay import LONG, MAC2, case, counter, timeout
from lib_raw import Port, frame
from lib_rss import Sender
timeout(LONG)
before = counter('rx_delayed')
tx = Sender(Port(sys.argv[1]))
tx.send_burst(30 * [frame(MAC2)])
case('held', counter('rx_delayed') - before, 30)
PY
ok devlink port del "$port"
ok kill $pid
wait $pid
pair_check
