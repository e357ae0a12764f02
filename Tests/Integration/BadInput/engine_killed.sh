# The engine is killed at any moment of a dump, also while the program writes its pages into our file itself: the program
# runs on, nothing of ours is open or mapped in it, and no image is left, or all of them.
source "$(dirname "$0")/counter.sh"
export COUNTER_MIB=200
start
child=$(pgrep -P "$pid")
descriptors() { for one in "$pid" "$child"; do find "/proc/$one/fd" -type l -printf '%p %l\n'; done | sort; }
descriptors > "$work/descriptors"
same_descriptors() { descriptors | diff "$work/descriptors" - > "$work/difference"; }
same_mappings() { mappings | diff "$work/maps" - > "$work/difference"; }
# The guardian undoes when the engine is dead; the inventory comes last, with which the set is whole.
all_or_nothing() { [ -z "$(ls -A "$images")" ] || { [ -e "$images/inventory.img" ] && ls "$images" > "$work/whole"; }; }

killed=0
for delay in $(seq 0.01 0.01 0.2); do
  rm -rf "$images"; mkdir "$images"
  "$criu" dump --tree "$pid" -D "$images" -W "$work" -o dump.log -v4 --leave-running 2> "$work/stderr" &
  engine=$!
  sleep "$delay"
  kill -KILL "$engine" 2> /dev/null || true
  status=0
  wait "$engine" 2> /dev/null || status=$?
  if [ "$status" = 137 ]; then killed=$((killed + 1)); eventually all_or_nothing; fi
  eventually same_mappings
  eventually same_descriptors
  runs
done
[ "$killed" -ge 5 ] || fail "only $killed dumps were killed before they ended"
RUNNING=1 dump "$pid" --leave-running
if [ -e "$work/whole" ]; then
  (cd "$images"; ls -- *.img | grep -v '^stats') | diff "$work/whole" - >&2 || fail 'half a set is left'
fi
grep -aq 'writes its pages itself' "$work/images/dump.log" || fail 'it does not write its pages itself'
same_descriptors || fail "$(cat "$work/difference")"
