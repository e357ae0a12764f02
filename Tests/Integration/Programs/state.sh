# All that the kernel keeps of a task and its threads beside memory and files, compared before and after; alone, with
# credentials that take away the right to set them, and with seccomp filters.
source "$(dirname "$0")/../common.sh"

cat > "$work/program.py" <<'PROGRAM'
import ctypes, glob, os, re, resource, signal, struct, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
mode = sys.argv[2:]

def call(number, *arguments):
    result = libc.syscall(number, *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    assert result >= 0, (number, arguments, ctypes.get_errno())
    return result
def block(*bytes): return ctypes.create_string_buffer(struct.pack(*bytes))
SIGACTION, ALTSTACK, TIMER_CREATE, TIMER_SETTIME, SECCOMP, MEMBARRIER, PRCTL = 13, 131, 222, 223, 317, 324, 157
GETITIMER, CAPSET, UMASK, SETHOSTNAME, ROBUST, TGKILL = 36, 126, 95, 170, 274, 234

def lines(path, *keys):
    with open(path) as file: return [line for line in file if not keys or line.startswith(keys)]
def threads(): return sorted(glob.glob('/proc/self/task/*'))
def state():
    found = []
    for thread in threads():
        found += lines(thread + '/status', 'Name', 'Uid', 'Gid', 'Groups', 'SigPnd', 'ShdPnd', 'SigBlk', 'SigIgn', 'SigCgt',
                       'Cap', 'NoNew', 'Seccomp', 'NSpid', 'NSpgid', 'NSsid', 'Threads')
        number = int(thread.split('/')[-1])
        found.append((os.sched_getscheduler(number), os.sched_getparam(number).sched_priority,
                      os.getpriority(os.PRIO_PROCESS, number)))
    found += lines('/proc/self/timers') + lines('/proc/self/oom_score_adj')
    found += [resource.getrlimit(number) for number in range(16)]
    for number in range(1, 65):
        memory = ctypes.create_string_buffer(32)
        call(SIGACTION, number, 0, memory, 8)
        found.append(memory.raw.hex())
    memory = ctypes.create_string_buffer(24)
    call(ALTSTACK, 0, memory)
    found.append(memory.raw.hex())
    for which in range(3):
        interval, _, value, _ = struct.unpack('4q', getitimer(which))
        found.append((interval, value > 0))
    word = ctypes.create_string_buffer(8)
    for get in (2, 37, 40):   # PDEATHSIG, CHILD_SUBREAPER, TID_ADDRESS
        call(PRCTL, get, word, 0, 0, 0)
        found.append(word.raw.hex())
    for get in (3, 42, 27):   # DUMPABLE, THP_DISABLE, SECUREBITS
        found.append(call(PRCTL, get, 0, 0, 0, 0))
    head, size = ctypes.create_string_buffer(8), ctypes.create_string_buffer(8)
    call(ROBUST, 0, head, size)
    return found + [head.raw.hex(), call(MEMBARRIER, 1 << 9, 0, 0), os.getsid(0), os.getpgid(0)]
def getitimer(which):
    memory = ctypes.create_string_buffer(32)
    call(GETITIMER, which, memory)
    return memory.raw

def filter_out(number, errno):
    code = b''.join(struct.pack('HBBI', *line) for line in
                    [(0x20, 0, 0, 0), (0x15, 0, 1, number), (6, 0, 0, 0x50000 | errno), (6, 0, 0, 0x7fff0000)])
    memory = ctypes.create_string_buffer(code)
    call(SECCOMP, 1, 0, block('Q Q', 4, ctypes.addressof(memory)))

go = threading.Event()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGALRM, 45])
def thread():
    call(PRCTL, 15, ctypes.c_char_p(b'second thread'), 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    call(TGKILL, os.getpid(), threading.get_native_id(), signal.SIGTERM)
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 4)
    while not go.is_set(): time.sleep(0.02)
other = threading.Thread(target=thread)
other.start()

signal.signal(signal.SIGUSR1, lambda *_: None)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
stack = ctypes.create_string_buffer(65536)
call(ALTSTACK, block('Q i 4x Q', ctypes.addressof(stack), 0, 65536), 0)
info = block('3i 4x 2i Q 96x', 45, 0, -1, os.getpid(), 0, 77)
for _ in range(3): call(129, os.getpid(), 45, info)   # rt_sigqueueinfo
os.kill(os.getpid(), signal.SIGUSR1)
signal.setitimer(signal.ITIMER_REAL, 2000, 5)
signal.setitimer(signal.ITIMER_PROF, 900)
number = ctypes.c_int()
for clock, notify in ((1, 0), (0, 1), (1, 0), (2, 4)):   # ids 0 to 3; SIGEV_SIGNAL, NONE, THREAD_ID
    call(TIMER_CREATE, clock, block('Q 3i 44x', 5, 45, notify, other.native_id), ctypes.byref(number))
call(226, 1)                                            # a hole in the ids
call(TIMER_SETTIME, 2, 0, block('4q', 7, 0, 3000, 0), 0)
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))
call(PRCTL, 36, 1, 0, 0, 0)
call(PRCTL, 41, 1, 0, 0, 0)
call(MEMBARRIER, 1 << 4, 0, 0)
os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
if 'seccomp' in mode:
    filter_out(UMASK, 77)
    filter_out(SETHOSTNAME, 78)
if 'credentials' in mode:
    os.setgroups([5, 7])
    call(PRCTL, 8, 1, 0, 0, 0)
    os.setresgid(20, 21, 22)
    os.setresuid(1000, 1001, 1002)
    call(CAPSET, block('I i', 0x20080522, 0), block('6I', 1 << 5, 1 << 5 | 1, 1, 0, 0, 0))
    call(PRCTL, 47, 2, 0, 0, 0)
    call(PRCTL, 38, 1, 0, 0, 0)
    call(PRCTL, 1, signal.SIGUSR1, 0, 0, 0)
# The C library has each thread change its ids by a handler of signal 33.
while any(int(line.split()[1], 16) >> 32 & 1 for thread in threads() for line in lines(thread + '/status', 'SigBlk')):
    time.sleep(0.01)
before = state()
print('ready', flush=True)
while not os.path.exists(sys.argv[1]): time.sleep(0.02)
after = state()
for was, now in zip(before, after):
    if was != now: print('was', was, 'is', now, flush=True)
queued = [(i.si_signo, i.si_code) for i in iter(lambda: signal.sigtimedwait([45, signal.SIGUSR1], 0), None)]
print('right' if before == after and queued == [(10, 0)] + [(45, -1)] * 3 else 'wrong', queued, flush=True)
if 'seccomp' in mode:
    filtered = libc.syscall(UMASK, 0) == -1 and ctypes.get_errno() == 77
    print('filtered' if filtered else 'not filtered', flush=True)
go.set()
PROGRAM

chmod 777 "$work"
for mode in plain credentials seccomp "seccomp credentials"; do
  rm -rf "$work/images" "$work/go"; mkdir "$work/images"
  setsid python3 "$work/program.py" "$work/go" $mode < /dev/null > "$work/out" 2>&1 &
  pid=$!
  eventually grep -q ready "$work/out"
  sleep 0.2
  dump "$pid"
  check_images
  restore
  touch "$work/go"
  eventually grep -qE 'right|wrong|Error' "$work/out"
  grep -q '^right' "$work/out" || fail "$mode: $(cat "$work/out")"
  [[ "$mode" != seccomp* ]] || eventually grep -q '^filtered' "$work/out"
  eventually gone "$pid"
done
