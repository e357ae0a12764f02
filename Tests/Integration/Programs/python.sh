# Python with threads, 256 MiB of data, pipes and epoll.
source "$(dirname "$0")/../common.sh"

cat > "$work/program.py" <<'PROGRAM'
import hashlib, os, select, sys, threading, time
data = bytearray(os.urandom(1 << 20) * 256)
for i in range(0, len(data), 4096):
    data[i:i + 8] = i.to_bytes(8, 'little')
digest = hashlib.sha256(data).hexdigest()
counts = [0] * 4
def work(n):
    while True:
        counts[n] += 1
        time.sleep(0.01)
for n in range(4):
    threading.Thread(target=work, args=(n,), daemon=True).start()
ends = os.pipe()
os.write(ends[1], b'kept in the pipe')
poll = select.epoll()
poll.register(ends[0], select.EPOLLIN)
out = open(sys.argv[1] + '/state', 'w')
turn = 0
while True:
    assert poll.poll(1) == [(ends[0], select.EPOLLIN)]
    got = os.read(ends[0], 100)
    assert got == b'kept in the pipe', got
    os.write(ends[1], got)
    turn += 1
    good = turn % 20 or hashlib.sha256(data).hexdigest() == digest
    out.seek(0)
    out.write(f'{turn} {min(counts)} {"good" if good else "BAD"} {threading.active_count()}\n')
    out.flush()
    if not good: sys.exit(1)
    time.sleep(0.05)
PROGRAM
setsid python3 "$work/program.py" "$work" < /dev/null > "$work/output" 2>&1 &
pid=$!
eventually test -s "$work/state"
sleep 1

dump "$pid"
check_images
read -r turn threads good count < "$work/state"
restore

onwards() {
  read -r now_turn now_threads now_good now_count < "$work/state"
  [ "$now_turn" -gt $((turn + 25)) ] && [ "$now_threads" -gt $((threads + 20)) ]
}
eventually onwards
[ "$now_good $now_count" = "good 5" ] || fail "state is $now_turn $now_threads $now_good $now_count"
kill -0 "$pid" || fail "the program ended: $(cat "$work/output")"
