"""The report as a Markdown table, to be pasted into docs/performance.md."""

import compare
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
        twin or words.mark(line) + words.spread(line["speed"]),
        twin or words.spread(line["cpu_ratio"]),
        words.mark(line) + words.median(line["time_us"]),
        words.median(line["cpu_us"]),
        words.median(line["p50_us"]),
        words.median(line["p99_us"]),
        words.median(line["p999_us"]),
        "-" if line["max_us"] is None else words.number(line["max_us"]["high"]),
        "%d of %d" % (line["undisturbed"], line["rounds"]),
    ]


def columns():
    return list(_COLUMNS)


def _lines_table(report, placement):
    yield "### %s (`%s`)" % (
        words.PLACEMENTS.get(placement, placement).capitalize(), placement)
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


def _changes_table(changes):
    yield "### Against the other report"
    yield ""
    yield _row(("placement", "work", "size", "variant", "before", "now",
                "ratio", ""))
    yield _row(["---"] * 8)
    for change in changes:
        mark = {compare.SLOWER: "**slower**", compare.FASTER: "**faster**"}
        yield _row((change.placement, change.work, words.size(change.size),
                    change.variant, words.spread(change.before),
                    words.spread(change.now), "%.2f" % change.ratio,
                    mark.get(change.verdict, change.verdict)))
    yield ""


def render(report, changes=None):
    lines = ["## Report of %s" % report["date"], ""]
    if not report["is_complete"]:
        lines += ["**Not complete**: what was measured until it was ended.", ""]
    lines += ["* %s: %s" % row for row in words.machine_rows(report)]
    lines += ["* %s" % words.quiet_sentence(report)]
    lines += ["* left out: %s: %s" % (one["what"], one["why"])
              for one in report["left_out"]]
    lines += ["", "`~` marks noise: rounds that differ, or too few that were "
              "undisturbed. Times in microseconds.", ""]
    for placement in dict.fromkeys(
            line["placement"] for line in report["lines"]):
        lines += _lines_table(report, placement)
    if report["footprint"]:
        lines += _footprint_table(report)
    if changes is not None:
        lines += _changes_table(changes)
    return "\n".join(lines).rstrip() + "\n"
