# A program as a stream of three shards: stream.sh DUMPER CAPTURER SERVER RESTORER. The engines are `ours` or `peer`, the
# streamers between them as well, or `none` where our engine has the shards itself. A file of the user's goes along.
source "$(dirname "$0")/../common.sh"

close_inherited

engine() { if [ "$1" = ours ]; then echo "$CRIU"; else echo "${PEER_CRIU:?the other criu}"; fi; }
streamer() { if [ "$1" = ours ]; then echo "$(dirname "$CRIU")/streamer"; else echo "${PEER_STREAMER:?the other streamer}"; fi; }
shows() { tail -n 25 "$1" >&2; fail "$2"; }
options=(--images-dir "$work/images" -v4)
# Three pipes, as every streamer wants them.
with_shards() { "$@" 3< <(cat "$work/shard-1") 4< <(cat "$work/shard-2") 5< <(cat "$work/shard-3"); }

mkdir "$work/run"
setsid python3 "$(dirname "$0")/program.py" "$work/run" < /dev/null > "$work/output" 2>&1 &
pid=$!
eventually test -s "$work/run/state.parent"
eventually test -s "$work/run/state.child"
echo "of the user" > "$work/note"

mkfifo "$work/fifo-1" "$work/fifo-2" "$work/fifo-3"
catching=()
for n in 1 2 3; do cat "$work/fifo-$n" > "$work/shard-$n" & catching+=($!); done
if [ "$2" = none ]; then
  "$(engine "$1")" dump "${options[@]}" --tree "$pid" --log-file dump.log --shard-fds 3,4,5 \
    3> "$work/fifo-1" 4> "$work/fifo-2" 5> "$work/fifo-3" || shows "$work/images/dump.log" dump
else
  "$(streamer "$2")" --images-dir "$work/images" --shard-fds 3,4,5 --ext-file-fds note:6 capture \
    3> "$work/fifo-1" 4> "$work/fifo-2" 5> "$work/fifo-3" 6< <(cat "$work/note") 2> "$work/captured" &
  capturing=$!
  eventually grep -q socket-init "$work/captured"
  "$(engine "$1")" dump "${options[@]}" --tree "$pid" --log-file dump.log --stream || shows "$work/images/dump.log" dump
  wait "$capturing" || shows "$work/captured" "the streamer's exit status"
  # Upstream's ends with 0 whatever happened.
  grep -q '^{"shards":\[{"size":' "$work/captured" && ! grep -q Error "$work/captured" || shows "$work/captured" capture
fi
wait "${catching[@]}"
eventually gone "$pid"

# What the shards hold is the same for all who look.
extract() {
  with_shards "$(streamer "$1")" --images-dir "$work/set-$1" --shard-fds 3,4,5 extract 2> "$work/extracted" &&
    ! grep -q Error "$work/extracted" || shows "$work/extracted" "extract by $1"
}
extract ours
if [ -n "${PEER_STREAMER:-}" ]; then
  extract peer
  diff -r "$work/set-ours" "$work/set-peer" || fail "two streamers extract two sets"
fi
[ "$2" = none ] || cmp "$work/note" "$work/set-ours/note"

before=$(cat "$work/run/state.parent" "$work/run/state.child")
if [ "$3" = none ]; then
  with_shards "$(engine "$4")" restore "${options[@]}" --log-file restore.log --restore-detached --shard-fds 3,4,5 ||
    shows "$work/images/restore.log" restore
else
  : > "$work/note-again"
  with_shards "$(streamer "$3")" --images-dir "$work/images" --shard-fds 3,4,5 --ext-file-fds note:6 serve \
    6> >(cat > "$work/note-again") 2> "$work/served" &
  serving=$!
  eventually grep -q socket-init "$work/served"
  "$(engine "$4")" restore "${options[@]}" --log-file restore.log --restore-detached --stream ||
    shows "$work/images/restore.log" restore
  wait "$serving" || shows "$work/served" "the streamer's exit status"
  ! grep -q Error "$work/served" || shows "$work/served" serve
  [ "$2" = none ] || eventually cmp "$work/note" "$work/note-again"
fi
moved() { [ "$before" != "$(cat "$work/run/state.parent" "$work/run/state.child")" ]; }
eventually moved
sleep 0.5
[ ! -e "$work/run/bad" ] || fail "$(cat "$work/run/bad")"
kill -0 "$pid" || fail "the program ended: $(cat "$work/output")"
