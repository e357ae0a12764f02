# A program in a network namespace of its own: nothing passes there from its dump until it is restored, and everything
# passes again when the dump fails, leaves it running, or is killed.
source "$(dirname "$0")/../common.sh"
method=$1

network=criu-test-$RANDOM
at_exit() { ip netns del $network 2> /dev/null || true; }
ip netns add $network
within() { ip netns exec $network "$@"; }
within ip link set lo up
rules() { within nft list ruleset; within iptables-save; within ip6tables-save; }
# iptables leaves its own empty chains behind.
locked() { rules 2> /dev/null | grep -q CRIU; }
free() { ! locked; }

# Somebody else who lives there answers whoever knocks.
cat > "$work/server.py" <<'PY'
import socket
server = socket.create_server(('127.0.0.1', 7799))
server.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 0xC114)
while True: server.accept()[0].close()
PY
ip netns exec $network setsid python3 "$work/server.py" < /dev/null > "$work/server.log" 2>&1 &
cat > "$work/knock.py" <<'PY'
import socket, sys
client = socket.socket()
client.settimeout(1)
client.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, int(sys.argv[1], 0))
try: client.connect(('127.0.0.1', 7799))
except TimeoutError: sys.exit('dropped')
PY
passes() { within python3 "$work/knock.py" "$1" 2> /dev/null; }
eventually passes 0

ip netns exec $network setsid sleep 1000 < /dev/null > "$work/output" 2>&1 &
eventually pgrep -x sleep
pid=$(pgrep -x sleep)
options="--network-lock $method"
stages() { echo 'case $CRTOOLS_SCRIPT_ACTION in network-*) echo $CRTOOLS_SCRIPT_ACTION $CRTOOLS_INIT_PID >> '"$work/stages"';; '"$1"' esac'; }

# A dump that leaves it running: locked meanwhile, and not afterwards.
look="post-dump) ip netns exec $network nft list ruleset > $work/meanwhile;;"
RUNNING=1 dump "$pid" $options --leave-running --action-script "$(stages "$look")"
free || fail "the network of a program that runs on is locked: $(rules)"
if [ "$method" = skip ]; then
  ! grep -q CRIU "$work/meanwhile" || fail "it was locked"
else
  grep -q CRIU "$work/meanwhile" || fail "it was not locked during the dump"
fi
[ "$(cat "$work/stages")" = "network-lock $pid
network-unlock $pid" ] || fail "scripts were run at: $(cat "$work/stages")"

# One that fails, and one that is killed.
rm "$work/stages"
for end in 'exit 1' 'kill -KILL $PPID'; do
  ! "$criu" dump --tree "$pid" --images-dir "$work/images" --log-file failed.log $options \
    --action-script "$(stages "post-dump) $end;;")" 2> /dev/null || fail "'$end' was no failure"
  eventually free
  passes 0 || fail "nothing passes after '$end'"
done
[ "$(cat "$work/stages")" = "network-lock $pid
network-unlock $pid
network-lock $pid" ] || fail "scripts of failures were run at: $(cat "$work/stages")"

# One that ends it: its network stays locked.
dump "$pid" $options
if [ "$method" = skip ]; then
  free || fail "it is locked"
else
  ! passes 0 || fail "packets pass between dump and restore"
  passes 0xC114 || fail "our own packets do not pass"
fi
rm "$work/stages"
restore --join-ns "net:/run/netns/$network" --action-script "$(stages "")"
[ "$(readlink "/proc/$pid/ns/net")" = "$(within readlink /proc/self/ns/net)" ] || fail "it is in another network"
free || fail "the network is still locked: $(rules)"
passes 0 || fail "nothing passes"
[ "$(cat "$work/stages")" = "network-unlock $pid" ] || fail "scripts of the restore were run at: $(cat "$work/stages")"
