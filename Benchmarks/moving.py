"""The program that lazy.py and rounds.py move (moving.c), seen through the file that it shares with us."""
import mmap, os, struct, subprocess, time

from harness import TIMEOUT, Failed, end

TURNS, GAP, WANTED, WRONG = range(4)
VERIFY = 200


class Program:
    """One that runs, and is dumped and restored under its pid."""

    def __init__(self, bench, directory, mib):
        path = os.path.join(directory, 'state')
        with open(path, 'wb') as file: file.write(bytes(4096))
        self.process = subprocess.Popen([bench.build('moving.c'), str(mib), path], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.pid = self.process.pid
        with open(path, 'r+b') as file: self.state = mmap.mmap(file.fileno(), 4096)
        self.await_turn(0)

    def get(self, word): return struct.unpack_from('<Q', self.state, word * 8)[0]
    def set(self, word, value): struct.pack_into('<Q', self.state, word * 8, value)

    def wait(self, pause, holds):
        until = time.monotonic() + TIMEOUT
        while not holds():
            if time.monotonic() > until: raise Failed('the program does not run')
            time.sleep(pause)

    def await_turn(self, turns):
        """Until it has run on from so many turns."""
        self.wait(0.0002, lambda: self.get(TURNS) != turns)

    def tell(self, wanted):
        self.set(WANTED, wanted)
        self.wait(0.0005, lambda: self.get(WANTED) == 0)

    def await_end(self): self.process.wait()

    def verify(self):
        self.tell(VERIFY)
        if self.get(WRONG): raise Failed(f'{self.get(WRONG)} pages had wrong contents')

    def __enter__(self): return self

    def __exit__(self, *_):
        end(self.pid)
        self.process.wait()
        self.state.close()
