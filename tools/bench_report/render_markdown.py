"""The report as a Markdown table, to be pasted into docs/performance.md."""

import compare
import overview
import words
from peers import peer_of

_COLUMNS = ("work", "size", "who", "speed", "cpu ratio", "us", "cpu us",
            "p50", "p99", "p99.9", "max", "rounds")


def _row(cells):
    return "| %s |" % " | ".join(cells)


def cells_of(line):
    """A line's cells, under the names of _COLUMNS."""
    peer = peer_of(line["variant"], line["binary"])
    twin = "(twin)" if line["is_twin"] else None
    return [
        line["work"],
        words.size(line["size"]),
        peer.name,
        twin or words.mark(line, "speed") + words.spread(line["speed"]),
        twin or words.mark(line, "cpu_ratio") + words.spread(line["cpu_ratio"]),
    ] + [
        words.mark(line, field) + words.median(line[field])
        for field in ("time_us", "cpu_us", "p50_us", "p99_us", "p999_us")
    ] + [
        "-" if line["max_us"] is None else words.number(line["max_us"]["high"]),
        "%d of %d" % (line["undisturbed"], line["rounds"]),
    ]


def columns():
    return list(_COLUMNS)


def _lines_table(report, placement):
    yield "### %s (`%s`)" % (
        words.placement(placement).capitalize(), placement)
    yield ""
    yield _row(_COLUMNS)
    yield _row(["---"] * len(_COLUMNS))
    for line in report["lines"]:
        if line["placement"] == placement:
            yield _row(cells_of(line))
    yield ""


def _footprint_table(report):
    yield "### Descriptors and memory"
    yield ""
    yield _row(("each of %d" % report["footprint"][0]["count"], "descriptors",
                "KiB resident"))
    yield _row(["---"] * 3)
    for row in report["footprint"]:
        yield _row((row["what"], words.number(row["descriptors"]),
                    words.number(row["kib"])))
    yield ""


def _overview(report):
    tables = overview.tables(report)
    if not tables:
        return
    yield "### At a glance"
    yield ""
    yield overview.note(report)
    yield ""
    for table in tables:
        yield "%s:" % words.placement(table.placement).capitalize()
        yield ""
        yield _row([""] + [column.title for column in table.columns])
        yield _row(["---"] * (1 + len(table.columns)))
        for name, cells in table.rows:
            yield _row([name] + [_overview_cell(line, fastest, name) for
                                 line, fastest in zip(cells, table.fastest)])
        yield ""


def _overview_cell(line, fastest, name):
    text, speed = overview.time_of(line), overview.speed_of(line)
    if overview.is_fastest(line, fastest, name):
        text = "**%s**" % text
    return text + (", " + speed if speed else "")


def _changes_table(changes, cautions):
    yield "### Against the other report"
    yield ""
    for sentence in cautions:
        yield "* " + sentence
    yield ""
    yield _row(("placement", "work", "size", "who", "before", "now",
                "ratio", ""))
    yield _row(["---"] * 8)
    for change in changes:
        mark = {compare.SLOWER: "**slower**", compare.FASTER: "**faster**"}
        yield _row((change.placement, change.work, words.size(change.size),
                    peer_of(change.variant, change.binary).name,
                    words.spread(change.before),
                    words.spread(change.now), "%.2f" % change.ratio,
                    mark.get(change.verdict, change.verdict)))
    yield ""


def render(report, changes=None, cautions=()):
    lines = ["## Report of %s" % report["date"], ""]
    if not report["is_complete"]:
        lines += ["**Not complete**: what was measured until it was ended.", ""]
    lines += ["* %s: %s" % row for row in words.machine_rows(report)]
    lines += ["* %s" % words.quiet_sentence(report)]
    lines += ["* left out: %s: %s" % (one["what"], one["why"])
              for one in report["left_out"]]
    lines += ["", "`~` marks noise: rounds that differ, or too few that were "
              "undisturbed. Times in microseconds.", ""]
    lines += _overview(report)
    for placement in dict.fromkeys(
            line["placement"] for line in report["lines"]):
        lines += _lines_table(report, placement)
    if report["footprint"]:
        lines += _footprint_table(report)
    if changes is not None:
        lines += _changes_table(changes, cautions or ())
    return "\n".join(lines).rstrip() + "\n"
