"""What a dump makes for each page, descriptor, mapping, thread and process: system calls, allocations, and bytes
copied.

usage: counts.py CRIU [--write] [--unoptimized]

The program of pause.c is dumped twice, once with more of one thing, and the counts of both are subtracted: the machine
and its load do not matter, so that thresholds.json can hold what is allowed, and a test compares (Tests/Integration).
With --write, what was counted goes there, with room for what differs from run to run.

System calls are those that strace(1) sees of the engine and its helpers, without calls that wait, as their number
depends on time. Allocations are counted by allocations.c; only those of a release build tell anything (--unoptimized
leaves them out). Bytes are what calls that copy say that they have copied, and what the program itself has written
(/proc/PID/io).
"""
import argparse, json, os, re, resource, signal, struct, subprocess, sys, tempfile

here = os.path.dirname(os.path.abspath(__file__))
THRESHOLDS = os.path.join(here, 'thresholds.json')
WAITING = {'futex', 'rt_sigtimedwait', 'wait4', 'rt_sigprocmask', 'nanosleep', 'clock_nanosleep'}
# vmsplice(2) lends pages to a pipe; splice(2) then copies them into the page cache.
COPYING = {'read', 'pread64', 'readv', 'preadv', 'write', 'pwrite64', 'writev', 'pwritev', 'process_vm_readv', 'splice',
           'sendto', 'sendmsg', 'recvfrom', 'recvmsg', 'copy_file_range'}
CALL = re.compile(r'\d+ +(?:<\.\.\. )?(\w+)(?: resumed>|\().* = (-?\d+)')
# By how much, and by how much more, what is allowed is above what was counted.
ROOM = {'calls': (1.25, 0.001), 'allocations': (1.25, 0.03), 'bytes': (1.02, 0)}
# Options of the dump, the smaller program, and what is more of in the larger one.
CASES = {
    'page': ([], 'mib=16', 'mib=80'),
    'page through a pipe': (['limit'], 'mib=16', 'mib=80'),
    'page from outside': (['--memory-read', 'readv'], 'mib=16', 'mib=80'),
    'page of a snapshot': (['--snapshot'], 'mib=16', 'mib=80'),
    'descriptor': ([], 'descriptors=100', 'descriptors=1100'),
    'mixed descriptor': ([], 'mixed=96', 'mixed=1056'),
    'mapping': ([], 'mappings=1000', 'mappings=5000'),
    'thread': ([], 'threads=10', 'threads=110'),
    'process': ([], 'processes=10', 'processes=60'),
}


def io_of(pid):
    """Bytes that a program has read and written by system calls."""
    with open(f'/proc/{pid}/io') as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith(('rchar', 'wchar')))


def build(work, source, *options):
    result = os.path.join(work, os.path.splitext(source)[0])
    if not os.path.exists(result):
        subprocess.run(['cc', '-O2', *options, '-o', result, os.path.join(here, source)], check=True)
    return result


def count(criu, options, shape, work):
    """Of one dump: {'calls': ..., 'allocations': ..., 'bytes': ...}."""
    victim = subprocess.Popen([build(work, 'pause.c', '-pthread'), shape], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True)
    try:
        victim.stdout.readline()
        if options == ['limit']:  # it may not write its pages itself
            resource.prlimit(victim.pid, resource.RLIMIT_FSIZE, (1 << 60, resource.RLIM_INFINITY))
            options = []
        with tempfile.TemporaryDirectory(dir=work) as images:
            trace, allocations = os.path.join(images, 'strace'), os.path.join(images, 'allocations')
            with open(allocations, 'wb') as file: file.write(bytes(8))
            before = io_of(victim.pid)
            subprocess.run(['strace', '-f', '-qq', '-s', '0', '-e', 'verbose=none', '-e', 'signal=none', '-o', trace,
                            '-E', 'LD_PRELOAD=' + build(work, 'allocations.c', '-shared', '-fPIC'),
                            '-E', 'ALLOCATIONS_FILE=' + allocations, criu, 'dump', '--tree', str(victim.pid),
                            '-D', images, '-R', '-o', 'dump.log', *options], check=True)
            copied = io_of(victim.pid) - before
            calls = 0
            with open(trace) as lines:
                for name, result in (match.groups() for match in map(CALL.match, lines) if match):
                    calls += name not in WAITING
                    if name in COPYING: copied += max(int(result), 0)
            with open(allocations, 'rb') as file: allocated, = struct.unpack('<q', file.read())
    finally:
        os.killpg(victim.pid, signal.SIGKILL)
        victim.wait()
        victim.stdout.close()
    return {'calls': calls, 'allocations': allocated, 'bytes': copied}


def count_case(criu, case, work):
    """For one more of the thing."""
    options, smaller, larger = CASES[case]
    less, more = (int(shape.split('=')[1]) for shape in (smaller, larger))
    units = (more - less) * (256 if case.startswith('page') else 1)
    low, high = (count(criu, options, shape, work) for shape in (smaller, larger))
    return {what: (high[what] - low[what]) / units for what in high if what != 'bytes' or case.startswith('page')}


def count_all(criu):
    with tempfile.TemporaryDirectory() as work:
        return {case: count_case(criu, case, work) for case in CASES}


def compare(counted, allowed, passed_over=()):
    """Prints a table; returns whether nothing is too much, but for what is passed over."""
    print(f'| for each | system calls | allowed | allocations | allowed | bytes copied | allowed |\n|-|{"-:|" * 6}')
    too_much = []
    for case, numbers in counted.items():
        cells = []
        for what, number in numbers.items():
            most = allowed.get(case, {}).get(what)
            cells += [f'{number:.3f}', f'{most}']
            if what not in passed_over and (most is None or number > most):
                too_much.append(f'{number:.3f} {what} a {case}, {most} allowed')
        print(f'| {case} | ' + ' | '.join(cells + [''] * (6 - len(cells))) + ' |')
    for line in too_much: print(f'TOO MANY: {line}')
    return not too_much


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('criu')
    parser.add_argument('--write', action='store_true')
    parser.add_argument('--unoptimized', action='store_true')
    options = parser.parse_args()
    counted = count_all(os.path.abspath(options.criu))
    if options.write:
        with open(THRESHOLDS, 'w') as file:
            allowed = {case: {what: round(number * ROOM[what][0] + ROOM[what][1], 3) for what, number in of.items()}
                       for case, of in counted.items()}
            json.dump(allowed, file, indent=2)
            file.write('\n')
    with open(THRESHOLDS) as file: allowed = json.load(file)
    sys.exit(not compare(counted, allowed, ['allocations'] if options.unoptimized else []))


if __name__ == '__main__':
    main()
