"""A dump into pipes and restores from them: time, processor seconds, and the private memory of our processes meanwhile.

usage: restore_stream.py CRIU [--mib 1024] [--ghost MIB] [--shards 1] [--runs 5] [--dump-options "--zstd=1"] [--directory DIR]
                         [--bound MIB]

One dump into shards, then restores of it from `cat`, in a pid namespace of their own. Each takes turns with a bare fill:
a program that reads as many bytes from a pipe into fresh memory. Of a restored task counts what its pages are not: every
mapping that is smaller than half of its memory. Medians are printed, of memory the largest value. With --bound, more
private memory than that is a failure.
"""
import argparse, os, resource, signal, statistics, subprocess, sys, tempfile, threading, time

PROGRAM = r'''
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
int main(int argc, char **argv) {
  size_t bytes = strtoul(argv[1], 0, 10) << 20, done = 0, ghost = argc > 2 ? strtoul(argv[2], 0, 10) << 20 : 0;
  int fills = argc > 3, file;
  char *memory = mmap(0, bytes, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (fills) { /* the bare fill */
    for (ssize_t n; done < bytes && (n = read(0, memory + done, bytes - done < 1048576 ? bytes - done : 1048576)) > 0;) done += n;
    return done != bytes;
  }
  for (size_t i = 0; i < bytes; i += 64) *(size_t *)(memory + i) = i % 4096 < 2048 ? i * 0x9e3779b97f4a7c15 : i >> 12;
  if (ghost) {
    if ((file = open("ghost", O_CREAT | O_RDWR, 0600)) < 0) return 1;
    for (size_t i = 0; i < ghost; i += 1 << 20) if (write(file, memory + i % bytes, 1 << 20) != 1 << 20) return 1;
    unlink("ghost");
  }
  puts("ready"); fflush(stdout);
  while (1) pause();
}
'''


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument('criu')
    parser.add_argument('--mib', type=int, default=1024)
    parser.add_argument('--ghost', type=int, default=0)
    parser.add_argument('--shards', type=int, default=1)
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--dump-options', default='')
    parser.add_argument('--directory', default=None)
    parser.add_argument('--bound', type=int, default=None)
    parser.add_argument('--inside', action='store_true', help=argparse.SUPPRESS)
    return parser.parse_args()


def private_bytes(pid, is_task, largest):
    """Dirty bytes, shared ones by their share (Linux 6.0), of a task without its large mappings; 0 when it is gone."""
    total = size = 0
    try:
        with open(f'/proc/{pid}/smaps') as smaps:
            for line in smaps:
                if line.startswith('Size:'):
                    size = int(line.split()[1]) << 10
                elif line.startswith('Pss_Dirty:') and not (is_task and size >= largest):
                    total += int(line.split()[1]) << 10
    except OSError:
        pass
    return total


class Sampler(threading.Thread):
    """The most that criu and what it started had at a time, and by process when it was most."""

    def __init__(self, criu, task, largest):
        super().__init__()
        self.name_of_criu, self.task, self.largest = os.path.basename(criu), task, largest
        self.peak, self.parts, self.count, self.ended = 0, {}, 0, threading.Event()

    def run(self):
        while not self.ended.wait(0.02):
            parts = {}
            for pid in filter(str.isdigit, os.listdir('/proc')):
                try:
                    with open(f'/proc/{pid}/comm') as comm: name = comm.read().strip()
                except OSError:
                    continue
                if name.startswith('criu') or int(pid) == self.task:
                    parts[f'{name} {pid}'] = private_bytes(pid, int(pid) == self.task, self.largest)
            self.count += 1
            if sum(parts.values()) > self.peak: self.peak, self.parts = sum(parts.values()), parts

    def end(self):
        """The peak in MiB; prints what it was made of."""
        self.ended.set()
        self.join()
        print(f'  most at {", ".join(f"{k} {v >> 20} MiB" for k, v in self.parts.items())}, in {self.count} looks')
        return self.peak / (1 << 20)


def cpu_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cpu_of(pid):
    with open(f'/proc/{pid}/stat') as stat: fields = stat.read().rsplit(')', 1)[1].split()
    return sum(map(int, fields[11:13])) / os.sysconf('SC_CLK_TCK')


def end(pid):
    os.kill(pid, signal.SIGKILL)
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        while os.path.exists(f'/proc/{pid}'): time.sleep(0.01)


def feeders(files):
    """A `cat` into a pipe for each file; its processor time is not counted with the reader's."""
    started = [subprocess.Popen(['cat', name], stdout=subprocess.PIPE) for name in files]
    return started, [process.stdout.fileno() for process in started]


def main():
    options = arguments()
    if not options.inside:
        sys.exit(subprocess.run(['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', sys.executable]
                                + sys.argv + ['--inside']).returncode)
    results = {}
    with tempfile.TemporaryDirectory(dir=options.directory) as work:
        os.chdir(work)
        with open('program.c', 'w') as file: file.write(PROGRAM)
        subprocess.run(['cc', '-O1', '-o', 'program', 'program.c'], check=True)
        os.mkdir('images')
        victim = subprocess.Popen([os.path.join(work, 'program'), str(options.mib), str(options.ghost)],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  start_new_session=True)
        victim.stdout.readline()
        victim.stdout.close()
        files = [f'shard-{n}' for n in range(options.shards)]
        catching = [subprocess.Popen(['cat'], stdin=subprocess.PIPE, stdout=open(name, 'wb')) for name in files]
        numbers = [process.stdin.fileno() for process in catching]
        command = [options.criu, 'dump', '--tree', str(victim.pid), '--images-dir', 'images', '-o', 'dump.log',
                   '--ghost-limit', str((options.ghost + 1) << 20), '--shard-fds', ','.join(map(str, numbers))]
        sampler = Sampler(options.criu, None, 0)
        sampler.start()
        begin, used = time.monotonic(), cpu_of_children()
        subprocess.run(command + options.dump_options.split(), check=True, pass_fds=numbers)
        used = cpu_of_children() - used
        results['dump MiB'] = [sampler.end()]
        for process in catching: process.stdin.close()
        for process in catching: process.wait()
        print(f'dump: {time.monotonic() - begin:.2f} s with cat to files, {used:.2f} s of the processor for criu alone, '
              f'{sum(map(os.path.getsize, files)) >> 20} MiB')
        victim.wait()
        for run in range(options.runs):
            started, numbers = feeders(['/dev/zero'])
            used, begin = cpu_of_children(), time.monotonic()
            subprocess.run(['./program', str(options.mib), '0', 'fill'], stdin=started[0].stdout, check=True)
            results.setdefault('fill s', []).append(time.monotonic() - begin)
            results.setdefault('fill cpu s', []).append(cpu_of_children() - used)
            for process in started:
                process.kill()
                process.wait()
            sampler = Sampler(options.criu, victim.pid, options.mib << 19)
            sampler.start()
            started, numbers = feeders(files)
            used, begin = cpu_of_children(), time.monotonic()
            subprocess.run([options.criu, 'restore', '--images-dir', 'images', '-o', 'restore.log', '--restore-detached',
                            '--shard-fds', ','.join(map(str, numbers))], check=True, pass_fds=numbers)
            results.setdefault('restore s', []).append(time.monotonic() - begin)
            results.setdefault('restore cpu s', []).append(cpu_of_children() - used + cpu_of(victim.pid))
            results.setdefault('restore MiB', []).append(sampler.end())
            for process in started:
                process.stdout.close()
                process.wait()
            end(victim.pid)
    for name, taken in results.items():
        value = max(taken) if name.endswith('MiB') else statistics.median(taken)
        print(f'{name:16} {value:8.2f}   ({", ".join(f"{t:.2f}" for t in taken)})')
        if name.endswith('MiB') and options.bound is not None and value > options.bound:
            sys.exit(f'FAILED: {name} is more than {options.bound}')


if __name__ == '__main__': main()
