"""A dump with --zstd=1 against a plain dump followed by `zstd -T0 -1` of the pages, and the restores of both.

usage: zstd.py CRIU [--mib 1024] [--runs 5] [--directory DIR]

The two take turns on programs of which half of the memory shrinks; medians of whole commands are printed, and of
restores the processor seconds too, with those of the restored program until it runs. Run it as root; restores happen in a
pid namespace of their own.
"""
import argparse, os, shutil, statistics, subprocess, sys, tempfile, time

from restore_stream import cpu_of, cpu_of_children

parser = argparse.ArgumentParser()
parser.add_argument('criu')
parser.add_argument('--mib', type=int, default=1024)
parser.add_argument('--runs', type=int, default=5)
parser.add_argument('--directory', default=None)
parser.add_argument('--inside', action='store_true', help=argparse.SUPPRESS)
options = parser.parse_args()

if not options.inside:
    sys.exit(subprocess.run(['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', sys.executable]
                            + sys.argv + ['--inside']).returncode)

VICTIM = '''
import os, sys, time
half = int(sys.argv[1]) << 19
noise = bytearray()
while len(noise) < half: noise += os.urandom(min(1 << 24, half - len(noise)))
text = bytearray(b"".join(b"%016d what a program keeps in memory " % i for i in range(half // 50)))
print("ready", flush=True)
sys.stdout.close()
while True: time.sleep(1000)
'''


def timed(command):
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin


times = {}
with tempfile.TemporaryDirectory(dir=options.directory) as work:
    for run in range(options.runs):
        for name, extra in [('plain', []), ('zstd', ['--zstd=1'])]:
            images = os.path.join(work, 'images')
            os.mkdir(images)
            victim = subprocess.Popen([sys.executable, '-c', VICTIM, str(options.mib)], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
            victim.stdout.readline()
            victim.stdout.close()
            time.sleep(0.2)
            took = timed([options.criu, 'dump', '--tree', str(victim.pid), '--images-dir', images] + extra)
            victim.wait()
            times.setdefault('dump ' + name, []).append(took)
            if name == 'plain':
                pages = [os.path.join(images, f) for f in os.listdir(images) if f.startswith('pages-')]
                packed = timed(['zstd', '-q', '-k', '-T0', '-1'] + pages)
                times.setdefault('dump plain, then zstd -T0 -1', []).append(took + packed)
            used = cpu_of_children()
            restored = timed([options.criu, 'restore', '--images-dir', images, '--restore-detached'])
            times.setdefault('restore ' + name, []).append(restored)
            times.setdefault(f'restore {name}, processor', []).append(cpu_of_children() - used + cpu_of(victim.pid))
            os.kill(victim.pid, 9)
            time.sleep(0.2)
            shutil.rmtree(images)
for name, taken in times.items():
    print(f'{name:32} {statistics.median(taken):6.2f} s   ({", ".join(f"{t:.2f}" for t in taken)})')
