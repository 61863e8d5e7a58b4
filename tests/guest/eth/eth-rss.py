# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import re
import subprocess
import sys
import threading
import time

from mfraw_test.packets import (ICMP, IP, SCTP, TCP, UDP, Dot1Q, Ether, IPv6,
                                fragment, raw)
from mfraw_test.raw import Netdev, frame
from mfraw_test.rss import MS_KEY, MS_VECTORS, packed, toeplitz

eth, rep = sys.argv[1:]
MAC2, FAR = '02:00:00:00:01:02', '02:00:00:00:77:01'
wire = Netdev(rep)


def ethtool(*args):
    return subprocess.check_output(['ethtool', *map(str, args)], text=True)


def table():
    """The indirection table and the key."""
    text = ethtool('-x', eth)
    rows = re.findall(r'^ *\d+: +(.*)$', text, re.M)
    return ([int(q) for row in rows for q in row.split()],
            bytes.fromhex(re.search(r'(?:[0-9a-f]{2}:)+[0-9a-f]{2}', text)[0].replace(':', '')))


def packets():
    text = ethtool('-S', eth)
    return [int(n) for n in re.findall(r'^ *rx\d+_packets: (\d+)$', text, re.M)]


def queue(data):
    """Send a frame, and return the queue that receives it."""
    before = packets()
    wire.send(data)
    for _ in range(100):
        got = [b - a for a, b in zip(before, packets())]
        if any(got):
            break
        time.sleep(0.02)
    assert sorted(got)[-2:] == [0, 1], got
    return got.index(1)


def ip(src, dst, payload, tag=False):
    kind = IPv6 if ':' in src else IP
    head = Ether(dst=MAC2, src=FAR)
    if tag:
        head /= Dot1Q(vlan=0, prio=3)
    return raw(head / kind(src=src, dst=dst) / payload)


def flow(src, dst, fields='sdfn'):
    """The hash input of a flow, made of the given fields."""
    return b''.join([packed(src[0]) if 's' in fields else b'',
                     packed(dst[0]) if 'd' in fields else b'',
                     src[1].to_bytes(2, 'big') if 'f' in fields else b'',
                     dst[1].to_bytes(2, 'big') if 'n' in fields else b''])


def follows(text, cases):
    """Each frame reaches the queue that the table has for the hash of its fields."""
    indir, key = table()
    for data, hashed in cases:
        want = indir[toeplitz(key, hashed) % len(indir)]
        got = queue(data)
        assert got == want, (text, data.hex(), hashed.hex(), got, want)
    print('ok -', text)


def flows(proto, v6, count=8):
    net = 'fd00::' if v6 else '192.0.2.'
    for i in range(count):
        yield (f'{net}{i + 1}', 1000 + 7 * i), (f'{net}{200 + i % 3}', 80 + i)


def frames(proto, v6, fields='sdfn', count=8):
    return [(ip(s[0], d[0], proto(sport=s[1], dport=d[1])), flow(s, d, fields))
            for s, d in flows(proto, v6, count)]


# By default, the table has all queues in turn, and the key is random.
indir, key = table()
assert indir == [i % 4 for i in range(128)], indir
assert len(key) == 40 and len(set(key)) > 8, key
for proto in TCP, UDP, SCTP:
    for v6 in False, True:
        follows(f'{proto.__name__}, IPv{6 if v6 else 4}', frames(proto, v6))

# The published key gives the published hashes.
ethtool('-X', eth, 'hkey', ':'.join(f'{b:02x}' for b in MS_KEY))
assert table() == (indir, MS_KEY)
for dst, src, addrs, ports in MS_VECTORS:
    for tag in False, True:
        data = ip(src[0], dst[0], TCP(sport=src[1], dport=dst[1]), tag)
        assert queue(data) == indir[ports % 128], (src, dst)
        data = ip(src[0], dst[0], b'esp'.ljust(60, b'x'))
        assert queue(data) == indir[addrs % 128], (src, dst)
print('ok - the published vectors')

# Each kind of flow has hash fields of its own.
for proto, name in (TCP, 'tcp'), (UDP, 'udp'), (SCTP, 'sctp'):
    for v6, version in (False, 4), (True, 6):
        for fields in 'sd', 's', 'fn':
            ethtool('-N', eth, 'rx-flow-hash', f'{name}{version}', fields)
            text = ethtool('-n', eth, 'rx-flow-hash', f'{name}{version}')
            shown = {'s': 'IP SA', 'd': 'IP DA', 'f': 'bytes 0 & 1',
                     'n': 'bytes 2 & 3'}
            assert all((shown[f] in text) == (f in fields) for f in shown), text
            follows(f'{name}{version} by {fields}', frames(proto, v6, fields, 4))
        ethtool('-N', eth, 'rx-flow-hash', f'{name}{version}', 'sdfn')
for name in 'ah4', 'esp4', 'ah6', 'esp6':
    text = ethtool('-n', eth, 'rx-flow-hash', name)
    assert 'IP SA' in text and 'bytes' not in text, text

# Frames without ports are hashed by their addresses, others not at all.
src, dst = ('192.0.2.9', 0), ('192.0.2.10', 0)
whole = IP(src=src[0], dst=dst[0], id=7) / UDP(sport=7, dport=9) / (100 * b'x')
follows('fragments of one datagram', [
    (raw(Ether(dst=MAC2, src=FAR) / part), flow(src, dst, 'sd'))
    for part in fragment(whole, 48)])
follows('ICMP', [(ip(src[0], dst[0], ICMP()), flow(src, dst, 'sd'))])
follows('a frame that is not IP', [(frame(MAC2, FAR), b'')])

# A change of the table applies to the next frame.
for args, want in [
        (('equal', 2), [0, 1]), (('start', 2, 'equal', 2), [2, 3]),
        (('weight', 0, 1, 0, 3), [1, 3, 3, 3]), (('weight', 0, 0, 1), [2]),
        (('equal', 4), [0, 1, 2, 3]), (('default',), [0, 1, 2, 3])]:
    ethtool('-X', eth, *args)
    now, _ = table()
    assert {q: now.count(q) for q in now} == {
        q: 128 * want.count(q) // len(want) for q in want}, now
    follows('table ' + ' '.join(map(str, args)), frames(TCP, False))
assert table()[0] == indir

# When the number of queues changes, a table that the user set stays. Queues that it
# uses can't be removed.
ethtool('-X', eth, 'weight', 0, 0, 3, 1)
mine = table()[0]
out = subprocess.run(['ethtool', '-L', eth, 'combined', '2'], text=True,
                     stderr=subprocess.PIPE)
assert out.returncode and 'indirection table' in out.stderr, out
ethtool('-X', eth, 'equal', 2)
mine, key = table()
for n in 2, 4:
    ethtool('-L', eth, 'combined', n)
    assert table() == (mine, key), table()
follows('a table of two queues', frames(TCP, False))
ethtool('-X', eth, 'default')
for state in 'down', 'up':
    subprocess.run(['ip', 'link', 'set', eth, state], check=True)
    for n in 1, 3, 2, 4:
        ethtool('-L', eth, 'combined', n)
        assert table() == ([i % n for i in range(128)], key), table()
subprocess.run(['ip', 'link', 'set', eth, 'mtu', '1400'], check=True)
assert table() == ([i % 4 for i in range(128)], key), table()
follows('all four again', frames(TCP, False))

# No frame is lost while table, key and fields change.
sent = [data for data, _ in frames(UDP, False, count=20)]
before = sum(packets())
done = False
count = 0


def send():
    global count
    while not done:
        for data in sent:
            wire.send(data)
        count += len(sent)
        time.sleep(0.001)


sender = threading.Thread(target=send)
sender.start()
for i in range(15):
    ethtool('-X', eth, 'weight', *(1 + (i + q) % 3 for q in range(4)))
    ethtool('-X', eth, 'hkey', ':'.join(f'{b ^ i:02x}' for b in MS_KEY))
    ethtool('-N', eth, 'rx-flow-hash', 'udp4', 'sd' if i % 2 else 'sdfn')
done = True
sender.join()
time.sleep(0.2)
assert sum(packets()) - before == count, (sum(packets()) - before, count)
print('ok - changes under', count, 'frames')
