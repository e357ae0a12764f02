"""How many system calls a dump makes for each page, descriptor, mapping, thread and process.

usage: counts.py CRIU [--write]

The program of pause.c is dumped twice, once with more of one thing, and the calls of both are subtracted: the machine and
its load do not matter, so that thresholds.json can hold what is allowed, and a test compares (Tests/Integration). With
--write, what was counted goes there, with a quarter more for what differs from run to run. Calls that wait are not counted,
as their number depends on time.
"""
import argparse, json, os, re, subprocess, sys, tempfile

here = os.path.dirname(os.path.abspath(__file__))
THRESHOLDS = os.path.join(here, 'thresholds.json')
WAITING = {'futex', 'rt_sigtimedwait', 'wait4', 'rt_sigprocmask', 'nanosleep', 'clock_nanosleep'}
# Options of the dump, then MiB, processes, threads, mappings, descriptors and mixed descriptors of the smaller program,
# and what is more of in the larger one.
CASES = {
    'page': ([], (16, 1, 1, 0, 0, 0), (0, 64)),
    'page of a snapshot': (['--snapshot'], (16, 1, 1, 0, 0, 0), (0, 64)),
    'descriptor': ([], (1, 1, 1, 0, 100, 0), (4, 1000)),
    'mixed descriptor': ([], (1, 1, 1, 0, 0, 96), (5, 960)),
    'mapping': ([], (1, 1, 1, 1000, 0, 0), (3, 4000)),
    'thread': ([], (1, 1, 10, 0, 0, 0), (2, 100)),
    'process': ([], (1, 10, 1, 0, 0, 0), (1, 50)),
}


def calls(criu, options, shape, work):
    program = os.path.join(work, 'pause')
    if not os.path.exists(program):
        subprocess.run(['cc', '-O2', '-pthread', '-o', program, os.path.join(here, 'pause.c')], check=True)
    victim = subprocess.Popen([program, *map(str, shape)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, start_new_session=True)
    try:
        victim.stdout.readline()
        with tempfile.TemporaryDirectory(dir=work) as images:
            counts = os.path.join(images, 'counts')
            subprocess.run(['strace', '-f', '-c', '-o', counts, criu, 'dump', '--tree', str(victim.pid), '-D', images, '-R',
                            '-o', 'dump.log', *options], check=True)
            lines = [line.split() for line in open(counts)]
    finally:
        victim.kill()
        victim.wait()
    # % time, seconds, usecs/call, calls, errors where there were some, name
    return sum(int(words[3]) for words in lines
               if len(words) >= 5 and re.fullmatch(r'[\d.]+', words[0]) and words[-1] != 'total' and words[-1] not in WAITING)


def count(criu, case, work):
    options, smaller, (field, more) = CASES[case]
    larger = list(smaller)
    larger[field] += more
    units = more * 256 if field == 0 else more
    return (calls(criu, options, larger, work) - calls(criu, options, smaller, work)) / units


def count_all(criu):
    with tempfile.TemporaryDirectory() as work:
        return {case: count(criu, case, work) for case in CASES}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('criu')
    parser.add_argument('--write', action='store_true')
    options = parser.parse_args()
    counted = count_all(os.path.abspath(options.criu))
    if options.write:
        with open(THRESHOLDS, 'w') as file:
            json.dump({case: round(number * 1.25 + 0.001, 3) for case, number in counted.items()}, file, indent=2)
            file.write('\n')
    allowed = json.load(open(THRESHOLDS))
    failed = False
    for case, number in counted.items():
        above = number > allowed[case]
        failed |= above
        print(f'{number:8.3f} calls a {case}, {allowed[case]:.3f} allowed' + (': TOO MANY' if above else ''))
    sys.exit(failed)


if __name__ == '__main__':
    main()
