# nginx with two workers, shared memory between them, a connection open and a log to go on with.
source "$(dirname "$0")/../common.sh"

port=18081
mkdir "$work/site"
chmod 755 "$work"
seq 100000 > "$work/site/numbers"
echo first > "$work/site/once"
cat > "$work/nginx.conf" <<CONF
daemon off; worker_processes 2; pid $work/nginx.pid; error_log $work/error.log;
events { worker_connections 64; }
http {
  access_log $work/access.log;
  limit_req_zone \$server_port zone=once:64k rate=1r/m;
  server {
    listen 127.0.0.1:$port;
    root $work/site;
    location = /once { limit_req zone=once; }
  }
}
CONF
setsid nginx -c "$work/nginx.conf" < /dev/null > "$work/log" 2>&1 &
pid=$!
get() { curl -sS --max-time 5 "http://127.0.0.1:$port$1"; }
eventually get /numbers
[ "$(get /once)" = first ] || fail "nginx answers something else"
workers() { ps -o pid= --ppid "$pid" | sort -n | tr -d ' '; }
workers > "$work/workers"
[ "$(wc -l < "$work/workers")" = 2 ] || fail "nginx has other workers: $(cat "$work/workers")"
# A connection that is kept alive over the dump, with half a request sent.
exec 9<> "/dev/tcp/127.0.0.1/$port"
printf 'GET /numbers HTTP/1.1\r\nHost: here\r\n' >&9
sleep 0.2

dump "$pid" --tcp-established
check_images
! get /numbers > /dev/null 2>&1 || fail "nginx still answers after the dump"
restore --tcp-established

workers | diff "$work/workers" - || fail "the workers differ"
printf 'Connection: close\r\n\r\n' >&9
cat <&9 | sed '1,/^\r$/d' | cmp - "$work/site/numbers" || fail "the open connection is lost"
for _ in $(seq 20); do get /numbers | cmp - "$work/site/numbers" || fail "nginx answers something else"; done
! get /once | grep -q first || fail "the memory that the workers share is empty"
# A new configuration: the master makes new workers, and the old ones leave.
kill -HUP "$pid"
renewed() { [ -z "$(workers | comm -12 "$work/workers" -)" ] && [ "$(workers | wc -l)" = 2 ]; }
eventually renewed
get /numbers | cmp - "$work/site/numbers" || fail "the new workers do not answer"
grep -q 'GET /numbers' "$work/access.log" || fail "nothing is logged"
