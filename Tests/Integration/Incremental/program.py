"""program.py DIRECTORY MIB: memory whose every page says which it is and how often it was written.

It touches nothing until it is told: SIGUSR1 has it write every 20th page anew, SIGUSR2 verify all. Then its pid, how often
it was told to write, and "good" or what is wrong are in DIRECTORY/answer.
"""
import mmap, os, signal, struct, sys

STEP = 20
directory, count = sys.argv[1], int(sys.argv[2]) << 8
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGUSR2])
memory = mmap.mmap(-1, count * 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
random = os.urandom(1 << 20)  # nothing that a compressor could find twice in a frame
generation = 0


def noise(page):
    at = page % 256 * 4096
    return random[at + 16:at + 4096]


def put(page): memory[page * 4096:page * 4096 + 4096] = struct.pack('<QQ', page, generation) + noise(page)


def wrong():
    for page in range(count):
        at = page * 4096
        number, written = struct.unpack_from('<QQ', memory, at)
        # The round that wrote it last: every STEP-th page in turn.
        expected = max((g for g in range(generation, 0, -1) if page % STEP == g % STEP), default=0)
        if (number, written) != (page, expected): return f'page {page} has {number}, {written}, not {expected}'
        if memory[at + 16:at + 4096] != noise(page): return f'page {page} has other bytes'
    return 'good'


def answer(text):
    with open(f'{directory}/answer.new', 'w') as out: out.write(f'{os.getpid()} {generation} {text}\n')
    os.rename(f'{directory}/answer.new', f'{directory}/answer')


for page in range(count): put(page)
answer('good')
while True:
    if signal.sigwait([signal.SIGUSR1, signal.SIGUSR2]) == signal.SIGUSR1:
        generation += 1
        for page in range(generation % STEP, count, STEP): put(page)
        answer('written')
    else:
        answer(wrong())
