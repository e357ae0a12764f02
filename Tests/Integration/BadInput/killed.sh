# A program that is killed at any moment of its dump: the dump ends by its own will, whole or with an error and no image,
# and nobody is left stopped.
source "$(dirname "$0")/counter.sh"

for delay in 0 0.002 0.004 0.006 0.008 0.01 0.013 0.016 0.02 0.025 0.03 0.04; do
  rm -rf "$images" "$work/run"; mkdir "$images"
  start
  child=$(pgrep -P "$pid")
  victim=$pid
  if [ "${round:=0}" = 1 ]; then victim=$child; fi
  round=$((1 - round))
  ( sleep "$delay"; kill -KILL "$victim" ) &
  killer=$!
  status=0
  timeout --signal KILL 20 "$criu" dump --tree "$pid" -D "$images" -W "$work" -o dump.log 2> "$work/stderr" || status=$?
  wait "$killer" || true
  [ "$status" -le 1 ] || fail "status $status with the kill after $delay: $(tail -n 5 "$work/dump.log")"
  if [ "$status" = 1 ]; then
    no_images "$images"
    [ "$(grep -ac 'Error' "$work/dump.log")" = 1 ] || fail "not one error: $(cat "$work/dump.log")"
    grep -aq '^try: ' "$work/dump.log" || fail "no remedy: $(cat "$work/dump.log")"
  else
    [ -s "$images/inventory.img" ] || fail "a dump that succeeded has no inventory"
  fi
  echo "killed after $delay: status $status: $(grep -a Error "$work/dump.log" || true)"
  # Whoever is left runs.
  for left in "$pid" "$child"; do
    state=$(awk '/^State/ { print $2 }' "/proc/$left/status" 2> /dev/null || true)
    case $state in ''|R|S|Z|D|X) ;; *) fail "pid $left was left in state $state" ;; esac
  done
  kill -KILL "$pid" "$child" 2> /dev/null || true
  eventually gone_or_zombie "$pid"
done
