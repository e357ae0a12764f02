# A TCP transfer between two networks: either end is dumped and restored in the middle of it, then both; not a byte is
# lost or doubled.
source "$(dirname "$0")/../common.sh"

left=criu-test-left-$RANDOM right=criu-test-right-$RANDOM
at_exit() { for net in $left $right; do ip netns del $net 2> /dev/null || true; done; }
ip netns add $left
ip netns add $right
ip -n $left link add wire type veth peer name wire netns $right
for end in "$left 10.11.0.1" "$right 10.11.0.2"; do
  set -- $end
  ip -n $1 address add $2/24 dev wire
  ip -n $1 link set lo up
  ip -n $1 link set wire up
done

cat > "$work/receive.py" <<'PY'
import hashlib, socket, sys, time
with socket.create_server(('10.11.0.2', 7788)) as server:
    connection, _ = server.accept()
digest, count = hashlib.sha256(), 0
while data := connection.recv(20000):
    digest.update(data)
    count += len(data)
    if count % 7 == 0: time.sleep(0.001)
open(sys.argv[1], 'w').write(f'{count} {digest.hexdigest()}\n')
PY
cat > "$work/send.py" <<'PY'
import socket, sys, time
connection = socket.create_connection(('10.11.0.2', 7788))
for number in range(6000):
    connection.sendall(number.to_bytes(4, 'big') * 2500)
    time.sleep(0.001)
    if number == 500: open(sys.argv[1], 'w').close()
connection.shutdown(socket.SHUT_WR)
PY
python3 - > "$work/wanted" <<'PY'
import hashlib
digest = hashlib.sha256()
for number in range(6000): digest.update(number.to_bytes(4, 'big') * 2500)
print(6000 * 10000, digest.hexdigest())
PY

start() {
  local net=$1; shift
  setsid ip netns exec "$net" "$@" < /dev/null > "$work/log" 2>&1 &
}
start $right python3 "$work/receive.py" "$work/result"
receiver=$!
eventually ip netns exec $right python3 -c "
import subprocess; assert ':7788' in subprocess.check_output(['ss', '-ltn'], text=True)"
start $left python3 "$work/send.py" "$work/half"
sender=$!
eventually test -e "$work/half"

# Runs criu in a network.
within() { local net=$1 real=$criu; shift; criu="ip netns exec $net $real"; "$@"; criu=$real; }
dump() {
  $criu dump --tree "$1" --images-dir "$2" --log-file dump.log -v4 --tcp-established "${@:3}" ||
    { tail -n 25 "$2/dump.log" >&2; fail "dump"; }
  eventually gone "$1"
}
restore() {
  $criu restore --images-dir "$1" --log-file restore.log -v4 --restore-detached --tcp-established ||
    { tail -n 25 "$1/restore.log" >&2; fail "restore"; }
}
rules() { for net in $left $right; do ip netns exec $net nft list ruleset; ip netns exec $net iptables -S; done; }
rules > "$work/rules" 2> /dev/null

mkdir "$work/s" "$work/r" "$work/both-s" "$work/both-r"
within $left dump "$sender" "$work/s" --network-lock nftables
sleep 0.5
within $left restore "$work/s"
sleep 0.3
within $right dump "$receiver" "$work/r" --network-lock iptables
sleep 0.5
within $right restore "$work/r"
sleep 0.3
within $left dump "$sender" "$work/both-s" --network-lock nftables
within $right dump "$receiver" "$work/both-r" --network-lock nftables
sleep 0.5
within $right restore "$work/both-r"
within $left restore "$work/both-s"
[ ! -e "$work/result" ] || fail "the transfer was over too early to test anything"

for _ in $(seq 900); do [ -e "$work/result" ] && break; sleep 0.1; done
eventually gone "$receiver"
cmp "$work/result" "$work/wanted" || fail "the receiver got other bytes: $(cat "$work/result")"
rules > "$work/rules.after" 2> /dev/null
# iptables leaves its own empty chains behind.
diff <(grep -v 'CRIU' "$work/rules" | grep DROP) <(grep 'DROP\|CRIU' "$work/rules.after") || fail "rules are left"
