# Damaged image sets: mutations.sh COUNT SEED
source "$(dirname "$0")/counter.sh"

start
child=$(pgrep -P "$pid")
"$criu" dump --tree "$pid" -D "$images" -W "$work" -o dump.log || fail "dump: $(tail -n 5 "$work/dump.log")"
eventually gone "$pid"
eventually gone "$child"
mv "$images" "$work/good"
python3 "$(dirname "$0")/mutations.py" "$criu" "$work/good" "$work" "$1" "$2"
