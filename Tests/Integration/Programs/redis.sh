# redis-server with data and a listening socket.
source "$(dirname "$0")/../common.sh"

port=16379
setsid redis-server --port $port --bind 127.0.0.1 --save '' --appendonly no --dir "$work" --daemonize no \
  < /dev/null > "$work/redis.log" 2>&1 &
pid=$!
cli() { redis-cli -p $port "$@"; }
eventually cli ping
cli debug populate 50000 key 100 > /dev/null
cli set answer 42 > /dev/null
cli rpush list a b c > /dev/null
digest=$(cli debug digest)
sleep 0.2

dump "$pid" --tcp-established
check_images
! cli ping > /dev/null 2>&1 || fail "redis still answers after the dump"
restore --tcp-established

eventually cli ping
[ "$(cli debug digest)" = "$digest" ] || fail "the data differs"
[ "$(cli get answer)" = 42 ] || fail "the answer differs"
[ "$(cli lrange list 0 -1 | tr '\n' ' ')" = "a b c " ] || fail "the list differs"
cli set after restore > /dev/null && [ "$(cli get after)" = restore ] || fail "redis does not take writes"
