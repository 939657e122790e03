"""Where ours stands, at one glance: a few works, and all who do them."""

import collections

import words
from peers import BARE, PEER, is_of_peers, peer_of

_Column = collections.namedtuple("_Column", "work size title")
COLUMNS = (
    _Column("RoundTrip", 8, "8 B there and back"),
    _Column("OneWay", 8, "8 B one way"),
    _Column("OneWay", 64 << 10, "64 KiB one way"),
    _Column("Large", 16 << 20, "16 MiB, one at a time"),
    _Column("PassSender", 8, "a channel passed"),
)
BARE_ROW = "bare SOCK_SEQPACKET"
_OURS = {
    "transport": "ours: bytes",
    "mapped_view": "ours: bytes",
    "not_held": "ours: bytes",
    "ours_transport": "ours: bytes",
    "typed_bytes": "ours: typed",
    "ours_typed_bytes": "ours: typed",
}

# `rows`: (name, cells), a cell for each column: a line of the report, or
# None. `fastest`: for each column the lowest time but the twin's, or None.
Table = collections.namedtuple("Table", "placement columns rows fastest")


def _name_of(line):
    """The row of a line; None if it has none here."""
    peer = peer_of(line["variant"], line["binary"])
    if line["is_twin"] and peer.kind == BARE:
        return BARE_ROW
    if line["variant"] in _OURS:
        return _OURS[line["variant"]]
    return peer.name if peer.kind == PEER else None


def _cells_of(report, placement, column):
    """The column's lines by the names of their rows: of one kind of loops only,
    those of other libraries where they were measured."""
    lines = [
        line for line in report["lines"]
        if (line["placement"], line["work"], line["size"]) ==
        (placement, column.work, column.size) and line["time_us"]
    ]
    theirs = [line for line in lines if is_of_peers(line["binary"])]
    cells = {}
    for line in theirs or lines:
        name = _name_of(line)
        if name is not None:
            cells.setdefault(name, line)
    return cells


def tables(report):
    """One for each placement; none without anything to show."""
    found = []
    for placement in dict.fromkeys(line["placement"] for line in
                                   report["lines"]):
        columns, cells = [], []
        for column in COLUMNS:
            by_name = _cells_of(report, placement, column)
            if by_name:
                columns.append(column)
                cells.append(by_name)
        first = [BARE_ROW, *dict.fromkeys(_OURS.values())]
        names = set().union(*cells) if cells else set()
        order = [name for name in first if name in names]
        order += sorted(names - set(first))
        rows = [(name, [by_name.get(name) for by_name in cells])
                for name in order]
        fastest = [
            min((line["time_us"]["median"] for name, line in by_name.items()
                 if name != BARE_ROW), default=None) for by_name in cells
        ]
        if rows:
            found.append(Table(placement, columns, rows, fastest))
    return found


def is_fastest(line, fastest, name):
    return (line is not None and name != BARE_ROW and
            line["time_us"]["median"] == fastest)


def time_of(line):
    """The mean time of one operation, in words, with its unit."""
    if line is None:
        return "-"
    microseconds = line["time_us"]["median"]
    if microseconds >= 1000:
        text = words.number(microseconds / 1000) + " ms"
    else:
        text = words.number(microseconds) + " us"
    return words.mark(line, "time_us") + text


def speed_of(line):
    """Beside the twin, in words; nothing for the twin."""
    if line is None or not line["speed"]:
        return ""
    return words.mark(line, "speed") + "%.2f" % line["speed"]["median"]


def has_others(report):
    return any(is_of_peers(line["binary"]) for line in report["lines"])


def note(report):
    """What the tables say, and of which loops."""
    text = ("The mean time of one operation, and the speed beside the bare "
            "system calls of the same round: 1 is as fast, 0.5 half as fast. "
            "Bold: the fastest but those. ")
    if has_others(report):
        return text + (
            "All of a column did the same: the loops of the peers' binary, "
            "which write and read every word. Passing a channel is measured "
            "in a binary of ours, beside a bare descriptor in SCM_RIGHTS; of "
            "others it is not measured.")
    return text + "No other library was measured."
