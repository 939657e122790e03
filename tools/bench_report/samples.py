"""Reads what the benchmarks write."""

import csv

from summary import FIELDS, Sample


class BadFile(Exception):
    """A file is not what it should be; the message says why."""


def read_samples(lines, placement, label, round_number, is_disturbed):
    """The samples of a CSV file that a run of one round wrote."""
    reader = csv.DictReader(lines)
    wanted = ("work", "size", "variant", "is_twin") + FIELDS
    missing = [name for name in wanted if name not in (reader.fieldnames or ())]
    if missing:
        raise BadFile("no column %s" % ", ".join(missing))
    samples = []
    for row in reader:
        try:
            samples.append(
                Sample(placement=placement, label=label, round=round_number,
                       work=row["work"], size=int(row["size"]),
                       variant=row["variant"], is_twin=row["is_twin"] == "1",
                       is_disturbed=is_disturbed,
                       costs={name: float(row[name]) for name in FIELDS}))
        except (TypeError, ValueError):
            raise BadFile("line %d is not one of a benchmark" %
                          reader.line_num) from None
    return samples


def read_footprint(lines):
    """The rows of //bench:footprint_benchmark."""
    try:
        return [{
            "what": row["what"],
            "count": int(row["count"]),
            "descriptors": float(row["descriptors"]),
            "kib": float(row["kib"])
        } for row in csv.DictReader(lines)]
    except (KeyError, TypeError, ValueError):
        raise BadFile("not a table of footprints") from None
