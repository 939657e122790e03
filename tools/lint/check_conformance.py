#!/usr/bin/env python3
"""Checks that every test which docs/conformance.md names exists.

  check_conformance.py [--root DIR | --beside FILE]

A row of a table there has three cells: behaviour, tests, back ends. The tests
are `//package:target` followed by one or more `Suite.Name`, in backquotes.
Prints one line for each row that is wrong; exits with 1 if there was one.
"""

import argparse
import os
import re
import sys

PAGE = "docs/conformance.md"

CODE = re.compile(r"`([^`]+)`")
LABEL = re.compile(r"//([\w/]*):(\w+)")
TEST = re.compile(r"(\w+)\.(\w+)")
RULE = re.compile(r"^\w+\(\n((?:(?: .*)?\n)*?)\)$", re.MULTILINE)
SOURCES = re.compile(r"^    srcs = \[([^\]]*)\]", re.MULTILINE)


def read_text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def sources_of(root, package, target):
    """The text of a target's sources; None if there is no such target."""
    build = os.path.join(root, package, "BUILD.bazel")
    if not os.path.isfile(build):
        return None
    for rule in RULE.findall(read_text(build)):
        if f'    name = "{target}",\n' not in rule:
            continue
        listed = SOURCES.search(rule)
        names = re.findall(r'"([^"]+)"', listed.group(1)) if listed else []
        return "\n".join(
            read_text(os.path.join(root, package, name)) for name in names)
    return None


def has_test(sources, suite, name):
    return re.search(
        r"^(?:TYPED_)?TEST(?:_F|_P)?\(\s*%s,\s*%s\)" % (suite, name), sources,
        re.MULTILINE) is not None


def check_cell(root, cell):
    """What is wrong with the tests that a row names."""
    sources = label = None
    tests = 0
    for word in CODE.findall(cell):
        as_label, as_test = LABEL.fullmatch(word), TEST.fullmatch(word)
        if as_label:
            label = word
            sources = sources_of(root, *as_label.groups())
            if sources is None:
                yield f"{label}: no such target"
        elif not as_test:
            yield f"{word}: neither a target nor a test"
        elif label is None:
            yield f"{word}: of which target?"
        else:
            tests += 1
            if sources is not None and not has_test(sources,
                                                    *as_test.groups()):
                yield f"{word}: no such test in {label}"
    if tests == 0:
        yield "names no test"


def rows_of(text):
    """Number and cells of each row, without the heads of the tables."""
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.startswith("|") or line.startswith("|---"):
            continue
        if number < len(lines) and lines[number].startswith("|---"):
            continue
        yield number, [cell.strip() for cell in line.strip("|").split("|")]


def check_page(root):
    """All complaints, and how many rows were looked at."""
    complaints = []
    count = 0
    for number, cells in rows_of(read_text(os.path.join(root, PAGE))):
        count += 1
        if len(cells) != 3 or not all(cells):
            complaints.append(f"{PAGE}:{number}: not three cells")
            continue
        complaints += [
            f"{PAGE}:{number}: {complaint}"
            for complaint in check_cell(root, cells[1])
        ]
    return complaints, count


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
    complaints, count = check_page(find_root(parser.parse_args()))
    if count == 0:
        complaints = [f"{PAGE}: no rows there"]
    print("\n".join(complaints + [f"{count} rows, {len(complaints)} wrong"]))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
