"""The report as data: what is written as JSON, and read again."""

import json
import math

from samples import BadFile

SCHEMA = 2


def _is(*kinds):
    return lambda value: isinstance(value, kinds)


def _is_number(value):
    return (isinstance(value, (int, float)) and not isinstance(value, bool) and
            math.isfinite(value))


def _is_some(value):
    return _is_number(value) and value >= 0


def _is_count(value):
    return _is_some(value) and isinstance(value, int)


def _is_spread(value):
    """Of costs or ratios, which plots take the logarithm of."""
    return value is None or (
        isinstance(value, dict) and set(value) == {"median", "low", "high"} and
        all(_is_number(one) and one > 0 for one in value.values()))


def _wrong_in(value, wanted):
    """The names of what is missing, or is not what it should be."""
    if not isinstance(value, dict):
        return sorted(wanted)
    return [name for name, is_right in wanted.items()
            if name not in value or not is_right(value[name])]


def _is_list_of(wanted):
    return lambda value: isinstance(value, list) and not any(
        _wrong_in(one, wanted) for one in value)


_is_text = _is(str)
_is_flag = _is(bool)


def _is_texts(value):
    return isinstance(value, list) and all(map(_is_text, value))


_LINE = {
    **dict.fromkeys(("placement", "binary", "work", "variant"), _is_text),
    **dict.fromkeys(("size", "rounds", "undisturbed"), _is_count),
    **dict.fromkeys(("time_us", "cpu_us", "p50_us", "p99_us", "p999_us",
                     "max_us", "speed", "cpu_ratio"), _is_spread),
    "is_twin": _is_flag,
    "noise": _is_texts,
}
_RUN = {
    **dict.fromkeys(("placement", "binary"), _is_text),
    **dict.fromkeys(("foreign", "steal", "load"), _is_some),
    "is_disturbed": _is_flag,
}
_MACHINE = {
    **dict.fromkeys(("commit", "cpu", "kernel", "governor", "compiler",
                     "flags"), _is_text),
    "cores": _is_count,
    "virtual": _is_flag,
    "memory_gib": lambda value: value is None or _is_some(value),
}
_FOOTPRINT = {
    "what": _is_text,
    "count": _is_count,
    **dict.fromkeys(("descriptors", "kib"), _is_number),
}
_REPORT = {
    **dict.fromkeys(("kind", "date"), _is_text),
    "machine": lambda value: not _wrong_in(value, _MACHINE),
    "rounds": _is_count,
    "is_complete": _is_flag,
    "lines": _is_list_of(_LINE),
    "footprint": _is_list_of(_FOOTPRINT),
    "left_out": _is_list_of(dict.fromkeys(("what", "why"), _is_text)),
    "runs": _is_list_of(_RUN),
}


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
    """Raises BadFile unless all that is read of it later is there, and is what
    it should be."""
    if not isinstance(report, dict) or report.get("schema") != SCHEMA:
        raise BadFile("not a report of schema %d" % SCHEMA)
    wrong = _wrong_in(report, _REPORT)
    if wrong:
        raise BadFile("a report whose %s cannot be read" % ", ".join(wrong))
    return report


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            return check(json.load(file))
    except (OSError, ValueError, RecursionError, BadFile) as error:
        raise BadFile("%s: %s" % (path, error)) from None


def dump(report):
    return json.dumps(report, indent=1, sort_keys=True) + "\n"
