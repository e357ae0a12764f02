"""Moving a program: rounds of pre-dump, the last dump, the restore.

The first round has all pages; before the second and before the last dump the program writes PERCENT of them; before
the third it writes nothing. The downtime is the longest gap between two looks of the program at the clock, over the
last dump and the restore; then milliseconds and MiB of pages of each round, and of the whole. With --lazy memory comes
after the restore; the whole then ends when all has come. The program's contents are verified.

An engine that cannot track writes on this kernel (`check --feature mem_dirty_track`) cannot pre-dump either: its rounds
are dumps that leave the program running.
"""
import glob, os, subprocess, time

import places
from harness import bench, milliseconds_since, parser
from moving import GAP, TURNS, Program

MIB = 1 << 20


def can_track(engine):
    return subprocess.run([engine.path, 'check', '--feature', 'mem_dirty_track'], capture_output=True).returncode == 0


def sample(bench, engine, tracks, mib, percent, is_lazy):
    rounds, total, size = {}, 0, 0
    steps = [('round 1', 'pre-dump', 0), ('round 2', 'pre-dump', percent), ('round 3', 'pre-dump', 0),
             ('dump', 'dump', percent)]
    with bench.directory() as work, Program(bench, work, mib) as program:
        for number, (step, action, written) in enumerate(steps):
            if written: program.tell(written)
            images = os.path.join(work, str(number))
            os.mkdir(images)
            program.set(GAP, 0)
            how = ['--tree', str(program.pid)]
            if tracks:
                how += ['--track-mem'] + (['--prev-images-dir', f'../{number - 1}'] if number else [])
            elif action == 'pre-dump':
                action, how = 'dump', how + ['--leave-running']
            begin = time.monotonic()
            engine.run(action, images, *how)
            took = milliseconds_since(begin)
            written_mib = sum(map(os.path.getsize, glob.glob(f'{images}/pages-*.img'))) / MIB
            rounds |= {step: took, f'{step} MiB': written_mib}
            total, size = total + took, size + written_mib
        program.await_end()
        turns = program.get(TURNS)
        begin = time.monotonic()
        with places.reading('lazy' if is_lazy else 'directory', engine, images) as (options, _):
            engine.run('restore', images, '--restore-detached', *options)
            program.await_turn(turns)
            downtime = program.get(GAP) / 1000
        total += milliseconds_since(begin)
        program.verify()
    return {'downtime': downtime, **rounds, 'whole': total, 'whole MiB': size}


def measure(bench, mib=1024, percent=5, is_lazy=False):
    if not bench.has_room(f'rounds, {mib} MiB', 3 * mib, 3 * mib): return
    tracks = {engine: can_track(engine) for engine in bench.engines}
    case = f'mib={mib}, {percent} % written' + (', lazy' if is_lazy else '')
    bench.turns('rounds', case, [({'engine': engine.name}, lambda engine=engine: sample(
        bench, engine, tracks[engine], mib, percent, is_lazy)) for engine in bench.engines])


def main():
    arguments = parser(__doc__)
    arguments.add_argument('--mib', type=int, default=1024)
    arguments.add_argument('--percent', type=int, default=5)
    arguments.add_argument('--lazy', action='store_true')
    options = arguments.parse_args()
    with bench(options) as run: measure(run, options.mib, options.percent, options.lazy)


if __name__ == '__main__':
    main()
