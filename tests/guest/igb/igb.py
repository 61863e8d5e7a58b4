# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Raw frames between two pools of a device, and between them and the wire."""
import sys
import time
from mfraw_test import enums as e
from mfraw_test import raw
from mfraw_test.raw import Netdev, Port, RawQP, frame

MAC1, MAC2 = '02:00:00:00:01:01', '02:00:00:00:01:02'
FAR, NOBODY = '02:00:00:00:77:01', '02:00:00:00:99:99'
BROADCAST, GROUP = 'ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:07'
mtu = int(sys.argv[4]) if len(sys.argv) > 4 else 1500
raw.SLOT = 16384 if mtu > 1500 else raw.SLOT

qp1, qp2 = RawQP(Port(sys.argv[1])), RawQP(Port(sys.argv[2]))
for qp in qp1, qp2:
    qp.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
far = Netdev(sys.argv[3])


def pattern(size):
    return bytes(i * 7 & 255 for i in range(size))


def ours(frames):
    """Without frames of the kernel's own, such as those of IPv6."""
    return [f for f in frames if b'\x88\xb5' in (f[12:14], f[16:18])]


def case(text, send, wants):
    """Send a frame. Receivers get what is wanted, in any time, and no more."""
    got = {receiver: [] for receiver in wants}
    send()
    end = time.monotonic() + 60
    while True:
        for receiver in got:
            got[receiver] += ours(receiver.received())
        if all(len(got[r]) >= len(wants[r]) for r in wants) or \
                time.monotonic() > end:
            break
    for receiver in got:
        got[receiver] += ours(receiver.received())
        assert got[receiver] == wants[receiver], \
            f'{text}: got {got[receiver]}, want {wants[receiver]}'
    print('ok -', text)


def between(text, sender, data, at1=0, at2=0, on_wire=0):
    """The frame arrives that often at both queue pairs and at the wire. Short
    frames are padded for the wire, and so they are between pools."""
    full = data.ljust(60, b'\0')
    case(text, lambda: sender.send(data),
         {qp1: at1 * [data if sender is qp1 else full],
          qp2: at2 * [data if sender is qp2 else full],
          far: on_wire * [full if sender is not far else data]})


sizes = [0, 46, 47, 114, 115, 500, 1500]
if mtu == 1500:
    for size in sizes:
        between(f'{size} bytes from pool to pool', qp1,
                frame(MAC2, MAC1, data=pattern(size)), at2=1)
else:
    # Frames in one, two and three buffers of the receive ring.
    for size in 4078, 4082, 4083, 8178, 8179, mtu:
        between(f'{size} bytes from pool to pool', qp1,
                frame(MAC2, MAC1, data=pattern(size)), at2=1)
    sys.exit()

between('a tag from pool to pool', qp2,
        frame(MAC1, MAC2, tag=0x600a, data=pattern(1500)), at1=1)
between('to the own address', qp1, frame(MAC1, MAC1, data=pattern(10)), at1=1)
# The sender's own queues get a frame once, though the device may reflect it.
between('broadcast', qp1, frame(BROADCAST, MAC1), at1=1, at2=1, on_wire=1)
between('multicast', qp1, frame(GROUP, MAC1), at1=1, at2=1, on_wire=1)
between('unknown address', qp1, frame(NOBODY, MAC1), on_wire=1)
between('from pool to wire', qp1, frame(FAR, MAC1, data=pattern(1500)),
        on_wire=1)
between('from wire to pool', far, frame(MAC2, FAR, data=pattern(1500)), at2=1)
between('unknown address from the wire', far, frame(NOBODY, FAR))
between('broadcast from the wire', far, frame(BROADCAST, FAR, data=pattern(46)),
        at1=1, at2=1)


def counter(dev, name):
    with open(f'/sys/class/infiniband/{dev}/ports/1/hw_counters/{name}') as f:
        return int(f.read())


spoofed = counter(sys.argv[1], 'tx_spoofed')
between('a foreign source address', qp1, frame(MAC2, MAC2))
assert counter(sys.argv[1], 'tx_spoofed') == spoofed + 1
