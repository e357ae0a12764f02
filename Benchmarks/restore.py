"""How long a restore takes: the whole command `restore -d`, from images in the page cache.

usage: restore.py NAME=CRIU [NAME=CRIU ...] [--cases memory:64,memory:1024,mappings:20000] [--runs 5] [--directory DIR]

Cases: memory:MIB is anonymous memory of small pages, huge:MIB the same with MADV_HUGEPAGE, mappings:COUNT are mappings of
a page each, every second of which has contents. Each engine restores what it dumped itself. The engines take turns,
in a pid namespace of their own, so that the old pids are free; medians are printed.
"""
import argparse, os, shutil, signal, statistics, subprocess, sys, tempfile, time

PROGRAM = r'''
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
int main(int argc, char **argv) {
  size_t count = strtoul(argv[2], 0, 10), bytes = argv[1][0] == 'm' && argv[1][1] == 'a' ? count * 8192 : count << 20;
  char *memory = mmap(0, bytes + (2 << 20), 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  memory = (char *)(((size_t)memory + (2 << 20) - 1) & -(2UL << 20));
  if (argv[1][1] == 'a') { /* no two neighbours have one protection */
    for (size_t i = 0; i < count * 2; i += 2) {
      memory[i * 4096] = 1;
      if (mprotect(memory + i * 4096, 4096, 1)) return 1;
    }
  } else {
    if (argv[1][0] == 'h') madvise(memory, bytes, MADV_HUGEPAGE);
    for (size_t i = 0; i < bytes; i += 64) *(size_t *)(memory + i) = i + 1;
  }
  puts("ready"); fflush(stdout);
  while (1) pause();
}
'''


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument('engines', nargs='+')
    parser.add_argument('--cases', default='memory:64,memory:1024,mappings:20000')
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--directory', default=None)
    return parser.parse_args()


def end(pid):
    os.kill(pid, signal.SIGKILL)
    while os.waitpid(-1, 0)[0] != pid:
        pass


def run(criu, action, images, *more):
    command = [criu, action, '--images-dir', images, '-o', action + '.log', *more]
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.monotonic() - begin) * 1000


def measure(case, engines, runs, work, program):
    kind, number = case.split(':')
    took = {name: [] for name, _ in engines}
    pids = {}
    for name, criu in engines:
        images = os.path.join(work, name)
        os.mkdir(images)
        victim = subprocess.Popen([program, kind, number], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, text=True, start_new_session=True)
        victim.stdout.readline()
        victim.stdout.close()
        pids[name] = victim.pid
        # The pipe of its output goes with us: the program is dumped with its write end alone.
        run(criu, 'dump', images, '--tree', str(victim.pid))
        victim.wait()
    for _ in range(runs):
        for name, criu in engines:
            took[name].append(run(criu, 'restore', os.path.join(work, name), '--restore-detached'))
            end(pids[name])
    print(case)
    for name, _ in engines:
        print(f'  {name:12} {statistics.median(took[name]):9.1f} ms   ({min(took[name]):.1f} to {max(took[name]):.1f})')
        shutil.rmtree(os.path.join(work, name))


def main():
    options = arguments()
    if os.getpid() != 1:
        command = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', sys.executable] + sys.argv
        sys.exit(subprocess.run(command).returncode)
    engines = [(name, os.path.abspath(path)) for name, path in (e.split('=', 1) for e in options.engines)]
    with tempfile.TemporaryDirectory(dir=options.directory) as work:
        program = os.path.join(work, 'program')
        subprocess.run(['cc', '-O2', '-x', 'c', '-o', program, '-'], input=PROGRAM, text=True, check=True)
        for case in options.cases.split(','):
            measure(case, engines, options.runs, work, program)


main()
