# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import errno
import glob
import random
import struct
import subprocess
import sys
from mfraw_test import enums as e
from mfraw_test.offload import (HEADROOM, MAC1, MAC2, Gso, TxQP, case,
                         cq_ex, ones_sum, poll, refused)
from mfraw_test.packets import (ICMP, IP, TCP, UDP, Dot1AD, Dot1Q, Ether,
                                IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
                                IPv6ExtHdrRouting, raw)
from mfraw_test.rate import limit
from mfraw_test.raw import Port, RawQP, frame

one, two = Port(sys.argv[1]), Port(sys.argv[2])
caps = one.ctx.query_device_ex(None)
case('checksums are offered', bool(caps.raw_packet_caps & e.IBV_RAW_PACKET_CAP_IP_CSUM) and
     bool(caps.orig_attr.device_cap_flags & e.IBV_DEVICE_RAW_IP_CSUM))
MAX_TSO = caps.tso_caps.max_tso
cq = cq_ex(one)
tx = TxQP(one, cq, size=MAX_TSO + 4096)
rx = RawQP(two)
rx.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
rng = random.Random(4)
GOOD = (0, e.IBV_WC_SUCCESS)


def received():
    """Return the received frames, and whether their completions report correct
    checksums."""
    frames, idle = [], 0
    while idle < 3:
        _, wcs = rx.cq.poll(64)
        idle = 0 if wcs else idle + 1
        for wc in wcs:
            assert wc.status == e.IBV_WC_SUCCESS, wc
            frames.append((rx.mr.read(wc.byte_len, wc.wr_id * 2048),
                           bool(wc.wc_flags & e.IBV_WC_IP_CSUM_OK)))
            rx.post(wc.wr_id)
    return frames


def exchange(data, flags=0, pieces=1):
    tx.send(data, flags, pieces)
    assert poll(cq) == [GOOD]
    frames = received()
    assert len(frames) == 1, frames
    return frames[0]


# Extended post.
plain = frame(MAC2, data=bytes(range(200)))
case('a frame is sent in pieces', exchange(plain, pieces=3)[0], plain)
for pieces in (1, 3):
    tx.mr.write(plain, len(plain), HEADROOM)
    tx.start()
    tx.qp.wr_send()
    if pieces == 1:
        tx.qp.wr_set_inline_data(tx.addr, 200)
    else:
        from pyverbs.qp import DataBuffer
        tx.qp.wr_set_inline_data_list(2, [DataBuffer(tx.addr, 50),
                                          DataBuffer(tx.addr + 50, 150)])
    tx.qp.wr_complete()
    assert poll(cq) == [GOOD]
    case('a frame is sent inline',
         [f[0] for f in received()], [plain[:200]])

tx.start()
tx.qp.wr_send()
tx.qp.wr_set_sge(tx.sge(0, 100))
tx.qp.wr_abort()
case('an aborted batch sends nothing',
     (received(), cq.start_poll(None)), ([], errno.ENOENT))


def batch(*steps):
    """Post the steps as one batch. wr_complete() fails if a step is refused."""
    tx.start()
    for step in steps:
        step()
    tx.qp.wr_complete()


send = tx.qp.wr_send
data = lambda: tx.qp.wr_set_sge(tx.sge(0, 100))
hdr = lambda size, mss: lambda: tx.qp.wr_send_tso(tx.mr.buf, size, mss)
def flags():
    tx.qp.wr_flags = 1 << 20
refused('too many pieces', errno.EINVAL, batch, send,
        lambda: tx.qp.wr_set_sge_list(17, [tx.sge(0, 10)] * 17))
refused('data without a request', errno.EINVAL, batch, data)
refused('too much inline', errno.EINVAL, batch, send,
        lambda: tx.qp.wr_set_inline_data(tx.addr, 4096))
refused('unknown flags', errno.EINVAL, batch, flags, send)
refused('a full queue', errno.ENOMEM, batch, *[send, data] * 9)
refused('a batch with one bad request', errno.EINVAL, batch, send, data, send,
        lambda: tx.qp.wr_set_sge_list(17, [tx.sge(0, 10)] * 17), send, data)
refused('an empty header', errno.EINVAL, batch, hdr(0, 100))
refused('a header longer than max_tso_header', errno.EINVAL, batch, hdr(129, 100))
refused('an MSS of zero', errno.EINVAL, batch, hdr(54, 0))
refused('an MSS that makes too many segments', errno.EINVAL, batch, hdr(54, 63))
refused('segmentation of inline data', errno.EOPNOTSUPP, batch, hdr(54, 100),
        lambda: tx.qp.wr_set_inline_data(tx.addr, 10))
case('refused batches send nothing', (received(), cq.start_poll(None)), ([], errno.ENOENT))
for op in (e.IBV_QP_EX_WITH_RDMA_WRITE, e.IBV_QP_EX_WITH_SEND_WITH_IMM,
           e.IBV_QP_EX_WITH_LOCAL_INV, 1 << 40):
    refused(f'operations {int(op):#x}', errno.EOPNOTSUPP, TxQP, one, cq, ops=op)
refused('a max_tso_header above the limit', errno.EINVAL, TxQP, one, cq, max_tso=60000)

# Checksums. scapy computes correct ones. Wrong ones are set by hand.
eth = Ether(dst=MAC2, src=MAC1)
v4, v6 = IP(src='10.0.0.1', dst='10.0.0.2'), IPv6(src='fd00::1', dst='fd00::2')


def sample(*headers, size=333, pad=b''):
    """Return the frame with correct checksums, and with wrong ones."""
    packet = eth
    for header in headers:
        packet = packet / header
    packet = packet / rng.randbytes(size)
    right = raw(packet) + pad
    wrong = Ether(raw(packet))
    for layer in (IP, TCP, UDP):
        if layer in wrong:
            wrong[layer].chksum = rng.randrange(1, 0xffff)
    return right, raw(wrong)[:len(right) - len(pad)] + pad


layers = []
for tags in ((), (Dot1Q(vlan=5),), (Dot1AD(vlan=7), Dot1Q(vlan=9))):
    for l3 in (v4, v6):
        for l4 in (TCP(sport=80, dport=4000, flags='PA'), UDP(sport=1, dport=2)):
            layers.append((*tags, l3, l4))
layers.append((IP(src='10.0.0.1', dst='10.0.0.2', options=[b'\x07\x07\x04' + 4 * b'\0' + b'\0']), UDP()))
layers.append((v4, TCP(options=[('MSS', 1460), ('NOP', None), ('WScale', 3)])))
layers.append((v6, IPv6ExtHdrDestOpt(), UDP(sport=1, dport=2)))
count = 0
for headers in layers:
    for size in (0, 1, 46, 333, 1200, 1201):
        for pieces in (1, 2, 4):
            right, wrong = sample(*headers, size=size)
            got = exchange(wrong, e.IBV_SEND_IP_CSUM, pieces)
            assert got == (right, True), (headers, size, got, right)
            count += 1
    assert exchange(wrong) == (wrong, False), headers
    assert exchange(right) == (right, True), headers
case(f'{count} frames get correct checksums', True)
right, wrong = sample(v4, UDP(), size=3, pad=b'padding')
case('the checksum leaves out padding', exchange(wrong, e.IBV_SEND_IP_CSUM), (right, True))
# The same with inline data.
right, wrong = sample(v4, UDP(), size=50)
tx.mr.write(wrong, len(wrong), HEADROOM)
tx.start(flags=e.IBV_SEND_SIGNALED | e.IBV_SEND_IP_CSUM)
tx.qp.wr_send()
tx.qp.wr_set_inline_data(tx.addr, len(wrong))
tx.qp.wr_complete()
assert poll(cq) == [GOOD]
case('an inline frame gets checksums', received(), [(right, True)])
# A computed UDP checksum of zero is sent as ffff. A received zero means that
# there is no checksum, so it does not count as verified.
body = raw(eth / v4 / UDP(sport=1, dport=2) / bytes(2))[40:42]
zero = raw(eth / v4 / UDP(sport=1, dport=2) / body)
assert zero[40:42] == b'\xff\xff'
got = exchange(zero[:40] + b'\x12\x34' + zero[42:], e.IBV_SEND_IP_CSUM)
case('a UDP checksum of zero', got, (zero, True))
none = raw(eth / v4 / UDP(sport=1, dport=2, chksum=0) / b'data')
case('a frame without checksum is not verified', exchange(none), (none, False))


def untouched(text, packet, flags=e.IBV_SEND_IP_CSUM, change=None):
    data = raw(packet)
    if change:
        data = change(data)
    case(text, exchange(data, flags), (data, False))


untouched('a frame without IP', Ether(plain))
untouched('an IPv6 fragment', eth / v6 / IPv6ExtHdrFragment(offset=1, nh=17) / bytes(64))
untouched('an IPv6 frame with a routing header', eth / v6 /
          IPv6ExtHdrRouting(type=0, segleft=1, addresses=['fd00::9']) / UDP(chksum=77))
untouched('IPv4 shorter than its header says', eth / v4 / UDP(chksum=5) / bytes(40),
          flags=0, change=lambda d: d[:60])
untouched('ICMP', eth / v4 / ICMP() / bytes(60))
fragment = eth / IP(src='10.0.0.1', dst='10.0.0.2', flags='MF') / UDP(chksum=99) / bytes(40)
bad_ip = bytearray(raw(fragment))
bad_ip[24:26] = b'\x55\x55'
case('only the IP header of a fragment gets a checksum',
     exchange(bytes(bad_ip), e.IBV_SEND_IP_CSUM), (raw(fragment), False))
for cut in range(14, 62):
    data = bytearray(raw(eth / v4 / TCP())[:cut]) + b''
    tx.send(bytes(data), e.IBV_SEND_IP_CSUM)
    assert poll(cq) == [GOOD]
received()
print('ok - frames with incomplete headers are sent')

switches = glob.glob('/sys/bus/auxiliary/devices/*/offload/rx_csum')
assert switches
right, _ = sample(v4, UDP())
for value in '0', '1':
    for name in switches:
        with open(name, 'w') as f:
            f.write(value)
    case(f'rx_csum {value} decides about the check', exchange(right), (right, value == '1'))
try:
    with open(switches[0], 'w') as f:
        f.write('maybe')
    raise AssertionError('rx_csum accepts a word')
except OSError as ex:
    case('rx_csum refuses a word', ex.errno, errno.EINVAL)

# Segmentation.
gso = Gso()


def tso_case(tags, ip, tcp, size, mss, cuts=()):
    """Compare the segments of the kernel with those of the device. The witness
    gets no tag, since packet sockets do not segment tagged frames."""
    header = raw(eth / ip / tcp)
    l4 = len(header) - len(raw(tcp))
    v6_ = IPv6 in Ether(header)
    payload = rng.randbytes(size)
    # The witness expects the sum of the pseudo header in the checksum field.
    tcp_len = len(header) - l4 + size
    addrs = header[22:54] if v6_ else header[26:34]
    pseudo = ones_sum(addrs + struct.pack('!IHH', tcp_len, 0, 6))
    seen = bytearray(header)
    seen[l4 + 16:l4 + 18] = struct.pack('!H', pseudo)
    if v6_:
        seen[18:20] = struct.pack('!H', tcp_len)
    else:
        seen[16:18] = struct.pack('!H', tcp_len + 20)
    want = gso.segments(bytes(seen), payload, mss, l4, v6_,
                        'C' in str(tcp.flags))
    want = [f[:12] + tags + f[12:] for f in want]
    tx.tso(header[:12] + tags + header[12:], payload, mss, cuts, wr_id=3)
    done = poll(cq, 1, lambda cq: (cq.wr_id, cq.status, cq.read_opcode()))
    assert done == [(3, e.IBV_WC_SUCCESS, e.IBV_WC_TSO)], done
    got = received()
    assert all(ok for _, ok in got), 'a segment has a wrong checksum'
    got = [f for f, _ in got]
    assert len(want) == -(-size // mss), (len(want), size, mss)
    assert got == want, (tags, ip, tcp.flags, size, mss, cuts, [
        (i, a.hex(), b.hex()) for i, (a, b) in enumerate(zip(got, want)) if a != b][:1])


count = 0
for tags in b'', b'\x81\x00\x00\x05', b'\x88\xa8\x00\x07\x81\x00\x00\x05':
    for l3 in (IP(src='10.0.0.1', dst='10.0.0.2', id=65530, flags='DF'), v6):
        for bits in ('A', 'FPA', 'FPACE', 'PAU'):
            for size, mss, cuts in ((1000, 1400, ()), (1400, 1400, ()),
                                    (1401, 1400, (7,)), (5000, 536, (100, 101)),
                                    (20000, 1400, (4096, 8191, 8192)),
                                    (60000, 1000, ()), (150, 64, (1, 1))):
                if size <= mss:
                    continue
                tcp = TCP(sport=80, dport=4000, seq=0xfffffff0, ack=5, flags=bits,
                          urgptr=9, options=[('NOP', None), ('NOP', None),
                                             ('Timestamp', (1, 2))])
                tso_case(tags, l3, tcp, size, mss, cuts)
                count += 1
case(f'{count} requests are segmented as the kernel does', True)
gso.close()

header = raw(eth / v4 / TCP(flags='FPA', seq=1))
tx.tso(header, b'x' * 10, 100)
assert poll(cq) == [GOOD]
short = received()
case('a short request makes one segment', [(len(f), ok, f[47]) for f, ok in short],
     [(64, True, 0x19)])


def stream(frames):
    """Return the payload of the segments of a request."""
    data = b''
    for f, ok in frames:
        assert ok
        packet = Ether(f)
        assert packet[TCP].seq == 1 + len(data), (packet[TCP].seq, len(data))
        data += f[54:]
    return data


# Post the longest request alone, and then several requests with sends between
# them. They make more segments than a burst has frames.
payload = rng.randbytes(MAX_TSO)
tx.tso(header, payload, 1400)
assert poll(cq) == [GOOD]
case('the longest request is complete', stream(received()) == payload)
tx.start()
tx.mr.write(header, len(header), 0)
tx.mr.write(payload, len(payload), HEADROOM)
lengths = [(0, 40000), (40000, 100), (40100, 50000)]
for i, (off, length) in enumerate(lengths):
    tx.qp.wr_id = i
    tx.qp.wr_send_tso(tx.mr.buf, len(header), 1400)
    tx.qp.wr_set_sge(tx.sge(off, length))
    tx.qp.wr_id = 10 + i
    tx.qp.wr_send()
    tx.qp.wr_set_inline_data(tx.mr.buf, 54)
tx.qp.wr_complete()
case('several requests and sends complete', poll(cq, 6),
     [(i + 10 * j, e.IBV_WC_SUCCESS) for i in range(3) for j in range(2)])
frames = [f for f, _ in received()]
want = []
for off, length in lengths:
    want += [payload[o:min(o + 1400, off + length)]
             for o in range(off, off + length, 1400)] + [b'']
case('their frames are in order', [f[54:] for f in frames], want)

# The rate of the port stops the sender in the middle of requests.
def shell(*args):
    return subprocess.run(args, check=True, capture_output=True, text=True).stdout


import json
port = next(name for name, p in json.loads(shell('devlink', '-j', 'port', 'show'))['port'].items()
            if p.get('sfnum') == 101)
stalls = lambda: int(open(f'/sys/class/infiniband/{sys.argv[1]}/ports/1/hw_counters/stalls').read())
before = stalls()
limit(port, '4mbit')
for _ in range(3):
    tx.tso(header, payload[:100000], 1400)
    assert poll(cq) == [GOOD]
    frames = received()
    assert stream(frames) == payload[:100000]
limit(port, '0')
case('the rate makes the queue stall', stalls() > before)


# Each field is wrong once. The QP is in the error state then.
def bad(text, header, status, length=3000, mss=1000, lkey=None):
    qp = TxQP(one, cq)
    qp.mr.write(header, len(header), 0)
    qp.start(8)
    qp.qp.wr_send_tso(qp.mr.buf, len(header), mss)
    qp.qp.wr_set_sge(qp.sge(0, length, lkey))
    qp.qp.wr_send()
    qp.qp.wr_complete()
    case(text, poll(cq, 2), [(8, status), (8, e.IBV_WC_WR_FLUSH_ERR)])
    qp.close()


OP, LEN = e.IBV_WC_LOC_QP_OP_ERR, e.IBV_WC_LOC_LEN_ERR
bad('a header of UDP', raw(eth / v4 / UDP()), OP)
bad('a header without IP', raw(eth) + bytes(40), OP)
bad('bytes behind the header', header + b'x', OP)
bad('a TCP header that is cut short', header[:-1], OP)
bad('an Ethernet header only', header[:14], OP)
bad('a part of an Ethernet header', header[:5], OP)
bad('a header of a fragment', raw(eth / IP(flags='MF') / TCP()), OP)
bad('an IP version of zero', header[:14] + b'\0' + header[15:], OP)
bad('a TCP header length of zero', header[:46] + b'\0' + header[47:], OP)
bad('a segment that is too long', header, LEN, length=60000, mss=50000)
bad('no payload', header, LEN, length=0)
bad('a payload longer than max_tso', header, LEN, length=MAX_TSO + 1)
bad('an unknown lkey', header, e.IBV_WC_LOC_PROT_ERR, lkey=0)
case('bad requests send nothing', received(), [])
tx.close()
rx.close()
