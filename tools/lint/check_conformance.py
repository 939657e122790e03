#!/usr/bin/env python3
"""Checks that every test which a table of the documentation names exists.

  check_conformance.py [--root DIR | --beside FILE]

All tables of docs/conformance.md, and those of docs/serialize.md that have it,
have a column whose head is "tests". The tests are `//package:target` followed
by one or more `Suite.Name`, in backquotes. Prints one line for each row that is
wrong; exits with 1 if there was one.
"""

import argparse
import os
import re
import sys

# The pages, and whether each of their tables must name tests.
PAGES = {"docs/conformance.md": True, "docs/serialize.md": False}
COLUMN = "tests"

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


def cells_of(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def rows_of(text):
    """Number, cells, and cells of the table's head, of each row but heads."""
    lines = text.split("\n")
    head = None
    for number, line in enumerate(lines, start=1):
        if not line.startswith("|") or line.startswith("|---"):
            continue
        if number < len(lines) and lines[number].startswith("|---"):
            head = cells_of(line)
        else:
            yield number, cells_of(line), head


def check_row(root, cells, head):
    """What is wrong with a row of a table that names tests."""
    if COLUMN not in head:
        return [f"a table without a column of {COLUMN}"]
    if len(cells) != len(head) or not all(cells):
        return [f"not {len(head)} cells"]
    return list(check_cell(root, cells[head.index(COLUMN)]))


def check_page(root, page, names_always):
    """All complaints, and how many rows were looked at."""
    complaints = []
    count = 0
    for number, cells, head in rows_of(read_text(os.path.join(root, page))):
        if COLUMN not in head and not names_always:
            continue
        count += 1
        complaints += [
            f"{page}:{number}: {complaint}"
            for complaint in check_row(root, cells, head)
        ]
    if count == 0:
        complaints.append(f"{page}: no rows there")
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
    root = find_root(parser.parse_args())
    complaints = []
    count = 0
    for page, names_always in PAGES.items():
        of_page, rows = check_page(root, page, names_always)
        complaints += of_page
        count += rows
    print("\n".join(complaints + [f"{count} rows, {len(complaints)} wrong"]))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
