# A program whose pages go to a page server: page_server.sh DUMPER SERVER RESTORER WAY, the first three each `ours` or
# `peer`, WAY one of plain, six (IPv6), background, tls.
source "$(dirname "$0")/../common.sh"

close_inherited

binary() { if [ "$1" = ours ]; then echo "$CRIU"; else echo "${PEER_CRIU:?the other criu}"; fi; }
shows() { tail -n 25 "$1" >&2; fail "$2"; }

mkdir "$work/pages" "$work/run"
address=127.0.0.1
port=$((20000 + RANDOM % 10000))
options=()
case $4 in
  six) address=::1 ;;
  tls)
    (
      cd "$work"
      openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem
      openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key.pem -out request.pem
      openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out cert.pem \
        -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1")
    ) > "$work/openssl" 2>&1 || shows "$work/openssl" "making certificates"
    options=(--tls --tls-cacert "$work/ca.pem" --tls-cert "$work/cert.pem" --tls-key "$work/key.pem") ;;
esac

# On its own at the port, told by the byte of --status-fd.
serve() {
  mkfifo "$work/ready"
  "$(binary "$1")" page-server --images-dir "$work/pages" --address "$address" --port "$port" "${options[@]}" \
    --status-fd 7 --log-file server.log -v4 "${@:2}" 7> "$work/ready" &
  server=$!
  [ "$(head -c 1 "$work/ready" | od -An -tx1)" = " 00" ] || shows "$work/pages/server.log" "no zero byte: the server"
}

setsid python3 "$(dirname "$0")/program.py" "$work/run" < /dev/null > "$work/output" 2>&1 &
pid=$!
eventually test -s "$work/run/state.parent"
eventually test -s "$work/run/state.child"

if [ "$4" = background ]; then serve "$2" --daemon --pidfile pid; else serve "$2"; fi
"$(binary "$1")" dump --tree "$pid" --images-dir "$work/images" --log-file dump.log -v4 \
  --page-server --address "$address" --port "$port" "${options[@]}" || shows "$work/images/dump.log" "dump"
wait "$server" || shows "$work/pages/server.log" "the server's exit status"
if [ "$4" = background ]; then eventually gone "$(cat "$work/pages/pid")"; fi
eventually gone "$pid"
ls "$work"/images/pages-*.img 2> /dev/null && fail "pages lie with the records"

mv "$work"/pages/*.img "$work/images/"
before=$(cat "$work/run/state.parent" "$work/run/state.child")
"$(binary "$3")" restore --images-dir "$work/images" --log-file restore.log -v4 --restore-detached ||
  shows "$work/images/restore.log" "restore"
moved() { [ "$before" != "$(cat "$work/run/state.parent" "$work/run/state.child")" ]; }
eventually moved
sleep 0.5
[ ! -e "$work/run/bad" ] || fail "$(cat "$work/run/bad")"
kill -0 "$pid" || fail "the program ended: $(cat "$work/output")"
