"""Draws a trace of a dump or restore (--trace FILE) as bars over time: trace.py TRACE.json PICTURE.svg"""
import json, sys

import matplotlib

matplotlib.use('svg')
from matplotlib import pyplot


def main():
    events = [event for event in json.load(open(sys.argv[1])) if event['ph'] == 'X']
    begin = min(event['ts'] for event in events)
    # Those of single tasks are added up by name, from the first to the last.
    rows = {}
    for event in sorted(events, key=lambda event: (event['ts'], -event['dur'])):
        rows.setdefault(event['name'], []).append(((event['ts'] - begin) / 1000, event['dur'] / 1000))
    figure, axes = pyplot.subplots(figsize=(9, 0.3 * len(rows) + 1))
    for place, (name, bars) in enumerate(rows.items()):
        axes.broken_barh(bars, (place - 0.4, 0.8))
        start, length = bars[0][0], sum(bar[1] for bar in bars)
        axes.text(start + bars[-1][0] - bars[0][0] + bars[-1][1], place, f'  {length:.2f} ms', va='center', fontsize=8)
    axes.set_yticks(range(len(rows)), rows)
    axes.invert_yaxis()
    axes.set_xlabel('ms')
    axes.margins(x=0.12)
    figure.tight_layout()
    figure.savefig(sys.argv[2], metadata={'Date': None})


if __name__ == '__main__':
    main()
