# memcached with threads: values, a counter, a connection with a command half sent.
source "$(dirname "$0")/../common.sh"

port=18082
setsid memcached -u nobody -l 127.0.0.1 -p $port -U 0 -t 4 < /dev/null > "$work/log" 2>&1 &
pid=$!
cat > "$work/client.py" <<'PY'
import hashlib, socket, sys
def talk(commands):
    with socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=5) as connection:
        connection.sendall(commands + b'quit\r\n')
        return b''.join(iter(lambda: connection.recv(65536), b''))
value = lambda n: hashlib.sha256(str(n).encode()).hexdigest().encode() * 16
if sys.argv[2] == 'fill':
    stored = talk(b''.join(b'set k%d 5 0 1024\r\n%s\r\n' % (n, value(n)) for n in range(5000)) + b'set c 0 0 1\r\n7\r\n')
    assert stored == b'STORED\r\n' * 5001, stored[:100]
else:
    wanted = b''.join(b'VALUE k%d 5 1024\r\n%s\r\nEND\r\n' % (n, value(n)) for n in range(5000))
    assert talk(b''.join(b'get k%d\r\n' % n for n in range(5000))) == wanted
    assert talk(b'incr c 35\r\n') == b'42\r\n'
    assert b'STAT curr_items 5001\r\n' in talk(b'stats\r\n')
PY
eventually bash -c "exec 3<> /dev/tcp/127.0.0.1/$port"
python3 "$work/client.py" $port fill
exec 9<> "/dev/tcp/127.0.0.1/$port"
printf 'set half 0 0 8\r\nhalf' >&9
sleep 0.2

dump "$pid" --tcp-established
check_images
restore --tcp-established

python3 "$work/client.py" $port ask || fail "memcached has other values"
printf 'open\r\nget half\r\nquit\r\n' >&9
[ "$(tr -d '\r' <&9 | tr '\n' ' ')" = "STORED VALUE half 0 8 halfopen END " ] || fail "the open connection is lost"
