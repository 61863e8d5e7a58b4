# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Chains of nftables that drop all packets, made with netlink alone."""
import os
import socket
import struct

NFNETLINK, NF_TABLES = 12, 10
BATCH_BEGIN, BATCH_END = 16, 17
NEWTABLE, DELTABLE, NEWCHAIN = 0, 2, 3
REQUEST, ACK, CREATE = 1, 4, 0x400
NETDEV, BRIDGE = 5, 7
INGRESS, EGRESS = 0, 1          # of netdev
FORWARD = 2                     # of bridge
DROP, ACCEPT = 0, 1


def attr(kind, data):
    if isinstance(data, str):
        data = data.encode() + b'\0'
    elif isinstance(data, int):
        data = struct.pack('!I', data)
    return (struct.pack('HH', len(data) + 4, kind) + data).ljust(len(data) + 4 + 3 & ~3, b'\0')


def nest(kind, *attrs):
    return attr(kind | 0x8000, b''.join(attrs))


def message(kind, family, flags, data, resource=0):
    body = struct.pack('!BBH', family, 0, resource) + data
    return struct.pack('IHHII', 16 + len(body), kind, REQUEST | flags, 1, 0) + body


def commit(*messages):
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NFNETLINK)
    sock.bind((0, 0))
    sock.send(message(BATCH_BEGIN, 0, 0, b'', NF_TABLES) + b''.join(messages) +
              message(BATCH_END, 0, 0, b'', NF_TABLES))
    for _ in messages:
        error = -struct.unpack('i', sock.recv(4096)[16:20])[0]
        if error:
            raise OSError(error, os.strerror(error))
    sock.close()


class Chain:
    """A base chain with a policy and no rules, as a context manager."""
    def __init__(self, family, hook, dev=None, policy=DROP):
        self.family = family
        hook = [attr(1, hook), attr(2, 0)]
        if dev:
            hook.append(attr(3, dev))
        subsystem = NF_TABLES << 8
        self.make = (
            message(subsystem | NEWTABLE, family, CREATE | ACK, attr(1, 'test')),
            message(subsystem | NEWCHAIN, family, CREATE | ACK,
                    attr(1, 'test') + attr(3, 'all') + nest(4, *hook) +
                    attr(5, policy) + attr(7, 'filter')))
        self.undo = message(subsystem | DELTABLE, family, ACK, attr(1, 'test'))

    def __enter__(self):
        commit(*self.make)
        return self

    def __exit__(self, *_):
        commit(self.undo)
