# A program dumped by one criu and restored by another: peer.sh DUMPER RESTORER, each `ours` or `peer`.
source "$(dirname "$0")/../common.sh"
source "$(dirname "$0")/ends.sh"

close_inherited

mkdir "$work/run"
setsid python3 "$(dirname "$0")/program.py" "$work/run" < /dev/null > "$work/output" 2>&1 &
pid=$!
eventually test -s "$work/run/state.parent"
eventually test -s "$work/run/state.child"
sleep 0.5

dump_by "$1" "$pid"
before=$(cat "$work/run/state.parent" "$work/run/state.child")
sleep 0.5
[ "$before" = "$(cat "$work/run/state.parent" "$work/run/state.child")" ] || fail "something still runs after the dump"

restore_by "$2"

# Every counter of both goes on from where it was: turns, threads, both timers, and what the other one writes.
onwards() {
  local -a now old
  read -r -d '' -a now <<< "$(cat "$work/run/state.parent" "$work/run/state.child")" || true
  read -r -d '' -a old <<< "$before" || true
  [ ${#now[@]} = 10 ] || return 1
  for i in 0 1 2 3 4 5 6 7 8 9; do
    [ "${now[$i]}" -gt $((old[i] + 15)) ] || return 1
  done
}
wrong() { cat "$work/run/bad" "$work/output" 2> /dev/null; cat "$work/run/"state.*; echo "before: $before"; }
( eventually onwards ) || fail "$(wrong)"
[ ! -e "$work/run/bad" ] || fail "$(wrong)"
kill -0 "$pid" || fail "the program ended: $(wrong)"
