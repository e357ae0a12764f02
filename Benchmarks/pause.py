"""How long a program is frozen by a dump that leaves it running, as the program itself sees it.

usage: pause.py NAME=CRIU [NAME=CRIU ...] [--mib 1,1024] [--runs 7] [--directory DIR]

The engines take turns on one running program, so that a drift of the machine hits all alike; the median of each is
printed, with the median of the time that the whole command took. The floor is one process that writes as many warm
bytes to the same file system with write(2).
"""
import argparse, os, shutil, signal, statistics, subprocess, tempfile, time

parser = argparse.ArgumentParser()
parser.add_argument('engines', nargs='+')
parser.add_argument('--mib', default='1,1024')
parser.add_argument('--runs', type=int, default=7)
parser.add_argument('--directory', default=None)
options = parser.parse_args()
engines = [e.split('=', 1) for e in options.engines]
here = os.path.dirname(os.path.abspath(__file__))


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


with tempfile.TemporaryDirectory(dir=options.directory) as work:
    program = os.path.join(work, 'pause')
    subprocess.run(['cc', '-O2', '-o', program, os.path.join(here, 'pause.c')], check=True)
    for mib in map(int, options.mib.split(',')):
        victim = subprocess.Popen([program, str(mib)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, text=True, start_new_session=True)
        victim.stdout.readline()
        pauses, wholes, floors = {n: [] for n, _ in engines}, {n: [] for n, _ in engines}, []
        for _ in range(options.runs):
            for name, criu in engines:
                images = os.path.join(work, 'images')
                os.mkdir(images)
                victim.send_signal(signal.SIGUSR1)
                victim.stdout.readline()
                begin = time.monotonic()
                subprocess.run([criu, 'dump', '--tree', str(victim.pid), '--images-dir', images, '-R', '-o', 'dump.log'],
                               check=True, stdout=subprocess.DEVNULL)
                wholes[name].append((time.monotonic() - begin) * 1000)
                victim.send_signal(signal.SIGUSR1)
                pauses[name].append(int(victim.stdout.readline()) / 1000)
                shutil.rmtree(images)
            floors.append(floor(mib << 20, work))
        victim.kill()
        victim.wait()
        print(f'{mib} MiB: floor {statistics.median(floors):.1f} ms')
        for name, _ in engines:
            print(f'  {name:12} frozen {statistics.median(pauses[name]):8.1f} ms   whole command '
                  f'{statistics.median(wholes[name]):8.1f} ms   (frozen {min(pauses[name]):.1f} to {max(pauses[name]):.1f})')
