"""A dump into pipes and restores from them: time, the processor's time, and the private memory of the engine meanwhile.

Of each engine plain shards (--shard-fds, where it has them) and its streamer take turns, and a bare fill: a program
that reads as many bytes from a pipe into fresh memory, the floor. `cat` has the file at the other end of each pipe,
and is counted with the processor's time of all. Memory (MiB) is the most at a time, dirty and private, of engine and
streamer; of a task that is being restored counts what its pages are not: every mapping that is smaller than half of
its memory. With --bound, more than that of an engine of ours is a failure.
"""
import os, subprocess, threading, time

import places
from harness import FLOOR, Failed, bench, end, finish, milliseconds_since, parser, processor_time, running
from program import Program


def private_bytes(pid, is_task, largest):
    """Dirty bytes, shared ones by their share (Linux 6.0), of a task without its large mappings; 0 when it is gone."""
    total = size = 0
    try:
        with open(f'/proc/{pid}/smaps') as smaps:
            for line in smaps:
                if line.startswith('Size:'):
                    size = int(line.split()[1]) << 10
                elif line.startswith('Pss_Dirty:') and not (is_task and size >= largest):
                    total += int(line.split()[1]) << 10
    except OSError:
        pass
    return total


class Sampler(threading.Thread):
    """The most that engine, streamer and what they started had at a time, as long as the block runs."""

    def __init__(self, engine, task, largest):
        super().__init__()
        self.programs = {os.path.realpath(path) for path in (engine.path, engine.streamer) if path}
        self.task, self.largest = task, largest
        self.peak, self.ended = 0, threading.Event()

    def is_ours(self, pid):
        try:
            return os.readlink(f'/proc/{pid}/exe') in self.programs
        except OSError:
            return False

    def run(self):
        while not self.ended.wait(0.02):
            pids = [int(name) for name in os.listdir('/proc') if name.isdigit()]
            self.peak = max(self.peak, sum(private_bytes(pid, pid == self.task, self.largest) for pid in pids
                                           if pid == self.task or self.is_ours(pid)))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()

    @property
    def mib(self): return self.peak / (1 << 20)


class Streams:
    """What all of the run have: the program, and how it is dumped."""

    def __init__(self, bench, mib, ghost, shards, dump_options, bound):
        self.bench, self.mib, self.shards, self.bound = bench, mib, shards, bound
        self.shape = f'mib={mib}+shrinks=1' + (f'+ghost={ghost}' if ghost else '')
        self.limit, self.dump_options = ['--ghost-limit', str((ghost + 1) << 20)], dump_options.split()

    def sample(self, engine, place):
        program = Program(self.bench, self.shape, is_idle=True)
        how = self.limit + (self.dump_options if engine.is_ours else [])
        try:
            with self.bench.directory() as images:
                program.start()
                program.close_output()
                pid, before = program.process.pid, processor_time()
                with Sampler(engine, None, 0) as dumping:
                    dump = places.dump(engine, place, pid, images, *how, shards=self.shards)['whole']
                dump_processor = processor_time() - before
                program.process.wait()
                before = processor_time()
                with Sampler(engine, pid, self.mib << 19) as restoring:
                    restore = places.restore(engine, place, images, shards=self.shards)['restore']
                end(pid)
                restore_processor = processor_time() - before
        finally:
            program.end()
        for action, sampler in (('dump', dumping), ('restore', restoring)):
            if engine.is_ours and self.bound is not None and sampler.mib > self.bound:
                raise Failed(f'{sampler.mib:.0f} MiB of a {action} are more than {self.bound}')
        return {'restore': restore, 'its processor': restore_processor, 'its MiB': restoring.mib,
                'dump': dump, "dump's processor": dump_processor, "dump's MiB": dumping.mib}

    def fill(self):
        with self.bench.directory() as work:
            path = os.path.join(work, 'bytes')
            with open(path, 'wb') as file:
                for _ in range(self.mib): file.write(bytes(1 << 20))
            before, begin = processor_time(), time.monotonic()
            with running(['cat', path], stdout=subprocess.PIPE) as cat, \
                    running([self.bench.build('fill.c'), str(self.mib)], stdin=cat.stdout) as filling:
                finish(filling)
                took = milliseconds_since(begin)
                finish(cat)
        return {'restore': took, 'its processor': processor_time() - before}


def measure(bench, mib=1024, ghost=0, shards=1, dump_options='', bound=None):
    if not bench.has_room(f'streams, {mib + ghost} MiB', 3 * (mib + ghost), 2 * (mib + ghost)): return
    streams = Streams(bench, mib, ghost, shards, dump_options, bound)
    variants = [({'engine': engine.name, 'place': place},
                 lambda engine=engine, place=place: streams.sample(engine, place))
                for engine in bench.engines for place in ('shards', 'streamer') if places.has(engine, place)]
    bench.turns('streams', f'{streams.shape}, {shards} shards {dump_options}'.strip(),
                variants + [({'engine': FLOOR}, streams.fill)])


def main():
    arguments = parser(__doc__)
    arguments.add_argument('--mib', type=int, default=1024)
    arguments.add_argument('--ghost', type=int, default=0, help='MiB of a removed file')
    arguments.add_argument('--shards', type=int, default=1)
    arguments.add_argument('--dump-options', default='', help='of engines of ours, as in --dump-options=--zstd=1')
    arguments.add_argument('--bound', type=int, help='MiB of private memory that are allowed')
    options = arguments.parse_args()
    with bench(options) as run:
        measure(run, options.mib, options.ghost, options.shards, options.dump_options, options.bound)


if __name__ == '__main__':
    main()
