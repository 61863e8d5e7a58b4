# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Small XDP programs, loaded and attached with the bpf system call."""
import ctypes
import os
import socket
import struct

libc = ctypes.CDLL(None, use_errno=True)
BPF, PROG_LOAD, LINK_CREATE = 321, 5, 28
TYPE_XDP, ATTACH_XDP, SKB_MODE, DRV_MODE = 6, 37, 2, 4
# Without this flag, some kernels refuse unaligned access, such as user-mode
# Linux.
ANY_ALIGNMENT = 2
ABORTED, DROP, PASS, TX, REDIRECT = range(5)


def bpf(command, attr):
    buf = ctypes.create_string_buffer(attr.ljust(144, b'\0'))
    fd = libc.syscall(BPF, command, buf, len(buf))
    if fd < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return fd


# Each function returns the code of one instruction. Registers are numbers.
def mov(dst, imm):
    return struct.pack('<BBhi', 0xb7, dst, 0, imm)


def copy(dst, src):
    return struct.pack('<BBhi', 0xbf, dst | src << 4, 0, 0)


def add(dst, imm):
    return struct.pack('<BBhi', 0x07, dst, 0, imm)


def load(size, dst, src, off):
    return struct.pack('<BBhi', {2: 0x69, 4: 0x61}[size], dst | src << 4, off, 0)


def store(size, dst, off, src):
    return struct.pack('<BBhi', {2: 0x6b, 4: 0x63}[size], dst | src << 4, off, 0)


def call(helper):
    return struct.pack('<BBhi', 0x85, 0, 0, helper)


EXIT = struct.pack('<BBhi', 0x95, 0, 0, 0)


def bounds(n):
    """Set r2 to the frame, and drop frames of less than n bytes."""
    return (load(4, 2, 6, 0) + load(4, 3, 6, 4) + copy(4, 2) + add(4, n) +
            struct.pack('<BBhi', 0xbd, 4 | 3 << 4, 2, 0) + mov(0, DROP) + EXIT)


def verdict(n):
    return mov(0, n) + EXIT


def swap_and_send():
    """Send the frame back to its sender."""
    return (copy(6, 1) + bounds(14) + load(4, 5, 2, 0) + load(2, 7, 2, 4) +
            load(4, 8, 2, 6) + load(2, 9, 2, 10) + store(4, 2, 0, 8) +
            store(2, 2, 4, 9) + store(4, 2, 6, 5) + store(2, 2, 10, 7) + verdict(TX))


def redirect(interface):
    return mov(1, socket.if_nametoindex(interface)) + mov(2, 0) + call(23) + EXIT


def redirect_nowhere():
    return mov(1, 99999) + mov(2, 0) + call(23) + EXIT


def strip_tag(then):
    """Remove a vlan tag: move the head, and write the MAC addresses there."""
    return (copy(6, 1) + bounds(18) + load(4, 7, 2, 0) + load(4, 8, 2, 4) +
            load(4, 9, 2, 8) + copy(1, 6) + mov(2, 4) + call(44) + bounds(12) +
            store(4, 2, 0, 7) + store(4, 2, 4, 8) + store(4, 2, 8, 9) + verdict(then))


def grow(n, then):
    """Grow or shrink the frame by that many bytes at its end."""
    return copy(6, 1) + mov(2, n) + call(65) + verdict(then)


class Program:
    """A program in the driver of an interface, until it is closed or the
    process ends."""
    def __init__(self, interface, insns, mode=DRV_MODE):
        code, licence = ctypes.create_string_buffer(insns), ctypes.create_string_buffer(b'GPL')
        log = ctypes.create_string_buffer(65536)
        try:
            self.prog = bpf(PROG_LOAD, struct.pack(
                '<IIQQIIQII', TYPE_XDP, len(insns) // 8, ctypes.addressof(code),
                ctypes.addressof(licence), 1, len(log), ctypes.addressof(log),
                0, ANY_ALIGNMENT))
        except OSError:
            print(log.value.decode())
            raise
        try:
            self.link = bpf(LINK_CREATE, struct.pack(
                '<IIII', self.prog, socket.if_nametoindex(interface), ATTACH_XDP, mode))
        except OSError:
            os.close(self.prog)
            raise

    def close(self):
        os.close(self.link)
        os.close(self.prog)
