"""Moving a program: rounds of pre-dump, the last dump, the restore.

usage: rounds.py NAME=CRIU [NAME=CRIU ...] [--mib 1024] [--percent 5] [--runs 3] [--lazy] [--directory DIR]

Engines take turns, each with a program of its own in a pid namespace of its own. The first round has all pages; before
the second and before the last dump the program writes PERCENT of them; before the third it writes nothing. Medians are
printed: seconds and MiB of pages of each round, and of the whole; and the downtime, which is the longest gap between two
looks of the program at the clock, over the last dump and the restore. With --lazy memory comes after the restore; the
whole then ends when all has come. The program's contents are verified.

An engine that cannot track writes on this kernel (`check --feature mem_dirty_track`) cannot pre-dump either: its rounds
are dumps that leave the program running.
"""
import argparse, glob, os, shutil, statistics, subprocess, tempfile, time

import moving

moving.enter()
parser = argparse.ArgumentParser()
parser.add_argument('engines', nargs='+')
parser.add_argument('--mib', type=int, default=1024)
parser.add_argument('--percent', type=int, default=5)
parser.add_argument('--runs', type=int, default=3)
parser.add_argument('--lazy', action='store_true')
parser.add_argument('--directory', default=None)
options = parser.parse_args()
engines = [e.split('=', 1) for e in options.engines]
results = {name: {} for name, _ in engines}
tracks = {name: subprocess.run([criu, 'check', '--feature', 'mem_dirty_track'], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL).returncode == 0 for name, criu in engines}


def run(command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def move(name, criu, work):
    def note(what, value): results[name].setdefault(what, []).append(value)
    program = moving.Program(work, options.mib)
    total, size = 0, 0
    steps = [('round 1', 'pre-dump', 0), ('round 2', 'pre-dump', options.percent), ('round 3', 'pre-dump', 0),
             ('dump', 'dump', options.percent)]
    for number, (step, command, percent) in enumerate(steps):
        if percent: program.tell(percent)
        images = os.path.join(work, str(number))
        os.mkdir(images)
        program.set(moving.GAP, 0)
        begin = time.monotonic()
        if tracks[name]:
            how = [command, '--track-mem'] + (['--prev-images-dir', f'../{number - 1}'] if number else [])
        else:
            how = ['dump'] + (['--leave-running'] if command == 'pre-dump' else [])
        run([criu] + how + ['--tree', str(program.pid), '--images-dir', images, '-o', 'log'])
        took = time.monotonic() - begin
        written = sum(map(os.path.getsize, glob.glob(f'{images}/pages-*.img')))
        note(f'{step} s', took)
        note(f'{step} MiB', written / (1 << 20))
        total, size = total + took, size + written
    program.await_end()
    turns = program.get(moving.TURNS)
    begin = time.monotonic()
    if options.lazy: daemon = moving.start([criu, 'lazy-pages', '--images-dir', images, '-o', 'lazy.log'], f'{work}/out')
    run([criu, 'restore', '--images-dir', images, '-o', 'restore.log', '--restore-detached']
        + (['--lazy-pages'] if options.lazy else []))
    program.await_turn(turns)
    note('downtime ms', program.get(moving.GAP) / 1000)
    if options.lazy and daemon.wait() != 0: raise SystemExit('the daemon failed')
    note('whole s', total + time.monotonic() - begin)
    note('whole MiB', size / (1 << 20))
    program.end()
    for number in range(len(steps)): shutil.rmtree(os.path.join(work, str(number)))


with tempfile.TemporaryDirectory(dir=options.directory) as work:
    moving.build(work)
    for _ in range(options.runs):
        for name, criu in engines: move(name, criu, work)
print(f'{options.mib} MiB, {options.percent} % written, load {os.getloadavg()[0]:.1f}')
print(f'{"":14}' + ''.join(f'{name:>24}' for name, _ in engines))
for what in results[engines[0][0]]:
    row = [results[name][what] for name, _ in engines]
    print(f'{what:14}' + ''.join(f'{statistics.median(r):10.3f} ({min(r):.3f}-{max(r):.3f})'.rjust(24) for r in row))
