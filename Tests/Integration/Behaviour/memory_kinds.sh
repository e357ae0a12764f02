# Kinds of mappings that few programs have: each comes back with its contents, its flags and its advice.
source "$(dirname "$0")/../common.sh"

cat > "$work/program.py" <<'PROGRAM'
import ctypes, os, signal, socket, struct, sys
P = 4096
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
for name in ('madvise', 'mprotect', 'mlock2'): getattr(libc, name).argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
ANONYMOUS, HUGETLB = 0x22, 0x40000
def area(pages, flags=ANONYMOUS, protection=3, fd=-1, must=True):
    address = libc.mmap(None, pages * P, protection, flags, fd, 0)
    if address == ctypes.c_void_p(-1).value:
        assert not must, ctypes.get_errno()
        return None
    return address
def put(address, page, byte): ctypes.memset(address + page * P, byte, P)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
known = []                                               # address of a page, byte
def keep(address, page, byte):
    put(address, page, byte)
    known.append((address + page * P, byte))

for number, advice in enumerate((1, 2, 10, 12, 14, 15, 16, 18)):
    advised = area(16)
    area(1, protection=0)                                # no neighbours that are alike
    keep(advised, 3, number + 1)
    if libc.madvise(advised, 16 * P, advice): print('SKIPPED: advice', advice, flush=True)
low = area(4 * 512); big = (low + 512 * P - 1) // (512 * P) * (512 * P)
libc.madvise(big, 2 * 512 * P, 14)
for page in (0, 511, 512, 1023): keep(big, page, 31 + page % 7)
written = area(8); keep(written, 2, 20); libc.mprotect(written, 8 * P, 2)
hidden = area(8); put(hidden, 1, 21); libc.mprotect(hidden, 8 * P, 0)
fault = area(8); keep(fault, 4, 22); assert libc.mlock2(fault, 8 * P, 1) == 0
low = area(20); libc.munmap(ctypes.c_void_p(low + 8 * P), ctypes.c_size_t(8 * P))
down = libc.mmap(low + 12 * P, 4 * P, 3, ANONYMOUS | 0x100 | 0x100000, -1, 0); keep(down, 3, 23); keep(low, 7, 24); keep(low, 16, 25)
droppable = area(8, 0x28, must=False)
if droppable is None: print('SKIPPED: droppable', flush=True)
guarded = area(16); keep(guarded, 0, 26); keep(guarded, 15, 27)
if libc.madvise(guarded + 4 * P, 3 * P, 102): print('SKIPPED: guards', flush=True)
file = os.open(sys.argv[1] + '/file', os.O_RDWR | os.O_CREAT); os.write(file, b'f' * 5000)
beyond = area(8, 2, 3, file); keep(beyond, 0, 28)        # six pages are past the end of the file
shared = area(8, 1, 3, file); os.close(file)
packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
packets.setsockopt(263, 5, struct.pack('4I', P, 1, 1024, 4))
ring = area(1, 1, 3, packets.fileno())
huge = area(512, ANONYMOUS | HUGETLB, must=False)
sharedhuge = area(512, 0x21 | HUGETLB, must=False) if huge else None
if huge and sharedhuge:
    keep(huge, 7, 29); keep(sharedhuge, 9, 30)
else: print('SKIPPED: huge pages', flush=True)

turn = 0
while True:
    turn += 1
    bad = [hex(a) for a, b in known if a not in range(written, written + 8 * P) and ctypes.string_at(a, P) != bytes([b]) * P]
    libc.mprotect(written, 8 * P, 3)
    if ctypes.string_at(written + 2 * P, P) != bytes([20]) * P: bad.append('write-only')
    libc.mprotect(written, 8 * P, 2)
    libc.mprotect(hidden, 8 * P, 1)
    if ctypes.string_at(hidden + P, P) != bytes([21]) * P: bad.append('no access')
    libc.mprotect(hidden, 8 * P, 0)
    if ctypes.string_at(shared, 4) != b'ffff': bad.append('file')
    if not any('%x-' % ring in line and 'socket:[%d]' % os.fstat(packets.fileno()).st_ino in line
               for line in open('/proc/self/maps')): bad.append('ring')
    put(ring, 0, 0)
    with open(sys.argv[1] + '/new', 'w') as out: out.write(f'{turn} {bad}\n')
    os.rename(sys.argv[1] + '/new', sys.argv[1] + '/found')
    signal.sigwait([signal.SIGUSR1])
PROGRAM

# Not "ac", which says what the mapping was once: whether it counts as memory that may be written. Equal neighbours are
# one: the kernel joins what was not mapped piece by piece.
flags() {
  awk '
    function put() { if (end != "") print start "-" end, mode, flags }
    /^[0-9a-f]+-[0-9a-f]+ / { split($1, range, "-"); new = $2 }
    /^VmFlags/ {
      sub(/ ac /, " ")
      if (range[1] != end || new != mode || $0 != flags) { put(); start = range[1]; mode = new; flags = $0 }
      end = range[2]
    }
    END { put() }' "/proc/$1/smaps"
}

pages=$(cat /proc/sys/vm/nr_hugepages)
trap 'echo "$pages" > /proc/sys/vm/nr_hugepages; rm -rf "$work"' EXIT
echo $((pages + 4)) > /proc/sys/vm/nr_hugepages
setsid python3 "$work/program.py" "$work" < /dev/null > "$work/output" 2>&1 &
pid=$!
eventually grep -q 1 "$work/found"
cat "$work/output" >&2
flags $pid > "$work/before"
huge_kilobytes() { awk '/^AnonHugePages/ { sum += $2 } END { print sum + 0 }' "/proc/$1/smaps"; }
huge=$(huge_kilobytes $pid)
[ "$huge" -ge 4096 ] || echo "SKIPPED: transparent huge pages ($huge kB)" >&2
for way in readv vmsplice snapshot; do
  rm -rf "$work/images"; mkdir "$work/images"
  if [ $way = snapshot ]; then
    RUNNING=1 dump $pid --leave-running --snapshot
    grep -q 'cloned' "$work/images/dump.log" || fail 'nothing was cloned'
    grep -q 'are listed in its clone' "$work/images/dump.log" || fail 'the pages were listed in the freeze'
    kill -KILL $pid; eventually gone $pid
  else
    dump $pid --memory-read $way
  fi
  restore
  flags $pid | diff "$work/before" - >&2 || fail "$way: mappings differ"
  [ "$(huge_kilobytes $pid)" -ge "$huge" ] || fail "$way: $(huge_kilobytes $pid) of $huge kB came back as huge pages"
  rm "$work/found"; kill -USR1 $pid
  eventually test -s "$work/found"
  grep -q '\[\]' "$work/found" || fail "$way: $(cat "$work/found")"
done
