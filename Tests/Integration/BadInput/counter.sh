# For tests of what goes wrong: a program that counts (counter.py), what must hold after an attempt that failed.
# Other tests make segments and tables meanwhile.
[ -n "${OWN_NAMESPACES:-}" ] || exec env OWN_NAMESPACES=1 unshare --ipc --net bash "$0" "$@"
ip link set lo up
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"

images=$work/images

# Sets `pid`. Leaves the names of its mappings in $work/maps.
start() {
  mkdir -p "$work/run"
  setsid python3 "$(dirname "${BASH_SOURCE[0]}")/counter.py" "$work/run" < /dev/null > "$work/output" 2>&1 &
  pid=$!
  disown "$pid"
  eventually test -s "$work/run/count"
  eventually test -s "$work/run/count.child"
  mappings > "$work/maps"
}

mappings() { cut -d ' ' -f 1,2,3,4,5 "/proc/$pid/maps"; }

# It runs, both processes of it, and nothing of the dump is in it.
runs() {
  local own child name
  [ "$(awk '/^TracerPid/ { print $2 }' "/proc/$pid/status")" = 0 ] || fail "somebody still traces it"
  own=$(cat "$work/run/count") child=$(cat "$work/run/count.child")
  onwards() { [ "$(cat "$work/run/count")" -gt "$own" ] && [ "$(cat "$work/run/count.child")" -gt "$child" ]; }
  eventually onwards
}
untouched() {
  runs
  mappings | diff "$work/maps" - >&2 || fail "its mappings changed"
}

# Everything outside of the program that a failing attempt could leave changed.
surroundings() {
  find "$work/run" -printf '%P %y %i\n' | sort
  cat "$work/run/taken"
  nft list ruleset
  cat /proc/sysvipc/shm
  wc -l < /proc/self/mountinfo
}

# refused LOG WORDS COMMAND...: the command fails in time and by its own will; LOG has one error (MOST_ERRORS, if set),
# with its remedy, and WORDS (a pattern) in it.
refused() {
  local log=$1 words=$2 status=0; shift 2
  rm -f "$log"
  surroundings > "$work/before"
  timeout --signal KILL 20 "$@" > "$work/stdout" 2> "$work/stderr" || status=$?
  [ "$status" -gt 0 ] && [ "$status" -lt 124 ] || fail "status $status: $*: $(tail -n 5 "$log" "$work/stderr" 2>&1)"
  surroundings | diff "$work/before" - >&2 || fail "left something behind: $*"
  [ -e "$log" ] || fail "no log: $*: $(cat "$work/stderr")"
  local errors
  errors=$(grep -ac 'Error' "$log" || true)
  [ "$errors" -ge 1 ] && [ "$errors" -le "${MOST_ERRORS:-1}" ] || fail "$errors errors: $*: $(cat "$log")"
  [ "$(grep -a -A 1 'Error' "$log" | grep -ac '^try: ')" = "$errors" ] || fail "no remedy: $(cat "$log")"
  grep -a -A 1 'Error' "$log" | grep -aE "$words" > /dev/null || fail "not the words '$words': $(grep -a -A 1 'Error' "$log")"
}

# No image in a directory, only logs.
no_images() {
  local left
  left=$(cd "$1" && ls -A | grep -v '\.log$' || true)
  [ -z "$left" ] || fail "left in the images directory: $left"
}

# Nobody is left but us, and what `except` (pids) names.
nobody_but() {
  local entry other
  for entry in /proc/[0-9]*; do
    other=${entry#/proc/}
    case " 1 $BASHPID $* " in *" $other "*) continue ;; esac
    [ "$(awk '/^PPid/ { print $2 }' "$entry/status" 2> /dev/null || true)" = "$BASHPID" ] && continue
    [ ! -e "$entry" ] || fail "left: pid $other: $(tr '\0' ' ' < "$entry/cmdline")"
  done
}

gone_or_zombie() { ! grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status" 2> /dev/null; }
