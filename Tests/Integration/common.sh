# What the programs' tests share. Each runs as the init of a pid namespace of its own (bash reaps orphans), so that the
# pids of a dumped program are free again, and so that nothing outlives the test.
set -euo pipefail

criu=${CRIU:?the criu to test}
work=$(mktemp -d)
# What was restored still writes; as init we end all of it first.
trap 'if [ $$ = 1 ]; then kill -KILL -1 2> /dev/null || true; sleep 0.2; fi; at_exit; rm -rf "$work"' EXIT
# A script that made more than files puts another in its place.
at_exit() { :; }
mkdir "$work/images"

fail() { echo "FAILED: $*" >&2; exit 1; }

# Waits until a command succeeds, ten seconds at most.
eventually() {
  for _ in $(seq 100); do "$@" > /dev/null 2>&1 && return; sleep 0.1; done
  fail "never true: $*"
}

dump() {
  local pid=$1; shift
  "$criu" dump --tree "$pid" --images-dir "$work/images" --log-file dump.log -v4 "$@" ||
    { tail -n 25 "$work/images/dump.log" >&2; fail "dump"; }
  ! grep -a 'Error' "$work/images/dump.log" || fail "a successful dump logs no error"
  if [ -z "${RUNNING:-}" ]; then eventually gone "$pid"; fi
}

restore() {
  "$criu" restore --images-dir "$work/images" --log-file restore.log -v4 --restore-detached "$@" ||
    { tail -n 25 "$work/images/restore.log" >&2; fail "restore"; }
  ! grep -a 'Error' "$work/images/restore.log" || fail "a successful restore logs no error"
}

# CRIU 4.2 refuses files of mounts that are not in the program's namespace: what we inherited may be such.
close_inherited() {
  local descriptor
  for descriptor in /proc/$$/fd/*; do
    descriptor=${descriptor##*/}
    case $descriptor in 0|1|2|255) ;; *) eval "exec $descriptor>&-" ;; esac
  done
}

gone() { ! kill -0 "$1" 2> /dev/null; }

# All images must be readable with our schema, with no field unknown to it: protoc prints unknown ones as numbers.
check_images() {
  command -v protoc > /dev/null || { echo "SKIPPED: protoc is not installed" >&2; return; }
  python3 "$(dirname "${BASH_SOURCE[0]}")/decode.py" "$work/images" || fail "images do not decode"
}
