# What options of dump and restore promise: options.sh CASE
source "$(dirname "$0")/../BadInput/counter.sh"

state() { awk '/^State/ { print $2 }' "/proc/$1/status"; }
stands() { local p; for p in "$pid" "$child"; do [ "$(state "$p")" = T ] || return 1; done; }
still() {
  local count
  count=$(cat "$work/run/count" "$work/run/count.child"); sleep 0.3
  [ "$count" = "$(cat "$work/run/count" "$work/run/count.child")" ] || fail "it runs"
}
kill_tree() { kill -KILL "$pid" "$child"; eventually gone_or_zombie "$pid"; eventually gone_or_zombie "$child"; }
script() {
  printf '#!/bin/sh\necho "$CRTOOLS_SCRIPT_ACTION $CRTOOLS_IMAGE_DIR ${CRTOOLS_INIT_PID:-none}" >> %s\n' "$work/stages" \
    > "$work/script.sh"
  chmod +x "$work/script.sh"
}

leave_running() {
  RUNNING=1 dump "$pid" --leave-running
  untouched
  kill_tree
  restore
  runs
}
leave_stopped() {
  RUNNING=1 dump "$pid" --leave-stopped
  stands || fail "not stopped"
  still
  kill -CONT "$pid" "$child"
  untouched
}
restore_leave_stopped() {
  dump "$pid"
  restore --leave-stopped
  eventually stands
  still
  kill -CONT "$pid" "$child"
  runs
}
pidfile() {
  dump "$pid"
  restore --pidfile root.pid
  [ "$(cat "$images/root.pid")" = "$pid" ] || fail "the pid file says $(cat "$images/root.pid"), not $pid"
  runs
}
dump_stages() {
  script
  RUNNING=1 dump "$pid" --leave-running --action-script "$work/script.sh"
  diff - "$work/stages" <<END >&2 || fail "other stages"
pre-dump $images none
post-dump $images $pid
END
}
restore_stages() {
  dump "$pid"
  script
  restore --action-script "$work/script.sh"
  cat "$work/stages"
  [ "$(cut -d ' ' -f 1 "$work/stages" | tr '\n' ' ')" = "pre-restore post-restore pre-resume post-resume " ] ||
    fail "other stages"
  ! grep -v " $images " "$work/stages" >&2 || fail "another directory of images"
  # Before it is born, the root task has no pid for scripts.
  ! grep -v '^pre-restore' "$work/stages" | grep -v " $pid\$" >&2 || fail "another pid"
}
work_directory() {
  mkdir "$work/logs"
  "$criu" dump --tree "$pid" -D "$images" -W "$work/logs" -o dump.log || fail "dump"
  eventually gone "$pid"; eventually gone "$child"
  [ -e "$work/logs/dump.log" ] && [ -e "$work/logs/stats-dump" ] || fail "in the work directory: $(ls "$work/logs")"
  ! ls "$images" | grep -E 'log|stats' >&2 || fail "in the images directory"
  "$criu" restore -D "$images" -W "$work/logs" -o restore.log --restore-detached --pidfile root.pid || fail "restore"
  [ -e "$work/logs/restore.log" ] && [ -e "$work/logs/stats-restore" ] && [ -e "$work/logs/root.pid" ] ||
    fail "in the work directory: $(ls "$work/logs")"
  ! ls "$images" | grep -E 'log|stats|pid' >&2 || fail "in the images directory"
}
statistics() {
  dump "$pid" --display-stats > "$work/shown"
  grep -q '[0-9]' "$work/shown" || fail "no statistics shown"
  restore --display-stats > "$work/shown"
  grep -q '[0-9]' "$work/shown" || fail "no statistics shown"
  check_images
  if command -v crit > /dev/null; then
    crit decode -i "$images/stats-dump" > "$work/shown"
    grep -q '"pages_written": *"\?[1-9]' "$work/shown" || fail "stats-dump: no pages written"
    crit decode -i "$images/stats-restore" > "$work/shown"
    grep -q '"pages_restored": *"\?[1-9]' "$work/shown" || fail "stats-restore: no pages"
  fi
}
# The phases of both, as JSON with times that fit into each other.
trace() {
  dump "$pid" --trace "$work/dump.json"
  restore --trace "$work/restore.json"
  python3 - "$work/dump.json" "$work/restore.json" <<'CHECK' || fail "$(head -n 5 "$work/dump.json")"
import json, sys
for path, wanted in zip(sys.argv[1:], ({'freeze', 'collect', 'descriptors', 'mappings', 'pages', 'kill'}, {'plan', 'made', 'parked'})):
    events = json.load(open(path))
    phases = {event['name']: event for event in events if event['ph'] == 'X'}
    assert wanted <= set(phases), phases
    assert all(event['dur'] >= 0 and event['ts'] > 0 for event in phases.values())
    if 'collect' in phases:
        outer, inner = phases['collect'], phases['mappings']
        assert outer['ts'] <= inner['ts'] and inner['ts'] + inner['dur'] <= outer['ts'] + outer['dur']
CHECK
}
sibling() {
  dump "$pid"
  restore --restore-sibling
  [ "$(awk '/^PPid/ { print $2 }' "/proc/$pid/status")" = $$ ] || fail "not our child"
  runs
}
# Both ways to read memory give the same pages.
memory_read() {
  RUNNING=1 dump "$pid" --leave-running
  mv "$images" "$work/first"; mkdir "$images"
  dump "$pid" --memory-read readv
  restore
  runs
  kill_tree
  rm -rf "$images"; mv "$work/first" "$images"
  restore
  runs
}
# Debian's crit shows what we wrote.
crit_shows() {
  dump "$pid"
  local name
  for name in "$images"/*.img; do
    case $name in */pages-*) continue ;; esac
    crit decode -i "$name" > "$work/decoded" 2>&1 || fail "crit decode $name: $(tail -n 3 "$work/decoded")"
  done
  crit_has ps "^ *$pid .*python3"
  crit_has fds "$work/run/count\$"
  crit_has mems 'python'
}
crit_has() {
  crit x "$images" "$1" > "$work/shown" 2>&1 || fail "crit x $1: $(tail -n 3 "$work/shown")"
  grep -Eq "$2" "$work/shown" || fail "crit x $1 shows no $2: $(cat "$work/shown")"
}

start
child=$(pgrep -P "$pid")
"$@"
