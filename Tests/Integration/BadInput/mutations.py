"""Restores damaged copies of an image set: each attempt ends by itself, with status 0 or 1, and a failed one leaves nobody.

usage: mutations.py CRIU GOOD-DIRECTORY WORK-DIRECTORY COUNT SEED

Runs as the only program of its pid namespace beside the init.
"""
import os, random, re, shutil, signal, struct, subprocess, sys, time

criu, good, work, count, seed = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
images, log = work + '/images', work + '/restore.log'
chance = random.Random(seed)
names = sorted(n for n in os.listdir(good) if n.endswith('.img'))
records_begin = lambda data: 8 if data[:4] in (struct.pack('<I', 0x54564319), struct.pack('<I', 0x55105940)) else 4


def records(data):
    at, found = records_begin(data), []
    while at + 4 <= len(data):
        size, = struct.unpack_from('<I', data, at)
        if at + 4 + size > len(data):
            break
        found.append((at, at + 4 + size))
        at += 4 + size
    return found


def flip(data):
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1:]

def smash(data):
    at = chance.randrange(max(1, len(data) - 4))
    value = chance.choice([b'\xff\xff\xff\xff', b'\xff\xff\xff\x7f', b'\0\0\0\0', chance.randbytes(4)])
    return data[:at] + value + data[at + 4:]

def shorten(data):
    return data[:chance.randrange(len(data))]

def extend(data):
    return data + chance.randbytes(chance.choice([1, 4, 5, 100, 5000]))

def double(data):
    found = records(data)
    if not found:
        return data + data[:4096]
    begin, end = chance.choice(found)
    return data[:end] + data[begin:end] + data[end:]

def drop(data):
    found = records(data)
    if not found:
        return data[4096:]
    begin, end = chance.choice(found)
    return data[:begin] + data[end:]

kinds = [flip, flip, flip, smash, smash, shorten, extend, double, drop]


def others():
    mine = {1, os.getpid()}
    found = []
    for pid in (int(n) for n in os.listdir('/proc') if n.isdigit()):
        if pid in mine:
            continue
        try:
            status = open(f'/proc/{pid}/status').read()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if not re.search(r'^State:\s[ZX]', status, re.M):
            found.append(pid)
    return found


def clear():
    for _ in range(200):
        left = others()
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.01)
    sys.exit(f'cannot end {left}')


failures, restored = 0, 0
for turn in range(count):
    shutil.rmtree(images, ignore_errors=True)
    shutil.copytree(good, images)
    # Each image has its turn; some attempts damage two.
    hit = [names[turn % len(names)]] + ([chance.choice(names)] if turn % 5 == 4 else [])
    done = []
    for name in hit:
        data = open(f'{images}/{name}', 'rb').read()
        kind = chance.choice(kinds)
        if data:
            open(f'{images}/{name}', 'wb').write(kind(data))
        done.append(f'{kind.__name__} {name}')
    what = f'seed {seed}, turn {turn}: ' + ', '.join(done)
    if os.path.exists(log):
        os.remove(log)
    with open(work + '/stderr', 'wb') as errors:
        child = subprocess.Popen(
            [criu, 'restore', '-D', images, '-W', work, '-o', 'restore.log', '--restore-detached'],
            stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
        try:
            status = child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            status = 'no end'
    text = open(log, errors='replace').read() if os.path.exists(log) else ''
    bad = None
    if status not in (0, 1):
        bad = f'status {status}'
    elif status == 1:
        for _ in range(50):
            left = others()
            if not left:
                break
            time.sleep(0.02)
        if left:
            bad = 'left: ' + ', '.join(f'{p} ' + open(f'/proc/{p}/comm').read().strip() for p in left)
        elif text.count('Error') == 0 or text.count('Error') != len(re.findall('^try: ', text, re.M)):
            bad = 'an error without remedy'
    else:
        restored += 1
    if bad:
        failures += 1
        print(f'{what}: {bad}\n{text[-600:]}{open(work + "/stderr", errors="replace").read()[-1500:]}')
        keep = os.environ.get('KEEP')
        if keep:
            shutil.copytree(images, f'{keep}/{seed}-{turn}')
    clear()
print(f'{count} attempts, {restored} restored, {failures} wrong')
sys.exit(failures != 0)
