"""Numbers as people read them."""

from summary import noise_of

PLACEMENTS = {
    "one_core": "both on one core",
    "two_cores": "a core each",
    "unpinned": "wherever the kernel puts them",
}


def size(number):
    for unit, factor in (("Mi", 1 << 20), ("Ki", 1 << 10)):
        if number >= factor and number % factor == 0:
            return "%d%s" % (number // factor, unit)
    return str(number)


def number(value):
    """Three digits that count."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return "{:,.0f}".format(value)
    if abs(value) >= 10:
        return "%.1f" % value
    if abs(value) >= 0.1:
        return "%.2f" % value
    return "%.2g" % value


def tick(value):
    """A round number on an axis."""
    return "{:,.10g}".format(value)


def placement(name):
    return PLACEMENTS.get(name, name)


def median(figures):
    return "-" if figures is None else number(figures["median"])


def spread(figures):
    if figures is None:
        return "-"
    return "%.2f [%.2f-%.2f]" % (figures["median"], figures["low"],
                                 figures["high"])


def duration(seconds):
    seconds = int(round(seconds))
    if seconds < 60:
        return "%d s" % seconds
    if seconds < 3600:
        return "%d min %02d s" % divmod(seconds, 60)
    return "%d h %02d min" % (seconds // 3600, seconds % 3600 // 60)


def mark(line, field):
    """Before a figure that is to be read with care."""
    return "~" if line[field] and noise_of(line, field) else ""


def machine_rows(report):
    machine = report["machine"]
    kind = " (virtual machine)" if machine["virtual"] else ""
    return [
        ("date", report["date"]),
        ("commit", machine["commit"]),
        ("processor", "%s, %d cores%s" %
         (machine["cpu"], machine["cores"], kind)),
        ("memory", "%s GiB" % machine["memory_gib"]),
        ("kernel", machine["kernel"]),
        ("governor", machine["governor"]),
        ("compiler", "%s; %s" % (machine["compiler"], machine["flags"])),
        ("rounds", str(report["rounds"])),
    ]


def quiet_sentence(report):
    """How undisturbed the machine was."""
    runs = report["runs"]
    if not runs:
        return "Nothing was run."
    disturbed = sum(run["is_disturbed"] for run in runs)
    return ("%d of %d runs were disturbed; others took %.0f %% of the machine "
            "at most, its host %.0f %%; load before the first: %.1f." %
            (disturbed, len(runs), 100 * max(run["foreign"] for run in runs),
             100 * max(run["steal"] for run in runs), runs[0]["load"]))
