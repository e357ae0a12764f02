"""A program that checks itself: threads, memory shared by two processes, a pipe with data, a deleted file and timers.

usage: program.py DIRECTORY

Both processes write what they count to DIRECTORY/state ten times a second, and to DIRECTORY/bad what they find wrong.
"""
import ctypes, hashlib, mmap, os, signal, struct, sys, threading, time

directory = sys.argv[1]
digest = lambda data: hashlib.sha256(data).hexdigest()
private = bytearray(os.urandom(1 << 20) * 8)
for at in range(0, len(private), 4096):
    private[at:at + 8] = at.to_bytes(8, 'little')
private_digest = digest(private)

# Counters of parent and child at 0 and 8, then bytes that nobody writes again.
shared = mmap.mmap(-1, 4 << 20)
shared[4096:] = os.urandom(len(shared) - 4096)
shared_digest = digest(shared[4096:])

ends = os.pipe()
os.write(ends[1], b'kept in the pipe' * 100)

deleted = open(directory + '/deleted', 'w+b')
deleted.write(b'content of a deleted file' * 1000)
deleted.flush()
os.unlink(directory + '/deleted')
deleted.seek(25)

child = os.fork()
mine = 8 if child == 0 else 0

ticks = {signal.SIGALRM: 0, signal.SIGUSR1: 0}
def tick(number, frame):
    ticks[number] += 1
signal.signal(signal.SIGALRM, tick)
signal.signal(signal.SIGUSR1, tick)
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)


class SigEvent(ctypes.Structure):
    _fields_ = [('value', ctypes.c_void_p), ('signo', ctypes.c_int), ('notify', ctypes.c_int),
                ('pad', ctypes.c_char * 48)]


libc = ctypes.CDLL('libc.so.6', use_errno=True)
event, timer = SigEvent(7, signal.SIGUSR1, 0), ctypes.c_void_p()
interval = (ctypes.c_long * 4)(0, 50_000_000, 0, 50_000_000)
assert libc.timer_create(1, ctypes.byref(event), ctypes.byref(timer)) == 0
assert libc.timer_settime(timer, 0, ctypes.byref(interval), None) == 0

counts = [0] * 3
def work(n):
    while True:
        counts[n] += 1
        time.sleep(0.01)
for n in range(len(counts)):
    threading.Thread(target=work, args=(n,), daemon=True).start()


def expect(good, what):
    if not good:
        with open(directory + '/bad', 'a') as bad:
            bad.write(f'{os.getpid()}: {what}\n')
        os._exit(1)


def counter(at):
    return struct.unpack_from('<Q', shared, at)[0]


turn = 0
while True:
    turn += 1
    struct.pack_into('<Q', shared, mine, turn)
    if child:
        got = os.read(ends[0], 4096)
        expect(got == b'kept in the pipe' * 100, f'the pipe has {len(got)} bytes')
        os.write(ends[1], got)
        expect(os.lseek(deleted.fileno(), 0, os.SEEK_CUR) == 25, 'the position in the deleted file')
    expect(os.pread(deleted.fileno(), 1 << 20, 0) == b'content of a deleted file' * 1000, 'the deleted file')
    expect(os.fstat(deleted.fileno()).st_nlink == 0, 'the deleted file has a name')
    if turn % 10 == 1:
        expect(digest(private) == private_digest, 'private memory')
        expect(digest(shared[4096:]) == shared_digest, 'shared memory')
        expect(threading.active_count() == 1 + len(counts), 'threads')
    name = f'{directory}/state.{"parent" if child else "child"}'
    with open(name + '.new', 'w') as out:
        out.write(f'{turn} {min(counts)} {ticks[signal.SIGALRM]} {ticks[signal.SIGUSR1]} {counter(8 - mine)}\n')
    os.rename(name + '.new', name)
    time.sleep(0.1)
