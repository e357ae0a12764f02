# A dump that is killed while it reads TCP connections, or whose helper is, leaves none of them in repair mode: a program
# that meets one so gets EPERM, at once or for good.
source "$(dirname "$0")/../common.sh"
close_inherited

cat > "$work/talk.py" <<'PY'
import os, socket, sys
pairs = []
with socket.create_server(('127.0.0.1', 0)) as server:
    for _ in range(2):
        client = socket.create_connection(server.getsockname())
        pairs.append((client, server.accept()[0]))
rounds = 0
while True:
    for one, other in pairs:
        for sender, receiver in (one, other), (other, one):
            sender.sendall(b'x')
            if receiver.recv(1) != b'x': sys.exit('a connection has ended')
    rounds += 1
    with open(sys.argv[1] + '.new', 'w') as file: print(rounds, file=file)
    os.rename(sys.argv[1] + '.new', sys.argv[1])
PY
setsid python3 "$work/talk.py" "$work/rounds" < /dev/null > "$work/output" 2>&1 &
pid=$!
eventually test -s "$work/rounds"

goes_on() { ! gone "$pid" && [ "$(cat "$work/rounds")" -gt "$before" ]; }
killed=0
# killed_at CALL N [OPTION]: where the engine, or any process of it with -f, makes a call for the Nth time.
killed_at() {
  local status=0
  rm -f "$work"/images/*
  { strace -qq -o /dev/null ${3:-} -e signal=none -e "inject=$1:signal=SIGKILL:when=$2" \
      "$criu" dump --tree "$pid" --images-dir "$work/images" --log-file dump.log -v4 -R --tcp-established \
      --network-lock skip < /dev/null > /dev/null || status=$?; } 2> /dev/null
  [ "$status" = 0 ] || killed=$((killed + 1))
  before=$(cat "$work/rounds")
  for _ in $(seq 100); do if goes_on; then return; fi; sleep 0.05; done
  fail "killed at the ${2}th $1 ${3:-}: $(tail -n 1 "$work/output") $(tail -n 2 "$work/images/dump.log")"
}

for times in $(seq 12); do
  killed_at setsockopt "$times"
  killed_at setsockopt "$times" -f
done
[ "$killed" -ge 8 ] || fail "only $killed of the dumps were killed"

RUNNING=1 dump "$pid" --leave-running --tcp-established --network-lock skip
[ "$(ls "$work/images" | grep -c tcp-stream)" = 4 ] || fail 'not all connections were dumped'
