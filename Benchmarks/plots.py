"""Draws what pause.py measured: plots.py RESULTS.json DIRECTORY

frozen.svg has the frozen time of each shape, an engine beside the other, with the floor of memory as a line; one more
plot for each shape that was measured in several sizes (mib=64, mib=256, ...) shows how the frozen time grows.
"""
import collections, json, os, statistics, sys

import matplotlib

matplotlib.use('svg')
from matplotlib import pyplot


def bars(results, path):
    names = list(results[0]['engines'])
    figure, axes = pyplot.subplots(figsize=(1.6 * len(results) + 2, 4))
    width = 0.8 / len(names)
    for place, name in enumerate(names):
        samples = [result['engines'][name]['frozen'] for result in results]
        middle = [statistics.median(sample) for sample in samples]
        reach = [[m - min(s) for m, s in zip(middle, samples)], [max(s) - m for m, s in zip(middle, samples)]]
        axes.bar([x + place * width for x in range(len(results))], middle, width, yerr=reach, capsize=2, label=name)
    for x, result in enumerate(results):
        if result['floor']:
            axes.hlines(statistics.median(result['floor']), x - width / 2, x + 0.8 - width / 2, colors='black',
                        linestyles='dashed', label='floor: write(2) of as many bytes')
    axes.set_yscale('log')
    axes.set_ylabel('frozen, ms (median, least and most)')
    axes.set_xticks([x + 0.4 - width / 2 for x in range(len(results))], [r['shape'] for r in results], rotation=20)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


def growth(kind, results, path):
    results = sorted(results, key=lambda result: int(result['shape'].split('=')[1]))
    sizes = [int(result['shape'].split('=')[1]) for result in results]
    figure, axes = pyplot.subplots(figsize=(6, 4))
    for name in results[0]['engines']:
        axes.plot(sizes, [statistics.median(r['engines'][name]['frozen']) for r in results], marker='o', label=name)
    if all(result['floor'] for result in results):
        axes.plot(sizes, [statistics.median(r['floor']) for r in results], 'k--', label='floor')
    axes.set(xscale='log', yscale='log', xlabel=kind, ylabel='frozen, ms')
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


def main():
    results = json.load(open(sys.argv[1]))
    directory = sys.argv[2]
    bars(results, os.path.join(directory, 'frozen.svg'))
    kinds = collections.defaultdict(list)
    for result in results:
        if '=' in result['shape']:
            kinds[result['shape'].split('=')[0]].append(result)
    for kind, group in kinds.items():
        if len(group) > 1:
            growth(kind, group, os.path.join(directory, f'frozen-{kind}.svg'))


if __name__ == '__main__':
    main()
