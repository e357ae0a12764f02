"""Decodes every image of a directory with protoc and our proto/: a field that the schema does not know is an error.

usage: decode.py DIRECTORY
"""
import os, re, struct, subprocess, sys

proto = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'proto')
common, service = 0x54564319, 0x55105940

# Message of each kind of image; raw bytes after a record are skipped by `extra`.
kinds = [
    (r'inventory\.img', 'inventory_entry', None),
    (r'fdinfo-\d+\.img', 'fdinfo_entry', None),
    (r'pagemap-(shmem-)?\d+\.img', 'pagemap_entry', None),
    (r'core-\d+\.img', 'core_entry', None),
    (r'ids-\d+\.img', 'task_kobj_ids_entry', None),
    (r'mm-\d+\.img', 'mm_entry', None),
    (r'pstree\.img', 'pstree_entry', None),
    (r'fs-\d+\.img', 'fs_entry', None),
    (r'(pipes|fifo)-data\.img', 'pipe_data_entry', 'bytes'),
    (r'sk-queues\.img', 'sk_packet_entry', 'length'),
    (r'remap-fpath\.img', 'remap_file_path_entry', None),
    (r'memfd\.img', 'memfd_inode_entry', None),
    (r'tty-info\.img', 'tty_info_entry', None),
    (r'tty-data\.img', 'tty_data_entry', None),
    (r'filelocks\.img', 'file_lock_entry', None),
    (r'seccomp\.img', 'seccomp_entry', None),
    (r'files\.img', 'file_entry', None),
    (r'timens-\d+\.img', 'timens_entry', None),
    (r'cgroup\.img', 'cgroup_entry', None),
    (r'cpuinfo\.img', 'cpuinfo_entry', None),
    (r'stats-(dump|restore)', 'stats_entry', None),
]
raw = re.compile(r'pages-\d+\.img|ghost-file-[0-9a-f]+\.img')


def records(path, extra):
    data = open(path, 'rb').read()
    magic, = struct.unpack_from('<I', data)
    at = 8 if magic in (common, service) else 4
    while at < len(data):
        size, = struct.unpack_from('<I', data, at)
        assert at + 4 + size <= len(data), f'{path}: cut at {at}'
        message = data[at + 4:at + 4 + size]
        at += 4 + size
        text = yield message
        if extra:
            at += int(re.search(rf'^{extra}: (\d+)', text, re.M).group(1))


def decode(message, data):
    out = subprocess.run(['protoc', f'--proto_path={proto}', f'--decode={message}']
                         + [os.path.join(proto, f) for f in sorted(os.listdir(proto)) if f != 'rpc.proto'],
                         input=data, capture_output=True)
    if out.returncode:
        sys.exit(f'{message}: {out.stderr.decode()}')
    text = out.stdout.decode()
    unknown = re.search(r'^\s*\d+[:{ ]', text, re.M)
    if unknown:
        sys.exit(f'{message}: unknown field: {unknown.group(0)!r}')
    return text


count = 0
for name in sorted(os.listdir(sys.argv[1])):
    path = os.path.join(sys.argv[1], name)
    if name.endswith('.log') or name.endswith('.pid') or raw.fullmatch(name):
        continue
    kind = next((k for k in kinds if re.fullmatch(k[0], name)), None)
    if not kind:
        sys.exit(f'{name}: an image of no known kind')
    walk, text, first = records(path, kind[2]), None, True
    while True:
        try:
            data = next(walk) if text is None else walk.send(text)
        except StopIteration:
            break
        message = 'pagemap_head' if first and kind[1] == 'pagemap_entry' else kind[1]
        first = False
        text = decode(message, data)
        count += 1
print(f'{count} records decoded, no field unknown')
