"""The first engine of a run beside the second and the floor, in one table: goals.py RESULTS.json

Goals are those that the engine was built for: parts of the peer's time, of 1 GiB also of the floor's.
"""
import json, sys

from harness import FLOOR, aligned, median

# Name, case, way, the most of the frozen time, of whose time, the most of a restore's.
GOALS = (('small program', 'small', 'write', 1 / 4, 'peer', 1 / 2),
         ('1 GiB', 'mib=1024', 'write', 1.15, FLOOR, 1 / 2),
         ('1 GiB, snapshot', 'mib=1024', 'snapshot', 1 / 20, 'peer', None),
         ('200 processes', 'processes=200', 'write', 1 / 4, 'peer', 1 / 2),
         ('500 threads', 'threads=500', 'write', 1 / 4, 'peer', 1 / 2),
         ('20,000 mappings', 'mappings=20000', 'write', 1 / 5, 'peer', 1),
         ('5,000 descriptors', 'descriptors=5000', 'write', 1 / 5, 'peer', 1),
         ('5,000 mixed descriptors', 'mixed=5000', 'write', 1 / 5, 'peer', 1))


def table(results):
    """What was measured of the goals, or `None` where nothing was, or there is no peer."""
    engines = list(results['engines'])
    if len(engines) < 2: return None
    ours, peer = engines[:2]

    def time_of(parts, case, engine, sample, way=None):
        return next((median(row, sample) for row in results['rows']
                     if row['part'] in parts and row['case'] == case and row.get('engine') == engine
                     and row.get('place', 'directory') == 'directory' and row.get('way') in (way, '', None)), None)

    def cells(mine, other, goal, of):
        if goal is None or not mine or not other: return ['', '']
        return [f'{mine / other:.3f}' + ('' if mine / other <= goal else ' MISSED'), f'{goal:.2f} of {of}']

    lines = [['', 'frozen', 'goal', 'restore', 'goal']]
    for name, case, way, most, whom, most_of_restore in GOALS:
        of = peer if whom == 'peer' else whom
        frozen = [time_of(('memory', 'shapes', 'freeze'), case, engine, 'pause', one)
                  for engine, one in ((ours, way), (of, None))]
        restore = [time_of(('restore',), case, engine, 'restore') for engine in (ours, peer)]
        line = [name] + cells(*frozen, most, of) + cells(*restore, most_of_restore, peer)
        if any(line[1:]): lines.append(line)
    return aligned(lines) if len(lines) > 1 else None


def main():
    with open(sys.argv[1]) as file: print(table(json.load(file)) or 'There is no peer in it.')


if __name__ == '__main__':
    main()
