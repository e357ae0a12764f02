# Dumps that cannot be: each fails with one error and its remedy, leaves no image, and the program runs on untouched.
# dump.sh CASE
source "$(dirname "$0")/counter.sh"

dump_refused() { local words=$1; shift; refused "$work/dump.log" "$words" "$@" -D "$images" -W "$work" -o dump.log; }

no_such_pid() {
  dump_refused 'pid 32000' "$criu" dump --tree 32000
}

no_such_directory() {
  refused "$work/stderr" "$work/nowhere" "$criu" dump --tree "$pid" -D "$work/nowhere"
  [ ! -e "$work/nowhere" ] || fail "made the directory"
}

# A directory that nobody may write into is none for the owner of a program either.
no_permission() {
  chmod 755 "$work"; chmod 777 "$images"; mkdir -m 777 "$work/logs"
  refused "$work/logs/dump.log" 'pid|permi|root|capabilit' setpriv --reuid 65534 --regid 65534 --clear-groups \
    env HOME=/ "$criu" dump --tree "$pid" -D "$images" -W "$work/logs" -o dump.log
}

traced() {
  strace -qq -o /dev/null -p "$pid" &
  local tracer=$!
  eventually traced_by "$tracer"
  dump_refused 'trac' "$criu" dump --tree "$pid"
  traced_by "$tracer" || fail "the tracer lost it"
  kill "$tracer"; wait "$tracer" 2> /dev/null || true
}
traced_by() { [ "$(awk '/^TracerPid/ { print $2 }' "/proc/$pid/status")" = "$1" ]; }

# No image can say that a process goes on without its main thread.
main_thread_ended() {
  cat > "$work/headless.c" <<'PROGRAM'
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static void *count(void *file) {
  for (int turn = 1;; turn++, usleep(10000)) { rewind(file); fprintf(file, "%d\n", turn); fflush(file); }
}
int main(int n, char **words) {
  pthread_t thread;
  pthread_create(&thread, NULL, count, fopen(words[1], "w"));
  pthread_exit(NULL);
}
PROGRAM
  cc -pthread -o "$work/headless" "$work/headless.c"
  setsid "$work/headless" "$work/turn" < /dev/null > /dev/null 2>&1 &
  local headless=$!
  eventually grep -q '^State:[[:space:]]*Z' "/proc/$headless/status"
  dump_refused "pid $headless.*" "$criu" dump --tree "$headless"
  grep -q 'main thread has ended while others go on' "$work/dump.log" || fail "$(cat "$work/dump.log")"
  local turn; turn=$(cat "$work/turn")
  goes_on() { [ "$(cat "$work/turn")" -gt "$turn" ]; }
  eventually goes_on
  kill -KILL "$headless"
}

disk_full() {
  mount -t tmpfs -o size=1m none "$images"
  dump_refused 'space' "$criu" dump --tree "$pid"
  no_images "$images"
  umount "$images"
}

# The same where the pages are compressed on their way, in threads of their own.
disk_full_compressed() {
  mount -t tmpfs -o size=1m none "$images"
  dump_refused 'space' "$criu" dump --tree "$pid" --zstd
  no_images "$images"
  umount "$images"
}
shard_disk_full() {
  mkdir "$work/small"
  mount -t tmpfs -o size=1m none "$work/small"
  dump_refused 'shard 2 \(descriptor 8\).*space' "$criu" dump --tree "$pid" --shard-fds 7,8 \
    7> /dev/null 8> "$work/small/2"
  umount "$work/small"
}

# Takes some of the stream and leaves.
reader_dies() {
  mkfifo "$work/fifo"
  for bytes in 0 5000 500000; do
    head -c "$bytes" "$work/fifo" > /dev/null &
    dump_refused 'shard 1 \(descriptor 7\).*Broken pipe' "$criu" dump --tree "$pid" --shard-fds 7 7> "$work/fifo"
    untouched
  done
}
streamer_dies() {
  local streamer ready="$work/streamer.log"
  [ -x "$(dirname "$criu")/streamer" ] || { echo "SKIPPED: there is no streamer beside $criu" >&2; return; }
  mkfifo "$work/fifo"
  head -c 500000 "$work/fifo" > /dev/null &
  "$(dirname "$criu")/streamer" -D "$images" capture > "$work/fifo" 2> "$ready" &
  streamer=$!
  eventually grep -q socket-init "$ready"
  dump_refused 'streamer' "$criu" dump --tree "$pid" --stream
  ! wait "$streamer" || fail "a streamer that cannot write succeeds"
  grep -q 'Broken pipe' "$ready" || fail "it does not say why: $(cat "$ready")"
  rm "$images/streamer-capture.sock"
}

# Takes some of the pages and is killed.
page_server_dies() {
  local server port=$((20000 + RANDOM % 10000))
  for bytes in 100 100000 500000; do
    python3 - "$port" "$bytes" "$work/ready" <<'SERVER' &
import socket, sys
with socket.create_server(('127.0.0.1', int(sys.argv[1]))) as server:
    open(sys.argv[3], 'w').close()
    peer, _ = server.accept()
    left = int(sys.argv[2])
    peer.sendall(bytes(8))  # it has no parent set, and opens images
    while left > 0: left -= len(peer.recv(left))
SERVER
    server=$!
    eventually test -e "$work/ready"
    dump_refused 'page server' "$criu" dump --tree "$pid" --page-server --address 127.0.0.1 --port "$port"
    wait "$server"; rm "$work/ready"
    untouched; no_images "$images"
  done
}
page_server_disk_full() {
  local server port=$((20000 + RANDOM % 10000))
  mkdir "$work/small"
  mount -t tmpfs -o size=1m none "$work/small"
  mkfifo "$work/ready"
  "$criu" page-server -D "$work/small" -W "$work" -o server.log --address 127.0.0.1 --port "$port" --status-fd 7 \
    7> "$work/ready" &
  server=$!
  [ "$(head -c 1 "$work/ready" | od -An -tx1)" = " 00" ] || fail "no zero byte: $(cat "$work/server.log")"
  dump_refused 'page server' "$criu" dump --tree "$pid" --page-server --address 127.0.0.1 --port "$port"
  ! wait "$server" || fail "a server without room succeeds"
  grep -q 'Error.*No space' "$work/server.log" || fail "it does not say why: $(cat "$work/server.log")"
  no_images "$work/small"
  umount "$work/small"
}

shell_job() {
  local child
  child=$(pgrep -P "$pid")
  dump_refused 'shell-job' "$criu" dump --tree "$child"
}

# Before a post-dump script the set is whole, for the script to look at: it stays.
post_dump_script_fails() {
  script_fails post-dump
  [ -s "$images/inventory.img" ] || fail "the script got no whole set"
  rm "$images"/*
}
pre_dump_script_fails() { script_fails pre-dump; }
script_fails() {
  printf '#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" != %s ]\n' "$1" > "$work/script.sh"
  chmod +x "$work/script.sh"
  dump_refused "script|$1" "$criu" dump --tree "$pid" --action-script "$work/script.sh"
}

start
"$@"
no_images "$images"
untouched
nobody_but "$pid" "$(pgrep -P "$pid")"
