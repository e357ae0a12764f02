# Engines that are killed at one system call after the other. Nothing of them stays: a program that was being dumped runs
# on as it was, or has ended and its images are whole; of one that was being restored all is there, or nothing, and the
# images serve again.
#
#   killed_anywhere.sh dump | dump_and_end | restore
source "$(dirname "$0")/../common.sh"
close_inherited

cat > "$work/program.py" <<'PY'
import fcntl, mmap, os, socket, sys, threading, time
os.chdir(sys.argv[1])
memory = mmap.mmap(-1, 1 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for page in range(256): memory[page * 4096] = page
def removed(name, other=None):
    file = open(name, 'w+b', 0)
    file.write(name.encode())
    if other: os.link(name, other)
    os.unlink(name)
    return file
ghost, linked = removed('ghost'), removed('linked', 'link')
locked = open('locked', 'w')
fcntl.flock(locked, fcntl.LOCK_EX)
listener = socket.socket(socket.AF_UNIX)
listener.bind('socket')
listener.listen()
client = socket.socket(socket.AF_UNIX)
client.connect('socket')
server, _ = listener.accept()
ours, theirs = socket.socketpair()
if os.fork() == 0:
    while byte := theirs.recv(1): theirs.send(byte)
    os._exit(0)
rounds = 0
def count():
    global rounds
    while True:
        rounds += 1
        time.sleep(0.001)
threading.Thread(target=count, daemon=True).start()
with open('pid', 'w') as file: file.write(str(os.getpid()))
while True:
    before = rounds
    ours.send(b'x')
    assert ours.recv(1) == b'x'
    assert all(memory[page * 4096] == page for page in range(256))
    assert os.pread(ghost.fileno(), 9, 0) == b'ghost' and os.pread(linked.fileno(), 9, 0) == b'linked'
    client.send(b'z')
    assert server.recv(1) == b'z'
    while rounds == before: time.sleep(0.001)
    if not os.path.exists('sound'): os.mknod('sound')
    time.sleep(0.002)
PY

start() {
  rm -f "$work"/{pid,sound,link,socket,link_remap.*,images/*}
  setsid python3 "$work/program.py" "$work" < /dev/null > "$work/output" 2>&1 &
  eventually test -e "$work/sound"
  pid=$(cat "$work/pid")
}
end() {
  local process
  for process in $(pgrep -f "$work/program.py"); do kill -KILL "$process" 2> /dev/null || true; done
  soon none_left || fail "it does not end: $(pgrep -af program.py)"
}
none_left() { [ -z "$(pgrep -f "$work/program.py")" ]; }
soon() { for _ in $(seq 500); do "$@" && return; sleep 0.01; done; return 1; }
is_sound() { rm -f "$work/sound"; soon test -e "$work/sound"; }
# What others see of the program, and what is there of files; but for the heap, which the program itself changes.
state() {
  local process
  for process in $pid $(cat "/proc/$pid/task"/*/children); do
    grep -v heap "/proc/$process/maps"
    find "/proc/$process/fd" -type l -printf '%p %l\n'
    grep -h '^SigPnd\|^ShdPnd\|^SigBlk\|^TracerPid\|^State:.[^RSD]' "/proc/$process/task"/*/status
  done | sort
  files
}
files() { ls "$work" | grep -v "sound\|trace\|calls\|${ignored:-calls}"; }
is_as_before() { [ "$(state 2> /dev/null)" = "$before" ]; }

# The last N calls of the traced command, every STEPth: name and how many of this name were before.
calls() {
  grep -o '^[a-z0-9_]*(' "$work/trace" | tr -d '(' | awk -v last="$1" -v step="$2" \
    '{ call[NR] = $1 " " ++count[$1] } END { for (n = NR; n > 0 && n > NR - last; n -= step) print call[n] }'
}
dump_arguments() { echo --tree "$pid" --images-dir "$work/images" --log-file dump.log -v4 --file-locks --link-remap; }
restore_arguments="--images-dir $work/images --log-file restore.log -v4 --restore-detached --file-locks --link-remap"
traced() { strace -qq -o "$work/trace" "$criu" "$@" < /dev/null > /dev/null; }
# killed_at CALL N ARGUMENTS...: criu, killed where it makes a call for the Nth time.
killed_at() {
  local call=$1 times=$2; shift 2
  { strace -qq -o /dev/null -e signal=none -e "inject=$call:signal=SIGKILL:when=$times" \
      "$criu" "$@" < /dev/null > /dev/null; } 2> /dev/null || true
}

dump() {
  start
  traced dump $(dump_arguments) --leave-running
  before=$(state)
  calls 1000 9 > "$work/calls"
  while read -r call times; do
    rm -f "$work"/images/*
    killed_at "$call" "$times" dump $(dump_arguments) --leave-running
    soon is_as_before || fail "killed at $call $times: $(diff <(echo "$before") <(state))"
    is_sound || fail "killed at $call $times: $(tail -n 1 "$work/output")"
  done < "$work/calls"
}

dump_and_end() {
  start
  traced dump $(dump_arguments)
  end
  calls 240 3 > "$work/calls"
  # A link of a set may stay when the engine is lost between giving it up and killing the program.
  local ended=0 ignored=link_remap
  start
  while read -r call times; do
    before=$(state)
    killed_at "$call" "$times" dump $(dump_arguments)
    if ! soon is_as_before_or_ended; then fail "killed at $call $times: $(diff <(echo "$before") <(state))"; fi
    if gone "$pid"; then
      end
      "$criu" restore $restore_arguments || fail "killed at $call $times: $(tail -n 2 "$work/images/restore.log")"
      ended=$((ended + 1))
    fi
    is_sound || fail "killed at $call $times: $(tail -n 1 "$work/output")"
    if [ ! -e "/proc/$pid" ] || [ -e "$work/images/restore.log" ]; then end; start; fi
  done < "$work/calls"
  [ "$ended" -gt 5 ] || fail "only $ended dumps were killed after the program"
}
# All of it: of half a program nothing can be made.
is_as_before_or_ended() { none_left || is_as_before; }

restore() {
  start
  "$criu" dump $(dump_arguments)
  end
  mkdir "$work/kept"
  ln "$work"/link_remap.* "$work/socket" "$work/kept/"
  local files=$(files) whole=0
  traced restore $restore_arguments
  is_sound || fail 'the restored program is not sound'
  end
  calls 1000 4 > "$work/calls"
  while read -r call times; do
    ln -f "$work"/kept/* "$work/"
    rm -f "$work/sound"
    killed_at "$call" "$times" restore $restore_arguments
    soon settled || fail "killed at $call $times: $(pgrep -af program.py), files: $(ls "$work")"
    if gone "$pid"; then
      "$criu" restore $restore_arguments || fail "killed at $call $times, and again: $(tail -n 2 "$work/images/restore.log")"
    else
      whole=$((whole + 1))
    fi
    is_sound || fail "killed at $call $times: $(tail -n 1 "$work/output")"
    end
  done < "$work/calls"
  [ "$whole" -gt 0 ] || fail 'no restore was killed after the program ran'
}
# All of the program runs, or nothing does and the files are as they were.
settled() {
  case $(pgrep -cf "$work/program.py") in
    2) running ;;
    0) [ "$(files)" = "$files" ] ;;
    *) false ;;
  esac
}
running() { [ -e "$work/sound" ]; }

"$1"
