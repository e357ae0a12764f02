# Sessions and groups of a tree whose makers and leaders have partly died: every id and parent stays as it was.
source "$(dirname "$0")/../common.sh"

cat > "$work/program.py" <<'PROGRAM'
import ctypes, os, signal, sys, time
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)   # orphans come to this process
def child(body):
    pid = os.fork()
    if pid == 0:
        body()
        while True: time.sleep(1000)
    return pid
def stay(): pass
def end(): os._exit(0)
def daemon():         # its child stays in the session of a dead leader
    os.setsid(); child(lambda: child(stay)); end()
def shell():          # a grandchild leaves it, not its session
    os.setsid()
    def middle():
        child(lambda: os.setpgid(0, 0)); end()
    os.waitpid(child(middle), 0)
def server():         # a child of the older session, one of its own
    child(lambda: child(stay)); os.setsid(); child(stay); child(os.setsid)
def member():
    os.setpgid(0, group)
os.waitpid(child(daemon), 0)
child(shell)
child(server)
def leader():
    os.setpgid(0, 0); signal.sigwait([signal.SIGUSR1]); end()
group = child(leader)
time.sleep(0.3)
child(member); child(member)
time.sleep(0.3)
os.kill(group, signal.SIGUSR1); os.waitpid(group, 0)
child(lambda: os._exit(7))
time.sleep(0.3)
print('ready', flush=True)
signal.sigwait([signal.SIGUSR1])
status = os.waitpid(-1, 0)[1]
try:
    os.waitpid(-1, os.WNOHANG) == (0, 0) and print('status', os.waitstatus_to_exitcode(status), flush=True)
except ChildProcessError: print('no children', flush=True)
time.sleep(1000)
PROGRAM

# The root comes to another parent.
tree() {
  ps -eo pid,ppid,pgid,sid,stat,args |
    awk -v root="${pid}" '/program.py|defunct/ && !/awk/ { sub("[sl+]*$", "", $5); print $1, $1 == root ? 0 : $2, $3, $4, $5 }' |
    sort -n
}

setsid python3 "$work/program.py" < /dev/null > "$work/out" 2>&1 &
pid=$!
eventually grep -q ready "$work/out"
tree > "$work/before"
[ "$(wc -l < "$work/before")" = 13 ] || fail "the program has another tree: $(cat "$work/before")"
for round in 1 2; do
  rm -rf "$work/images"; mkdir "$work/images"
  dump "$pid"
  eventually test -z "$(tree)"
  restore
  tree | diff "$work/before" - >&2 || fail "round $round: the tree differs"
done
kill -USR1 "$pid"
eventually grep -q 'status 7' "$work/out"
