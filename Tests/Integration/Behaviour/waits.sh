# Without --restore-detached, a restore waits for the root task and ends with its exit status.
source "$(dirname "$0")/../common.sh"

setsid python3 -c 'import os, sys, time
open(sys.argv[1] + "/ready", "w").write("ready")
while not os.path.exists(sys.argv[1] + "/go"): time.sleep(0.05)
sys.exit(7)' "$work" < /dev/null > "$work/output" 2>&1 &
pid=$!
disown "$pid"
eventually test -s "$work/ready"
dump "$pid"
"$criu" restore -D "$work/images" -o restore.log 2> "$work/stderr" &
waiting=$!
eventually kill -0 "$pid"
sleep 0.5
kill -0 "$waiting" || fail "it did not wait: $(cat "$work/images/restore.log")"
touch "$work/go"
status=0
wait "$waiting" || status=$?
[ "$status" = 7 ] || fail "status $status: $(tail "$work/images/restore.log")"
