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

disk_full() {
  mount -t tmpfs -o size=1m none "$images"
  dump_refused 'space' "$criu" dump --tree "$pid"
  no_images "$images"
  umount "$images"
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
