# A bash pipeline with background jobs: pipes between processes, children of children, open files.
source "$(dirname "$0")/../common.sh"

cat > "$work/jobs.sh" <<'PROGRAM'
cd "$1"
( while :; do echo background >> background.log; sleep 0.2; done ) &
( for ((i = 1; ; i++)); do echo "$i"; sleep 0.05; done ) | while read -r n; do echo "line $n"; done | cat >> pipeline.log &
while :; do sleep 1; done
PROGRAM
setsid bash "$work/jobs.sh" "$work" < /dev/null > /dev/null 2>&1 &
pid=$!
eventually test -s "$work/pipeline.log"
sleep 0.5

dump "$pid"
check_images
lines=$(wc -l < "$work/pipeline.log")
background=$(wc -l < "$work/background.log")
sleep 0.5
[ "$lines" = "$(wc -l < "$work/pipeline.log")" ] || fail "something still writes after the dump"
restore

more() { [ "$(wc -l < "$work/pipeline.log")" -gt $((lines + 10)) ] && [ "$(wc -l < "$work/background.log")" -gt $((background + 2)) ]; }
eventually more
awk '$2 != NR { print "line " NR " is " $0; exit 1 }' "$work/pipeline.log" || fail "a line was lost or doubled"
