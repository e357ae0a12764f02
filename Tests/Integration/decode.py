"""Decodes every image of a directory with protoc and our proto/: a field that the schema does not know is an error.

usage: decode.py DIRECTORY
"""
import os, re, struct, subprocess, sys, tempfile

proto = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'proto')
common, service = 0x54564319, 0x55105940

# Message of each kind of image; raw bytes after a record are skipped by `extra`: the fields that count them.
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
    (r'ipcns-shm-\d+\.img', 'ipc_shm_entry', None),
    (r'cpuinfo\.img', 'cpuinfo_entry', None),
    (r'tcp-stream-[0-9a-f]+\.img', 'tcp_stream_entry', 'inq_len|outq_len'),
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
            at += sum(map(int, re.findall(rf'^ *(?:{extra}): (\d+)', text, re.M)))


# One message that has records of all kinds, so that protoc, which reads all of proto/ each time, runs once for a set.
messages = sorted({message for _, message, _ in kinds} | {'pagemap_head'})


def varint(number):
    return (bytes([number & 0x7f | 0x80]) + varint(number >> 7)) if number > 0x7f else bytes([number])


def decode(found):
    """Text of records, given as pairs of a message's name and its bytes."""
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, 'any-record.proto'), 'w') as out:
            out.write('syntax = "proto2";\n')
            out.writelines(f'import "{f}";\n' for f in sorted(os.listdir(proto)) if f != 'rpc.proto')
            fields = ''.join(f'repeated {m} of_{m} = {n + 1};\n' for n, m in enumerate(messages))
            out.write(f'message any_record {{\n{fields}}}\n')
        data = b''.join(varint((messages.index(m) + 1) << 3 | 2) + varint(len(d)) + d for m, d in found)
        out = subprocess.run(['protoc', f'--proto_path={proto}', f'--proto_path={directory}', '--decode=any_record',
                              'any-record.proto'], input=data, capture_output=True)
    if out.returncode:
        sys.exit(f'{sorted({m for m, _ in found})}: {out.stderr.decode()}')
    text = out.stdout.decode()
    unknown = re.search(r'^\s*\d+[:{ ]', text, re.M)
    if unknown:
        kind = re.findall(r'^of_(\w+)', text[:unknown.start()], re.M)[-1]
        sys.exit(f'{kind}: unknown field: {unknown.group(0)!r}')
    return text


found, count = [], 0
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
        count += 1
        if kind[2]:
            text = decode([(message, data)])
        else:
            text = ''
            found.append((message, data))
decode(found)
print(f'{count} records decoded, no field unknown')
