#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A process that drops its privileges after it has opened the device still
# sends and receives.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
python3 - "$dev1" <<'EOF' || fail "credentials"
import os
import sys
from mfraw_test.raw import Port, RawQP, frame
from pyverbs.spec import EthSpec

port = Port(sys.argv[1])
qp = RawQP(port)
qp.flow(specs=[EthSpec(dst_mac='02:00:00:00:01:01')])
os.setgid(65534)
os.setuid(65534)
data = frame('02:00:00:00:01:01', data=b'still here')
qp.send(data)
assert qp.received() == [data]
print('ok - sent and received as uid', os.getuid())
qp.close()
port.pd.close()
port.ctx.close()
EOF
pair_check
