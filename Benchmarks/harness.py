"""What all measures share: engines, turns, medians, tables, JSON, and leaving nothing behind.

A measure is a module with a function that takes a `Bench` and adds rows to it. A row is a dict: `part`, `case`, labels
(`engine`, `place`, `way`), and `samples`, lists of numbers by name. Times are milliseconds.
"""
import argparse, contextlib, itertools, json, os, resource, shutil, signal, statistics, subprocess, sys, tempfile, time

here = os.path.dirname(os.path.abspath(__file__))
# Of any command: a peer that hangs is a failure of that one case.
TIMEOUT = 300
# For what has been ended.
PATIENCE = 30
FLOOR = 'floor'


class Failed(Exception):
    """One engine could not do one thing; the others go on."""


@contextlib.contextmanager
def running(command, **how):
    """A process that is ended with the block, where it is still there then."""
    process = subprocess.Popen(command, **how)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(BrokenPipeError):
                if pipe: pipe.close()


def finish(process):
    """Waits for a process to end by itself, and well."""
    try:
        status = process.wait(TIMEOUT)
    except subprocess.TimeoutExpired:
        raise Failed(f'{process.args[0]} did not end')
    if status != 0:
        raise Failed(f'{" ".join(process.args[:2])} ended with {status}')


def reap():
    """Waits until nobody is left below us: all orphans of the namespace come to us. Who stays is ended."""
    until = time.monotonic() + PATIENCE
    with contextlib.suppress(ChildProcessError):
        while True:
            if os.waitpid(-1, os.WNOHANG)[0] == 0: time.sleep(0.002)
            if time.monotonic() > until and os.getpid() == 1: os.kill(-1, signal.SIGKILL)  # of the namespace


def processor_time():
    """Of all that ended below us, in milliseconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (usage.ru_utime + usage.ru_stime) * 1000


def end(pid):
    """Ends a program and all of its process group, where they are there."""
    with contextlib.suppress(ProcessLookupError): os.killpg(pid, signal.SIGKILL)
    reap()


class Engine:
    """An engine by its name, its command, and its streamer or `None`."""

    def __init__(self, name, command, streamer):
        self.name, self.streamer = name, streamer
        path, *self.options = command.split()
        self.path = shutil.which(path) and os.path.abspath(shutil.which(path))
        if not self.path: sys.exit(f'{name}: there is no program {path}')
        self.version = subprocess.run([self.path, '--version'], capture_output=True, text=True).stdout.strip()
        self.is_ours = 'Swift' in self.version

    def command(self, action, images, *more):
        """Its log is in the images directory."""
        return [self.path, action, *self.options, '--images-dir', images, '-o', f'{action}.log', *more]

    def run(self, action, images, *more, pass_fds=()):
        """What the command prints."""
        try:
            result = subprocess.run(self.command(action, images, *more), pass_fds=pass_fds, capture_output=True,
                                    text=True, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            raise Failed(f'{action} took longer than {TIMEOUT} s')
        if result.returncode != 0:
            error = first_error(f'{images}/{action}.log', result.stderr)
            raise Failed(f'{action} ended with {result.returncode}: {error}')
        return result.stdout


def first_error(log, otherwise):
    with contextlib.suppress(OSError), open(log, errors='replace') as lines:
        for line in lines:
            if 'Error' in line: return line.strip()
    return otherwise.strip()


class Bench:
    """One run: its engines, its directory, and the rows measured so far."""

    def __init__(self, options, work):
        self.runs, self.slow_runs = options.runs, options.slow_runs or options.runs
        self.json, self.work, self.rows, self.failed = options.json, work, [], []
        streamers = dict(text.split('=', 1) for text in options.streamer)
        named = [text.split('=', 1) if '=' in text else ('ours', text) for text in options.engines]
        self.engines = [Engine(name, command, streamers.get(name) and os.path.abspath(streamers[name]))
                        for name, command in named]

    def build(self, source):
        """The path of a program of ours, compiled once a run."""
        program = os.path.join(self.work, os.path.splitext(source)[0])
        if not os.path.exists(program):
            subprocess.run(['cc', '-O2', '-pthread', '-o', program, os.path.join(here, source)], check=True)
        return program

    @contextlib.contextmanager
    def directory(self):
        """A new directory, removed with the block."""
        path = tempfile.mkdtemp(dir=self.work)
        try:
            yield path
        finally:
            shutil.rmtree(path)

    def has_room(self, case, memory_mib, disk_mib):
        """Says aloud where a case is skipped. A GiB of either stays free."""
        with open('/proc/meminfo') as lines:
            memory = next(int(line.split()[1]) >> 10 for line in lines if line.startswith('MemAvailable:'))
        disk = shutil.disk_usage(self.work).free >> 20
        if memory >= memory_mib + 1024 and disk >= disk_mib + 1024: return True
        print(f'SKIPPED: {case} wants {memory_mib} MiB of memory and {disk_mib} of disk, '
              f'where {memory} and {disk} are free\n', flush=True)
        return False

    def turns(self, part, case, variants, is_slow=False):
        """Measures variants by turns, so that a drift of the machine hits all alike, and prints a table.

        variants: pairs of labels and a function that returns numbers by name. One that fails is told and left out from
        then on.
        """
        rows = [{'part': part, 'case': case, **labels, 'samples': {}} for labels, _ in variants]
        left = [(row, measure) for row, (_, measure) in zip(rows, variants)]
        for _ in range(self.slow_runs if is_slow else self.runs):
            for row, measure in list(left):
                try:
                    for name, number in measure().items(): row['samples'].setdefault(name, []).append(number)
                except (Failed, OSError, subprocess.SubprocessError) as failure:
                    row['failed'] = str(failure)
                    left.remove((row, measure))
                    self.tell_failure(f'{part}, {case}, {label(row)}', failure)
            left = left[1:] + left[:1]  # nobody is always the first
        for row in rows: row['load'] = os.getloadavg()[0]
        print(text(rows), flush=True)
        self.rows += rows
        self.save()

    def tell_failure(self, what, failure):
        """The run goes on, and ends with a status of 1."""
        print(f'FAILED: {what}: {failure}', flush=True)
        self.failed.append(what)

    @property
    def results(self):
        engines = {engine.name: engine.version.splitlines() for engine in self.engines}
        return {'engines': engines, 'kernel': os.uname().release, 'processors': os.cpu_count(), 'runs': self.runs,
                'rows': self.rows}

    def save(self):
        if not self.json: return
        with open(self.json, 'w') as file: json.dump(self.results, file, indent=1)

    def write_tables(self, path, summary):
        """All tables so far, for who reads them later."""
        with open(path, 'w') as file:
            file.write(f'Medians of milliseconds; Linux {os.uname().release}, {os.cpu_count()} processors\n\n'
                       + (f'{summary}\n\n' if summary else ''))
            for _, rows in itertools.groupby(self.rows, key=lambda row: (row['part'], row['case'])):
                file.write(text(list(rows)) + '\n')


def text(rows):
    """A title and a table of what was measured by turns."""
    runs = max(len(samples) for row in rows for samples in [[], *row['samples'].values()])
    return f'{rows[0]["part"]}: {rows[0]["case"]}, runs {runs}, load {rows[0].get("load", 0):.1f}\n\n{table(rows)}\n'


def label(row):
    return ' '.join(row[key] for key in ('engine', 'place', 'way') if row.get(key))


def median(row, name):
    return statistics.median(row['samples'][name]) if row['samples'].get(name) else None


def table(rows):
    """Medians in Markdown: the first number of each row with its range, and as a part of the floor if there is one."""
    names = list(dict.fromkeys(name for row in rows for name in row['samples']))
    if not names: return 'nothing was measured'
    main = names[0]
    floor = next((median(row, main) for row in rows if row.get('engine') == FLOOR and row['samples']), None)
    lines = [['', f'{main}', 'range'] + (['of floor'] if floor else []) + names[1:]]
    for row in rows:
        if 'failed' in row and not row['samples']:
            lines.append([label(row), 'failed'] + [''] * (len(lines[0]) - 2))
            continue
        numbers = [median(row, name) for name in names]
        samples = row['samples'].get(main, [])
        span = f'{digits(min(samples))}–{digits(max(samples))}' if samples else ''
        lines.append([label(row), digits(numbers[0]), span]
                     + ([f'{numbers[0] / floor:.2f}' if numbers[0] is not None else ''] if floor else [])
                     + [digits(number) for number in numbers[1:]])
    return aligned(lines)


def aligned(lines):
    """Cells as a table in Markdown, the first line its head."""
    widths = [max(map(len, column)) for column in zip(*lines)]
    result = []
    for first, *others in lines:
        cells = [first.ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(others, widths[1:])]
        result.append(f'| {" | ".join(cells)} |')
    result.insert(1, '|' + '|'.join('-' * (w + 1) + ('-' if i == 0 else ':') for i, w in enumerate(widths)) + '|')
    return '\n'.join(result)


def digits(number):
    """Three of them."""
    if number is None: return ''
    return f'{number:.2f}' if number < 9.995 else f'{number:.1f}' if number < 99.95 else f'{number:.0f}'


def parser(documentation, runs=7):
    """Of the options that all measures have."""
    result = argparse.ArgumentParser(description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument('engines', nargs='+', metavar='NAME=CRIU',
                        help="a binary, as in ours=./criu; 'x=./criu -v4' has options")
    result.add_argument('--streamer', action='append', default=[], metavar='NAME=PATH',
                        help='the streamer of an engine')
    result.add_argument('--runs', type=int, default=runs)
    result.add_argument('--slow-runs', type=int, help='of more than 1 GiB or 1,000 processes; as many by default')
    result.add_argument('--directory', help='where images go: its file system is measured too')
    result.add_argument('--json', metavar='FILE', help='all samples')
    return result


@contextlib.contextmanager
def bench(options):
    """A run in a pid namespace of its own: pids are free again after a dump, and whatever is left ends with us."""
    enter_namespace()
    with tempfile.TemporaryDirectory(prefix='criu-bench-', dir=options.directory) as work:
        run = Bench(options, work)
        yield run
        if run.failed: sys.exit(f'FAILED: {"; ".join(run.failed)}')


def enter_namespace():
    if os.getpid() != 1:
        over, held = os.pipe()
        outer = subprocess.Popen(['unshare', '--pid', '--fork', '--kill-child=SIGTERM', '--mount-proc', sys.executable,
                                  *sys.argv], pass_fds=[held])
        os.close(held)
        for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, lambda *_: outer.kill())
        status = outer.wait()
        os.read(over, 1)  # until the inner one has cleaned up
        sys.exit(status)
    for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, interrupted)


def interrupted(number, _):
    for other in (signal.SIGINT, signal.SIGTERM): signal.signal(other, signal.SIG_IGN)
    sys.exit(f'ended by {signal.Signals(number).name}')


def milliseconds_since(begin):
    return (time.monotonic() - begin) * 1000
