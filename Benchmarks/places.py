"""Places of images: what a dump into one, or a restore from it, needs around it.

    directory    --images-dir alone
    zstd         --zstd=1 into a directory
    shards       --shard-fds, a pipe or more, with `cat` into a file (or from it) at the other end of each
    streamer     --stream, with the engine's streamer, and `cat` behind it
    page-server  a page server of the same engine on loopback, which writes into the same directory
    lazy         for a restore: --lazy-pages with a daemon on what a dump left in a directory
"""
import contextlib, os, socket, subprocess, time

from harness import Failed, finish, milliseconds_since, running

PLACES = ('directory', 'streamer', 'shards', 'zstd', 'page-server')
FORMS = PLACES + ('lazy',)
# The lines of --display-stats.
PHASES = {'Freezing time': 'freezing', 'Frozen time': 'frozen', 'Memory dump time': 'memdump',
          'Memory write time': 'memwrite'}


def has(engine, place):
    if place == 'streamer': return engine.streamer is not None
    return engine.is_ours or place in ('directory', 'page-server', 'lazy')


def dump(engine, place, pid, images, *options, shards=1):
    """Milliseconds of the whole command, until all that was dumped is written, and of the phases it tells of."""
    begin = time.monotonic()
    with writing(place, engine, images, shards) as (more, descriptors):
        printed = engine.run('dump', images, '--tree', str(pid), '--display-stats', *options, *more,
                             pass_fds=descriptors)
    samples = {'whole': milliseconds_since(begin)}
    for line in printed.splitlines():
        name, _, number = line.partition(': ')
        if name in PHASES: samples[PHASES[name]] = int(number.split()[0]) / 1000
    return samples


def restore(engine, place, images, shards=1):
    """Milliseconds until the command has ended, and all helpers with it, and until all memory has come."""
    begin = time.monotonic()
    with reading(place, engine, images, shards) as (more, descriptors):
        engine.run('restore', images, '--restore-detached', *more, pass_fds=descriptors)
        took = milliseconds_since(begin)
    return {'restore': took, 'all has come': milliseconds_since(begin)} if place == 'lazy' else {'restore': took}


@contextlib.contextmanager
def writing(place, engine, images, shards=1):
    """Yields options of the dump and descriptors for it; after the block all is written."""
    if place == 'page-server':
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            port = str(free.getsockname()[1])
        with daemon(engine, 'page-server', images, '--port', port) as server:
            yield ['--page-server', '--address', '127.0.0.1', '--port', port], []
            finish(server)
    elif place in ('shards', 'streamer'):
        with contextlib.ExitStack() as stack:
            files = [stack.enter_context(open(path, 'wb')) for path in files_of(images, shards)]
            cats = [stack.enter_context(running(['cat'], stdin=subprocess.PIPE, stdout=file)) for file in files]
            with piped(place, engine, images, [cat.stdin for cat in cats], 'capture') as needs:
                yield needs
            for cat in cats: finish(cat)
    else:
        yield ['--zstd=1'] if place == 'zstd' else [], []


@contextlib.contextmanager
def reading(place, engine, images, shards=1):
    """As `writing`, for a restore."""
    if place == 'lazy':
        with daemon(engine, 'lazy-pages', images) as pages:
            yield ['--lazy-pages'], []
            finish(pages)
    elif place in ('shards', 'streamer'):
        with contextlib.ExitStack() as stack:
            cats = [stack.enter_context(running(['cat', path], stdout=subprocess.PIPE))
                    for path in files_of(images, shards)]
            with piped(place, engine, images, [cat.stdout for cat in cats], 'serve') as needs:
                yield needs
            for cat in cats: finish(cat)
    else:
        yield [], []


def files_of(images, shards): return [f'{images}/stream-{number}' for number in range(shards)]


@contextlib.contextmanager
def piped(place, engine, images, pipes, action):
    """An engine on pipes, or a streamer between them. The pipes are closed in the end."""
    descriptors = [pipe.fileno() for pipe in pipes]
    numbers = ','.join(map(str, descriptors))
    if place == 'shards':
        yield ['--shard-fds', numbers], descriptors
        for pipe in pipes: pipe.close()
        return
    with running([engine.streamer, '--images-dir', images, '--shard-fds', numbers, action], pass_fds=descriptors,
                 stderr=subprocess.PIPE, text=True) as streamer:
        for pipe in pipes: pipe.close()
        said = ''
        while 'socket-init' not in said:
            line = streamer.stderr.readline()
            if not line: raise Failed(f'the streamer said {said}')
            said += line
        yield ['--stream'], []
        said = streamer.stderr.read()
        finish(streamer)
        if 'Error' in said: raise Failed(f'the streamer said {said}')  # upstream's ends with 0 all the same


@contextlib.contextmanager
def daemon(engine, action, images, *options):
    """A server of the engine that has said that it takes requests (--status-fd)."""
    ready, held = os.pipe()
    with open(f'{images}/{action}.out', 'wb') as output, \
            running(engine.command(action, images, '--status-fd', str(held), *options), pass_fds=[held], stdout=output,
                    stderr=output) as process:
        os.close(held)
        with open(ready, 'rb') as pipe:
            if pipe.read(1) != b'\0': raise Failed(f'{action} did not start')
        yield process
