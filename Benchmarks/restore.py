"""How long a restore takes: the whole command `restore -d`, from images in the page cache.

usage: restore.py NAME=CRIU [NAME=CRIU ...] [--shapes small,mib=1024,...] [--runs 7] [--directory DIR]

A shape is one of pause.py's, or huge=MIB: memory with MADV_HUGEPAGE. Each engine restores what it dumped itself. The
engines take turns, in a pid namespace of their own, so that the old pids are free. Printed are the median of the time,
its range, and the median of the processor's time of all that took part, until the tree was ended again.
"""
import argparse, os, resource, shutil, signal, statistics, subprocess, sys, tempfile, time
import pause

SHAPES = 'small,mib=64,mib=1024,processes=200,threads=500,mappings=20000,descriptors=5000'


def end(pid):
    """The program, and all of its process group."""
    os.killpg(pid, signal.SIGKILL)
    reap()


def reap():
    """Waits until nobody is left: all orphans come to us."""
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass


def run(criu, action, images, *more):
    command = [criu, action, '--images-dir', images, '-o', action + '.log', *more]
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.monotonic() - begin) * 1000


def processor_time():
    """Of all that ended below us, in milliseconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (usage.ru_utime + usage.ru_stime) * 1000


def dump(criu, shape, images, work):
    """The pid of a program of this shape, which is in the images now."""
    os.mkdir(images)
    victim = pause.start(pause.arguments(shape), work)
    # The pipe of its output goes with us: the program is dumped with its write end alone.
    victim.stdout.close()
    run(criu, 'dump', images, '--tree', str(victim.pid))
    victim.wait()
    reap()
    return victim.pid


def measure(shape, engines, runs, work):
    took = {name: [] for name, _ in engines}
    processor = {name: [] for name, _ in engines}
    pids = {name: dump(criu, shape, os.path.join(work, name), work) for name, criu in engines}
    for _ in range(runs):
        for name, criu in engines:
            before = processor_time()
            took[name].append(run(criu, 'restore', os.path.join(work, name), '--restore-detached'))
            end(pids[name])
            processor[name].append(processor_time() - before)
    print(f'{shape}: load {os.getloadavg()[0]:.1f}')
    for name, _ in engines:
        print(f'  {name:12} {statistics.median(took[name]):9.1f} ms   ({min(took[name]):.1f} to {max(took[name]):.1f})   '
              f'processor {statistics.median(processor[name]):9.1f} ms', flush=True)
        shutil.rmtree(os.path.join(work, name))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('engines', nargs='+')
    parser.add_argument('--shapes', default=SHAPES)
    parser.add_argument('--runs', type=int, default=7)
    parser.add_argument('--directory', default=None)
    options = parser.parse_args()
    if os.getpid() != 1:
        command = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', sys.executable] + sys.argv
        sys.exit(subprocess.run(command).returncode)
    engines = [(name, os.path.abspath(path)) for name, path in (e.split('=', 1) for e in options.engines)]
    with tempfile.TemporaryDirectory(dir=options.directory) as work:
        for shape in options.shapes.split(','):
            measure(shape, engines, options.runs, work)


main()
