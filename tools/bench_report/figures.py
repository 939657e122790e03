"""Which plots a report has: lines of the report turned into plots and tables."""

import collections

import plots
import words
from peers import BARE, OURS, in_order, is_of_peers, peer_of
from summary import noise_of

# `works` share the plot: a peer that several of them have is that of the first.
# `value`: (field, how a number of it becomes the plot's).
Figure = collections.namedtuple(
    "Figure", "title note works x_label y_label field convert")
# What stands in the page for a figure: panels of SVG, and a table.
Drawn = collections.namedtuple("Drawn", "figure panels peers lines")


def _same(_, value):
    return value


def _megabytes_per_second(size, microseconds):
    return size / microseconds


def _gigabytes_per_second(size, microseconds):
    return size / microseconds / 1000


def _thousands_per_second(_, microseconds):
    return 1000 / microseconds


FIGURES = (
    Figure("Latency by size", "A payload there and back, the median of single "
           "round trips. Lower is better.", ("RoundTrip",), "bytes",
           "microseconds", "p50_us", _same),
    Figure("Throughput by size", "Messages in one direction as fast as they "
           "go. Higher is better.", ("OneWay",), "bytes of a message", "MB/s",
           "time_us", _megabytes_per_second),
    Figure("Large messages", "One at a time, out of an ordinary buffer; the "
           "receiver reads every word and acknowledges. Higher is better.",
           ("Large",), "bytes of the message", "GB/s", "time_us",
           _gigabytes_per_second),
    Figure("Fan-in: latency", "One process waits for many channels, another "
           "sends 8 bytes on a random one and is asked for the next. Lower is "
           "better.", ("SetRoundTrip", "TypedSetRoundTrip", "RouterRoundTrip"),
           "channels", "microseconds", "p50_us", _same),
    Figure("Fan-in: throughput", "The same as fast as they go. Higher is "
           "better.", ("SetOneWay", "TypedSetOneWay", "RouterOneWay"),
           "channels", "thousand messages/s", "time_us",
           _thousands_per_second),
    Figure("Shared memory", "Made, sent, read and acknowledged, one at a "
           "time. Lower is better.", ("MemoryFresh",), "bytes", "microseconds",
           "p50_us", _same),
    Figure("Shared memory, warm", "The same memory sent again and again, "
           "mapped and read each time. Lower is better.", ("MemoryWarm",),
           "bytes", "microseconds", "p50_us", _same),
)

# Bars: processor time of a message, at one size of a work.
CPU_BARS = (("RoundTrip", 8), ("OneWay", 8), ("OneWay", 64), ("OneWay", 65536))
TAIL = ("RoundTrip", 8)


def line_title(line, peer):
    """What hovering over a mark says."""
    parts = ["%s, %s %s" % (peer.name, line["work"], words.size(line["size"]))]
    for field, name in (("time_us", "mean"), ("p50_us", "p50"),
                        ("p99_us", "p99"), ("p999_us", "p99.9"),
                        ("max_us", "max"), ("cpu_us", "processor time")):
        if line[field]:
            parts.append("%s %s us [%s-%s]" %
                         (name, words.number(line[field]["median"]),
                          words.number(line[field]["low"]),
                          words.number(line[field]["high"])))
    if line["speed"]:
        parts.append("speed beside the twin %s" % words.spread(line["speed"]))
    noisy = [
        "%s: %s" % (name, ", ".join(noise_of(line, field)))
        for field, name in (("speed", "speed"), ("time_us", "mean"),
                            ("p50_us", "p50"), ("cpu_us", "processor time"))
        if line[field] and noise_of(line, field)
    ]
    if noisy:
        parts.append("noisy: " + ", ".join(noisy))
    return "; ".join(parts)


def _peer(line):
    return peer_of(line["variant"], line["binary"])


def placements_of(report):
    return list(dict.fromkeys(line["placement"] for line in report["lines"]))


def _converted(figure, line):
    """The line's figures on the plot's scale; None where it has none."""
    spread = line[figure.field]
    if not spread:
        return None
    values = sorted(
        figure.convert(line["size"], spread[name]) for name in ("low", "high"))
    return {
        "median": figure.convert(line["size"], spread["median"]),
        "low": values[0],
        "high": values[1]
    }


def _lines_of(report, works, placement, of_peers):
    """A work's lines; of several works those of peers not there before."""
    chosen = []
    taken = {}
    for work in works:
        for line in report["lines"]:
            if (line["work"] != work or line["placement"] != placement or
                    is_of_peers(line["binary"]) != of_peers):
                continue
            # The twin of a later work is drawn already.
            if work != works[0] and line["is_twin"]:
                continue
            name = _peer(line).name
            if taken.setdefault(name, work) == work:
                chosen.append(line)
    return chosen


def _series_of(figure, lines):
    points = collections.defaultdict(list)
    for line in sorted(lines, key=lambda line: line["size"]):
        converted = _converted(figure, line)
        if converted is None:
            continue
        peer = _peer(line)
        points[peer].append((line["size"], converted, line_title(line, peer),
                             bool(noise_of(line, figure.field))))
    return [plots.Series(peer, points[peer]) for peer in in_order(points)]


def _beside_others(figure):
    """The same figure, of the loops of the peers' binary."""
    return figure._replace(
        title=figure.title + ", beside other libraries",
        note=figure.note + " All in the loops of one program, which writes and "
        "reads every word of a message: not to be compared with the plot "
        "above, whose loops do not.")


def draw(figure, report, of_peers=False):
    """The figure's panels, one for each placement; None if it has no lines.

    Either those of the peers' binary, or of all others: they have other loops,
    and are not to be seen beside each other.
    """
    if of_peers:
        figure = _beside_others(figure)
    by_placement = {}
    for placement in placements_of(report):
        lines = _lines_of(report, figure.works, placement, of_peers)
        series = _series_of(figure, lines)
        if series:
            by_placement[placement] = (series, lines)
    if not by_placement:
        return None
    values = [
        point[1][name] for series, _ in by_placement.values() for one in series
        for point in one.points for name in ("low", "high")
    ]
    y_range = plots.log_range(values)
    panels = [
        plots.lines(words.placement(placement), series,
                    plots.Axis(figure.x_label, words.size),
                    plots.Axis(figure.y_label, words.tick), y_range)
        for placement, (series, _) in by_placement.items()
    ]
    peers = in_order(one.peer for series, _ in by_placement.values()
                     for one in series)
    lines = [line for _, lines in by_placement.values() for line in lines]
    return Drawn(figure, panels, peers, lines)


def _bar_rows(lines, field):
    ordered = in_order(_peer(line) for line in lines)
    by_peer = {}
    for line in lines:
        by_peer.setdefault(_peer(line), line)
    return [(peer, peer.name, by_peer[peer][field],
             line_title(by_peer[peer], peer),
             bool(noise_of(by_peer[peer], field))) for peer in ordered]


def draw_cpu(report, of_peers=False):
    """Processor time of a message, from zero."""
    figure = Figure("What it costs the processors",
                    "Processor time of both processes, user and kernel, of a "
                    "message (of a round trip: both ways). A microsecond each "
                    "is a second a million. Lower is better.", (), "", "",
                    "cpu_us", _same)
    if of_peers:
        figure = _beside_others(figure)
    panels, all_lines = [], []
    for work, size in CPU_BARS:
        for placement in placements_of(report):
            lines = [
                line for line in report["lines"]
                if (line["work"], line["size"], line["placement"]) ==
                (work, size, placement) and line["cpu_us"] and
                is_of_peers(line["binary"]) == of_peers
            ]
            if not lines:
                continue
            panels.append(
                plots.bars("%s %s B, %s" % (work, words.size(size),
                                            words.placement(placement)),
                           _bar_rows(lines, "cpu_us"),
                           plots.Axis("CPU seconds per million", words.number)))
            all_lines += lines
    if not panels:
        return None
    # Each bar is named: no legend.
    return Drawn(figure, panels, [], all_lines)


_PERCENTILES = (("p50_us", "p50"), ("p99_us", "p99"), ("p999_us", "p99.9"),
                ("max_us", "max"))


def draw_tail(report, of_peers=False):
    """Percentiles of a round trip: how bad a bad one is."""
    work, size = TAIL
    figure = Figure("The tail of the latency",
                    "Round trips of %d bytes: the median, and what one in a "
                    "hundred, one in a thousand and the worst of a run took. "
                    "Lower is better." % size, (), "", "", "p50_us", _same)
    if of_peers:
        figure = _beside_others(figure)
    panels, all_lines, shown = [], [], {}
    for placement in placements_of(report):
        lines = [
            line for line in report["lines"]
            if (line["work"], line["size"], line["placement"]) ==
            (work, size, placement) and line["p50_us"] and
            is_of_peers(line["binary"]) == of_peers
        ]
        series = []
        for line in lines:
            peer = _peer(line)
            series.append(
                plots.Series(peer, [(i, line[field], "%s of %s" %
                                     (name, line_title(line, peer)),
                                     bool(noise_of(line, field)))
                                    for i, (field, name) in
                                    enumerate(_PERCENTILES) if line[field]]))
        if series:
            order = in_order(one.peer for one in series)
            series.sort(key=lambda one: order.index(one.peer))
            shown[placement] = series
            all_lines += lines
    if not shown:
        return None
    values = [
        point[1][name] for series in shown.values() for one in series
        for point in one.points for name in ("low", "high")
    ]
    for placement, series in shown.items():
        panels.append(
            plots.lines(words.placement(placement), series,
                        plots.Axis("percentile", lambda i: _PERCENTILES[i][1]),
                        plots.Axis("microseconds", words.tick),
                        plots.log_range(values)))
    return Drawn(figure, panels, in_order(map(_peer, all_lines)), all_lines)


def draw_overview(report):
    """Ours beside the twin, all works: one dot each."""
    figure = Figure("Beside bare system calls",
                    "The twin's time through ours, round by round: 1 is as "
                    "fast as the system calls that a program without the "
                    "library would make, 0.5 half as fast. Whiskers: lowest "
                    "and highest round. Further right is better.", (), "", "",
                    "speed", _same)
    return _draw_speeds(
        figure, report, lambda line: _peer(line).kind == OURS and
        not is_of_peers(line["binary"]) and _has_bare_twin(report, line))


def draw_beside_others(report):
    """Ours and other libraries beside one twin: one dot each."""
    figure = Figure("Beside other libraries",
                    "The twin's time through that of each, round by round, in "
                    "the loops of one program that writes and reads every word "
                    "of a message. Ours have another line elsewhere, of loops "
                    "that do not: here is where to compare. Further right is "
                    "better.", (), "", "", "speed", _same)
    return _draw_speeds(figure, report,
                        lambda line: is_of_peers(line["binary"]))


def _draw_speeds(figure, report, is_wanted):
    panels, all_lines = [], []
    for placement in placements_of(report):
        rows = []
        for line in report["lines"]:
            peer = _peer(line)
            if (line["placement"] != placement or not line["speed"] or
                    not is_wanted(line)):
                continue
            label = ("%s %s" % (line["work"], words.size(line["size"])),
                     peer.name)
            rows.append((peer, label, line["speed"], line_title(line, peer),
                         bool(noise_of(line, "speed"))))
            all_lines.append(line)
        if rows:
            panels.append(
                plots.dots(words.placement(placement), rows,
                           plots.Axis("speed beside the twin", words.tick),
                           "as fast as bare"))
    if not panels:
        return None
    # Each row is named: no legend.
    return Drawn(figure, panels, [], all_lines)


def _has_bare_twin(report, line):
    for twin in report["lines"]:
        if twin["is_twin"] and all(twin[name] == line[name] for name in
                                   ("placement", "work", "size", "binary")):
            return _peer(twin).kind == BARE
    return False


def draw_all(report):
    """Every figure that the report has lines for, in order."""
    drawn = [draw_overview(report), draw_beside_others(report)]
    for place, figure in enumerate(FIGURES):
        drawn += [draw(figure, report, of_peers) for of_peers in (False, True)]
        if place == 0:
            drawn += [draw_tail(report, of_peers) for of_peers in (False, True)]
    drawn += [draw_cpu(report, of_peers) for of_peers in (False, True)]
    return [one for one in drawn if one is not None]
