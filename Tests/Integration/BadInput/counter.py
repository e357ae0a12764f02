"""Counts in DIRECTORY/count, twenty times a second, with a child that does the same in DIRECTORY/count.child.

usage: counter.py DIRECTORY
"""
import os, sys, time

# Pages that a dump must write: 4 MiB.
memory = bytearray(os.urandom(4 << 20))
ends = os.pipe()
os.write(ends[1], b'x' * 1000)
child = os.fork()
out = os.open(sys.argv[1] + ('/count' if child else '/count.child'), os.O_CREAT | os.O_RDWR, 0o644)
count = 0
while True:
    count += 1
    os.pwrite(out, b'%d\n' % count, 0)
    time.sleep(0.05)
