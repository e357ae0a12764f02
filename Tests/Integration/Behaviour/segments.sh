# Segments of shmget(2): they come back with their numbers, keys and contents; one that others have too is refused.
[ -n "${OWN_IPC:-}" ] || exec env OWN_IPC=1 unshare --ipc bash "$0" "$@"
source "$(dirname "$0")/../common.sh"

cat > "$work/program.py" <<'PROGRAM'
import ctypes, os, signal, sys
P = 4096
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
libc.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
def get(key, pages):
    number = libc.shmget(key, pages * P, 0o1000 | 0o640)
    assert number >= 0, ctypes.get_errno()
    return number
def attach(number, flags=0):
    address = libc.shmat(number, None, flags)
    assert address != ctypes.c_void_p(-1).value, ctypes.get_errno()
    return address
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
keyed, private, removed = get(0x4711, 8), get(0, 3), get(0, 5)
a, b, c = attach(keyed), attach(private), attach(removed)
constant = attach(keyed, 0o10000)
part = attach(keyed)
libc.munmap(ctypes.c_void_p(part), ctypes.c_size_t(2 * P))          # only the end of it is left
libc.shmctl(removed, 0, None)
ctypes.memset(a + 5 * P, 5, 1); ctypes.memset(b + P, 6, 1); ctypes.memset(c + 4 * P, 7, 1)
child = os.fork() == 0
turn = 0
while True:
    turn += 1
    found = [ctypes.string_at(x, 1)[0] for x in (a + 5 * P, b + P, c + 4 * P, constant + 5 * P, part + 5 * P, a)]
    with open(sys.argv[1] + ('/child' if child else '/parent') + '.new', 'w') as out: out.write(f'{turn} {found} {os.getpid()}\n')
    os.rename(out.name, out.name[:-4])
    signal.sigwait([signal.SIGUSR1])
    if not child: ctypes.memset(a, turn, 1)
PROGRAM

segments() { awk 'NR > 1 { print $1, $2, $3, $4, $7, $8, $9, $10, $11 }' /proc/sysvipc/shm | sort; }
maps() { grep -h SYSV "/proc/$1/maps" "/proc/$2/maps"; }

setsid python3 "$work/program.py" "$work" < /dev/null > /dev/null 2>&1 &
pid=$!
eventually grep -q 1 "$work/parent"
eventually grep -q 1 "$work/child"
child=$(cut -d']' -f2 "$work/child")
segments > "$work/before"
maps $pid $child > "$work/maps"

# A process outside of the tree has one too.
python3 -c "
import ctypes, time
libc = ctypes.CDLL(None); libc.shmat(libc.shmget(0x4711, 0, 0), None, 0); print('has it', flush=True); time.sleep(60)" > "$work/other" &
other=$!
eventually grep -q 'has it' "$work/other"
! "$criu" dump --tree $pid --images-dir "$work/images" --log-file refused.log -v4 || fail "a segment of others was dumped"
grep -q 'outside of the tree' "$work/images/refused.log" || fail "$(cat "$work/images/refused.log")"
kill $other; wait $other 2> /dev/null || true
[ "$(segments | wc -l)" = 3 ] || fail "segments were lost"

# A segment with a key outlives the program; so does what is written into it.
for way in kept gone; do
  rm -rf "$work/images"; mkdir "$work/images"
  dump $pid
  [ $way = kept ] || for number in $(awk 'NR > 1 { print $2 }' /proc/sysvipc/shm); do ipcrm -m "$number"; done
  restore
  segments | diff "$work/before" - >&2 || fail "$way: segments differ"
  maps $pid $child | diff "$work/maps" - >&2 || fail "$way: mappings differ"
  rm "$work/parent" "$work/child"
  kill -USR1 $pid; eventually test -s "$work/parent"
  kill -USR1 $child; eventually test -s "$work/child"
done
grep -q '^3 \[5, 6, 7, 5, 5, 2\]' "$work/parent" || fail "parent: $(cat "$work/parent")"
grep -q '^3 \[5, 6, 7, 5, 5, 2\]' "$work/child" || fail "child: $(cat "$work/child")"

# What a number is taken by is not touched.
rm -rf "$work/images"; mkdir "$work/images"
dump $pid
number=$(awk '$1 == 18193 { print $2 }' /proc/sysvipc/shm)
python3 -c "
import ctypes, time
libc = ctypes.CDLL(None); libc.shmat($number, None, 0); print('has it', flush=True); time.sleep(60)" > "$work/taker" &
other=$!
eventually grep -q 'has it' "$work/taker"
! "$criu" restore --images-dir "$work/images" --log-file refused.log --restore-detached || fail "a taken segment was overwritten"
kill $other; wait $other 2> /dev/null || true
[ "$(awk '$1 == 18193 { print $2 }' /proc/sysvipc/shm)" = "$number" ] || fail "the segment was removed"
