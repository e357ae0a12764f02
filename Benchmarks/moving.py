"""What the benchmarks of moving programs share: the program (moving.c), and a pid namespace of one's own."""
import mmap, os, signal, struct, subprocess, sys, time

TURNS, GAP, WANTED, WRONG = range(4)


def enter():
    """Goes on in a pid namespace of its own, so that pids are free again after a dump."""
    if '--inside' in sys.argv:
        sys.argv.remove('--inside')
        return
    sys.exit(subprocess.run(['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', sys.executable]
                            + sys.argv + ['--inside']).returncode)


def build(directory):
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'moving.c')
    subprocess.run(['cc', '-O2', '-o', os.path.join(directory, 'moving'), source], check=True)


class Program:
    """One that runs, and is dumped and restored under its pid."""

    def __init__(self, directory, mib):
        path = os.path.join(directory, 'state')
        with open(path, 'wb') as file: file.write(bytes(4096))
        self.process = subprocess.Popen([os.path.join(directory, 'moving'), str(mib), path], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.pid = self.process.pid
        with open(path, 'r+b') as file: self.state = mmap.mmap(file.fileno(), 4096)
        self.await_turn()

    def get(self, word): return struct.unpack_from('<Q', self.state, word * 8)[0]
    def set(self, word, value): struct.pack_into('<Q', self.state, word * 8, value)

    def await_turn(self, turns=None):
        """Until it runs."""
        before = self.get(TURNS) if turns is None else turns
        while self.get(TURNS) == before: time.sleep(0.0002)

    def tell(self, wanted):
        self.set(WANTED, wanted)
        while self.get(WANTED): time.sleep(0.0005)

    def await_end(self): self.process.wait()

    def end(self):
        """After a restore, it is a child of ours by its pid namespace alone."""
        self.tell(200)
        wrong = self.get(WRONG)
        os.kill(self.pid, signal.SIGKILL)
        while True:
            try:
                os.waitpid(self.pid, 0)
            except ChildProcessError:
                if not os.path.exists(f'/proc/{self.pid}'): break
                time.sleep(0.005)
        self.state.close()
        if wrong: sys.exit(f'{wrong} pages had wrong contents')


def start(command, log):
    """A command in the background that has written the byte of --status-fd."""
    ready, ours = os.pipe()
    process = subprocess.Popen(command + ['--status-fd', str(ours)], pass_fds=[ours], stdout=open(log, 'wb'),
                               stderr=subprocess.STDOUT)
    os.close(ours)
    if os.read(ready, 1) != b'\0': sys.exit(f'{command[1]} did not start: see {log}')
    os.close(ready)
    return process
