# Whoever has CAP_CHECKPOINT_RESTORE alone dumps and restores a program of their own; without it, the error names it.
source "$(dirname "$0")/../common.sh"

chmod 755 "$work"
mkdir -m 777 "$work/out"
chmod 777 "$work/images"
install -m 755 "$(readlink -f "$criu")" "$work/criu"
# CAP_CHECKPOINT_RESTORE, by its number: util-linux 2.38 has no name for it. It alone, with nothing of root's about.
as_user() { # CAPABILITIES COMMAND...
  local inherited=-all
  if [ "$1" != none ]; then inherited+=,+$1; set -- "$1" --ambient-caps "+$1" "${@:2}"; fi
  env -i PATH=/usr/bin:/bin HOME=/ setpriv --reuid 65534 --regid 65534 --clear-groups \
    --inh-caps "$inherited" "${@:2}"
}

as_user none setsid sh -c 'n=0; while :; do n=$((n + 1)); echo $n > "$0/new"; mv "$0/new" "$0/count"; sleep 0.05; done' \
  "$work/out" < /dev/null > /dev/null 2>&1 &
eventually test -s "$work/out/count"
pid=$(pgrep -u 65534 -x sh -o)
close_inherited

! as_user none "$work/criu" dump --unprivileged --tree "$pid" --images-dir "$work/images" --log-file refused.log ||
  fail "dumped without the capability"
grep -a 'Error.*without CAP_CHECKPOINT_RESTORE' "$work/images/refused.log" > /dev/null || fail "$(cat "$work/images/refused.log")"
before=$(cat "$work/out/count")
onwards() { [ "$(cat "$work/out/count")" -gt "$before" ]; }
eventually onwards

# From the user (ambient), or from the file of criu.
for way in user file; do
  given=cap_40
  if [ "$way" = file ]; then
    given=none
    setcap cap_checkpoint_restore+eip "$work/criu" || { echo "SKIPPED: no file capabilities here" >&2; break; }
  fi
  as_user "$given" "$work/criu" dump --unprivileged --tree "$pid" --images-dir "$work/images" --log-file dump.log -v4 ||
    { tail -n 25 "$work/images/dump.log" >&2; fail "dump"; }
  eventually gone "$pid"
  if [ "$way" = user ]; then
    ! as_user none "$work/criu" restore --unprivileged --images-dir "$work/images" --log-file refused.log -d ||
      fail "restored without the capability"
    grep -a 'Error.*without CAP_CHECKPOINT_RESTORE' "$work/images/refused.log" > /dev/null ||
      fail "$(cat "$work/images/refused.log")"
  fi
  before=$(cat "$work/out/count")
  as_user "$given" "$work/criu" restore --unprivileged --images-dir "$work/images" --log-file restore.log -v4 -d ||
    { tail -n 25 "$work/images/restore.log" >&2; fail "restore"; }
  eventually onwards
  [ "$(stat --format %u "/proc/$pid")" = 65534 ] || fail "it is another user's now"
done
