#!/usr/bin/env python3
"""Checks the table of docs/porting.md that says which tests run where.

  check_suites.py [--root DIR | --beside FILE]

The table under the heading "Which tests run over which back end" has a row for
each test of the rooms below that some back end skips, with "yes" or "no" for
each back end, as target_compatible_with in the BUILD files has it, and says why
if there is a "no". Prints one line for each complaint; exits with 1 if there
was one.
"""

import argparse
import os
import re
import sys

PAGE = "docs/porting.md"
HEADING = "### Which tests run over which back end"

# Rooms that are above the back ends: whoever is left out there is told why.
ROOMS = ("bootstrap", "channel", "testing", "testing/contract", "testing/model", "transport")
ROOMS_WITH_SUBFOLDERS = ("channel",)

# By the names that BUILD files give to target_compatible_with: Unix on Linux,
# in process, Mach emulated.
RUNS_OVER = {
    "NEEDS_NO_MACH_EMULATION": ("yes", "yes", "no"),
    "NEEDS_PROCESSES": ("yes", "no", "yes"),
    "NEEDS_SYSTEM_BACKEND": ("yes", "no", "yes"),
    "NEEDS_UNIX_BACKEND": ("yes", "no", "no"),
    "NEEDS_UNIX_BACKEND_ON_LINUX": ("yes", "no", "no"),
    "NEEDS_MACH_BACKEND": ("no", "no", "yes"),
    "NEEDS_MACH_BACKEND_ON_LINUX": ("no", "no", "yes"),
}

RULE = re.compile(r"^\w+\(\n((?:(?: .*)?\n)*?)\)$", re.MULTILINE)
NAME = re.compile(r'^    name = "(\w+_test|\w+_fuzzer)",$', re.MULTILINE)
COMPATIBLE = re.compile(r"^    target_compatible_with = (NEEDS_\w+),$",
                        re.MULTILINE)
LABEL = re.compile(r"`(//[\w/]+:\w+)`")


def read_text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def packages(root):
    for room in ROOMS:
        yield room
    for room in ROOMS_WITH_SUBFOLDERS:
        for folder, _, files in sorted(os.walk(os.path.join(root, room))):
            package = os.path.relpath(folder, root)
            if "BUILD.bazel" in files and package not in ROOMS:
                yield package


def tests_that_are_skipped(root):
    """What each test that some back end skips runs over, by label."""
    found = {}
    for package in packages(root):
        build = os.path.join(root, package, "BUILD.bazel")
        if not os.path.isfile(build):
            continue
        for rule in RULE.findall(read_text(build)):
            name, needs = NAME.search(rule), COMPATIBLE.search(rule)
            if name and needs and '"manual"' not in rule:
                label = f"//{package}:{name.group(1)}"
                found[label] = RUNS_OVER[needs.group(1)]
    return found


def rows_of(text):
    """The cells of each row under the heading, but for those of its head."""
    section = text.split(HEADING + "\n", 1)
    if len(section) < 2:
        return []
    lines = re.split(r"^#", section[1], maxsplit=1,
                     flags=re.MULTILINE)[0].split("\n")
    rows = [line for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")]
            for row in rows[2:]]


def check(root):
    """All complaints, and how many tests the table names."""
    complaints = []
    expected = tests_that_are_skipped(root)
    named = {}
    for cells in rows_of(read_text(os.path.join(root, PAGE))):
        labels = LABEL.findall(cells[0])
        if not labels:
            complaints.append(f"{cells[0]}: names no test")
        if len(cells) != 5 or not cells[4]:
            complaints.append(f"{cells[0]}: does not say why")
        for label in labels:
            named[label] = tuple(cells[1:4])
    for label, runs_over in sorted(expected.items()):
        if label not in named:
            complaints.append(f"{label}: not in the table")
        elif named[label] != runs_over:
            complaints.append(
                f"{label}: runs over {runs_over}, not {named[label]}")
    complaints += [
        f"{label}: no such test, or none that is skipped"
        for label in sorted(named) if label not in expected
    ]
    if not named:
        complaints.append(f"{PAGE}: no table there")
    return [f"{PAGE}: {complaint}" for complaint in complaints], len(named)


def find_root(arguments):
    if arguments.beside:
        # Bazel's tests see the tree through links to its files.
        return os.path.dirname(os.path.realpath(arguments.beside))
    here = os.path.dirname(os.path.realpath(__file__))
    return arguments.root or os.path.dirname(os.path.dirname(here))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", help="the tree; default: this file's")
    parser.add_argument("--beside", help="a file at the top of the tree")
    complaints, count = check(find_root(parser.parse_args()))
    print("\n".join(complaints + [f"{count} tests, {len(complaints)} wrong"]))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
