"""A dump with --zstd=1 against a plain dump followed by `zstd -T0 -1` of the pages, and the restores of both.

Of the program's memory half shrinks. `dump` is the whole command, for the plain one with zstd(1) after it; `processor`
is that of a restore, with the restored program's until it is ended again.
"""
import glob, shutil, subprocess, time

import places
from harness import Failed, bench, end, milliseconds_since, parser, processor_time
from program import Program


def sample(bench, engine, mib, place):
    program = Program(bench, f'mib={mib}+shrinks=1', is_idle=True)
    try:
        with bench.directory() as images:
            program.start()
            program.close_output()
            pid = program.process.pid
            begin = time.monotonic()
            plain = places.dump(engine, place, pid, images)['whole']
            if place == 'directory':
                subprocess.run(['zstd', '-q', '-k', '-T0', '-1', *glob.glob(f'{images}/pages-*.img')], check=True)
            whole = milliseconds_since(begin)
            program.process.wait()
            before = processor_time()
            restored = places.restore(engine, place, images)['restore']
            end(pid)
            return {'dump': whole, **({'without zstd(1)': plain} if place == 'directory' else {}), 'restore': restored,
                    'processor': processor_time() - before}
    finally:
        program.end()


def measure(bench, mib=1024):
    if not shutil.which('zstd'): raise Failed('there is no zstd(1)')
    if not bench.has_room(f'zstd, {mib} MiB', 3 * mib, 2 * mib): return
    variants = [({'engine': engine.name, 'place': place},
                 lambda engine=engine, place=place: sample(bench, engine, mib, place))
                for engine in bench.engines if engine.is_ours for place in ('directory', 'zstd')]
    bench.turns('zstd', f'mib={mib}, half of which shrinks', variants)


def main():
    arguments = parser(__doc__)
    arguments.add_argument('--mib', type=int, default=1024)
    options = arguments.parse_args()
    with bench(options) as run: measure(run, options.mib)


if __name__ == '__main__':
    main()
