# Memory of every sort, in a parent and the child that shares it, read in all ways.
source "$(dirname "$0")/../common.sh"

cat > "$work/program.py" <<'PROGRAM'
import ctypes, fcntl, mmap, os, signal, sys
P = 4096
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
PRIVATE, SHARED, ANONYMOUS, GROWSDOWN, LOCKED, NORESERVE = 2, 1, 0x20, 0x100, 0x2000, 0x4000
def area(pages, flags=PRIVATE | ANONYMOUS, fd=-1, offset=0):
    address = libc.mmap(None, pages * P, 3, flags, fd, offset)
    assert address not in (None, 2**64 - 1), ctypes.get_errno()
    return address
def call(name, *arguments):
    result = getattr(libc, name)(*[ctypes.c_size_t(a) for a in arguments])
    assert result == 0, (name, ctypes.get_errno())
def put(address, page, byte): ctypes.memset(address + page * P, byte, P)
def get(address, page): return ctypes.string_at(address + page * P, P)
def holds(address, page, byte): assert get(address, page) == bytes([byte]) * P, (hex(address), page, byte)

both = area(3000)                                         # half of it is equal in parent and child
for page in range(0, 3000): put(both, page, page % 251 + 1)
sparse = area(40000)                                      # every fourth page
for page in range(0, 40000, 4): put(sparse, page, page % 251 + 1)
other = area(8); put(other, 1, 6)
hidden = area(4); put(hidden, 1, 7); call('mprotect', hidden, 4 * P, 0)
constant = area(4); put(constant, 2, 8); call('mprotect', constant, 4 * P, 1)
huge = area(1 << 24, PRIVATE | ANONYMOUS | NORESERVE); put(huge, 1 << 20, 9)
call('madvise', huge, 16 * P, 16)
locked = area(8, PRIVATE | ANONYMOUS | LOCKED); put(locked, 3, 10)
down = area(8, PRIVATE | ANONYMOUS | GROWSDOWN); put(down, 7, 11)
guarded = area(8); put(guarded, 0, 12)
has_guards = libc.madvise(ctypes.c_size_t(guarded + P), ctypes.c_size_t(2 * P), 102) == 0
own = os.open(sys.argv[0], os.O_RDONLY)
file = area(1, PRIVATE, own); ctypes.memset(file + 5, 13, 1); os.close(own)
shared = area(64, SHARED | ANONYMOUS); put(shared, 5, 14)
memfd = os.memfd_create('memory', os.MFD_ALLOW_SEALING); os.ftruncate(memfd, 64 * P)
mapped = area(64, SHARED, memfd); put(mapped, 6, 15)
copied = area(64, PRIVATE, memfd); put(copied, 7, 16)
os.lseek(memfd, 123, os.SEEK_SET)
fcntl.fcntl(memfd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
child = os.fork() == 0
if child:
    for page in range(0, 3000, 3): put(both, page, 255)
    call('madvise', both + 100 * P, 10 * P, 4)            # pages that only the parent has
    call('munmap', other + 4 * P, P)                      # other mappings than the parent's

def check():
    for page in range(3000):
        gone = child and 100 <= page < 110
        holds(both, page, 0 if gone else 255 if child and page % 3 == 0 else page % 251 + 1)
    for page in range(0, 20000): holds(sparse, page, page % 251 + 1 if page % 4 == 0 else 0)
    holds(other, 1, 6); holds(constant, 2, 8); holds(huge, 1 << 20, 9); holds(huge, 5, 0); holds(locked, 3, 10); holds(down, 7, 11)
    holds(guarded, 0, 12); holds(guarded, 5, 0)
    call('mprotect', hidden, 4 * P, 1); holds(hidden, 1, 7); call('mprotect', hidden, 4 * P, 0)
    assert ctypes.string_at(file, 6)[5] == 13
    holds(shared, 5, 14); holds(mapped, 6, 15); holds(copied, 7, 16); holds(copied, 6, 15); holds(shared, 50, 0)
    assert os.pread(memfd, 1, 6 * P) == b'\x0f' and os.lseek(memfd, 0, os.SEEK_CUR) == 123
    assert fcntl.fcntl(memfd, fcntl.F_GET_SEALS) == fcntl.F_SEAL_GROW
    # Both must see one and the same memory.
    ctypes.memset(shared + 40 * P + child, turn, 1)
    ctypes.memset(mapped + 41 * P + child, turn, 1)

turn = 0
name = sys.argv[1] + ('/child' if child else '/parent')
while True:
    turn += 1
    try:
        check()
        text = f'good {turn}'
    except AssertionError as error:
        text = f'BAD {error}'
    with open(name + '.new', 'w') as out: out.write(text + f' {os.getpid()} {list(get(shared, 40)[:2])} {list(get(mapped, 41)[:2])}\n')
    os.rename(name + '.new', name)
    signal.sigwait([signal.SIGUSR1])
PROGRAM

# Of all mappings. Two that only their history keeps apart may come back as one.
flags() {
  awk '
    function tell() { if (end != "") print start "-" end, kind }
    /^[0-9a-f]+-/ { split($1, range, "-"); begin = range[1]; last = range[2]; rights = $2 }
    /^VmFlags/ {
      if (begin != end || kind != rights " " $0) { tell(); start = begin }
      end = last; kind = rights " " $0
    }
    END { tell() }' "/proc/$1/smaps"
}

setsid python3 "$work/program.py" "$work" < /dev/null > "$work/output" 2>&1 &
pid=$!
eventually grep -q good "$work/parent"
eventually grep -q good "$work/child"
child=$(cut -d' ' -f3 "$work/child")

# A program that may only write small files does not write its pages itself.
for way in readv vmsplice limited; do
  rm -rf "$work/images"; mkdir "$work/images"
  flags "$pid" > "$work/parent.maps"
  flags "$child" > "$work/child.maps"
  option=$way
  if [ "$way" = limited ]; then
    option=vmsplice
    prlimit --pid "$pid" --fsize=1000000:unlimited
  fi
  dump "$pid" --memory-read "$option"
  restore
  themselves=$(grep -ac 'writes its pages itself' "$work/images/dump.log" || true)
  case $way in
    readv) expected=0 ;;
    vmsplice) expected=2 ;;
    limited) expected=1; prlimit --pid "$pid" --fsize=unlimited ;;
  esac
  [ "$themselves" = "$expected" ] || fail "$way: $themselves tasks write their pages themselves"
  flags "$pid" | diff "$work/parent.maps" - >&2 || fail "$way: mappings of the parent differ"
  flags "$child" | diff "$work/child.maps" - >&2 || fail "$way: mappings of the child differ"
  rm "$work/parent" "$work/child"
  kill -USR1 "$pid" "$child"
  eventually test -s "$work/parent"
  eventually test -s "$work/child"
  grep -q good "$work/parent" || fail "$way: $(cat "$work/parent")"
  grep -q good "$work/child" || fail "$way: $(cat "$work/child")"
done

# The pages that were equal are still one: what the child has alone is little.
alone=$(awk '/^Private_Dirty/ { sum += $2 } END { print sum }' "/proc/$child/smaps")
[ "$alone" -lt 20000 ] || fail "the child has $alone kB of its own"

# Each wrote its turn, and sees the other's.
kill -USR1 "$pid"; eventually grep -q 'good 5' "$work/parent"
kill -USR1 "$child"; eventually grep -q 'good 5' "$work/child"
grep -q '\[5, 5\] \[5, 5\]' "$work/child" || fail "memory is not shared: $(cat "$work/child")"
