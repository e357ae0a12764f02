"""All measures in one run: tables on the terminal and in DIRECTORY/results.md, samples in results.json, and plots.

    memory    frozen time of every way and place, in small and huge pages, for --sizes in MiB
    large     the same of a directory, for --large; and --rewriting: programs that write to all of it meanwhile
    shapes    frozen time of --shapes: processes, threads, mappings, descriptors
    restore   restores in all forms, and of shapes
    lazy      a restore whose memory comes later, as the program sees it
    counts    system calls, allocations and bytes copied, against thresholds.json
    rounds, streams, zstd   moves with pre-dumps; processor and memory of streams; compression (not by default)

Beside a peer the last table is what the engine was built for (goals.py). A part that fails is told, and the others go
on; the status is 1 then.
"""
import json, os, subprocess, sys, time

import counts, freeze, goals, lazy, places, restore, restore_stream, rounds, zstd
from harness import Failed, bench, here, parser

DEFAULT = 'memory,large,shapes,restore,lazy,counts'


def numbers(text): return [int(word) for word in text.split(',') if word]


def memory(run, options):
    for mib in numbers(options.sizes):
        for pages in options.pages.split(','):
            freeze.measure(run, 'memory', f'{pages}={mib}', places.PLACES)


def large(run, options):
    for mib in numbers(options.large):
        freeze.measure(run, 'memory', f'mib={mib}', wanted_ways=('write', 'readv', 'snapshot'))
    for mib in numbers(options.rewriting):
        freeze.measure(run, 'memory', f'mib={mib}+rewrites=1', wanted_ways=('write', 'snapshot'))


def shapes(run, options):
    for shape in options.shapes.split(','): freeze.measure(run, 'shapes', shape, wanted_ways=('write', 'snapshot'))


def restores(run, options):
    for shape in options.restores.split(','):
        in_all_forms = shape.split('=')[0] in ('small', 'mib', 'huge')
        restore.measure(run, shape, places.FORMS if in_all_forms else ('directory',))


def count(run, _):
    """Of our first engine."""
    ours = [engine for engine in run.engines if engine.is_ours]
    if not ours: raise Failed('there is no engine of ours')
    counted = counts.count_all(ours[0].path)
    run.rows += [{'part': 'counts', 'case': case, 'engine': ours[0].name,
                  'samples': {what: [number] for what, number in of.items()}} for case, of in counted.items()]
    run.save()
    with open(counts.THRESHOLDS) as file:
        if not counts.compare(counted, json.load(file)): raise Failed('more than the thresholds allow')


PARTS = {'memory': memory, 'large': large, 'shapes': shapes, 'restore': restores,
         'lazy': lambda run, _: lazy.measure(run), 'counts': count,
         'rounds': lambda run, _: rounds.measure(run), 'streams': lambda run, _: restore_stream.measure(run),
         'zstd': lambda run, _: zstd.measure(run)}


def main():
    arguments = parser(__doc__)
    arguments.add_argument('--results', default=os.path.join(here, 'results'), metavar='DIRECTORY')
    arguments.add_argument('--parts', default=DEFAULT)
    arguments.add_argument('--sizes', default='64,256,1024')
    arguments.add_argument('--pages', default='mib,huge')
    arguments.add_argument('--large', default='4096,8192')
    arguments.add_argument('--rewriting', default='64,1024,4096')
    arguments.add_argument('--shapes', default='small,processes=10,processes=200,processes=2000,threads=500,'
                           'mappings=1000,mappings=20000,mappings=60000,descriptors=5000,mixed=5000')
    arguments.add_argument('--restores', default='small,mib=64,mib=1024,huge=1024,processes=200,threads=500,'
                           'mappings=20000,descriptors=5000,mixed=5000')
    arguments.set_defaults(slow_runs=3)
    options = arguments.parse_args()
    os.makedirs(options.results, exist_ok=True)
    options.json = options.json or os.path.join(options.results, 'results.json')
    with bench(options) as run:
        if len(run.engines) == 1: print('SKIPPED: no peer to compare with (CRIU=path)\n')
        for engine in run.engines:
            if not engine.streamer: print(f'SKIPPED: {engine.name} has no streamer (STREAMER=, PEER_STREAMER=)\n')
        for name in options.parts.split(','):
            begin = time.monotonic()
            try:
                PARTS[name](run, options)
                print(f'{name} took {time.monotonic() - begin:.0f} s\n', flush=True)
            except Exception as failure:
                run.tell_failure(name, repr(failure))
        summary = goals.table(run.results)
        if summary: print(summary + '\n', flush=True)
        run.write_tables(os.path.join(options.results, 'results.md'), summary)
        plot = [sys.executable, os.path.join(here, 'plots.py'), options.json, options.results]
        if subprocess.run(plot).returncode != 0:
            run.tell_failure('plots', 'matplotlib may be there for /usr/bin/python3 only')


if __name__ == '__main__':
    main()
