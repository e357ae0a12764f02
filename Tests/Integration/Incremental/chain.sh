# Chains of sets that leave pages to each other: chain.sh CASE
source "$(dirname "$0")/../common.sh"

close_inherited
# Beside what Python itself writes, 5 % of less would not be small.
if [ "$1" = only_what_changed ]; then mib=128; else mib=64; fi
sets=$work/sets
mkdir "$work/run"
setsid python3 "$(dirname "$0")/program.py" "$work/run" "$mib" < /dev/null > "$work/output" 2>&1 &
pid=$!
disown "$pid"
eventually grep -q good "$work/run/answer"

told() { rm -f "$work/run/answer"; kill -"$1" "$pid"; eventually test -s "$work/run/answer"; }
write() { told USR1; }
# All its memory is as it was left, GENERATION writes after its start.
whole() {
  told USR2
  [ "$(cat "$work/run/answer")" = "$pid $1 good" ] || fail "$(cat "$work/run/answer")"
}

# Has the other criu do what follows. It logs an Error where it may not raise its limit of descriptors, and tracks writes
# by soft-dirty bits alone.
by_the_peer() { local criu=$PEER_CRIU tracking= COMPLAINTS='no complaint counts'; "$@"; }
tracking=--track-mem

# into N COMMAND OPTIONS...: the next set, whose parent is the one before.
into() {
  local set=$sets/$1 command=$2; shift 2
  mkdir -p "$set"
  if [ -d "$sets/$(($(basename "$set") - 1))" ]; then set -- --prev-images-dir "../$(($(basename "$set") - 1))" "$@"; fi
  "$criu" "$command" --tree "$pid" --images-dir "$set" --log-file log -v4 $tracking "$@" ||
    { tail -n 25 "$set/log" >&2; fail "$command into $(basename "$set")"; }
  ! grep -a -E "${COMPLAINTS:-Error|Warn}" "$set/log" || fail "$command into $(basename "$set") complains"
}
restored() {
  eventually gone "$pid"
  "$criu" restore --images-dir "$sets/$1" --log-file restore.log -v4 --restore-detached "${@:2}" ||
    { tail -n 25 "$sets/$1/restore.log" >&2; fail "restore of $1"; }
  ! grep -a -E "${COMPLAINTS:-Error|Warn}" "$sets/$1/restore.log" || fail "the restore complains"
}
# Memory comes while it runs.
restored_lazily() {
  eventually gone "$pid"
  mkfifo "$work/ready"
  "$criu" lazy-pages --images-dir "$sets/$1" --log-file lazy.log -v4 --status-fd 7 7> "$work/ready" &
  local daemon=$!
  [ "$(head -c 1 "$work/ready" | od -An -tx1)" = " 00" ] || fail "no daemon"
  restored "$1" --lazy-pages
  wait "$daemon" || { tail -n 25 "$sets/$1/lazy.log" >&2; fail "the daemon's exit status"; }
}
# KiB that the pages images of a set have on the disk, where a file gets its blocks late.
held() { sync "$sets/$1"/pages-*.img*; du -c "$sets/$1"/pages-*.img* | tail -n 1 | cut -f 1; }
less() { [ "$1" -lt "$2" ] || fail "$3: $1 is not less than $2"; }

three_rounds() {
  into 1 pre-dump "$@"; write
  first=$(held 1)
  into 2 pre-dump "$@"; write
  into 3 dump "$@"
}
dedup() {
  three_rounds
  [ "$(held 1)" = "$first" ] || fail "pages were dropped unasked"
  "$criu" dedup --images-dir "$sets/3" --log-file dedup.log -v4 || fail "dedup"
  less "$(held 1)" $((first - mib * 1024 / 12)) "the first set after dedup"
  restored 3
  whole 2
}
auto_dedup() {
  three_rounds --auto-dedup
  less "$(held 1)" $((first - mib * 1024 / 12)) "the first set after two rounds"
  restored 3 --auto-dedup
  less "$(held 1)" $((mib * 1024 / 20)) "the first set after the restore"
  whole 2
}
lazily_from_parents() {
  three_rounds --auto-dedup
  restored_lazily 3
  whole 2
}
lazily_compressed() {
  into 1 dump --leave-running --zstd=1; write
  into 2 dump --zstd=1 --auto-dedup
  restored_lazily 2
  whole 1
}
# What is not restored may not be lost: the set can be restored again.
failed_restore() {
  three_rounds --auto-dedup
  eventually gone "$pid"
  local before; before=$(held 1)
  ! CRIU_FAULT=6 "$criu" restore --images-dir "$sets/3" --log-file failed.log --restore-detached --auto-dedup ||
    fail "the fault was not met"
  [ "$(held 1)" = "$before" ] || fail "a restore that failed dropped pages"
  restored 3 --auto-dedup
  whole 2
}
# A dump that fails leaves its parents alone, and the next is a whole one.
failed_dump() {
  into 1 pre-dump --auto-dedup; write
  local before; before=$(held 1)
  mkdir "$sets/2"
  ! CRIU_FAULT=3 "$criu" pre-dump --tree "$pid" --images-dir "$sets/2" --log-file log --track-mem \
    --prev-images-dir ../1 --auto-dedup || fail "the fault was not met"
  [ "$(held 1)" = "$before" ] || fail "a dump that failed dropped pages of its parent"
  rm -r "$sets/2"
  # The keeper went with the failed dump: everything is written.
  COMPLAINTS="Error" into 2 dump --auto-dedup
  restored 2
  whole 1
}
compressed() {
  into 1 dump --leave-running --zstd=1
  local round
  first=$(held 1)
  # By whole frames: all of them, when every page was written anew.
  for round in $(seq 20); do write; done
  into 2 dump --leave-running --zstd=1 --auto-dedup
  less "$(held 1)" $((first / 5)) "the first set"
  write
  into 3 dump --zstd=1 --auto-dedup
  restored 3
  whole 21
}
# to_a_page_server [DIRECTORY]: the server's sets, where they are not beside the records.
to_a_page_server() {
  local n port=$((20000 + RANDOM % 10000)) here=$sets sets=${1:-$sets}
  for n in 1 2 3; do
    mkdir -p "$sets/$n"
    mkfifo "$work/ready-$n"
    "${server_criu:-$criu}" page-server --images-dir "$sets/$n" $([ "$n" = 1 ] || echo --prev-images-dir ../$((n - 1))) --auto-dedup \
      --address 127.0.0.1 --port "$port" --log-file server.log -v4 --status-fd 7 7> "$work/ready-$n" &
    local server=$!
    [ "$(head -c 1 "$work/ready-$n" | od -An -tx1)" = " 00" ] || fail "no page server"
    sets=$here into "$n" "$([ "$n" = 3 ] && echo dump || echo pre-dump)" --page-server --address 127.0.0.1 --port "$port" --auto-dedup
    wait "$server" || { cat "$sets/$n/server.log" >&2; fail "the page server's exit status"; }
    [ "$n" = 1 ] && first=$(held 1)
    [ "$n" = 3 ] || write
  done
  less "$(held 1)" $((first - mib * 1024 / 12)) "the first set after two rounds"
  less "$(held 3)" $((first / 5)) "the last set"
  cp --no-clobber "$here"/3/*.img "$sets/3"
  restored 3
  whole 2
}
# As on another machine: the dump sees nothing of what the server has.
to_another_place() { to_a_page_server "$work/far"; }
# Streams as parents, and with parents. What one leaves in its images directory are lists; its pages are in $work/N.stream.
stream_into() { into "$@" --shard-fds 1 > "$work/$1.stream"; }
from_streams() {
  eventually gone "$pid"
  mkdir -p "$sets/empty"
  "$criu" restore --images-dir "$sets/empty" --log-file restore.log -v4 --restore-detached "$@" ||
    { tail -n 25 "$sets/empty/restore.log" >&2; fail "restore of streams"; }
  eventually no_helper
}
no_helper() { ! grep -l -x -e criu-shards -e criu-guardian /proc/[0-9]*/comm; }
three_streams() {
  stream_into 1 pre-dump "$@"; write
  stream_into 2 pre-dump "$@"; write
  stream_into 3 dump "$@"
  less "$(stat -c %s "$work/3.stream")" $((mib * 1048576 / 5)) "the last stream"
  ! ls "$sets"/*/pages-*.img* 2> /dev/null || fail "pages lie in the directories"
}
streams() {
  three_streams
  # Without one of its parents, nothing runs.
  eventually gone "$pid"
  ! "$criu" restore --images-dir "$sets/3" --log-file lacking.log --restore-detached --shard-fds 3 --prev-shard-fds 4 \
    3< "$work/3.stream" 4< "$work/2.stream" || fail "it ran without its memory"
  grep -aq 'Error.*find pages in the parent set' "$sets/3/lacking.log" || fail "not the reason: $(cat "$sets/3/lacking.log")"
  gone "$pid" || fail "something runs"
  from_streams --shard-fds 3 --prev-shard-fds 4 --prev-shard-fds 5 3< "$work/3.stream" 4< "$work/2.stream" 5< "$work/1.stream"
  whole 2
}
stream_on_directory() {
  into 1 pre-dump; write
  into 2 pre-dump; write
  stream_into 3 dump
  from_streams --shard-fds 3 --prev-images-dir ../2 3< "$work/3.stream"
  whole 2
}
compressed_streams() {
  stream_into 1 dump --leave-running --zstd=1; write
  stream_into 2 dump --zstd=1
  from_streams --shard-fds 3 --prev-shard-fds 4 3< "$work/2.stream" 4< "$work/1.stream"
  whole 1
}
# Extracted, a link makes each a set as any other.
extracted_streams() {
  local n streamer
  streamer=$(dirname "$criu")/streamer
  [ -x "$streamer" ] || { echo "SKIPPED: there is no $streamer" >&2; exit 0; }
  three_streams
  for n in 1 2 3; do
    "$streamer" --images-dir "$sets/extracted/$n" extract < "$work/$n.stream" 2> /dev/null
    [ "$n" = 1 ] || ln -s "../$((n - 1))" "$sets/extracted/$n/parent"
  done
  restored extracted/3
  whole 2
}
# Sets of one criu as parents of the other's.
peer_restores_ours() {
  three_rounds --auto-dedup
  by_the_peer restored 3
  whole 2
}
peer_restores_ours_lazily() {
  three_rounds --auto-dedup
  by_the_peer restored_lazily 3
  whole 2
}
peer_drops_of_ours() {
  three_rounds
  # It drops what the newest set has, and not what one between has.
  "$PEER_CRIU" dedup --images-dir "$sets/3" --log-file dedup.log -v4
  less "$(held 1)" $((first - mib * 1024 / 24)) "the first set after dedup"
  restored 3
  whole 2
}
peer_serves_ours() { server_criu=$PEER_CRIU to_a_page_server; }
ours_on_the_peers() {
  by_the_peer into 1 dump --leave-running; write
  first=$(held 1)
  into 2 pre-dump --auto-dedup; write
  less "$(held 1)" $((first / 10)) "the peer's set"
  into 3 dump
  by_the_peer restored 3
  whole 2
}
the_peers_on_ours() {
  into 1 pre-dump; write
  by_the_peer into 2 dump --leave-running; write
  into 3 dump
  restored 3
  whole 2
}
# Bytes of pages: 5 % are written between, then none.
only_what_changed() {
  into 1 pre-dump; write
  into 2 pre-dump
  into 3 pre-dump
  local second third
  second=$(cat "$sets"/2/pages-*.img | wc -c) third=$(cat "$sets"/3/pages-*.img | wc -c)
  less "$second" $((mib * 1048576 * 6 / 100)) "bytes of the second round"
  less "$third" 65536 "bytes of a round without writes"
  into 4 dump
  restored 4
  whole 1
}
"$@"
