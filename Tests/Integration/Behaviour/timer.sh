# An interval timer that has run out while its signal was blocked starts again once the signal is taken.
source "$(dirname "$0")/../common.sh"

cat > "$work/program.py" <<'PROGRAM'
import os, signal, sys, time
ticks = 0
def tick(number, frame):
    global ticks
    ticks += 1
signal.signal(signal.SIGALRM, tick)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
time.sleep(0.1)
open(sys.argv[1] + '/ready', 'w').write('ready')
while not os.path.exists(sys.argv[1] + '/go'):
    time.sleep(0.05)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
while ticks < 10:
    time.sleep(0.05)
open(sys.argv[1] + '/good', 'w').write('good')
time.sleep(100)
PROGRAM
setsid python3 "$work/program.py" "$work" < /dev/null > "$work/output" 2>&1 &
pid=$!
disown "$pid"
eventually test -s "$work/ready"
dump "$pid"
restore
touch "$work/go"
eventually test -s "$work/good"
