"""A restore whose memory comes later: when does the program run again, and when has all come?

usage: lazy.py NAME=CRIU [NAME=CRIU ...] [--mib 1024] [--runs 5] [--directory DIR]

Engines take turns, each from what it dumped itself, in a pid namespace of its own, with its own daemon on the images.
Times begin with the start of `criu restore`. The program looks at a page at random every half millisecond from its first
turn on; its contents are verified. Medians are printed.
"""
import argparse, os, shutil, statistics, subprocess, tempfile, time

import moving

moving.enter()
parser = argparse.ArgumentParser()
parser.add_argument('engines', nargs='+')
parser.add_argument('--mib', type=int, default=1024)
parser.add_argument('--runs', type=int, default=5)
parser.add_argument('--directory', default=None)
options = parser.parse_args()
engines = [e.split('=', 1) for e in options.engines]
results = {name: ([], [], []) for name, _ in engines}

with tempfile.TemporaryDirectory(dir=options.directory) as work:
    moving.build(work)
    images = os.path.join(work, 'images')
    for _ in range(options.runs):
        for name, criu in engines:
            program = moving.Program(work, options.mib)
            os.mkdir(images)
            subprocess.run([criu, 'dump', '--tree', str(program.pid), '--images-dir', images, '-o', 'dump.log'],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            program.await_end()
            turns = program.get(moving.TURNS)
            daemon = moving.start([criu, 'lazy-pages', '--images-dir', images, '-o', 'lazy.log'], f'{work}/out')
            begin = time.monotonic()
            restore = subprocess.Popen([criu, 'restore', '--images-dir', images, '-o', 'restore.log', '--lazy-pages',
                                        '--restore-detached'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            program.await_turn(turns)
            runs = time.monotonic() - begin
            if restore.wait() != 0: raise SystemExit('the restore failed')
            over = time.monotonic() - begin
            if daemon.wait() != 0: raise SystemExit('the daemon failed')
            for taken, value in zip(results[name], (runs, over, time.monotonic() - begin)): taken.append(value * 1000)
            program.end()
            shutil.rmtree(images)
print(f'{options.mib} MiB, load {os.getloadavg()[0]:.1f}')
for name, _ in engines:
    runs, over, filled = results[name]
    print(f'  {name:12} runs again {statistics.median(runs):7.1f} ms   restore ended {statistics.median(over):7.1f} ms   '
          f'all has come {statistics.median(filled):7.1f} ms   (runs {min(runs):.1f} to {max(runs):.1f}, all '
          f'{min(filled):.1f} to {max(filled):.1f})')
