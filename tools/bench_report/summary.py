"""Medians, spreads and marks of noise, out of the samples of all rounds."""

import collections
import statistics

from peers import is_of_peers

# A run is disturbed if others took more of the machine than this, or its host.
MOST_FOREIGN = 0.05
MOST_STEAL = 0.02
# With fewer undisturbed rounds than this a figure is noisy.
LEAST_UNDISTURBED = 3
# So is one whose rounds differ by more than this, lowest to highest, beside
# the median.
MOST_SPREAD = 0.3

FIELDS = ("time_us", "cpu_us", "p50_us", "p99_us", "p999_us", "max_us")

# One line of a CSV file: what a variant took in one round. `costs` has FIELDS.
Sample = collections.namedtuple(
    "Sample",
    "placement label round work size variant is_twin is_disturbed costs")


def is_disturbed(disturbance):
    return (disturbance.foreign > MOST_FOREIGN or
            disturbance.steal > MOST_STEAL)


def spread(values):
    """Median, lowest and highest; None of nothing."""
    values = list(values)
    if not values:
        return None
    return {
        "median": statistics.median(values),
        "low": min(values),
        "high": max(values)
    }


def is_wide(figures):
    """Whether the rounds differ by too much to say something."""
    if figures is None or figures["median"] <= 0:
        return False
    return (figures["high"] - figures["low"]) / figures["median"] > MOST_SPREAD


def ratios(samples, twins, field):
    """The twin's cost through the sample's own, round by round."""
    result = []
    for sample in samples:
        twin = twins.get(sample.round)
        if twin is None or sample.costs[field] <= 0 or twin.costs[field] <= 0:
            continue
        result.append(twin.costs[field] / sample.costs[field])
    return result


def _quiet(samples):
    return [sample for sample in samples if not sample.is_disturbed]


def _line(samples, twins):
    first = samples[0]
    quiet = _quiet(samples)
    # Better all rounds, marked, than two that chance has picked.
    used = quiet if len(quiet) >= LEAST_UNDISTURBED else samples
    line = {
        "placement": first.placement,
        "binary": first.label,
        "work": first.work,
        "size": first.size,
        "variant": first.variant,
        "is_twin": first.is_twin,
        "rounds": len(samples),
        "undisturbed": len(quiet),
    }
    for field in FIELDS:
        known = [s.costs[field] for s in used if s.costs[field] > 0]
        line[field] = spread(known)
    line["speed"] = line["cpu_ratio"] = None
    if not first.is_twin:
        line["speed"] = spread(ratios(used, twins, "time_us"))
        line["cpu_ratio"] = spread(ratios(used, twins, "cpu_us"))
    line["noise"] = _noise_of_all(line)
    return line


def noise_of(line, field):
    """Why a line's figure is to be read with care; empty if it is not.

    Each figure is judged by itself: the rounds of a ratio may agree where those
    of the times that it is made of do not.
    """
    reasons = list(line["noise"])
    if is_wide(line[field]):
        reasons.append("rounds differ")
    return reasons


def _noise_of_all(line):
    """What makes noise of every figure of a line."""
    if line["undisturbed"] >= LEAST_UNDISTURBED:
        return []
    return ["%d of %d rounds undisturbed" % (line["undisturbed"],
                                            line["rounds"])]


def summarize(samples, works=()):
    """A line for each placement, work, size and variant, in order; the works
    in that of `works`, others after them.

    Where two binaries with the same loops have the same variant, the first
    one's counts: each is compared with the twin that ran directly beside it.
    Other libraries have loops of their own, and their twin stays.
    """
    groups = collections.defaultdict(list)
    twins = collections.defaultdict(dict)
    for sample in samples:
        key = (sample.placement, sample.work, sample.size)
        groups[key + (sample.label, sample.variant)].append(sample)
        if sample.is_twin:
            twins[key + (sample.label,)][sample.round] = sample
    lines = {}
    for key, group in groups.items():
        placement, work, size, label, variant = key
        lines.setdefault(
            (placement, work, size, is_of_peers(label), variant),
            _line(group, twins[key[:4]]))
    return sorted(lines.values(), key=_order(samples, works))


def _order(samples, known):
    """By placement as it first came, then work, size and loops; twins first."""
    places = {}
    works = {work: place for place, work in enumerate(known)}
    variants = {}
    for sample in samples:
        places.setdefault(sample.placement, len(places))
        works.setdefault(sample.work, len(works))
        variants.setdefault(sample.variant, len(variants))

    def order(line):
        return (places[line["placement"]], works[line["work"]], line["size"],
                is_of_peers(line["binary"]), not line["is_twin"],
                variants[line["variant"]])

    return order
