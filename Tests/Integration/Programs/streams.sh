# A program with threads and 64 MiB as a stream: one shard, three shards, and a streamer. What cannot be restored leaves
# nothing behind.
source "$(dirname "$0")/../common.sh"
streamer=$(dirname "$criu")/streamer

cat > "$work/program.py" <<'PROGRAM'
import sys, threading, time
memory = bytearray(64 << 20)
for i in range(0, len(memory), 4096): memory[i] = i >> 12 & 255
threading.Thread(target=lambda: time.sleep(1000), daemon=True).start()
turn = 0
out = open(sys.argv[1], 'w')  # of one size: older sets are restored too
while True:
    out.seek(0)
    out.write(f'{turn:09} {sum(memory[::4096])}\n')
    out.flush()
    time.sleep(0.05)
    turn += 1
PROGRAM
setsid python3 "$work/program.py" "$work/count" < /dev/null > /dev/null 2>&1 &
pid=$!
turn() { cut -d' ' -f1 "$work/count"; }
goes_on() {
  eventually grep -q ' 2088960$' "$work/count"
  local before; before=$(turn)
  eventually later_than "${before:-0}"
}
later_than() { local now; now=$(turn); [ "${now:-0}" -gt "$1" ] && grep -q ' 2088960$' "$work/count"; }
no_helper() { ! grep -l -x -e criu-shards -e criu-guardian /proc/[0-9]*/comm; }
# No descriptor of a restored task leads to a shard or to a socket of ours.
clean() { ! ls -l "/proc/$pid/fd" | grep -e socket: -e shard; }
options=(--images-dir "$work/images" -v4 --log-file log)
restored() { goes_on; clean || fail "$1: descriptors are left"; eventually no_helper; }

goes_on
# Standard output is the stream, and nothing else is in it, though a script and the statistics print.
printf '#!/bin/sh\necho noise\n' > "$work/script"; chmod +x "$work/script"
"$criu" dump "${options[@]}" --tree "$pid" --action-script "$work/script" --display-stats --shard-fds 1 > >(cat > "$work/shard")
eventually gone "$pid"
"$criu" restore "${options[@]}" --restore-detached --shard-fds 0 < "$work/shard"
restored "one shard"

# What is no place for a stream is refused before anything is frozen: it would be only read, or a terminal shows it.
! "$criu" dump "${options[@]}" --tree "$pid" --shard-fds 9 9< /dev/null 2> "$work/errors" || fail "a shard for reading"
grep -q 'shard 1 (descriptor 9), which is not open for writing' "$work/errors"
! script --quiet --return --command "'$criu' dump --images-dir '$work/images' --tree $pid --shard-fds 1" "$work/errors" \
  > /dev/null < /dev/null || fail "a terminal was taken for a shard"
grep -q 'shard 1 (descriptor 1), which is a terminal' "$work/errors"

mkfifo "$work/fifo-1" "$work/fifo-2" "$work/fifo-3"
for n in 1 2 3; do cat "$work/fifo-$n" > "$work/shard-$n" & done
"$criu" dump "${options[@]}" --tree "$pid" --shard-fds 3,4,5 3> "$work/fifo-1" 4> "$work/fifo-2" 5> "$work/fifo-3"
eventually gone "$pid"
for n in 1 2 3; do test "$(stat -c %s "$work/shard-$n")" -gt 1000000 || fail "shard $n got little"; done

# All is listed, and could be restored.
check_shards() { "$criu" check-images --shard-fds 3,4,5 3< "$work/shard-1" 4< "$1" 5< "$work/shard-3" > "$work/list" 2> "$work/errors"; }
check_shards "$work/shard-2" || fail "a whole stream was not: $(cat "$work/list" "$work/errors")"
grep -q "^core-$pid.img .* 1 " "$work/list" && grep -q '^pages-1.img ' "$work/list" || fail "not listed: $(cat "$work/list")"
grep -q 'It can be restored here' "$work/list"

# Cut anywhere: an error, and nothing runs.
for bytes in 0 3000 1000000; do
  head -c "$bytes" "$work/shard-2" > "$work/cut"
  ! "$criu" restore "${options[@]}" --restore-detached --shard-fds 3,4,5 3< "$work/shard-1" 4< "$work/cut" 5< "$work/shard-3" ||
    fail "a shard of $bytes bytes was taken for whole"
  ! check_shards "$work/cut" || fail "a shard of $bytes bytes was checked and found whole"
  grep -q 'The set is damaged' "$work/list"; grep -q 'Error.*shard [123] (descriptor' "$work/errors"
  gone "$pid" || fail "a failed restore left its task"
  eventually no_helper
done
# In another order.
"$criu" restore "${options[@]}" --restore-detached --shard-fds 5,3,4 3< "$work/shard-1" 4< "$work/shard-2" 5< "$work/shard-3"
restored "three shards"

# The reader dies: the program runs on.
! "$criu" dump "${options[@]}" --tree "$pid" --shard-fds 1 > >(head -c 100000 > /dev/null) || fail "a lost reader is an error"
restored "a lost reader"

"$criu" dump "${options[@]}" --tree "$pid" --leave-running --shard-fds 1 > >(cat > "$work/running")
restored "left running"

# Compressed: to one shard and to three. A damaged frame is found before the program runs, a damaged record too.
"$criu" dump "${options[@]}" --tree "$pid" --zstd=1 --shard-fds 1 > >(cat > "$work/shard")
eventually gone "$pid"
test "$(stat -c %s "$work/shard")" -lt 20000000 || fail "the stream was not compressed"
for at in 1000 3000000; do
  python3 - "$work/shard" "$work/damaged" "$at" <<'DAMAGE'
import sys
data = bytearray(open(sys.argv[1], 'rb').read())
data[min(int(sys.argv[3]), len(data) // 2)] ^= 16
open(sys.argv[2], 'wb').write(data)
DAMAGE
  ! "$criu" restore "${options[@]}" --restore-detached --shard-fds 0 < "$work/damaged" || fail "damage at $at was not noticed"
  ! "$criu" check-images --shard-fds 0 < "$work/damaged" > "$work/list" 2> "$work/errors" || fail "damage at $at was checked"
  grep -q Error "$work/errors"
  gone "$pid" || fail "a failed restore left its task"
  eventually no_helper
done
"$criu" check-images --shard-fds 0 < "$work/shard" > "$work/list" || fail "$(cat "$work/list")"
grep -q '^pages-1.img.zst ' "$work/list"
"$criu" restore "${options[@]}" --restore-detached --shard-fds 0 < "$work/shard"
restored "one compressed shard"
for n in 1 2 3; do cat "$work/fifo-$n" > "$work/shard-$n" & done
"$criu" dump "${options[@]}" --tree "$pid" --zstd --shard-fds 3,4,5 3> "$work/fifo-1" 4> "$work/fifo-2" 5> "$work/fifo-3"
eventually gone "$pid"
"$criu" restore "${options[@]}" --restore-detached --shard-fds 4,5,3 3< "$work/shard-1" 4< "$work/shard-2" 5< "$work/shard-3"
restored "three compressed shards"
[ -x "$streamer" ] || { echo "SKIPPED: there is no $streamer" >&2; exit 0; }
"$streamer" --images-dir "$work/images" capture 2> "$work/progress" > >(cat > "$work/captured") &
eventually grep -q socket-init "$work/progress"
"$criu" dump "${options[@]}" --tree "$pid" --stream
eventually grep -q '^{"shards":\[{"size":' "$work/progress"
grep -q checkpoint-start "$work/progress" || fail "the start is not told"
eventually gone "$pid"
serve() {
  rm -f "$work/progress"
  "$streamer" --images-dir "$work/images" serve < "$1" 2> "$work/progress" &
  eventually grep -q socket-init "$work/progress"
}
# A streamer of ours gives all images, one after the other; one whose stream is cut lets nothing run.
serve "$work/captured"
"$criu" check-images "${options[@]}" --stream > "$work/list" || fail "a whole stream was not: $(cat "$work/list" "$work/images/log")"
grep -q '^pages-1.img ' "$work/list"
for bytes in 3000 1000000; do
  head -c "$bytes" "$work/captured" > "$work/cut"
  serve "$work/cut"
  streaming=$!
  ! "$criu" restore "${options[@]}" --restore-detached --stream || fail "a stream of $bytes bytes was taken for whole"
  ! wait "$streaming" || fail "a streamer with a cut stream succeeds"
  grep -q 'cut or damaged' "$work/progress" || fail "it does not say why: $(cat "$work/progress")"
  gone "$pid" || fail "a failed restore left its task"
  eventually no_helper
done
serve "$work/captured"
"$criu" restore "${options[@]}" --restore-detached --stream
restored "a streamer"
# What the stream holds is a set of images as any other.
"$streamer" --images-dir "$work/set" extract < "$work/captured" 2> /dev/null
kill -9 "$pid"; eventually gone "$pid"
"$criu" restore --images-dir "$work/set" --log-file log -v4 --restore-detached
restored "an extracted set"
"$streamer" --images-dir "$work/images" capture 2> "$work/progress" > >(cat > "$work/captured") &
eventually grep -q socket-init "$work/progress"
"$criu" dump "${options[@]}" --tree "$pid" --zstd --stream
eventually gone "$pid"
"$streamer" --images-dir "$work/compressed" extract < "$work/captured" 2> /dev/null
ls "$work"/compressed/pages-*.img.zst > /dev/null
"$criu" unpack --images-dir "$work/compressed" > /dev/null
"$criu" restore --images-dir "$work/compressed" --log-file log -v4 --restore-detached
restored "an extracted and unpacked set"
kill -9 "$pid"; eventually gone "$pid"
serve "$work/captured"
"$criu" restore "${options[@]}" --restore-detached --stream
restored "a compressed set from a streamer"
kill -9 "$pid"
