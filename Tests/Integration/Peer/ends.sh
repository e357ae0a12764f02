# A dump and a restore by either criu: `ours` or `peer`.
binary() { if [ "$1" = ours ]; then echo "$CRIU"; else echo "${PEER_CRIU:?the other criu}"; fi; }

# It logs an Error where it may not raise its own limit of descriptors, and goes on: only its exit status counts.
peer() {
  "$criu" "$@" --images-dir "$work/images" -v4 || { tail -n 25 "$work/images/$1.log" >&2; fail "$1 by the peer"; }
}

# dump_by WHO PID
dump_by() {
  criu=$(binary "$1")
  if [ "$1" = ours ]; then
    dump "$2"
    check_images
  else
    peer dump --tree "$2" --log-file dump.log
    eventually gone "$2"
  fi
}

restore_by() {
  criu=$(binary "$1")
  if [ "$1" = ours ]; then restore; else peer restore --restore-detached --log-file restore.log; fi
}
