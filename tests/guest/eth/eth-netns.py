# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Frames and their receivers, which are the same in each kind of container network.

eth-netns.py NS/INTERFACE...: each interface sends frames to each other one. The
program prints a line for each frame and receiver. The name of an interface is its
position among the arguments.
"""
import ctypes
import os
import socket
import struct
import sys

from mfraw_test.raw import Netdev, frame

CLONE_NEWNET = 0x40000000
GROUP, EVERYBODY = '01:00:5e:00:00:07', 'ff:ff:ff:ff:ff:ff'
NOBODY = '02:00:00:00:99:99'
libc = ctypes.CDLL(None, use_errno=True)


class Place(Netdev):
    """An interface in a namespace. It ignores frames for other hosts."""
    ignored = (Netdev.PACKET_OUTGOING, 3)       # PACKET_OTHERHOST

    def __init__(self, text):
        name, interface = text.split('/')
        fd = os.open(f'/run/netns/{name}', os.O_RDONLY)
        assert libc.setns(fd, CLONE_NEWNET) == 0
        os.close(fd)
        super().__init__(interface)
        index = socket.if_nametoindex(interface)
        # An application would be in the group, too.
        self.sock.setsockopt(self.SOL_PACKET, 1, struct.pack(
            'iHH8s', index, 0, 6, bytes.fromhex(GROUP.replace(':', ''))))
        self.mac = self.sock.getsockname()[4].hex(':')


def exchange(places):
    sent = {}
    number = 0
    for i, place in enumerate(places):
        for name, mac in [(f'to {j}', p.mac) for j, p in enumerate(places) if p != place] + [
                ('to the group', GROUP), ('to everybody', EVERYBODY),
                ('to nobody', NOBODY)]:
            for size in (46, 700, 1500):
                number += 1
                data = frame(mac, place.mac, data=number.to_bytes(2, 'big') +
                             bytes(k & 0xff for k in range(size - 2)))
                sent[data] = f'{i} {name}, {size} bytes'
                place.send(data)
    for i, place in enumerate(places):
        for data in place.received(0.5):
            if data in sent:
                print(f'{sent[data]}: received by {i}')
            elif data[12:14] == b'\x88\xb5':
                print(f'{i} received a frame that was not sent: {data.hex()}')


if __name__ == '__main__':
    exchange([Place(text) for text in sys.argv[1:]])
