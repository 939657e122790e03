"""SVG plots: lines over a size with whiskers, and dots with whiskers.

What a plot shows comes as Series; axes are logarithmic but for bars, which
start at zero. Colours are classes of the page, so that they follow its theme.
"""

import collections
import math
import re
from xml.sax.saxutils import escape, quoteattr

# `points`: (x, {"median", "low", "high"}, title, is_noisy).
Series = collections.namedtuple("Series", "peer points")
Axis = collections.namedtuple("Axis", "label name_of")

WIDTH = 520
HEIGHT = 330
LEFT, RIGHT, TOP, BOTTOM = 72, 14, 28, 46

BAR_WIDTH = 520
BAR_HEIGHT = 20
BAR_LEFT = 150
BAR_RIGHT = 64
# Room for a group and the longest name.
DOTS_LEFT = 290


def class_of(name):
    """The CSS class of a peer's colour."""
    return "c-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _text(x, y, words, css, anchor="middle"):
    return '<text x="%.1f" y="%.1f" class="%s" text-anchor="%s">%s</text>' % (
        x, y, css, anchor, escape(words))


def _line(x1, y1, x2, y2, css):
    return '<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>' % (
        x1, y1, x2, y2, css)


def log_ticks(low, high):
    """Powers of ten that span low to high, and 2 and 5 times where few."""
    first = math.floor(math.log10(low) + 1e-9)
    last = math.ceil(math.log10(high) - 1e-9)
    steps = (1, 2, 5) if last - first <= 3 else (1,)
    ticks = [
        factor * 10.0**power for power in range(first, last + 1)
        for factor in steps
    ]
    return [t for t in ticks if low * 0.999 <= t <= high * 1.001]


def linear_ticks(high):
    """Four or so round numbers from zero."""
    if high <= 0:
        return [0.0, 1.0]
    raw = high / 4
    power = 10.0**math.floor(math.log10(raw))
    step = next(f * power for f in (1, 2, 2.5, 5, 10) if f * power >= raw)
    return [i * step for i in range(int(high / step + 1e-9) + 1)]


def log_range(values):
    """Somewhat more than the values, so that no mark lies on the frame."""
    low, high = min(values), max(values)
    margin = max((high / low)**0.06, 1.15)
    return low / margin, high * margin


class _LogScale:

    def __init__(self, low, high, start, end):
        self.low, self.high = low, high
        self._start, self._end = start, end

    def __call__(self, value):
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self._start + share * (self._end - self._start)


def marker(kind, x, y, css, title=""):
    """A shape for each kind of peer, which can be told without colour."""
    inner = "<title>%s</title>" % escape(title) if title else ""
    if kind == "ours":
        shape = '<rect x="%.1f" y="%.1f" width="8" height="8" rx="1"' % (x - 4,
                                                                       y - 4)
    elif kind == "peer":
        shape = '<path d="M%.1f %.1fl5 9h-10z"' % (x, y - 5.5)
    else:
        shape = '<circle cx="%.1f" cy="%.1f" r="4"' % (x, y)
    return "%s class=%s>%s%s>" % (shape, quoteattr("m %s" % css), inner,
                                  "</" + shape[1:shape.index(" ")])


def _whisker(x, low, high, css):
    if abs(low - high) < 1:
        return ""
    return ('<path d="M%.1f %.1fV%.1fM%.1f %.1fh6M%.1f %.1fh6" class=%s/>' %
            (x, low, high, x - 3, low, x - 3, high, quoteattr("w " + css)))


def lines(title, series, x_axis, y_axis, y_range=None):
    """A line for each series over a logarithmic x, with a logarithmic y."""
    xs = sorted({point[0] for one in series for point in one.points})
    values = [
        value for one in series for point in one.points
        for value in (point[1]["low"], point[1]["high"])
    ]
    low, high = y_range or log_range(values)
    # Many lines need room to be told apart.
    height = HEIGHT + 16 * max(len(series) - 8, 0)
    right, bottom = WIDTH - RIGHT, height - BOTTOM
    y_of = _LogScale(low, high, bottom, TOP)
    # Each size at the same distance: there are few, and far apart.
    step = (right - LEFT) / len(xs)
    places = {x: LEFT + step * (i + 0.5) for i, x in enumerate(xs)}
    out = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" '
        'role="img" aria-label=%s>' % (WIDTH, height, quoteattr(title)),
        _text(LEFT, 16, title, "t", "start")
    ]
    for tick in log_ticks(low, high):
        y = y_of(tick)
        out.append(_line(LEFT, y, right, y, "g"))
        out.append(_text(LEFT - 7, y + 4, y_axis.name_of(tick), "l", "end"))
    for x in xs:
        out.append(_text(places[x], bottom + 17, x_axis.name_of(x), "l"))
    out.append(_line(LEFT, bottom, right, bottom, "a"))
    out.append(_text((LEFT + right) / 2, height - 10, x_axis.label, "l"))
    out.append('<g transform="rotate(-90 14 %.1f)">%s</g>' %
               ((TOP + bottom) / 2,
                _text(14, (TOP + bottom) / 2, y_axis.label, "l")))
    # Beside each other where they would cover each other.
    for index, one in enumerate(series):
        shift = (index - (len(series) - 1) / 2) * min(step * 0.75 / max(
            len(series), 1), 9)
        out += _series(one, places, y_of, shift)
    out.append("</svg>")
    return "".join(out)


def _series(one, places, y_of, shift):
    css = class_of(one.peer.name)
    points = [(places[x] + shift, figures, title, noisy)
              for x, figures, title, noisy in one.points]
    path = " ".join("%.1f,%.1f" % (x, y_of(f["median"]))
                    for x, f, _, _ in points)
    dashed = " d" if one.peer.kind == "limit" else ""
    out = ['<polyline points="%s" class="s %s%s"/>' % (path, css, dashed)]
    for x, figures, title, noisy in points:
        hollow = " n" if noisy else ""
        out.append(_whisker(x, y_of(figures["low"]), y_of(figures["high"]),
                            css))
        out.append(marker(one.peer.kind, x, y_of(figures["median"]),
                          css + hollow, title))
    return out


def bars(title, rows, axis):
    """Horizontal bars from zero: (peer, label, figures, title, is_noisy)."""
    high = max(row[2]["high"] for row in rows)
    ticks = linear_ticks(high)
    top = TOP + 4
    bottom = top + BAR_HEIGHT * len(rows)
    right = BAR_WIDTH - BAR_RIGHT

    def x_of(value):
        return BAR_LEFT + value / max(high, 1e-12) * (right - BAR_LEFT)

    height = bottom + 40
    out = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" '
        'role="img" aria-label=%s>' % (BAR_WIDTH, height, quoteattr(title)),
        _text(4, 16, title, "t", "start")
    ]
    for tick in ticks:
        out.append(_line(x_of(tick), top, x_of(tick), bottom, "g"))
        out.append(_text(x_of(tick), bottom + 15, "{:,.10g}".format(tick), "l"))
    for index, (peer, label, figures, words, noisy) in enumerate(rows):
        y = top + BAR_HEIGHT * index
        css = class_of(peer.name)
        out.append(_text(BAR_LEFT - 8, y + 14, label, "l", "end"))
        out.append(
            '<rect x="%.1f" y="%.1f" width="%.1f" height="%d" rx="1" '
            'class="b %s%s"><title>%s</title></rect>' %
            (BAR_LEFT, y + 3, max(x_of(figures["median"]) - BAR_LEFT, 0.5),
             BAR_HEIGHT - 6, css, " n" if noisy else "", escape(words)))
        low, end = x_of(figures["low"]), x_of(figures["high"])
        middle = y + BAR_HEIGHT / 2
        if end - low > 1:
            out.append('<path d="M%.1f %.1fH%.1fM%.1f %.1fv6M%.1f %.1fv6" '
                       'class="w"/>' % (low, middle, end, low, middle - 3, end,
                                        middle - 3))
        out.append(_text(max(end, x_of(figures["median"])) + 6, y + 14,
                         ("~" if noisy else "") + axis.name_of(
                             figures["median"]), "v", "start"))
    out.append(_line(BAR_LEFT, top, BAR_LEFT, bottom, "a"))
    out.append(_text((BAR_LEFT + right) / 2, height - 6, axis.label, "l"))
    out.append("</svg>")
    return "".join(out)


def dots(title, rows, axis, at_one):
    """A dot for each row on a logarithmic axis, with a line where it is 1.

    Rows are those of bars(), but that a label is a group, which is written once
    for rows that follow each other, and a name. `at_one` says what 1 means.
    """
    values = [value for row in rows for value in
              (row[2]["low"], row[2]["high"])] + [1.0]
    low, high = log_range(values)
    top = TOP + 18
    bottom = top + BAR_HEIGHT * len(rows)
    left, right = DOTS_LEFT, BAR_WIDTH - 52
    x_of = _LogScale(low, high, left, right)
    height = bottom + 40
    out = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" '
        'role="img" aria-label=%s>' % (BAR_WIDTH, height, quoteattr(title)),
        _text(4, 16, title, "t", "start")
    ]
    last = -math.inf
    for tick in log_ticks(low, high):
        x = x_of(tick)
        out.append(_line(x, top, x, bottom, "g"))
        if x - last >= 34 or tick == 1:
            out.append(_text(x, bottom + 15, axis.name_of(tick), "l"))
            last = x
    out.append(_line(x_of(1), top - 4, x_of(1), bottom, "o"))
    out.append(_text(x_of(1), top - 8, at_one, "v"))
    before = None
    for index, (peer, label, figures, words, noisy) in enumerate(rows):
        y = top + BAR_HEIGHT * index + BAR_HEIGHT / 2
        css = class_of(peer.name)
        group, name = label
        if group != before:
            out.append(_text(4, y + 4, group, "v", "start"))
            if index:
                out.append(_line(4, y - BAR_HEIGHT / 2, BAR_WIDTH - 4,
                                 y - BAR_HEIGHT / 2, "g"))
        before = group
        out.append(_text(left - 10, y + 4, name, "l", "end"))
        out.append('<path d="M%.1f %.1fH%.1f" class="w %s"/>' %
                   (x_of(figures["low"]), y, x_of(figures["high"]), css))
        out.append(marker(peer.kind, x_of(figures["median"]), y,
                          css + (" n" if noisy else ""), words))
        out.append(_text(BAR_WIDTH - 4, y + 4,
                         ("~" if noisy else "") + "%.2f" % figures["median"],
                         "v", "end"))
    out.append(_text((left + right) / 2, height - 6, axis.label, "l"))
    out.append("</svg>")
    return "".join(out)
