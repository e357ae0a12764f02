# dump --snapshot: the images hold one instant, the program runs on meanwhile, and nothing of the copy is left to it.
#
#   snapshot.sh CASE
source "$(dirname "$0")/../common.sh"
close_inherited
cc -O2 -pthread -o "$work/program" "$(dirname "$0")/snapshot.c"

# start MIB THREADS [COMMAND...]: the program, by way of a command that runs it; with $filtered after its arguments.
start() {
  local mib=$1 threads=$2; shift 2
  rm -f "$work"/{ready,checked,child,lost,done}
  setsid "$@" "$work/program" "$work" "$mib" "$threads" ${filtered:-} < /dev/null > "$work/output" 2>&1 &
  eventually test -s "$work/ready"
  pid=$(cut -d' ' -f2 "$work/ready")
}
# No pair was ever unequal, no page lost, no child seen.
sound() {
  rm -f "$work/checked"
  kill -USR1 "$pid"
  eventually test -s "$work/checked"
  [ "$(cat "$work/checked")" = 'unequal, SIGCHLD: 0 0' ] || fail "$1: $(cat "$work/checked")"
  [ ! -e "$work/lost" ] || fail "$1: lost: $(cat "$work/lost")"
  [ ! -e "$work/child" ] || fail "$1: $(cat "$work/child")"
}
snapshot() { RUNNING=1 dump "$pid" --leave-running --snapshot "$@"; }
# Neither a clone nor what is left of one.
alone() { [ -z "$(cat /proc/$pid/task/*/children)" ] || fail "children: $(cat /proc/$pid/task/*/children)"; }
no_children() { [ -z "$(cat /proc/$pid/task/*/children)" ]; }
order() { rm -f "$work/done"; echo "$1" > "$work/order"; kill -USR2 "$pid"; }
# Writes the first MIB, which nobody has written before.
write() {
  order "write $1"
  eventually test -s "$work/done"
  [ "$(tail -n 1 "$work/done")" = " $1 0" ] || fail "$2: MiB, and pages that were written before: $(cat "$work/done")"
}
# A dump into a pipe that nobody reads for a while: it stands still while the tree runs.
stuck_dump() {
  mkfifo "$work/stream"
  "$criu" dump -t "$pid" -R --snapshot -D "$work/images" -o dump.log -v4 --shard-fds 8 8> "$work/stream" &
  dumping=$!
  exec 7< "$work/stream"
  eventually has_child
  clone=$(cat /proc/$pid/task/*/children | tr -d ' ')
  eventually running
}
has_child() { ! no_children; }
running() { ! grep -q '^TracerPid:[[:space:]]*[1-9]' /proc/$pid/status && [ "$(cut -d' ' -f3 /proc/$pid/stat)" != t ]; }

one_instant() {
  start 96 4
  sound 'before the dump'
  snapshot
  grep -q 'cloned' "$work/images/dump.log" || fail 'nothing was cloned'
  alone
  sound 'after the dump'
  kill -KILL "$pid"; eventually gone "$pid"
  restore
  sound 'after the restore'
  check_images
}

# The program is not held up by its copy: a pipe that it closes ends for the reader, its directory is free.
lets_go() {
  mkdir "$work/directory"
  mkfifo "$work/pipe"
  (cd "$work/directory"; exec 9> "$work/pipe"; start 64 2; echo "$pid" > "$work/pid") &
  exec 6< "$work/pipe"
  wait $!
  pid=$(cat "$work/pid")
  stuck_dump
  order close
  timeout 5 cat <&6 || fail 'no end of file while the copy lives'
  [ -z "$(ls /proc/$clone/fd)" ] || fail "the copy has descriptors: $(ls -l /proc/$clone/fd)"
  [ "$(readlink /proc/$clone/cwd)" = / ] || fail "the copy is in $(readlink /proc/$clone/cwd)"
  sound 'while it is copied'
  cat <&7 > "$work/copy"
  wait "$dumping" || { tail -n 25 "$work/images/dump.log" >&2; fail 'dump'; }
  alone
  sound 'after the dump'
}

# What is lost with the engine: the copy, and nothing of the program.
engine_killed() {
  start 64 2
  stuck_dump
  kill -KILL "$dumping"; wait "$dumping" 2> /dev/null || true
  eventually no_children
  sound 'after the engine was killed'
  # And once more, with an engine that lives.
  rm -f "$work/stream" "$work"/images/*; exec 7<&-
  snapshot
  alone
  sound 'after a whole dump'
}

# A program that is run by this process meanwhile gets its own rights, and its new self waits for the copy.
setuid_exec() {
  chmod 755 "$work"; chmod 777 "$work"
  cp /usr/bin/id "$work/id"; chmod 4755 "$work/id"
  start 64 2 setpriv --reuid 65534 --regid 65534 --clear-groups
  stuck_dump
  order "exec $work/id -u > $work/rights; exec sleep 1000"
  eventually test -s "$work/rights"
  [ "$(cat "$work/rights")" = 0 ] || fail "setuid did not work: $(cat "$work/rights")"
  cat <&7 > "$work/copy"
  wait "$dumping" || { tail -n 25 "$work/images/dump.log" >&2; fail 'dump'; }
  eventually no_children
  grep -q sleep "/proc/$pid/comm" || fail "the program is $(cat /proc/$pid/comm)"
}

# Into a stream, the records go first, then the pages as they are read from the copy.
streamed() {
  start 64 3
  "$criu" dump -t "$pid" -R --snapshot -D "$work/images" -o dump.log -v4 --shard-fds 1 > "$work/stream" ||
    { tail -n 25 "$work/images/dump.log" >&2; fail 'dump'; }
  alone
  kill -KILL "$pid"; eventually gone "$pid"
  restore --shard-fds 0 < "$work/stream"
  sound 'after the restore'
}

# A program that a signal has stopped is cloned, waits for its clone, and stays stopped.
stopped() {
  start 64 3
  kill -STOP "$pid"
  eventually grep -q '^State:[[:space:]]*T' "/proc/$pid/status"
  snapshot
  alone
  eventually grep -q '^State:[[:space:]]*T' "/proc/$pid/status"
  kill -CONT "$pid"
  sound 'after it was let go'
}

# A clone has the program's filters, which do not hold for it while we trace it.
filtered() {
  local filtered=filtered
  start 64 2
  snapshot
  grep -q 'cloned' "$work/images/dump.log" || fail 'nothing was cloned'
  alone
  sound 'after the dump'
}

# A tree: the child has a clone, its parent is too small for one, and has no other child than before.
tree() {
  start 64 2 bash -c '"$@" & wait' bash
  local child=$pid
  pid=$(awk '/^PPid/ { print $2 }' "/proc/$child/status")
  snapshot
  [ "$(cat /proc/$pid/task/*/children)" = "$child " ] || fail "children: $(cat /proc/$pid/task/*/children)"
  pid=$child
  alone
  sound 'after the dump'
}

# limited MIB ARGUMENTS...: as start, in a cgroup with so many MiB.
limited() {
  local limit=$1 mib=$2 threads=$3; shift 3
  cgroup=/sys/fs/cgroup/memory/criu-snapshot-$$
  mkdir "$cgroup" || { echo "SKIPPED: no memory controller of version 1" >&2; exit 0; }
  at_exit() { rmdir "$cgroup"; }
  echo $((limit << 20)) > "$cgroup/memory.limit_in_bytes"
  start "$mib" "$threads" sh -c 'echo $$ > '"$cgroup"'/cgroup.procs; exec "$@"' sh "$@"
}

# Where the copy could not be paid for, the program is stopped until its memory is written.
too_little_memory() {
  limited 110 64 2
  snapshot
  grep -q 'too little memory left to clone' "$work/images/dump.log" || fail 'it was cloned'
  sound 'after the dump'
  kill -KILL "$pid"; eventually gone "$pid"
  restore
  sound 'after the restore'
}

# Where the copy of one task can be paid for, but not that of two.
too_little_for_two() {
  mkdir "$work/other"
  limited 140 40 0 sh -c '"$0" "$1/other" 40 0 & exec "$0" "$@"'
  eventually test -s "$work/other/ready"
  snapshot
  [ "$(grep -c 'is cloned' "$work/images/dump.log")" = 1 ] || fail 'not one was cloned'
  grep -q 'too little memory left to clone' "$work/images/dump.log" || fail 'it was not seen that memory is short'
}

# Where the program writes more than there is room for, it is stopped until the rest is written.
runs_short() {
  limited 410 310 0
  stuck_dump
  write 60 'while it is copied'
  cat <&7 > "$work/copy"
  wait "$dumping" || { tail -n 25 "$work/images/dump.log" >&2; fail 'dump'; }
  grep -q 'Memory runs short' "$work/images/dump.log" || fail 'memory did not run short'
  alone
  sound 'after the dump'
  kill -KILL "$pid"; eventually gone "$pid"
  restore --shard-fds 0 < "$work/copy"
  sound 'after the restore'
  write 60 'after the restore'
}

# Where the images cannot leave, nobody looks: the kernel ends the copy, and not the program.
out_of_memory() {
  limited 420 260 4
  stuck_dump
  eventually ended "$clone"
  sound 'after its copy was killed'
  cat <&7 > "$work/copy"
  ! wait "$dumping" || fail 'the dump of a lost copy succeeded'
  grep -q 'killed, by the kernel' "$work/images/dump.log" || fail "$(tail -n 3 "$work/images/dump.log")"
  eventually no_children
  sound 'after the dump failed'
}
ended() { [ ! -e "/proc/$1" ] || grep -q '^State:[[:space:]]*Z' "/proc/$1/status"; }

"$1"
