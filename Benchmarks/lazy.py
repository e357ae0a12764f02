"""A restore whose memory comes later: when does the program run again, and when has all come?

Each engine restores what it dumped itself, with its own daemon on the images. Times begin with the start of `criu
restore`. The program looks at a page at random every half millisecond from its first turn on; its contents are
verified.
"""
import time

import places
from harness import bench, finish, milliseconds_since, parser, running
from moving import TURNS, Program


def sample(bench, engine, mib):
    with bench.directory() as images, Program(bench, images, mib) as program:
        places.dump(engine, 'directory', program.pid, images)
        program.await_end()
        turns = program.get(TURNS)
        with places.daemon(engine, 'lazy-pages', images) as daemon:
            begin = time.monotonic()
            with running(engine.command('restore', images, '--lazy-pages', '--restore-detached')) as restore:
                program.await_turn(turns)
                runs = milliseconds_since(begin)
                finish(restore)
            ended = milliseconds_since(begin)
            finish(daemon)
        filled = milliseconds_since(begin)
        program.verify()
    return {'runs again': runs, 'restore ended': ended, 'all has come': filled}


def measure(bench, mib=1024):
    if not bench.has_room(f'lazy, {mib} MiB', 3 * mib, mib): return
    bench.turns('lazy', f'mib={mib}', [({'engine': engine.name}, lambda engine=engine: sample(bench, engine, mib))
                                       for engine in bench.engines])


def main():
    arguments = parser(__doc__)
    arguments.add_argument('--mib', type=int, default=1024)
    options = arguments.parse_args()
    with bench(options) as run: measure(run, options.mib)


if __name__ == '__main__':
    main()
