# A program that goes straight into an object store and comes straight back, in one object and in three, with nothing on a
# disk in between: the aws command line at one end of the pipe, a local S3 server (moto) at the other.
source "$(dirname "$0")/../common.sh"

export AWS_ACCESS_KEY_ID=nobody AWS_SECRET_ACCESS_KEY=nothing AWS_DEFAULT_REGION=us-east-1 AWS_CONFIG_FILE=/dev/null
export AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
port=$((20000 + RANDOM % 10000))
export AWS_ENDPOINT_URL=http://127.0.0.1:$port
moto_server --host 127.0.0.1 --port "$port" > "$work/server.log" 2>&1 &
s3() { aws s3 "$1" "${@:2}" --only-show-errors; }
for _ in $(seq 30); do aws s3 mb s3://programs 2> "$work/mb.log" && break; sleep 0.5; done
aws s3 ls s3://programs || fail "no object store: $(tail "$work/server.log" "$work/mb.log")"

cat > "$work/program.py" <<'PROGRAM'
import os, sys, time
memory = bytearray(os.urandom(1 << 20) * 24)
total, turn = sum(memory[::4096]), 0
while True:
    time.sleep(0.05)
    turn += 1
    with open(sys.argv[1], 'w') as out: out.write(f'{turn} {sum(memory[::4096]) == total}\n')
PROGRAM
setsid python3 "$work/program.py" "$work/count" < /dev/null > /dev/null 2>&1 &
pid=$!
turn() { cut -d' ' -f1 "$work/count"; }
later_than() { local now; now=$(turn); [ "${now:-0}" -gt "$1" ] && grep -q True "$work/count"; }
goes_on() { local before; before=$(turn); eventually later_than "${before:-0}"; }
options=(--images-dir "$work/images" -v4 --log-file log)
eventually test -s "$work/count"
goes_on

"$criu" dump "${options[@]}" --tree "$pid" --shard-fds 1 | s3 cp - s3://programs/whole
eventually gone "$pid"
s3 cp s3://programs/whole - | "$criu" check-images --shard-fds 0 | grep 'It can be restored here'
s3 cp s3://programs/whole - | "$criu" restore "${options[@]}" --restore-detached --shard-fds 0
goes_on

mkfifo "$work/fifo-1" "$work/fifo-2" "$work/fifo-3"
uploads=()
for n in 1 2 3; do
  s3 cp - "s3://programs/shard-$n" < "$work/fifo-$n" &
  uploads+=($!)
done
"$criu" dump "${options[@]}" --tree "$pid" --zstd=1 --shard-fds 3,4,5 3> "$work/fifo-1" 4> "$work/fifo-2" 5> "$work/fifo-3"
for upload in "${uploads[@]}"; do wait "$upload"; done
eventually gone "$pid"
"$criu" restore "${options[@]}" --restore-detached --shard-fds 3,4,5 \
  3< <(s3 cp s3://programs/shard-1 -) 4< <(s3 cp s3://programs/shard-2 -) 5< <(s3 cp s3://programs/shard-3 -)
goes_on

# An upload can fail after it took all bytes: the program is there to go on.
if "$criu" dump "${options[@]}" --tree "$pid" --leave-stopped --shard-fds 1 | s3 cp - s3://no-such-bucket/whole; then
  fail "a failed upload is an error"
fi 2> "$work/errors"
grep -q NoSuchBucket "$work/errors"
kill -CONT "$pid"
goes_on
ls "$work/images" | grep -v -x -e log -e 'stats-.*' && fail "images lie in the directory"
exit 0
