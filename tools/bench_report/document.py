"""The report as data: what is written as JSON, and read again."""

import json

from samples import BadFile

SCHEMA = 1
_WANTED = ("schema", "kind", "date", "machine", "rounds", "lines", "footprint",
           "left_out", "runs", "is_complete")
_LINE_WANTED = ("placement", "binary", "work", "size", "variant", "is_twin",
                "rounds", "undisturbed", "time_us", "cpu_us", "p50_us",
                "p99_us", "p999_us", "max_us", "speed", "cpu_ratio", "noise")


def make(kind, date, machine, rounds, lines, footprint, left_out, runs,
         is_complete):
    """The report. `runs` says what each run of a binary met with."""
    return {
        "schema": SCHEMA,
        "kind": kind,
        "date": date,
        "machine": machine,
        "rounds": rounds,
        "is_complete": is_complete,
        "lines": lines,
        "footprint": footprint,
        "left_out": left_out,
        "runs": runs,
    }


def check(report):
    """Raises BadFile unless it has what is read of it later."""
    if not isinstance(report, dict) or report.get("schema") != SCHEMA:
        raise BadFile("not a report of schema %d" % SCHEMA)
    missing = [name for name in _WANTED if name not in report]
    if missing:
        raise BadFile("a report without %s" % ", ".join(missing))
    for line in report["lines"]:
        if any(name not in line for name in _LINE_WANTED):
            raise BadFile("a report with a line that lacks something")
    return report


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            return check(json.load(file))
    except (OSError, ValueError) as error:
        raise BadFile("%s: %s" % (path, error)) from None
    except BadFile as error:
        raise BadFile("%s: %s" % (path, error)) from None


def dump(report):
    return json.dumps(report, indent=1, sort_keys=True) + "\n"
