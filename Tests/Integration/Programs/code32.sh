# A program of 32-bit code, with threads and their storage, timers, handlers on an alternate stack, floating point, a robust
# mutex and a long sleep: dumped while it runs on, dumped and restored, as a stream, after a pre-dump, beside 64-bit code.
source "$(dirname "$0")/../common.sh"
source "$(dirname "$0")/code32-program.sh"

cat > "$work/start.sh" <<'PROGRAM'
"$1/program" "$1/report" &
while :; do sleep 0.1; done
PROGRAM
setsid bash "$work/start.sh" "$work" < /dev/null > /dev/null 2>&1 &
pid=$!
eventually later_than 5
program=$(cat "/proc/$pid/task/$pid/children" | tr ' ' '\n' | while read -r child; do
  [ "$(cat "/proc/$child/comm")" != program ] || echo "$child"; done)
outside() {
  cat "/proc/$program/maps"
  grep -h -e SigBlk -e SigIgn -e SigCgt -e TracerPid "/proc/$program"/task/*/status
}

untouched() { outside | diff "$work/before" -; }
outside > "$work/before"
RUNNING=1 dump "$pid" --leave-running
check_images
goes_on "after a dump that left it running"
untouched || fail "the dump left something"
RUNNING=1 dump "$pid" --leave-running --snapshot
goes_on "after a snapshot"
untouched || fail "the snapshot left something"
# A dump that fails when its code is in the program, and one that is killed there.
for fault in 5 1; do
  ! CRIU_FAULT=$fault "$criu" dump --tree "$pid" --images-dir "$work/images" --log-file dump.log -v4 || fail "no fault"
  eventually untouched
  goes_on "after a dump that failed, fault $fault"
done

for round in 1 2; do
  dump "$pid"
  restore
  goes_on "restored, time $round"
done
# As on another kernel: its vdso stays, and jumps into the one that is there. Twice: the second finds two.
for fault in 127 127; do
  dump "$pid"
  CRIU_FAULT=$fault restore
  goes_on "restored with its old vdso"
done

"$criu" pre-dump --tree "$pid" --images-dir "$work/images" --log-file pre.log -v4 --track-mem ||
  { tail "$work/images/pre.log" >&2; fail "pre-dump"; }
goes_on "after a pre-dump"
mkdir "$work/images/last"
"$criu" dump --tree "$pid" --images-dir "$work/images/last" --prev-images-dir .. --track-mem --log-file dump.log -v4 ||
  { tail "$work/images/last/dump.log" >&2; fail "dump after a pre-dump"; }
eventually gone "$pid"
"$criu" restore --images-dir "$work/images/last" --log-file restore.log -v4 --restore-detached ||
  { tail "$work/images/last/restore.log" >&2; fail "restore after a pre-dump"; }
goes_on "restored after a pre-dump"

"$criu" dump --tree "$pid" --images-dir "$work/images" --log-file dump.log -v4 --shard-fds 1 > "$work/stream"
eventually gone "$pid"
"$criu" restore --images-dir "$work/images" --log-file restore.log -v4 --restore-detached --shard-fds 0 < "$work/stream"
goes_on "restored from a stream"

end "$program"
