# A program is restored in the namespaces of another process: its network, its name, its segments and its clocks.
[ -n "${OWN_IPC:-}" ] || exec env OWN_IPC=1 unshare --ipc bash "$0" "$@"
source "$(dirname "$0")/../common.sh"

cat > "$work/program.py" <<'PROGRAM'
import ctypes, os, socket, sys, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
libc.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
segment = libc.shmget(0x4711, 4096, 0o1000 | 0o640)
address = libc.shmat(segment, None, 0)
ctypes.memset(address, 7, 1)
listening = socket.create_server(('127.0.0.1', 7899))
# Where it is shows what it finds: the name of the machine, the networks, its segment, the clock.
while True:
    names = sorted(name.split('@')[0] for _, name in socket.if_nameindex())
    with open(sys.argv[1] + '.new', 'w') as out:
        print(socket.gethostname(), ','.join(names), ctypes.string_at(address, 1)[0],
              int(time.clock_gettime(time.CLOCK_MONOTONIC)), os.fork() or os._exit(0), file=out)
    os.wait()
    os.rename(out.name, sys.argv[1])
    time.sleep(0.05)
PROGRAM

# A process with namespaces of its own: seventeen days ahead.
unshare --ipc --net --uts --time --monotonic $((17 * 86400)) --fork --kill-child bash -c \
  'hostname elsewhere; ip link add other type veth peer name peer; : > "$0"; exec sleep 1000' "$work/there" &
eventually test -e "$work/there"
there=$(pgrep -x sleep -n)

setsid python3 "$work/program.py" "$work/found" < /dev/null > "$work/output" 2>&1 &
pid=$!
eventually test -s "$work/found"
dump "$pid"
ipcrm -M 0x4711
rm "$work/found"

# What is no such namespace is refused before anything is made.
for wrong in "net:/proc/self/ns/uts" "uts:/nowhere" "ipc:31999"; do
  ! "$criu" restore --images-dir "$work/images" --log-file wrong.log --restore-detached --join-ns "$wrong" 2> "$work/wrong" ||
    fail "restored into $wrong"
  grep -a -A 1 'Error.*join-ns' "$work/images/wrong.log" | grep -a '^try: ' > /dev/null || fail "$(cat "$work/images/wrong.log")"
  gone "$pid" || fail "$wrong: a process is left"
done

restore --join-ns "net:$there" --join-ns "uts:/proc/$there/ns/uts" --join-ns "ipc:$there" --join-ns "time:$there"
eventually test -s "$work/found"
# The dump may have come between what it wrote and the name that this gets.
rm "$work/found"
eventually test -s "$work/found"
for kind in net uts ipc time time_for_children; do
  [ "$(readlink "/proc/$pid/ns/$kind")" = "$(readlink "/proc/$there/ns/$kind")" ] || fail "it is in another $kind namespace"
done
read -r host networks byte clock _ < "$work/found"
[ "$host $networks $byte" = "elsewhere lo,other,peer 7" ] || fail "it found $(cat "$work/found")"
[ "$clock" -gt $((17 * 86400)) ] || fail "its clock shows $clock"
nsenter --target "$there" --net ss -ltn | grep ':7899' > /dev/null || fail "it does not listen there"
[ "$(nsenter --target "$there" --ipc ipcs -m | grep -c 0x00004711)" = 1 ] || fail "its segment is not there"
[ "$(ipcs -m | grep -c 0x00004711)" = 0 ] || fail "a segment was made here"
