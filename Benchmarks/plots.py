"""Draws what bench.py and its parts measured (--json): plots.py RESULTS.json DIRECTORY

    memory-PLACE.svg   frozen time by size, a line a way and engine, with the floor; small pages beside huge ones
    rewrites.svg       the same of a program that writes to all of its memory meanwhile
    shapes.svg         frozen time of processes, threads, mappings, descriptors, an engine beside the other
    shapes-NAME.svg    how it grows, of each shape that was measured in several sizes
    restore.svg        restores of 1 GiB (or the largest) in all forms
    restore-shapes.svg restores of all shapes from a directory
    lazy.svg           when a program runs again whose memory comes later, and when all has come
"""
import collections, json, math, os, statistics, sys

import matplotlib

matplotlib.use('svg')
from matplotlib import pyplot

from harness import FLOOR, median


def of(row, *keys):
    """The name of a row among others, by these labels."""
    return ' '.join(row[key] for key in keys if row.get(key))


def save(figure, directory, name):
    figure.tight_layout()
    figure.savefig(os.path.join(directory, name + '.svg'), metadata={'Date': None})
    pyplot.close(figure)


def bars(directory, name, points, ylabel):
    """Medians beside each other, with the least and the most. points: [(place on the axis, series, samples), ...]"""
    points = [point for point in points if point[2]]
    if not points: return
    places, series = (list(dict.fromkeys(point[part] for point in points)) for part in (0, 1))
    figure, axes = pyplot.subplots(figsize=(1.3 * len(places) + 2, 4))
    width = 0.8 / len(series)
    for number, one in enumerate(series):
        mine = [(places.index(place) + number * width, statistics.median(samples), samples)
                for place, which, samples in points if which == one]
        reach = [[middle - min(samples) for _, middle, samples in mine],
                 [max(samples) - middle for _, middle, samples in mine]]
        axes.bar([x for x, _, _ in mine], [middle for _, middle, _ in mine], width, yerr=reach, capsize=2, label=one)
    # A bar has no natural beginning on such an axis: the decade below the shortest.
    axes.set(yscale='log', ylabel=f'{ylabel}, ms (median, least and most)',
             ylim=(10 ** math.floor(math.log10(min(min(samples) for _, _, samples in points)) - 0.3), None))
    axes.set_xticks([x + 0.4 - width / 2 for x in range(len(places))], places, rotation=20)
    axes.legend(fontsize=8)
    save(figure, directory, name)


def lines(axes, points, xlabel):
    """points: {name: [(x, y), ...]}"""
    for name, pairs in points.items():
        style = {'color': 'black', 'linestyle': '--'} if name == FLOOR else {'marker': 'o'}
        axes.plot(*zip(*sorted(pairs)), label=name, **style)
    axes.set(xscale='log', yscale='log', xlabel=xlabel, ylabel='frozen, ms (median)')
    sizes = sorted({x for pairs in points.values() for x, _ in pairs})
    axes.set_xticks(sizes, sizes)
    axes.minorticks_off()
    axes.legend(fontsize=8)


def growth(directory, name, groups, series_of):
    """Frozen time by size: one panel a group of rows, {title: [(size, row), ...]}."""
    groups = {title: pairs for title, pairs in groups.items() if pairs}
    if not groups: return
    figure, panels = pyplot.subplots(1, len(groups), figsize=(6 * len(groups), 4.5), sharey=True, squeeze=False)
    for axes, (title, pairs) in zip(panels[0], groups.items()):
        points = collections.defaultdict(list)
        for size, row in pairs: points[series_of(row)].append((size, median(row, 'pause')))
        lines(axes, points, title)
    save(figure, directory, name)


def sized(rows, kind, *more):
    """Pairs of a size and a row, of the cases KIND=SIZE+more."""
    return [(int(words[0].split('=')[1]), row) for row in rows for words in [row['case'].split('+')]
            if words[0].startswith(kind + '=') and words[1:] == list(more) and row['samples'].get('pause')]


def main():
    with open(sys.argv[1]) as file: rows = json.load(file)['rows']
    directory = sys.argv[2]
    parts = collections.defaultdict(list)
    for row in rows: parts[row['part']].append(row)

    memory = parts['memory'] + parts['freeze']
    for place in dict.fromkeys(row['place'] for row in memory if 'place' in row):
        here = [row for row in memory if row.get('place', place) == place]
        panels = {'MiB of 4 KiB pages': sized(here, 'mib'), 'MiB of huge pages': sized(here, 'huge')}
        growth(directory, f'memory-{place}', panels,
               lambda row: of(row, 'engine', 'way'))
    growth(directory, 'rewrites', {'MiB, rewritten meanwhile': sized(memory, 'mib', 'rewrites=1')},
           lambda row: of(row, 'engine', 'way'))

    shapes = parts['shapes'] + [row for row in parts['freeze'] if not row['case'].startswith(('mib', 'huge'))]
    bars(directory, 'shapes', [(row['case'], of(row, 'engine', 'way'), row['samples'].get('pause')) for row in shapes],
         'frozen')
    for kind in dict.fromkeys(row['case'].split('=')[0] for row in shapes):
        pairs = sized(shapes, kind)
        if len({size for size, _ in pairs}) > 1:
            growth(directory, f'shapes-{kind}', {kind: pairs}, lambda row: of(row, 'engine', 'way'))

    restores = [(row['case'], row['place'], row['engine'], row['samples'].get('restore')) for row in parts['restore']]
    largest = max((int(case.split('=')[1]) for case, _, _, _ in restores if case.startswith('mib=')), default=None)
    bars(directory, 'restore', [(place, engine, samples) for case, place, engine, samples in restores
                                if case == f'mib={largest}'], f'restore of {largest} MiB')
    bars(directory, 'restore-shapes', [(case, engine, samples) for case, place, engine, samples in restores
                                       if place == 'directory'], 'restore')
    bars(directory, 'lazy', [(moment, row['engine'], samples) for row in parts['lazy']
                             for moment, samples in row['samples'].items()], 'lazy restore')


if __name__ == '__main__':
    main()
