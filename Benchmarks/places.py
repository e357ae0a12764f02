"""Places of images: what a dump into one, or a restore from it, needs around it.

    directory    --images-dir alone
    zstd         --zstd=1 into a directory
    shards       --shard-fds, one pipe, with `cat` into a file (or from it) at its other end
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


def dump(engine, place, pid, images, *options):
    """Milliseconds of the whole command, until all that was dumped is written, and of the phases it tells of."""
    begin = time.monotonic()
    with writing(place, engine, images) as (more, descriptors):
        printed = engine.run('dump', images, '--tree', str(pid), '--display-stats', *options, *more, pass_fds=descriptors)
    samples = {'whole': milliseconds_since(begin)}
    for line in printed.splitlines():
        name, _, number = line.partition(': ')
        if name in PHASES: samples[PHASES[name]] = int(number.split()[0]) / 1000
    return samples


def restore(engine, place, images):
    """Milliseconds until the command has ended, and all helpers with it, and until all memory has come."""
    begin = time.monotonic()
    with reading(place, engine, images) as (more, descriptors):
        engine.run('restore', images, '--restore-detached', *more, pass_fds=descriptors)
        took = milliseconds_since(begin)
    return {'restore': took, 'all has come': milliseconds_since(begin)} if place == 'lazy' else {'restore': took}


@contextlib.contextmanager
def writing(place, engine, images):
    """Yields options of the dump and descriptors for it; after the block all is written."""
    if place == 'page-server':
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            port = str(free.getsockname()[1])
        with daemon(engine, 'page-server', images, '--port', port) as server:
            yield ['--page-server', '--address', '127.0.0.1', '--port', port], []
            finish(server)
    elif place in ('shards', 'streamer'):
        with open(f'{images}/stream', 'wb') as file, running(['cat'], stdin=subprocess.PIPE, stdout=file) as cat:
            with piped(place, engine, images, cat.stdin, 'capture') as needs:
                yield needs
            finish(cat)
    else:
        yield ['--zstd=1'] if place == 'zstd' else [], []


@contextlib.contextmanager
def reading(place, engine, images):
    """As `writing`, for a restore."""
    if place == 'lazy':
        with daemon(engine, 'lazy-pages', images) as pages:
            yield ['--lazy-pages'], []
            finish(pages)
    elif place in ('shards', 'streamer'):
        with running(['cat', f'{images}/stream'], stdout=subprocess.PIPE) as cat:
            with piped(place, engine, images, cat.stdout, 'serve') as needs:
                yield needs
            finish(cat)
    else:
        yield [], []


@contextlib.contextmanager
def piped(place, engine, images, pipe, action):
    """An engine on a pipe, or a streamer between them. The pipe is closed in the end."""
    number = pipe.fileno()
    if place == 'shards':
        yield ['--shard-fds', str(number)], [number]
        pipe.close()
        return
    with running([engine.streamer, '--images-dir', images, '--shard-fds', str(number), action], pass_fds=[number],
                 stderr=subprocess.PIPE, text=True) as streamer:
        pipe.close()
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
