"""Two reports, of two commits or machines: by the ratios to their twins."""

import collections

Change = collections.namedtuple(
    "Change", "placement work size variant before now ratio verdict")

FASTER = "faster"
SLOWER = "slower"
SAME = "within the spread"
UNSURE = "noisy"


def key_of(line):
    return (line["placement"], line["work"], line["size"], line["variant"])


def _verdict(before, now):
    """Only spreads that do not touch say something."""
    if now["low"] > before["high"]:
        return FASTER
    if now["high"] < before["low"]:
        return SLOWER
    return SAME


def compare(report, other):
    """How `report` changed from `other`: a Change for each line in both."""
    lines = {key_of(line): line for line in other["lines"]}
    changes = []
    for line in report["lines"]:
        old = lines.get(key_of(line))
        if old is None or not line["speed"] or not old["speed"]:
            continue
        verdict = _verdict(old["speed"], line["speed"])
        if verdict != SAME and (line["noise"] or old["noise"]):
            verdict = UNSURE
        changes.append(
            Change(*key_of(line), before=old["speed"], now=line["speed"],
                   ratio=line["speed"]["median"] / old["speed"]["median"],
                   verdict=verdict))
    return changes


def slower(changes):
    return [change for change in changes if change.verdict == SLOWER]
