# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""tc filters, and who gets a frame: for tests of the tc offload."""
import json
import shlex
import socket
import struct
import subprocess
import time

ETH_P_ALL = 3
SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23
TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 0x10, 0x40


def run(command):
    return subprocess.run(shlex.split(command), check=True, text=True,
                          capture_output=True).stdout


class Rules:
    """Filters on the ingress of a device, while in the context."""
    def __init__(self, dev, *rules):
        self.dev = dev
        self.rules = rules

    def __enter__(self):
        for i, rule in enumerate(self.rules):
            if not rule.startswith('prio'):
                rule = f'prio {i + 1} {rule}'
            try:
                run(f'tc filter add dev {self.dev} ingress {rule}')
            except subprocess.CalledProcessError as ex:
                self.__exit__()
                raise AssertionError(f'{rule}: {ex.stderr}') from None
        return self

    def __exit__(self, *_):
        run(f'tc filter del dev {self.dev} ingress')

    def show(self):
        out = run(f'tc -s -j filter show dev {self.dev} ingress')
        return [f for f in json.loads(out) if 'options' in f]


class Tap:
    """What a device receives, with the vlan tag where it was."""
    def __init__(self, dev):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                  socket.htons(ETH_P_ALL))
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.sock.bind((dev, ETH_P_ALL))
        self.sock.setblocking(False)

    def received(self):
        frames = []
        while True:
            try:
                data, anc, _, _ = self.sock.recvmsg(65536, 256)
            except BlockingIOError:
                return frames
            for _, kind, aux in anc:
                if kind != PACKET_AUXDATA:
                    continue
                status, _, _, _, _, tci, tpid = struct.unpack('IIIHHHH', aux)
                if status & TP_STATUS_VLAN_VALID:
                    if not status & TP_STATUS_VLAN_TPID_VALID:
                        tpid = 0x8100
                    data = data[:12] + struct.pack('!HH', tpid, tci) + data[12:]
            frames.append(data)

    def close(self):
        self.sock.close()


def counters(dev):
    out = run(f'ethtool -S {dev}').splitlines()[1:]
    return {k.strip(): int(v) for k, v in (line.split(':') for line in out)}


def wait_for(what, timeout=5):
    end = time.monotonic() + timeout
    while not what():
        assert time.monotonic() < end, 'nothing happened'
        time.sleep(0.02)
