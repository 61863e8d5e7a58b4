# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Blocks of random bytes by TCP, whose hash comes back. Arguments: "serve", or the address
of the server and a number."""
import hashlib
import random
import socketserver
import socket
import sys

PORT, BLOCKS, BLOCK = 7001, 20, 100000


class Hash(socketserver.StreamRequestHandler):
    def handle(self):
        while block := self.rfile.read(BLOCK):
            self.wfile.write(hashlib.sha256(block).digest())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if sys.argv[1] == 'serve':
    Server(('', PORT), Hash).serve_forever()
rng = random.Random(int(sys.argv[2]))
with socket.create_connection((sys.argv[1], PORT), timeout=120) as conn:
    for _ in range(BLOCKS):
        data = rng.randbytes(BLOCK)
        conn.sendall(data)
        got = b''
        while len(got) < 32:
            part = conn.recv(32 - len(got))
            assert part, 'the connection ended'
            got += part
        assert got == hashlib.sha256(data).digest(), 'another block arrived'
print(BLOCKS)
