"""Two reports, of two commits or machines: by the ratios to their twins."""

import collections

from peers import OURS, peer_of
from summary import noise_of

Change = collections.namedtuple(
    "Change", "placement work size variant binary before now ratio verdict")

FASTER = "faster"
SLOWER = "slower"
SAME = "within the spread"
UNSURE = "not sure"

# A smaller change of the median says nothing, even where all rounds agree: two
# builds of the same differ by as much.
LEAST_CHANGE = 0.05
# With fewer rounds than this spreads part by chance, and too often.
LEAST_ROUNDS = 5
# The spreads of n rounds each part by chance once in 252 times for n = 5, in
# each direction, and a report has hundreds of lines. That they do so by half a
# spread is twenty times as rare.
LEAST_GAP = 0.5


def key_of(line):
    return (line["placement"], line["work"], line["size"], line["variant"],
            line["binary"])


def _is_apart(before, now):
    gap = max(now["low"] - before["high"], before["low"] - now["high"])
    widest = max(one["high"] - one["low"] for one in (before, now))
    change = abs(now["median"] / before["median"] - 1)
    return gap > 0 and gap >= LEAST_GAP * widest and change >= LEAST_CHANGE


def _verdict(old, line):
    before, now = old["speed"], line["speed"]
    if not _is_apart(before, now):
        return SAME
    if noise_of(line, "speed") or noise_of(old, "speed"):
        return UNSURE
    if min(line["undisturbed"], old["undisturbed"]) < LEAST_ROUNDS:
        return UNSURE
    return FASTER if now["median"] > before["median"] else SLOWER


def compare(report, other):
    """How `report` changed from `other`: a Change for each line in both."""
    lines = {key_of(line): line for line in other["lines"]}
    changes = []
    for line in report["lines"]:
        old = lines.get(key_of(line))
        if old is None or not line["speed"] or not old["speed"]:
            continue
        changes.append(
            Change(*key_of(line), before=old["speed"], now=line["speed"],
                   ratio=line["speed"]["median"] / old["speed"]["median"],
                   verdict=_verdict(old, line)))
    return changes


def is_ours(change):
    return peer_of(change.variant, change.binary).kind == OURS


def slower(changes):
    """What of ours is slower. Others, and limits, are not ours to mend."""
    return [
        change for change in changes
        if change.verdict == SLOWER and is_ours(change)
    ]


def cautions(report, other):
    """Why the two are to be compared with care: a sentence each."""
    said = []
    for one, name in ((report, "This report"), (other, "The other one")):
        if not one["is_complete"]:
            said.append("%s is not complete." % name)
    if report["kind"] != other["kind"]:
        said.append("They differ in kind: %s, before %s." %
                    (report["kind"], other["kind"]))
    for field in ("cpu", "cores", "kernel", "compiler", "flags"):
        if report["machine"][field] != other["machine"][field]:
            said.append("They differ in %s: %s, before %s." %
                        (field, report["machine"][field],
                         other["machine"][field]))
    if min(report["rounds"], other["rounds"]) < LEAST_ROUNDS:
        said.append("One has fewer than %d rounds, which is too few to say "
                    "that something changed." % LEAST_ROUNDS)
    return said
