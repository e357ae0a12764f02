"""How long a restore takes: the whole command `restore -d`, in all forms, from images in the page cache.

Shapes are in program.py; a form is a place that the program was dumped into, or "lazy": its memory comes later, and
"all has come" is when. Each engine restores what it dumped itself. "processor" is the processor's time of all that took
part, until the tree was ended again. Of lazy memory, lazy.py shows what the program sees.
"""
import os

import places
from harness import bench, end, parser, processor_time
from program import Program, is_slow, mib_of

SHAPES = 'small,mib=64,mib=1024,huge=1024,processes=200,threads=500,mappings=20000,descriptors=5000'


def dump(bench, engine, shape, form, images):
    """The pid of a program of this shape, which is in the images now."""
    program = Program(bench, shape, is_idle=True)
    program.start()
    program.close_output()
    try:
        places.dump(engine, 'directory' if form == 'lazy' else form, program.process.pid, images)
        return program.process.pid
    finally:
        program.end()


class Restored:
    """A program in images; it is dumped when it is wanted for the first time."""

    def __init__(self, bench, engine, shape, form, images):
        self.bench, self.engine, self.shape, self.form, self.images = bench, engine, shape, form, images
        self.pid = None

    def sample(self):
        if self.pid is None:
            os.mkdir(self.images)
            self.pid = dump(self.bench, self.engine, self.shape, self.form, self.images)
            os.sync()  # the images are not to go to the disk meanwhile
        before = processor_time()
        try:
            took = places.restore(self.engine, self.form, self.images)
        finally:
            end(self.pid)
        return {**took, 'processor': processor_time() - before}


def measure(bench, shape, forms=('directory',)):
    mib = mib_of(shape)
    wanted = [(form, engine) for form in forms for engine in bench.engines if places.has(engine, form)]
    # The images are to stay in the page cache.
    if not bench.has_room(f'restore, {shape}', mib * (len(wanted) + 1), mib * len(wanted)): return
    with bench.directory() as work:
        variants = [({'engine': engine.name, 'place': form},
                     Restored(bench, engine, shape, form, os.path.join(work, f'{engine.name}-{form}')).sample)
                    for form, engine in wanted]
        bench.turns('restore', shape, variants, is_slow(shape))


def main():
    arguments = parser(__doc__)
    arguments.add_argument('--shapes', default=SHAPES)
    arguments.add_argument('--forms', default='directory', help=f'of {", ".join(places.FORMS)}')
    options = arguments.parse_args()
    with bench(options) as run:
        for shape in options.shapes.split(','):
            measure(run, shape, options.forms.split(','))


if __name__ == '__main__':
    main()
