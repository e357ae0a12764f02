# Whoever serves memory to a restored program is lost: the program ends or has all of it, and never sees anything wrong.
# lost.sh CASE
source "$(dirname "$0")/../common.sh"

close_inherited
mkdir "$work/run" "$work/work"
setsid python3 "$(dirname "$0")/program.py" "$work/run" 64 < /dev/null > "$work/output" 2>&1 &
pid=$!
disown "$pid"
eventually grep -q good "$work/run/answer"
rm "$work/run/answer"
port=$((20000 + RANDOM % 10000))

# start NAME COMMAND...: in the background, until the byte of --status-fd.
start() {
  local name=$1; shift
  rm -f "$work/ready"; mkfifo "$work/ready"
  "$criu" "$@" --images-dir "$work/images" --status-fd 7 --log-file "$name.log" -v4 7> "$work/ready" &
  eval "$name=$!"
  disown "$!"
  [ "$(head -c 1 "$work/ready" | od -An -tx1)" = " 00" ] || fail "no zero byte: $name"
}
serving=(--lazy-pages --address 127.0.0.1 --port "$port")
# The daemon gets 8 of 64 MiB; nothing comes in the background before the restore is over.
remote_pages=(lazy-pages --page-server --address 127.0.0.1 --port "$((port + 1))")
hold() {
  python3 "$(dirname "$0")/hold.py" "$((port + 1))" "$port" $((8 << 20)) &
  holder=$!
  disown "$holder"
  eventually grep -q "$(printf ':%04X .* 0A ' "$((port + 1))")" /proc/net/tcp
}
is_held() { [ "$(awk '/^VmRSS/ { print $2 }' "/proc/$1/status")" -gt 8000 ]; }
restored() { restore --lazy-pages; }
hold_midway() {
  dump "$pid"
  start server page-server "${serving[@]}"
  hold
  start daemon "${remote_pages[@]}"
  restored
  eventually is_held "$pid"
}
# It is told to look at all its memory.
ends() {
  kill -USR2 "$pid" 2> /dev/null || true
  eventually gone "$pid"
  [ ! -e "$work/run/answer" ] || fail "it went on: $(cat "$work/run/answer")"
  [ ! -s "$work/output" ] || fail "it saw something: $(cat "$work/output")"
}
# tells LOG WORDS...: the page, the task and the cause.
tells() {
  local words log=$work/images/$1.log; shift
  for words in "$@"; do ( eventually grep -a "$words" "$log" ) || fail "the log does not say '$words': $(tail -n 5 "$log")"; done
}
nobody_left() { ! grep -l -x -e criu -e 'criu-.*' /proc/[0-9]*/comm; }

# The restore waits for a page, which rseq(2) touches.
daemon_killed_early() {
  dump "$pid"
  start daemon lazy-pages
  kill -STOP "$daemon"
  "$criu" restore --images-dir "$work/images" --log-file restore.log -v4 --restore-detached --lazy-pages &
  local restore=$!
  eventually grep -q . "/proc/$pid/comm"
  sleep 0.5
  kill -KILL "$daemon"
  ! wait "$restore" || fail "the restore took itself for whole"
  eventually gone "$pid"
  tells daemon 'criu lazy-pages was lost' 'serve the page.*0x[0-9a-f]*000 of a task whose restore was under way'
}
daemon_killed() {
  hold_midway
  kill -TERM "$daemon"
  ends
  tells daemon "of 1 tasks" "serve the page.*0x[0-9a-f]*000 of the memory of pid $pid" 'try: .*SIGBUS'
  kill -KILL "$holder"
  eventually gone "$server"
}
connection_lost() {
  hold_midway
  kill -KILL "$holder"
  ends
  eventually gone "$daemon"
  eventually gone "$server"
  tells daemon "serve the page.*0x[0-9a-f]*000 of the memory of pid $pid, and those behind it" "127.0.0.1:$((port + 1))"
}
# The daemon is ready before the server listens.
server_is_late() {
  dump "$pid"
  start daemon lazy-pages --page-server --address 127.0.0.1 --port "$port"
  start server page-server "${serving[@]}"
  restored
  kill -USR2 "$pid"
  eventually grep -q "$pid 0 good" "$work/run/answer"
  eventually gone "$daemon"
  eventually gone "$server"
  kill -KILL "$pid"
}
# Nobody has asked for a page: the program goes on where it was.
source_killed_early() {
  start source dump --tree "$pid" "${serving[@]}"
  (exec 3<> "/dev/tcp/127.0.0.1/$port"; printf "%032d" 0 >&3; cat <&3 > /dev/null)
  ! grep -a 'the client.s: its tasks have ended' "$work/images/source.log" || fail "it gave the program to anybody"
  kill -TERM "$source"
  kill -USR2 "$pid"
  eventually grep -q "$pid 0 good" "$work/run/answer"
  kill -KILL "$pid"
}
# The program has left its pid, under which it is restored with 8 of its 64 MiB.
migrate_midway() {
  start source dump --tree "$pid" "${serving[@]}" "$@"
  hold
  start daemon "${remote_pages[@]}"
  ! kill -0 "$pid" 2> /dev/null || fail "the program still holds its pid"
  restored
  eventually is_held "$pid"
}
# What nobody has fetched is in the images now.
comes_back() {
  eventually nobody_left
  restore
  kill -USR2 "$pid"
  eventually grep -q "$pid 0 good" "$work/run/answer"
  kill -KILL "$pid"
}
source_killed() {
  migrate_midway
  kill -KILL "$source" "$holder"
  ends
  tells daemon "serve the page.*0x[0-9a-f]*000 of the memory of pid $pid, and those behind it"
  tells source 'criu dump was lost' 'images are whole'
  comes_back
}
client_lost() {
  migrate_midway "$@"
  kill -KILL "$holder"
  ends
  tells source 'serve all pages of the program, which has ended here' 'images are whole now: restore them'
  comes_back
}
client_lost_zstd() { client_lost --zstd; }
# There is no room for another process: the program stands until all is fetched, and ends when it is in the images.
no_keepers() {
  local cgroup=/sys/fs/cgroup/pids/criu-test-$$
  [ -e /sys/fs/cgroup/pids/cgroup.procs ] || { echo "SKIPPED: no pids controller of version 1" >&2; return; }
  at_exit() { rmdir /sys/fs/cgroup/pids/criu-test-*/ 2> /dev/null || true; }
  mkdir "$cgroup"
  echo 1 > "$cgroup/pids.max"
  echo "$pid" > "$cgroup/cgroup.procs"
  start source dump --tree "$pid" "${serving[@]}"
  start daemon lazy-pages --page-server --address 127.0.0.1 --port "$port"
  tells source 'cannot be cloned' 'its tasks stand'
  kill -0 "$pid" || fail "the program has ended"
  kill -KILL "$daemon"
  tells source 'images are whole now: restore them'
  eventually gone "$pid"
  comes_back
}
# Whenever it is: the program has all of its memory, or ends.
any_time() {
  local turn moment
  dump "$pid"
  for turn in $(seq 8); do
    start daemon lazy-pages
    restored &
    sleep "0.0$((turn * 9 % 10))$((turn * 7 % 10))"
    kill -KILL "$daemon" 2> /dev/null || true
    wait $! || true
    rm -f "$work/run/answer"
    if kill -USR2 "$pid" 2> /dev/null; then
      looked() { [ -e "$work/run/answer" ] || gone "$pid"; }
      eventually looked
      [ ! -e "$work/run/answer" ] || [ "$(cat "$work/run/answer")" = "$pid 0 good" ] || fail "$(cat "$work/run/answer")"
      kill -KILL "$pid" 2> /dev/null || true
    fi
    eventually gone "$pid"
    [ ! -s "$work/output" ] || fail "it saw something: $(cat "$work/output")"
  done
}
"$@"
eventually nobody_left
