# A child of a script in the session of the script: dumped with --shell-job only, and restored into our session.
source "$(dirname "$0")/../BadInput/counter.sh"

mkdir "$work/run"
# In a pid namespace the init has no session that it leads: make one, and run in it.
if [ "${1:-}" != inside ]; then
  rm -rf "$work"
  setsid --wait bash "$0" inside
  exit
fi
python3 "$(dirname "$0")/../BadInput/counter.py" "$work/run" < /dev/null > "$work/output" 2>&1 &
pid=$!
disown "$pid"
eventually test -s "$work/run/count.child"
child=$(pgrep -P "$pid")
mappings > "$work/maps"
refused "$work/dump.log" 'shell-job' "$criu" dump --tree "$pid" -D "$images" -W "$work" -o dump.log
no_images "$images"
untouched
dump "$pid" --shell-job
refused "$work/restore.log" 'shell-job' "$criu" restore --restore-detached -D "$images" -W "$work" -o restore.log
restore --shell-job
runs
[ "$(ps -o sid= -p "$pid" | tr -d ' ')" = $$ ] || fail "not in our session"
