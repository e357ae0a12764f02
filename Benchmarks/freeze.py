"""How long a program is frozen by a dump that leaves it running, as the program itself sees it (`pause`).

Shapes are in program.py. Ways of memory are
    write     the task writes its pages into the image itself (what a directory gets where nothing forbids it)
    vmsplice  the task lends its pages to a pipe; for a directory, we forbid the former by a limit of file sizes
    readv     --memory-read readv: process_vm_readv(2) from outside
    snapshot  --snapshot: copy-on-write clones, read after the program goes on
A stream has vmsplice only where the program ends: what it lends may not change before the reader has it. Then `pause`
is the engine's own frozen time, as the program sees nothing any more. Peers have one way.
"""
import contextlib, os

import places
from harness import FLOOR, Failed, bench, parser
from program import Program, counts_of, is_slow, mib_of

SHAPES = 'small,processes=200,threads=500,mappings=20000,descriptors=5000,mixed=5000,mib=1024'
WAYS = ('write', 'vmsplice', 'readv', 'snapshot')


def ways(engine, place, wanted=WAYS):
    """Those that an engine has for a place."""
    if not engine.is_ours: return ['']
    return [way for way in WAYS if way in wanted and (way != 'write' or place == 'directory')]


def sample(bench, program, engine, place, way):
    """Milliseconds of one dump."""
    program.start()
    ends = way == 'vmsplice' and place in ('streamer', 'shards')
    options = {'readv': ['--memory-read', 'readv'], 'snapshot': ['--snapshot']}.get(way, [])
    if not ends: options.append('--leave-running')
    try:
        with bench.directory() as images:
            if way == 'vmsplice' and place == 'directory': program.limit_files(True)
            os.sync()  # what was written before is not to be waited for now
            program.longest_gap()
            samples = places.dump(engine, place, program.process.pid, images, *options)
            if ends:
                program.end()
                return {'pause': samples['frozen'], **samples}
            pause = program.longest_gap()
            program.limit_files(False)
            return {'pause': pause, **samples}
    except Exception:
        program.end()  # whatever state it is in
        raise


def floor(program):
    program.start()
    os.sync()
    return {'pause': program.time_of_floor()}


def measure(bench, part, shape, wanted_places=('directory',), wanted_ways=WAYS):
    mib = mib_of(shape)
    memory = mib * (2 if 'rewrites' in counts_of(shape) else 1)
    if not bench.has_room(f'{part}, {shape}', memory, mib): return
    program = Program(bench, shape)
    variants = [({'engine': engine.name, 'place': place, 'way': way},
                 lambda engine=engine, place=place, way=way: sample(bench, program, engine, place, way))
                for place in wanted_places for engine in bench.engines if places.has(engine, place)
                for way in ways(engine, place, wanted_ways)]
    if mib > 0: variants.append(({'engine': FLOOR}, lambda: floor(program)))
    try:
        # Memory that a virtual machine gets back from its host is slow at its first touch. A failure is told by turns.
        with contextlib.suppress(Failed):
            if mib > 0: floor(program)
        bench.turns(part, shape, variants, is_slow(shape))
    finally:
        program.end()


def main():
    arguments = parser(__doc__)
    arguments.add_argument('--shapes', default=SHAPES)
    arguments.add_argument('--places', default='directory', help=f'of {", ".join(places.PLACES)}')
    arguments.add_argument('--ways', default=','.join(WAYS))
    options = arguments.parse_args()
    with bench(options) as run:
        for shape in options.shapes.split(','):
            measure(run, 'freeze', shape, options.places.split(','), options.ways.split(','))


if __name__ == '__main__':
    main()
