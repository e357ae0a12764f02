# Connections of both families over the loopback within one program: bytes pass after a restore, in segments as large as
# before, or as large as can be asked for.
source "$(dirname "$0")/../common.sh"

ip link set lo up
cat > "$work/talk.py" <<'PY'
import os, socket, sys, time
pairs = []
for family, address in (socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1'):
    with socket.create_server((address, 0), family=family) as server:
        client = socket.create_connection(server.getsockname()[:2])
        pairs.append((client, server.accept()[0]))

def passes(sender, receiver):
    sender.sendall(b'x' * 200000)
    left = 200000
    while left: left -= len(receiver.recv(left))

def report(path):
    sizes = [end.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) for pair in pairs for end in pair]
    for client, accepted in pairs:
        passes(client, accepted)
        passes(accepted, client)
    with open(path + '.new', 'w') as file: print(*sizes, file=file)
    os.rename(path + '.new', path)

report(sys.argv[1])
while not os.path.exists(sys.argv[2]): time.sleep(0.02)
report(sys.argv[3])
PY
setsid python3 "$work/talk.py" "$work/before" "$work/go" "$work/after" < /dev/null > "$work/log" 2>&1 &
program=$!
eventually test -e "$work/before"
dump "$program" --tcp-established
restore --tcp-established
touch "$work/go"
eventually test -e "$work/after"
eventually gone "$program"
# A socket can ask for 32767 bytes at most (TCP_MAXSEG of tcp(7)), and the kernel takes up to 100 of them for options.
paste -d ' ' "$work/before" "$work/after" | awk '{ for (i = 1; i <= NF / 2; i++) {
  wanted = $i < 32767 ? $i : 32767; if ($(i + NF / 2) < wanted - 100) exit 1 } }' ||
  fail "the segments shrank from $(cat "$work/before") to $(cat "$work/after")"
