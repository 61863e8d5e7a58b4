# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import subprocess
import sys
import time

from mfraw_test import enums as e
from mfraw_test.packets import rdpcap
from mfraw_test.raw import Netdev, Port, RawQP, frame

MAC1, MAC2, FAR = '02:00:00:00:01:01', '02:00:00:00:01:02', '02:00:00:00:77:01'
SF1, SF2, UPLINK, WIRE = 'mfnic0sf101', 'mfnic0sf102', 'mfnic0p0', 'wire1'
ONE, TWO = (RawQP(Port(d)) for d in sys.argv[1:])
for qp in ONE, TWO:
    qp.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)


class Dump:
    """tcpdump on a device, for one direction."""
    def __init__(self, dev, direction):
        self.file = f'/tmp/{dev}-{direction}.pcap'
        self.proc = subprocess.Popen(
            ['tcpdump', '-Z', 'root', '-i', dev, '-Q', direction, '-U',
             '--immediate-mode', '-w', self.file,
             'ether proto 0x88b5 or (vlan and ether proto 0x88b5)'],
            stderr=subprocess.PIPE, text=True)
        for line in self.proc.stderr:
            if 'listening on' in line:
                break

    def frames(self):
        return [bytes(p) for p in rdpcap(self.file)]

    def stop(self):
        self.proc.terminate()
        self.proc.wait()
        return self.frames()


def sh(command):
    subprocess.run(command.split(), check=True)


def seen(send, want):
    """Return the frames that each device sees while send() runs, and those of
    both queues. Wait until the frames of @want are there, and then 0.5 s for
    others."""
    dumps = {(d, q): Dump(d, q) for d, q in (
        (SF1, 'in'), (SF2, 'in'), (UPLINK, 'in'), (SF1, 'out'), (SF2, 'out'),
        (UPLINK, 'out'), (WIRE, 'in'))}
    send()
    for _ in range(300):
        if all(len(dumps[key].frames()) >= len(frames) for key, frames in want.items()):
            break
        time.sleep(0.1)
    time.sleep(0.5)
    shown = {key: frames for key, dump in dumps.items() if (frames := dump.stop())}
    return shown, ONE.received(), TWO.received()


def case(text, send, shown, one, two):
    """Check which devices see the frame, and which queues get it."""
    got, want = seen(send, shown), (shown, one, two)
    assert got == want, f'{text}:\n got {got}\nwant {want}'
    print('ok -', text)


# The destination is unknown, so the bridge floods one copy to each member.
data = frame(FAR, src=MAC1)
case('an unknown destination is flooded', lambda: ONE.send(data),
     {(SF1, 'in'): [data], (SF2, 'out'): [data], (UPLINK, 'out'): [data],
      (WIRE, 'in'): [data]}, [], [data])
# The same for broadcast. The sender's own port gets a copy within the port.
data = frame('ff:ff:ff:ff:ff:ff', src=MAC1)
case('broadcast is flooded', lambda: ONE.send(data),
     {(SF1, 'in'): [data], (SF2, 'out'): [data], (UPLINK, 'out'): [data],
      (WIRE, 'in'): [data]}, [data], [data])
# Both ends are known, so the switch forwards and no representor sees the
# frame.
data = frame(MAC2, src=MAC1)
case('a known destination is offloaded', lambda: ONE.send(data), {}, [], [data])
# From the wire to a known port, and back once the bridge has learned.
data = frame(MAC1, src=FAR)
wire = Netdev(WIRE)
learned = {(UPLINK, 'in'): [data]}
shown, one, two = seen(lambda: wire.send(data), learned)
assert (one, two) == ([data], []), (one, two)
assert shown.items() >= learned.items(), shown
print('ok - the bridge learns an address from the wire')
back = frame(FAR, src=MAC1)
case('a frame to the wire is offloaded',
     lambda: ONE.send(back), {(WIRE, 'in'): [back]}, [], [])
case('a frame from the wire is offloaded', lambda: wire.send(data), {}, [data], [])
# A rule sends the frame out with a tag. No other device sees it.
sh(f'tc filter add dev {SF1} ingress prio 1 protocol 0x88b5 flower skip_sw dst_mac {FAR} '
   f'action vlan push id 7 action mirred egress redirect dev {UPLINK}')
tagged = back[:12] + b'\x81\x00\x00\x07' + back[12:]
case('a rule redirects the frame with a tag',
     lambda: ONE.send(back), {(WIRE, 'in'): [tagged]}, [], [])
# A rule in software gets the frames that the switch leaves to it. The
# representor sees the frame, and tc moves it.
sh(f'tc filter del dev {SF1} ingress')
other = '02:00:00:00:77:02'
sh(f'tc filter add dev {SF1} ingress prio 1 protocol 0x88b5 flower skip_hw dst_mac {other} '
   f'action mirred egress redirect dev {SF2}')
data = frame(other, src=MAC1)
case('a rule of the kernel redirects the frame', lambda: ONE.send(data),
     {(SF1, 'in'): [data], (SF2, 'out'): [data]}, [], [data])
# A frame that the host sends on a representor arrives at the port only.
sh(f'tc filter del dev {SF1} ingress')
rep = Netdev(SF2)
data = frame(MAC2, src=FAR, data=99 * b'h')
case('a frame of the host arrives',
     lambda: rep.send(data), {(SF2, 'out'): [data]}, [], [data])
