"""Counts in DIRECTORY/count, twenty times a second, with a child that does the same in DIRECTORY/count.child.

usage: counter.py DIRECTORY
"""
import os, socket, sys, time

# Pages that a dump must write.
memory = bytearray(os.urandom(int(os.environ.get('COUNTER_MIB', 4)) << 20))
ends = os.pipe()
os.write(ends[1], b'x' * 1000)

def bind(path):
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    bound.bind(path)
    return bound

# A socket with its path, one whose directory is gone, and one whose path is a file by now.
os.mkdir(sys.argv[1] + '/away')
sockets = [bind(sys.argv[1] + '/' + name) for name in ('there', 'away/gone', 'taken')]
os.unlink(sys.argv[1] + '/away/gone')
os.rmdir(sys.argv[1] + '/away')
os.unlink(sys.argv[1] + '/taken')
open(sys.argv[1] + '/taken', 'w').write('by another')
child = os.fork()
out = os.open(sys.argv[1] + ('/count' if child else '/count.child'), os.O_CREAT | os.O_RDWR, 0o644)
count = 0
while True:
    count += 1
    # Of one width, since a restore refuses a file whose size has changed.
    os.pwrite(out, b'%9d\n' % count, 0)
    time.sleep(0.05)
