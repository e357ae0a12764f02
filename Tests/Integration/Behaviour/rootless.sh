# Without root, in a user namespace of their own, whoever has CAP_CHECKPOINT_RESTORE there dumps and restores programs:
# no link of /proc/PID/map_files can be followed then.
source "$(dirname "$0")/../common.sh"

chmod 755 "$work"
install -d -m 777 "$work/images" "$work/out"
install -m 755 "$(readlink -f "$criu")" "$work/criu"
setcap cap_checkpoint_restore,cap_sys_ptrace+eip "$work/criu" || { echo "SKIPPED: no file capabilities here" >&2; exit; }
# The first use tells whether the host lets them.
as_user() { env -i PATH=/usr/bin:/bin HOME=/ setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
as_user unshare --user --ipc --map-current-user --fork --pid --mount-proc true ||
  { echo "SKIPPED: users may not make namespaces here" >&2; exit; }

cat > "$work/program.py" <<'PROGRAM'
import ctypes, fcntl, mmap, os, signal, sys
P = 4096
out = sys.argv[1]
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
libc.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
def file(name, flags, byte):
    with open(f'{out}/{name}', 'w+b') as made:
        made.write(bytes([byte]) * 2 * P); made.flush()
        return mmap.mmap(made.fileno(), 2 * P, flags), os.dup(made.fileno())
def forget(link):                          # the mapping has a copy of the descriptor
    for number in os.listdir('/proc/self/fd'):
        try:
            if os.readlink(f'/proc/self/fd/{number}') == link: os.close(int(number))
        except OSError: pass
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
private, _ = file('private', mmap.MAP_PRIVATE, 1)
private[0] = 11
shared, _ = file('shared', mmap.MAP_SHARED, 2)
shared[P] = 12
removed, _ = file('removed', mmap.MAP_SHARED, 3)
os.unlink(f'{out}/removed')
anonymous = mmap.mmap(-1, 64 * P)
anonymous[5 * P] = 4
memfd = os.memfd_create('some')
os.ftruncate(memfd, 3 * P)
sealed = mmap.mmap(memfd, 3 * P)
sealed[2 * P] = 5
segment = libc.shmget(0, 4 * P, 0o1600)
attached = libc.shmat(segment, None, 0)
ctypes.memset(attached + P, 6, 1)
libc.shmctl(segment, 0, None)
if sys.argv[2] == 'lost':                  # mapped, with no name and no descriptor
    made = os.open(f'{out}/lost', os.O_RDWR | os.O_CREAT)
    os.ftruncate(made, P)
    lost = mmap.mmap(made, P)
    os.unlink(f'{out}/lost')
    forget(f'{out}/lost (deleted)')
owner, (pipe, _) = os.getpid(), os.pipe()
fcntl.fcntl(pipe, fcntl.F_SETOWN, owner)
os.mkdir(f'{out}/watched')
watch = libc.inotify_init1(os.O_NONBLOCK)
assert libc.inotify_add_watch(watch, f'{out}/watched'.encode(), 0x100) == 1    # IN_CREATE
if sys.argv[2] == 'closed': forget('/memfd:some (deleted)')
def noticed():                             # once a restore
    try: return os.read(watch, 100)[16:].rstrip(b'\0').decode()
    except BlockingIOError: return ''
child = os.fork() == 0
turn = 0
while True:
    turn += 1
    found = [private[0], private[P], shared[P], removed[0], anonymous[5 * P], anonymous[9 * P], sealed[2 * P],
             ctypes.string_at(attached + P, 1)[0], anonymous[0], fcntl.fcntl(pipe, fcntl.F_GETOWN) - owner,
             noticed()]
    name = out + ('/child' if child else '/parent')
    with open(name + '.new', 'w') as text: text.write(f'{turn} {found} {os.getpid()}\n')
    os.rename(name + '.new', name)
    signal.sigwait([signal.SIGUSR1])
    if not child: anonymous[0] = turn
PROGRAM

cat > "$work/inside.sh" <<'INSIDE'
set -euo pipefail
source "$1/functions.sh"
work=$1 criu=$1/criu
begin() {
  rm -rf "$work/out/"* "$work/images/"*
  setsid ${wrap:-} python3 "$work/program.py" "$work/out" "$1" < /dev/null > /dev/null 2>&1 &
  pid=$!
  eventually grep -q 1 "$work/out/parent"
  eventually grep -q 1 "$work/out/child"
  child=$(awk '{ print $NF }' "$work/out/child")
}
mappings() { grep -hv '\[' "/proc/$pid/maps" "/proc/$child/maps" | awk '{ print $1, $2, $3, $6 }' | sed 's/ [^ ]*#[^ ]*//'; }

! cat "/proc/self/map_files/$(ls /proc/self/map_files | head -n 1)" > /dev/null 2>&1 || fail "map_files can be followed"
"$criu" check --unprivileged || fail "check"

scan=(--irmap-scan-path "$work/out")
begin usual
segments=$(ipcs -m | wc -l)
mappings > "$work/out/maps"
for turn in 1 2; do
  dump "$pid" --unprivileged "${scan[@]}"
  restore --unprivileged
  mappings | grep -v 'SYSV\|removed\|/dev/zero\|memfd' | diff <(grep -v 'SYSV\|removed\|/dev/zero\|memfd' "$work/out/maps") - >&2 ||
    fail "mappings differ"
  rm "$work/out/parent" "$work/out/child"
  touch "$work/out/watched/new$turn"
  kill -USR1 "$pid"; eventually test -s "$work/out/parent"
  grep -q "'new$turn'" "$work/out/parent" || fail "what happened was not noticed: $(cat "$work/out/parent")"
  kill -USR1 "$child"; eventually test -s "$work/out/child"
  [ "$(ipcs -m | wc -l)" = "$segments" ] || fail "a segment was left behind"
done
for who in parent child; do
  grep -q '^3 \[11, 1, 12, 3, 4, 0, 5, 6, 2, 0, ' "$work/out/$who" || fail "$who: $(cat "$work/out/$who")"
done
kill -KILL "$child" "$pid"

# What cannot be found without the links is refused by name, and the program goes on.
refused() { # WORDS...
  local words
  ! "$criu" dump --unprivileged --tree "$pid" --images-dir "$work/images" --log-file refused.log -v4 "${scan[@]}" ||
    fail "dumped what it cannot find"
  for words in "$@"; do
    grep -aq "$words" "$work/images/refused.log" || fail "$words: $(grep -a Error -A 1 "$work/images/refused.log")"
  done
  rm "$work/out/parent"
  kill -USR1 "$pid"; eventually test -s "$work/out/parent"
  kill -KILL "$child" "$pid"
}
scan=()
begin watching
refused "Error.*find the watched inode: pid $pid (python3), descriptor .*: inode" 'Name a directory above it by --irmap-scan-path'
scan=(--irmap-scan-path "$work/out")
begin lost
refused "Error.*mapping .* of pid $pid (python3): $work/out/lost (deleted): Operation not permitted" 'first user namespace'
begin closed
refused "Error.*cannot dump the memfd: \"some\", which pid $pid (python3) has mapped, but which no task" \
  'first user namespace. Or have the program keep its descriptor'
wrap="unshare --user --map-current-user --ipc" begin usual
refused "Error.*pid $pid (python3), which is in another IPC namespace: Operation not permitted" 'nsenter --ipc'
INSIDE
declare -f fail eventually dump restore gone > "$work/functions.sh"
chmod 755 "$work/functions.sh" "$work/inside.sh" "$work/program.py"
close_inherited

as_user unshare --user --ipc --map-current-user --fork --pid --kill-child --mount-proc bash "$work/inside.sh" "$work"
