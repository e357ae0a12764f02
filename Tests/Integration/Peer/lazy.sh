# A program whose memory comes while it runs: lazy.sh SOURCE DAEMON RESTORER WAY, the first three each `ours` or `peer`,
# WAY one of
#   local     the daemon has the images
#   images    a page server has the images, the daemon asks it; images_tls
#   migrate   the dump kept its tree, the daemon asks it, the program goes on in another pid namespace; migrate_tls
#   here      as that, and the program goes on under the pids that it had; here_tls
source "$(dirname "$0")/../common.sh"

close_inherited

binary() { if [ "$1" = ours ]; then echo "$CRIU"; else echo "${PEER_CRIU:?the other criu}"; fi; }
shows() { tail -n 25 "$work"/images/*.log >&2; fail "$1"; }

mkdir "$work/run"
port=$((20000 + RANDOM % 10000))
options=()
case $4 in
  *_tls)
    (
      cd "$work"
      openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem
      openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key.pem -out request.pem
      openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out cert.pem \
        -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1")
    ) > "$work/openssl" 2>&1 || fail "making certificates"
    options=(--tls --tls-cacert "$work/ca.pem" --tls-cert "$work/cert.pem" --tls-key "$work/key.pem") ;;
esac
remote=(--address 127.0.0.1 --port "$port" "${options[@]}")

# start NAME BINARY COMMAND...: in the background, until the byte of --status-fd.
start() {
  local name=$1; shift
  mkfifo "$work/ready-$name"
  "$(binary "$1")" "${@:2}" --images-dir "$work/images" --status-fd 7 --log-file "$name.log" -v4 7> "$work/ready-$name" &
  eval "$name=$!"
  [ "$(head -c 1 "$work/ready-$name" | od -An -tx1)" = " 00" ] || shows "no zero byte: $name"
}

setsid python3 "$(dirname "$0")/program.py" "$work/run" < /dev/null > "$work/output" 2>&1 &
pid=$!
eventually test -s "$work/run/state.parent"
eventually test -s "$work/run/state.child"

case $4 in
  migrate* | here*) start source "$1" dump --tree "$pid" --lazy-pages "${remote[@]}" ;;
  *)
    "$(binary "$1")" dump --tree "$pid" --images-dir "$work/images" --log-file dump.log -v4 || shows "dump"
    eventually gone "$pid" ;;
esac
case $4 in images*) start source "$1" page-server --lazy-pages "${remote[@]}" ;; esac
case $4 in
  local) start daemon "$2" lazy-pages ;;
  *) start daemon "$2" lazy-pages --page-server "${remote[@]}" ;;
esac

before=$(cat "$work/run/state.parent" "$work/run/state.child")
restore=("$(binary "$3")" restore --lazy-pages --images-dir "$work/images" --log-file restore.log -v4 --restore-detached)
case $4 in
  migrate*)
    unshare -pf --kill-child --mount-proc bash -c '"$@" && touch "$0" && sleep 60' "$work/restored" "${restore[@]}" &
    eventually test -e "$work/restored" ;;
  *) "${restore[@]}" || shows "restore" ;;
esac
wait "$daemon" || shows "the daemon's exit status"
if [ -n "${source:-}" ]; then wait "$source" || shows "the source's exit status"; fi
# All of it is the program's own now.
case $4 in migrate*) eventually gone "$pid" ;; esac
moved() { [ "$before" != "$(cat "$work/run/state.parent" "$work/run/state.child")" ]; }
eventually moved
sleep 0.5
[ ! -e "$work/run/bad" ] || fail "$(cat "$work/run/bad")"
before=$(cat "$work/run/state.parent" "$work/run/state.child")
eventually moved
