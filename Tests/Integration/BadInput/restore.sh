# Image sets that cannot be restored: each fails with one error and its remedy, and leaves no process.
# restore.sh CASE
source "$(dirname "$0")/counter.sh"

# The plan of a restore names all that it finds.
MOST_ERRORS=100

restore_refused() {
  local words=$1; shift
  refused "$work/restore.log" "$words" "$criu" restore -D "$images" -W "$work" -o restore.log --restore-detached "$@"
  nobody_but
  # The images are as they were: what is wrong with them is repaired, and they are used.
  rm -rf "$images"; cp -a "$work/good" "$images"
}

shorten() { truncate --size "$2" "$images/$1"; }
flip() { # FILE OFFSET
  python3 -c 'import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2])); byte = f.read(1); f.seek(-1, 1); f.write(bytes([byte[0] ^ 0xff]))' "$images/$1" "$2"
}
size() { stat --format %s "$images/$1"; }

truncated() {
  for name in "inventory.img" "pstree.img" "core-$pid.img" "mm-$pid.img" "pagemap-$pid.img" "files.img" "ids-$pid.img"; do
    for length in 0 3 7 10 $(($(size "$name") - 1)); do
      shorten "$name" "$length"
      restore_refused "$name|${name%.img}"
    done
  done
}
truncated_pages() {
  shorten pages-1.img $(($(size pages-1.img) - 4096))
  restore_refused 'pages'
  shorten pages-1.img $(($(size pages-1.img) / 2 + 100))
  restore_refused 'pages'
  shorten pages-1.img 0
  restore_refused 'pages'
}
missing() {
  for name in "inventory.img" "pstree.img" "core-$pid.img" "mm-$pid.img" "pagemap-$pid.img" pages-1.img files.img \
    "fs-$pid.img"; do
    echo "without $name"
    rm "$images/$name"
    restore_refused "${name%.img}"
  done
}
wrong_magic() {
  for name in "inventory.img" "pstree.img" "core-$pid.img" "mm-$pid.img" "pagemap-$pid.img" files.img; do
    flip "$name" 5
    restore_refused "$name|${name%.img}"
  done
}
# Of a compressed set, where the pages are decompressed when processes are there already.
damaged_frame() {
  local bytes=$(size pages-1.img.zst)
  for offset in 20 $((bytes / 2)) $((bytes - 20)); do
    flip pages-1.img.zst "$offset"
    restore_refused 'pages-1.img.zst'
  done
  shorten pages-1.img.zst $((bytes / 2))
  restore_refused 'pages-1.img.zst.*cut'
}
# The same where several processes decompress.
damaged_frame_of_many() { damaged_frame; }
# A process that helps to fill memory, of plain and of compressed images.
helper_killed() {
  [ "$(nproc)" -gt 1 ] || { echo "SKIPPED: one processor, nobody helps" >&2; return; }
  CRIU_FAULT=100 restore_refused 'a process that helped with it was killed'
}
helper_killed_compressed() { helper_killed; }
pid_taken() {
  # Another program has the pid of the child.
  local taken
  echo $((child - 1)) > /proc/sys/kernel/ns_last_pid
  sleep 1000 & taken=$!
  disown
  [ "$taken" = "$child" ] || fail "cannot take pid $child: got $taken"
  refused "$work/restore.log" "$child" "$criu" restore -D "$images" -W "$work" -o restore.log --restore-detached
  kill -0 "$taken" || fail "the other program was killed"
  nobody_but "$taken"
}
no_images_at_all() {
  rm -rf "$images"/*
  restore_refused 'inventory'
}
# As a dump that was not finished leaves it, or one of memory alone.
only_memory() {
  find "$images" -type f ! -name 'page*' -delete
  restore_refused 'inventory'
}
file_gone() {
  mv "$work/run/count" "$work/kept"
  restore_refused "$work/run/count"
  mv "$work/kept" "$work/run/count"
}
file_of_other_size() {
  # The size of a file is in the images: a restore that finds another one does not open it.
  echo 'much more than was there' >> "$work/run/count"
  restore_refused "$work/run/count"
}
directory_gone() {
  refused "$work/stderr" "$work/nowhere" "$criu" restore -D "$work/nowhere" --restore-detached
}
no_permission() {
  chmod 755 "$work"; mkdir -m 777 "$work/logs"
  refused "$work/logs/restore.log" '.' env HOME=/ setpriv --reuid 65534 --regid 65534 --clear-groups \
    "$criu" restore -D "$images" -W "$work/logs" -o restore.log --restore-detached
  nobody_but
}
script_fails() {
  for stage in pre-restore post-restore; do
    printf '#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" != %s ]\n' $stage > "$work/script.sh"
    chmod +x "$work/script.sh"
    restore_refused "script|$stage" --action-script "$work/script.sh"
  done
}

case $1 in *_of_many|helper_killed*) export COUNTER_MIB=40 ;; esac
case $1 in damaged_frame*|*_compressed) compression=(--zstd) ;; *) compression=() ;; esac
start
child=$(pgrep -P "$pid")
"$criu" dump --tree "$pid" -D "$images" -W "$work" -o dump.log "${compression[@]}" ||
  fail "dump: $(tail -n 5 "$work/dump.log")"
eventually gone "$pid"
eventually gone "$child"
cp -a "$images" "$work/good"
"$@"

# The same set restores where nothing is wrong with it.
rm -rf "$images"; cp -a "$work/good" "$images"
if [ "$1" != pid_taken ] && [ "$1" != file_of_other_size ]; then
  restore
  runs
fi
