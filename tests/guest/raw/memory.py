# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import ctypes
import errno
import fcntl
import mmap
import os
import struct
import sys
from mfraw_test import enums as e
from mfraw_test.raw import DEPTH, MR, PD, SGE, Port, RawQP, RecvWR, SendWR, frame
from pyverbs.spec import EthSpec
from pyverbs.pyverbs_error import PyverbsRDMAError
from pyverbs.mr import DmaBufMR

MAC2 = '02:00:00:00:01:02'
WRITE, READ = e.IBV_ACCESS_LOCAL_WRITE, 0
one, two = Port(sys.argv[1]), Port(sys.argv[2])
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int,
                      ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
MAP_HUGETLB, MAP_FAILED = 0x40000, ctypes.c_void_p(-1).value


def case(text, got, want=True):
    assert got == want, f'{text}: got {got}, want {want}'
    print('ok -', text)


def fails(text, code, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except PyverbsRDMAError as ex:
        case(text, ex.error_code, code)
    else:
        raise AssertionError(text + ': not refused')


def map_(length, prot=mmap.PROT_READ | mmap.PROT_WRITE,
         flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, fd=-1):
    addr = libc.mmap(None, length, prot, flags, fd, 0)
    assert addr != MAP_FAILED, os.strerror(ctypes.get_errno())
    return addr


def send(mr, addr, length):
    """Send one frame from this memory; return the status."""
    tx.qp.post_send(SendWR(wr_id=DEPTH, num_sge=1,
                           sg=[SGE(addr, length, mr.lkey)],
                           send_flags=e.IBV_SEND_SIGNALED))
    return status(tx)


def status(qp):
    n = 0
    while not n:
        n, wcs = qp.cq.poll(1)
    return wcs[0].status


def receive(mr, addr, length, pd=None):
    """Send to a QP of @pd that receives into this memory; return the status
    there."""
    from mfraw_test.raw import CQ, QP, QPAttr, QPCap, QPInitAttrEx, Flow, FlowAttr
    cq = CQ(two.ctx, 4, None, None, 0)
    init = QPInitAttrEx(qp_type=e.IBV_QPT_RAW_PACKET, scq=cq, rcq=cq,
                        pd=pd or two.pd, cap=QPCap(1, 1, 1, 1),
                        comp_mask=e.IBV_QP_INIT_ATTR_PD)
    qp = QP(two.ctx, init, QPAttr(port_num=1))
    attr = FlowAttr(num_of_specs=1, port=1)
    attr.specs.append(EthSpec(dst_mac=MAC2))
    flow = Flow(qp, attr)
    qp.post_recv(RecvWR(1, 1, [SGE(addr, length, mr.lkey)]))
    tx.send(data)
    n = 0
    while not n:
        n, wcs = cq.poll(1)
    assert status(tx) == e.IBV_WC_SUCCESS
    flow.close()
    qp.close()
    cq.close()
    return wcs[0].status


data = frame(MAC2, data=bytes(range(200)) * 6)
OK, PROT = e.IBV_WC_SUCCESS, e.IBV_WC_LOC_PROT_ERR
tx = RawQP(one)
rx = RawQP(two)
rx.flow(specs=[EthSpec(dst_mac=MAC2)], priority=3)


def revive():
    """Replace the sender, which an error has ended."""
    global tx
    tx.close()
    tx = RawQP(one)


# Memory of a read-only file: registration for writing is refused.
path = '/tmp/frame'
with open(path, 'wb') as f:
    f.write(bytes(100) + data + bytes(8192))
fd = os.open(path, os.O_RDONLY)
ro = map_(8192, mmap.PROT_READ, mmap.MAP_SHARED, fd)
mr = MR(one.pd, 8192, READ, ro)
case('a frame is sent from read-only memory', send(mr, ro + 100, len(data)), OK)
case('the frame arrives', rx.received(), [data])
mr.close()
fails('read-only memory is not registered for writing', errno.EFAULT, MR, one.pd, 8192,
      WRITE, ro)
libc.munmap(ro, 8192)
os.close(fd)

# Uses that a region permits.
plain = map_(65536)
ctypes.memmove(plain, data, len(data))
mr = MR(two.pd, 65536, READ, plain)
case('a region without local write takes no frame',
     receive(mr, plain + 4096, 4096), PROT)
mr.rereg(e.IBV_REREG_MR_CHANGE_ACCESS, access=WRITE)
case('with local write, the region takes a frame', receive(mr, plain + 4096, 4096), OK)
case('the memory has the frame', ctypes.string_at(plain + 4096, len(data)), data)
mr.rereg(e.IBV_REREG_MR_CHANGE_ACCESS, access=READ)
case('after local write is taken back, it takes none',
     receive(mr, plain + 4096, 4096), PROT)
pd = PD(two.ctx)
mr.rereg(e.IBV_REREG_MR_CHANGE_PD | e.IBV_REREG_MR_CHANGE_ACCESS, pd=pd,
         access=WRITE)
case('QPs of the old PD can not use the region', receive(mr, plain, 4096), PROT)
case('QPs of the new PD can use it', receive(mr, plain, 4096, pd), OK)
mr.rereg(e.IBV_REREG_MR_CHANGE_PD, pd=two.pd)
case('the old PD has the region again', receive(mr, plain, 4096), OK)
other = map_(65536)
mr.rereg(e.IBV_REREG_MR_CHANGE_TRANSLATION, pd=two.pd, addr=other + 100,
         length=5000)
case('the region moves to other memory', receive(mr, other + 200, 4096), OK)
case('the new memory has the frame', ctypes.string_at(other + 200, len(data)), data)
case('the old memory is refused', receive(mr, plain, 4096), PROT)
case('memory before the region is refused', receive(mr, other + 99, 4096), PROT)
case('memory behind the region is refused',
     receive(mr, other + 5100 - len(data) + 1, 4096), PROT)
case('an entry may be longer than the region, if the frame is not',
     receive(mr, other + 5100 - len(data), 4096), OK)
case('the end of the region has the frame',
     ctypes.string_at(other + 5100 - len(data), len(data)), data)
mr.rereg(e.IBV_REREG_MR_CHANGE_TRANSLATION | e.IBV_REREG_MR_CHANGE_PD |
         e.IBV_REREG_MR_CHANGE_ACCESS, pd=pd, addr=plain, length=65536,
         access=WRITE)
case('PD, access and memory change at once', receive(mr, plain + 8192, 4096, pd), OK)


def rereg_fails(text, code, *args, **kwargs):
    fails(text, code, mr.rereg, *args, **kwargs)


rereg_fails('memory that is not mapped', errno.EFAULT,
            e.IBV_REREG_MR_CHANGE_TRANSLATION, pd=pd, addr=4096, length=4096)
rereg_fails('access on demand', errno.EOPNOTSUPP,
            e.IBV_REREG_MR_CHANGE_ACCESS, access=e.IBV_ACCESS_ON_DEMAND)
rereg_fails('remote write without local', errno.EINVAL,
            e.IBV_REREG_MR_CHANGE_ACCESS, access=e.IBV_ACCESS_REMOTE_WRITE)
rereg_fails('addresses from zero', errno.EOPNOTSUPP,
            e.IBV_REREG_MR_CHANGE_ACCESS, access=e.IBV_ACCESS_ZERO_BASED)
rereg_fails('no length', errno.EINVAL,
            e.IBV_REREG_MR_CHANGE_TRANSLATION, pd=pd, addr=plain, length=0)
rereg_fails('access without its flag', errno.EINVAL,
            e.IBV_REREG_MR_CHANGE_PD, pd=pd, access=WRITE)
rereg_fails('unknown flag', errno.EINVAL, 1 << 5, pd=pd)
case('a refused change does not change the region',
     receive(mr, plain + 8192, 4096, pd), OK)
mr.close()
pd.close()

# Refused registrations.
fails('on demand', errno.EOPNOTSUPP, MR, one.pd, 4096, e.IBV_ACCESS_ON_DEMAND,
      plain)
fails('zero based', errno.EOPNOTSUPP, MR, one.pd, 4096, e.IBV_ACCESS_ZERO_BASED,
      plain)
fails('remote write without local', errno.EINVAL, MR, one.pd, 4096,
      e.IBV_ACCESS_REMOTE_WRITE, plain)
fails('not mapped', errno.EFAULT, MR, one.pd, 4096, WRITE, 4096)
most = one.ctx.query_device().max_mr_size
case('max_mr_size is a limit', 1 << 30 < most < 1 << 44)
fails('more than max_mr_size', errno.EINVAL, MR, one.pd, most + 1, WRITE, plain)
mr = MR(one.pd, 4096, WRITE | e.IBV_ACCESS_RELAXED_ORDERING |
        e.IBV_ACCESS_HUGETLB, plain)
mr.close()
print('ok - optional access flags')

# Huge pages are registered, and frames cross their border in both directions.
HUGE = 2 << 20
if os.path.exists('/sys/kernel/mm/hugepages'):
    huge = map_(2 * HUGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_HUGETLB)
    place = huge + HUGE - 100
    ctypes.memmove(place, data, len(data))
    mr = MR(one.pd, 2 * HUGE, WRITE, huge)
    case('a frame is sent across huge pages', send(mr, place, len(data)), OK)
    case('the frame arrives', rx.received(), [data])
    mr.close()
    mr = MR(two.pd, 2 * HUGE, WRITE, huge)
    ctypes.memset(place, 0, len(data))
    case('a frame is received across huge pages', receive(mr, place, 4096), OK)
    case('the memory has the frame', ctypes.string_at(place, len(data)), data)
    mr.close()
    libc.munmap(huge, 2 * HUGE)
else:
    print('# skipped: this kernel has no huge pages')

# A dma-buf of a memfd.
UDMABUF_CREATE = 0x40187542
MFD_HUGETLB, F_SEAL_SHRINK = 4, 2


def udmabuf(size, flags=0):
    mem = os.memfd_create('buf', os.MFD_ALLOW_SEALING | flags)
    os.ftruncate(mem, size)
    fcntl.fcntl(mem, fcntl.F_ADD_SEALS, F_SEAL_SHRINK)
    with open('/dev/udmabuf', 'rb') as dev:
        buf = fcntl.ioctl(dev, UDMABUF_CREATE,
                          bytearray(struct.pack('IIQQ', mem, 0, 0, size)))
    return mem, mmap.mmap(mem, size), buf


mem, view, buf = udmabuf(65536)
view[4196:4196 + len(data)] = data
mr = DmaBufMR(one.pd, 32768, READ, dmabuf=buf, offset=4096)
# Addresses in it are offsets, since pyverbs registers it so.
case('a frame is sent from a dma-buf', send(mr, 4196, len(data)), OK)
case('the frame arrives', rx.received(), [data])
case('memory beyond the region is refused', send(mr, 4096 + 32768 - 60, 61), PROT)
revive()
mr.close()
mr = DmaBufMR(two.pd, 65536, WRITE, dmabuf=buf)
case('a frame is received to a dma-buf', receive(mr, 8000, 4096), OK)
case('the dma-buf has the frame', view[8000:8000 + len(data)], data)
os.close(buf)
os.close(mem)
case('the region keeps a closed dma-buf', receive(mr, 20000, 4096), OK)
case('the closed dma-buf has the frame', view[20000:20000 + len(data)], data)
mr.close()

mem, view, buf = udmabuf(8192)
mr = DmaBufMR(two.pd, 8192, READ, dmabuf=buf)
case('a dma-buf region without local write takes no frame',
     receive(mr, 0, 4096), PROT)
fails('a dma-buf region is not changed', errno.EINVAL, mr.rereg,
      e.IBV_REREG_MR_CHANGE_ACCESS, access=WRITE)
mr.close()
fails('a region beyond the end of a dma-buf', errno.EINVAL,
      DmaBufMR, two.pd, 8193, WRITE, dmabuf=buf)
fails('a region that begins at the end of a dma-buf', errno.EINVAL, DmaBufMR, two.pd, 4096,
      WRITE, dmabuf=buf, offset=8192)
fails('a region whose end overflows', errno.EINVAL, DmaBufMR, two.pd, 2 ** 64 - 4096, WRITE,
      dmabuf=buf, offset=8192)
fails('a region without bytes', errno.EINVAL, DmaBufMR, two.pd, 0, WRITE, dmabuf=buf)
fails('a file that is no dma-buf', errno.EINVAL, DmaBufMR, two.pd, 4096, WRITE, dmabuf=mem)
fails('a closed file', errno.EBADF, DmaBufMR, two.pd, 4096, WRITE, dmabuf=999)
fails('dma-buf for a window', errno.EINVAL, DmaBufMR, two.pd, 4096,
      WRITE | e.IBV_ACCESS_MW_BIND, dmabuf=buf)
os.close(buf)
os.close(mem)

# A dma-buf of huge pages works, or is refused.
if os.path.exists('/sys/kernel/mm/hugepages'):
    mem, view, buf = udmabuf(HUGE, MFD_HUGETLB)
    try:
        mr = DmaBufMR(two.pd, HUGE, WRITE, dmabuf=buf)
    except PyverbsRDMAError as ex:
        case('a dma-buf of huge pages is refused', ex.error_code, errno.EOPNOTSUPP)
    else:
        case('a frame is received to a dma-buf of huge pages', receive(mr, 8000, 4096), OK)
        case('the dma-buf has the frame', view[8000:8000 + len(data)], data)
        mr.close()
    os.close(buf)
    os.close(mem)
libc.munmap(plain, 65536)
libc.munmap(other, 65536)
tx.close()
rx.close()
for port in (one, two):
    port.pd.close()
    port.ctx.close()
