"""A dump into pipes and restores from them: time, processor seconds, and the private memory of our processes meanwhile.

usage: restore_stream.py CRIU [--streamer STREAMER] [--peer CRIU --peer-streamer STREAMER] [--mib 1024] [--ghost MIB]
                         [--shards 1] [--runs 5] [--dump-options "--zstd=1"] [--directory DIR] [--bound MIB]

CRIU has the shards itself (--shard-fds), or with --streamer also gives them through a streamer of ours. With a peer, the
same is done by its engine and its streamer; without one that is said and passed over. In each run all take turns: a dump
of a program into `cat`, then, in a pid namespace of their own, a restore of it from `cat`, and a bare fill: a program that
reads as many bytes from a pipe into fresh memory. The processor seconds are those of engine, streamer, and what was
restored. Of a restored task counts as memory what its pages are not: every mapping that is smaller than half of its
memory. Medians are printed, of memory the largest value. With --bound, more private memory of ours than that is a failure.
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
    parser.add_argument('--streamer', default=None)
    parser.add_argument('--peer', default=None)
    parser.add_argument('--peer-streamer', default=None)
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
    """The most that engine, streamer and what they started had at a time."""

    def __init__(self, task, largest):
        super().__init__()
        self.task, self.largest = task, largest
        self.peak, self.ended = 0, threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.02):
            total = 0
            for pid in filter(str.isdigit, os.listdir('/proc')):
                try:
                    with open(f'/proc/{pid}/comm') as comm: name = comm.read().strip()
                except OSError:
                    continue
                if name.startswith('criu') or int(pid) == self.task:
                    total += private_bytes(pid, int(pid) == self.task, self.largest)
            self.peak = max(self.peak, total)

    def end(self):
        """The peak in MiB."""
        self.ended.set()
        self.join()
        return self.peak / (1 << 20)


def cpu_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cpu_of(pid):
    """With those that it waited for: a restored program has processes that helped to fill its memory among them."""
    with open(f'/proc/{pid}/stat') as stat: fields = stat.read().rsplit(')', 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf('SC_CLK_TCK')


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


class Engine:
    """An engine, its streamer or none, and the stream that it made last."""

    def __init__(self, name, criu, streamer, options):
        self.name, self.criu, self.options = name, os.path.abspath(criu), options
        self.streamer = None
        if streamer:  # by this name the sampler knows it
            os.mkdir(f'bin-{name}')
            self.streamer = os.path.abspath(f'bin-{name}/criu-image-streamer')
            os.symlink(os.path.abspath(streamer), self.streamer)
        self.images = f'images-{name}'
        os.mkdir(self.images)
        self.files = [f'shard-{name}-{n}' for n in range(options.shards)]
        self.pid = None

    def run(self, action, streaming, numbers, more):
        """The command, with a streamer where there is one; returns processor seconds without those of a task."""
        used = cpu_of_children()
        numbers_text = ','.join(map(str, numbers))
        command = [self.criu, action, '--images-dir', self.images, '-o', action + '.log'] + more
        if self.streamer:
            process = subprocess.Popen([self.streamer, '--images-dir', self.images, '--shard-fds', numbers_text, streaming],
                                       pass_fds=numbers, stderr=subprocess.PIPE, text=True)
            said = ''
            while 'socket-init' not in said:
                line = process.stderr.readline()
                if not line: sys.exit(f'FAILED: {self.name} {streaming}: {said}')
                said += line
            subprocess.run(command + ['--stream'], check=True)
            said += process.stderr.read()
            if process.wait() != 0 or 'Error' in said: sys.exit(f'FAILED: {self.name} {streaming}: {said}')
        else:
            subprocess.run(command + ['--shard-fds', numbers_text], check=True, pass_fds=numbers)
        return cpu_of_children() - used

    def dump(self, note):
        victim = subprocess.Popen([os.path.abspath('program'), str(self.options.mib), str(self.options.ghost)],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  start_new_session=True)
        victim.stdout.readline()
        victim.stdout.close()
        catching = []
        for name in self.files:
            with open(name, 'wb') as file: catching.append(subprocess.Popen(['cat'], stdin=subprocess.PIPE, stdout=file))
        numbers = [process.stdin.fileno() for process in catching]
        sampler, begin = Sampler(None, 0), time.monotonic()
        more = ['--tree', str(victim.pid), '--ghost-limit', str((self.options.ghost + 1) << 20)]
        if not self.name == 'peer': more += self.options.dump_options.split()
        used = self.run('dump', 'capture', numbers, more)
        note(f'{self.name} dump s', time.monotonic() - begin)
        note(f'{self.name} dump cpu s', used)
        note(f'{self.name} dump MiB', sampler.end())
        for process in catching: process.stdin.close()
        for process in catching: process.wait()
        victim.wait()
        self.pid = victim.pid

    def restore(self, note):
        sampler, begin = Sampler(self.pid, self.options.mib << 19), time.monotonic()
        started, numbers = feeders(self.files)
        used = self.run('restore', 'serve', numbers, ['--restore-detached'])
        note(f'{self.name} restore s', time.monotonic() - begin)
        note(f'{self.name} restore cpu s', used + cpu_of(self.pid))
        note(f'{self.name} restore MiB', sampler.end())
        for process in started:
            process.stdout.close()
            process.wait()
        end(self.pid)


def fill(options, note):
    started, _ = feeders(['/dev/zero'])
    used, begin = cpu_of_children(), time.monotonic()
    subprocess.run(['./program', str(options.mib), '0', 'fill'], stdin=started[0].stdout, check=True)
    note('fill s', time.monotonic() - begin)
    note('fill cpu s', cpu_of_children() - used)
    for process in started:
        process.kill()
        process.wait()


def main():
    options = arguments()
    if not options.inside:
        sys.exit(subprocess.run(['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', sys.executable]
                                + sys.argv + ['--inside']).returncode)
    for name in ['criu', 'streamer', 'peer', 'peer_streamer']:
        path = getattr(options, name)
        if path: setattr(options, name, os.path.abspath(path))
    results = {}
    note = lambda what, value: results.setdefault(what, []).append(value)
    with tempfile.TemporaryDirectory(dir=options.directory) as work:
        os.chdir(work)
        with open('program.c', 'w') as file: file.write(PROGRAM)
        subprocess.run(['cc', '-O1', '-o', 'program', 'program.c'], check=True)
        engines = [Engine('ours', options.criu, None, options)]
        if options.streamer: engines.append(Engine('streamer', options.criu, options.streamer, options))
        if options.peer and options.peer_streamer:
            engines.append(Engine('peer', options.peer, options.peer_streamer, options))
        else:
            print('SKIPPED: no peer to compare with (--peer CRIU --peer-streamer STREAMER)')
        for run in range(options.runs):
            for engine in engines: engine.dump(note)
            fill(options, note)
            for engine in engines: engine.restore(note)
            engines.append(engines.pop(0))  # nobody is always the first
    print(f'{options.mib} MiB, load {os.getloadavg()[0]:.1f}')
    values = {name: max(taken) if name.endswith('MiB') else statistics.median(taken) for name, taken in results.items()}
    for name, taken in results.items():
        print(f'{name:24} {values[name]:8.2f}   ({", ".join(f"{t:.2f}" for t in taken)})')
    for name, value in values.items():
        owner, what = name.split(' ', 1)
        if owner in ('fill', 'peer'): continue
        if f'peer {what}' in values: print(f'{name:24} {value / values[f"peer {what}"]:8.2f} of the peer')
        if what == 'restore cpu s': print(f'{name:24} {value / values["fill cpu s"]:8.2f} of a fill')
        if what.endswith('MiB') and options.bound is not None and value > options.bound:
            sys.exit(f'FAILED: {name} is more than {options.bound}')


if __name__ == '__main__': main()
