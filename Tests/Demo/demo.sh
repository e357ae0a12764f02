#!/usr/bin/env bash
# Shows a program going into a directory and coming back: make demo.
# Runs in a pid namespace of its own, so that the pids are free again when the program returns.
set -euo pipefail

criu=$(readlink -f "${1:?usage: demo.sh CRIU}")

if [ "${IN_NAMESPACE:-}" != yes ]; then
  [ "$(id -u)" = 0 ] || exec sudo env IN_NAMESPACE=yes unshare -pfm --mount-proc "$0" "$criu"
  IN_NAMESPACE=yes exec unshare -pfm --mount-proc "$0" "$criu"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/images"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

cat > "$work/counter.sh" <<'PROGRAM'
secret="only in memory: $RANDOM$RANDOM"
for ((i = 1; ; i++)); do
  echo "tick $i, pid $$, $secret"
  read -rt 0.3 <> <(:) || :
done
PROGRAM

say "A program with state: a counter, a secret that is only in its memory, an open log"
setsid bash "$work/counter.sh" > "$work/log" 2>&1 < /dev/null &
pid=$!
sleep 2
tail -n 2 "$work/log"

say "criu dump: it goes into a directory"
"$criu" dump --tree "$pid" --images-dir "$work/images" --log-file dump.log -v4 --display-stats ||
  { grep -a Error "$work/images/dump.log"; exit 1; }
if kill -0 "$pid" 2> /dev/null; then echo "the program is still there"; exit 1; fi
wait "$pid" 2> /dev/null || :
echo "The program is gone. Its last line:"
tail -n 1 "$work/log" | tee "$work/last"

say "What is in the images"
ls -l "$work/images"
if command -v crit > /dev/null; then crit x "$work/images" ps; fi

say "criu restore: it comes back"
"$criu" restore --images-dir "$work/images" --log-file restore.log -v4 --restore-detached ||
  { grep -a Error "$work/images/restore.log"; exit 1; }
sleep 1.5
echo "Its log goes on where it was, with the same pid and the same secret:"
tail -n 3 "$work/log"

last=$(sed 's/tick \([0-9]*\).*/\1/' "$work/last")
now=$(tail -n 1 "$work/log" | sed 's/tick \([0-9]*\).*/\1/')
kill "$pid"
[ "$now" -gt "$last" ] && [ "$(cut -d, -f2- "$work/last")" = "$(tail -n 1 "$work/log" | cut -d, -f2-)" ]
[ "$(sed -n 's/tick \([0-9]*\),.*/\1/p' "$work/log" | awk 'NR > 1 && $1 != p + 1 {print "gap"} {p = $1}')" = "" ]
say "It went on from tick $last to tick $now, and missed none."
