"""How long a program is frozen by a dump that leaves it running, as the program itself sees it.

usage: pause.py 'NAME=CRIU [OPTION...]' ['NAME=CRIU [OPTION...]' ...]
                [--shapes small,processes=200,...] [--runs 7] [--directory DIR] [--json FILE]

A shape is "small", or a number of processes, threads, mappings, descriptors (files and eventfds), mixed descriptors
(files, pipes, sockets, epoll), MiB of memory or MiB of huge pages. The engines take turns on
one running program, so that a drift of the machine hits all alike; the median of each is printed, with the median of the
time that the whole command took, and the load of the machine. The floor of memory is one process that writes as many
warm bytes to the same file system with write(2). --json adds all samples to a file, which plots.py draws.
"""
import argparse, json, os, shutil, signal, statistics, subprocess, tempfile, time

SHAPES = 'small,processes=200,threads=500,mappings=20000,descriptors=5000,mixed=5000,mib=1024'
here = os.path.dirname(os.path.abspath(__file__))


def arguments(shape):
    counts = dict(mib=1, processes=1, threads=1, mappings=0, descriptors=0, mixed=0, huge=0)
    if shape != 'small':
        name, count = shape.split('=')
        assert name in counts, shape
        counts[name] = int(count)
    return counts


def floor(bytes_, directory):
    data = bytearray(os.urandom(1 << 20))
    path = os.path.join(directory, 'floor')
    begin = time.monotonic()
    with open(path, 'wb', buffering=0) as file:
        for _ in range(bytes_ >> 20):
            file.write(data)
    took = time.monotonic() - begin
    os.unlink(path)
    return took * 1000


def start(counts, work):
    program = os.path.join(work, 'pause')
    if not os.path.exists(program):
        subprocess.run(['cc', '-O2', '-pthread', '-o', program, os.path.join(here, 'pause.c')], check=True)
    victim = subprocess.Popen([program, *map(str, counts.values())], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, text=True, start_new_session=True)
    victim.stdout.readline()
    return victim


def longest_gap(victim):
    """In milliseconds, since this was last asked for."""
    victim.send_signal(signal.SIGUSR1)
    return int(victim.stdout.readline()) / 1000


def measure(shape, engines, runs, work):
    """All samples of one shape, in milliseconds.

    engines: pairs of a name and the command with its options. Returns {'shape', 'load', 'floor': [...], 'engines': {name:
    {'frozen': [...], 'whole': [...]}}}.
    """
    counts = arguments(shape)
    victim = start(counts, work)
    samples = {name: {'frozen': [], 'whole': []} for name, _ in engines}
    floors = []
    for _ in range(runs):
        for name, criu in engines:
            images = os.path.join(work, 'images')
            os.mkdir(images)
            longest_gap(victim)
            begin = time.monotonic()
            subprocess.run([*criu.split(), 'dump', '--tree', str(victim.pid), '--images-dir', images, '-R', '-o', 'dump.log'],
                           check=True, stdout=subprocess.DEVNULL)
            samples[name]['whole'].append((time.monotonic() - begin) * 1000)
            samples[name]['frozen'].append(longest_gap(victim))
            shutil.rmtree(images)
        if counts['mib'] > 1:
            floors.append(floor(counts['mib'] << 20, work))
    victim.kill()
    victim.wait()
    return {'shape': shape, 'load': os.getloadavg()[0], 'floor': floors, 'engines': samples}


def show(result):
    floors = result['floor']
    print(f"{result['shape']}: load {result['load']:.1f}" +
          (f', floor {statistics.median(floors):.1f} ms' if floors else ''), flush=True)
    for name, sample in result['engines'].items():
        frozen = sample['frozen']
        print(f'  {name:12} frozen {statistics.median(frozen):8.1f} ms   whole command '
              f"{statistics.median(sample['whole']):8.1f} ms   (frozen {min(frozen):.1f} to {max(frozen):.1f})", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('engines', nargs='+')
    parser.add_argument('--shapes', default=SHAPES)
    parser.add_argument('--runs', type=int, default=7)
    parser.add_argument('--directory', default=None)
    parser.add_argument('--json', default=None)
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory(dir=options.directory) as work:
        for shape in options.shapes.split(','):
            results.append(measure(shape, [e.split('=', 1) for e in options.engines], options.runs, work))
            show(results[-1])
            if options.json:
                with open(options.json, 'w') as file:
                    json.dump(results, file, indent=1)


if __name__ == '__main__':
    main()
