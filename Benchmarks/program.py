"""The program that is dumped (pause.c), and its shapes.

A shape is "small" or arguments of pause.c with + between: mib=1024, huge=1024 (huge pages), mib=1024+rewrites=1,
processes=200, threads=500, mappings=20000, descriptors=5000, mixed=5000. A program that is restored is idle, so that
it takes no time of the processor itself.
"""
import resource, select, signal, subprocess

from harness import TIMEOUT, Failed, end


def counts_of(shape):
    """The numbers of a shape by name."""
    words = [] if shape == 'small' else shape.split('+')
    return {name: int(count) for name, count in (word.split('=') for word in words)}


def mib_of(shape):
    """What it has of memory; 0 where that is little."""
    counts = counts_of(shape)
    return counts.get('mib', 0) + counts.get('huge', 0)


def is_slow(shape): return mib_of(shape) > 1024 or counts_of(shape).get('processes', 0) > 1000


class Program:
    """One in some shape; started when it is wanted, anew where it has ended."""

    def __init__(self, bench, shape, is_idle=False):
        self.command = [bench.build('pause.c')] + ([] if shape == 'small' else shape.split('+')) + ['idle=1'] * is_idle
        self.process = None

    def start(self):
        if self.process: return
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, text=True, start_new_session=True)
        if not self.process.stdout.readline(): raise Failed(f'{" ".join(self.command)} did not start')

    def close_output(self):
        """So that it is dumped with its write end alone: the pipe goes with us."""
        self.process.stdout.close()

    def ask(self, number):
        self.process.send_signal(number)
        has_answered, _, _ = select.select([self.process.stdout], [], [], TIMEOUT)
        answer = int(self.process.stdout.readline() or -1) if has_answered else -1
        if answer < 0: raise Failed('the program did not answer')
        return answer / 1000

    def time_of_floor(self):
        """In milliseconds, to write(2) its memory itself."""
        return self.ask(signal.SIGUSR2)

    def longest_gap(self):
        """In milliseconds, since this was last asked for."""
        return self.ask(signal.SIGUSR1)

    def limit_files(self, is_limited):
        _, hard = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (1 << 60 if is_limited else hard, hard))

    def end(self):
        if not self.process: return
        self.process.stdout.close()
        end(self.process.pid)
        self.process.wait()
        self.process = None
