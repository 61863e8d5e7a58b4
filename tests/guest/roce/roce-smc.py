# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Exchange data by sockets of SMC between the namespaces ns1 and ns2, while
the kernel has queue pairs for them."""
import ctypes
import os
import socket
import struct
import subprocess
import threading

AF_SMC = 43
SIZE = 1 << 20
libc = ctypes.CDLL(None, use_errno=True)


def genl(sock, family, command, version, kind, value):
    """Send a request of generic netlink with one attribute; return the payload
    of the answer."""
    attr = struct.pack('=HH', len(value) + 4, kind) + value
    attr += bytes(-len(attr) % 4)
    sock.send(struct.pack('=IHHIIBBH', 20 + len(attr), family, 5, 1, 0, command, version, 0) + attr)
    answer = sock.recv(65536)
    if struct.unpack_from('=H', answer, 4)[0] == 2:
        error = struct.unpack_from('=i', answer, 16)[0]
        assert not error, os.strerror(-error)
    return answer[20:]


def add_eid(name):
    """Version 2 of SMC, for RoCEv2, needs a name that both sides have."""
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
    sock.bind((0, 0))
    answer = genl(sock, 16, 3, 1, 2, b'SMC_GEN_NETLINK\0')
    while answer:
        length, kind = struct.unpack_from('=HH', answer)
        if kind == 1:
            family, = struct.unpack_from('=H', answer, 4)
        answer = answer[(length + 3) & ~3:]
    sock.recv(65536)
    genl(sock, family, 10, 1, 1, name.ljust(32).encode() + b'\0')


def enter(name):
    with open(f'/run/netns/{name}') as ns:
        assert not libc.setns(ns.fileno(), 0x40000000)


def smc():
    fd = libc.socket(AF_SMC, socket.SOCK_STREAM, 0)
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fd)


def receive(sock, n):
    data = b''
    while len(data) < n:
        part = sock.recv(n - len(data))
        assert part
        data += part
    return data


def serve():
    enter('ns2')
    listener = smc()
    listener.bind(('192.0.2.2', 7777))
    listener.listen()
    ready.set()
    conn, _ = listener.accept()
    conn.sendall(receive(conn, SIZE)[::-1])
    receive(conn, 1)


add_eid('MFRAW')
ready = threading.Event()
server = threading.Thread(target=serve)
server.start()
ready.wait()
enter('ns1')
client = smc()
client.connect(('192.0.2.2', 7777))
sent = os.urandom(SIZE)
sender = threading.Thread(target=client.sendall, args=[sent])
sender.start()
assert receive(client, SIZE) == sent[::-1]
sender.join()
qps = subprocess.run(['rdma', 'resource', 'show', 'qp'], text=True, check=True,
                     capture_output=True).stdout
client.sendall(b'x')
server.join()
assert qps.count('type RC state RTS') >= 2, f'TCP was used: {qps}'
print('ok - sockets of SMC use queue pairs')
