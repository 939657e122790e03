#!/usr/bin/env python3
"""Checks the rules of this tree that compilers do not know.

  check_sources.py [--root DIR | --beside FILE]

Looks at every file of the tree that git does not ignore, or, where git cannot
tell, at every file. Prints one line for each violation; exits with 1 if there
was one.
"""

import argparse
import os
import re
import subprocess
import sys

PUBLIC_FOLDERS = ("bootstrap", "channel", "platforms", "serialize", "testing",
                  "transport")
SOURCE_FOLDERS = PUBLIC_FOLDERS + ("bench", "examples")
FOREIGN_INCLUDES = ("absl/", "benchmark/", "gmock/", "google/protobuf/",
                    "gtest/")
# Workspaces of their own, which use this one from outside.
OUTSIDE = ("examples/as_dependency/",)
STANDARD_CHECK = "ipc_channel/platforms/cxx20.h"

INCLUDE = re.compile(
    r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]*)[">]',
    re.MULTILINE)

LIBRARY = re.compile(r"^ipc_cc_library\(\n((?:(?: .*)?\n)*?)\)$", re.MULTILINE)
ATTRIBUTE = re.compile(r"^    (\w+) = ", re.MULTILINE)
ASSIGNMENT = re.compile(r"^(\w+) = select\((?:.*\n)(?: .*\n)*\}\)$",
                        re.MULTILINE)
CHOICE_OF_BACK_END = re.compile(r'"//platforms:\w*_backend\w*"')
ONE_BACK_END = re.compile(r"NEEDS_(?:MACH|UNIX)_BACKEND(?:_ON_\w+)?")
# What reaches the compile lines of whoever depends on a library.
SEEN_FROM_ABOVE = ("defines", "deps", "hdrs", "includes", "textual_hdrs")

# Assembled from parts, so that this file keeps its own rules.
REGISTRIES = [
    ".".join(labels) for labels in (
        ("archive", "ubuntu", "com"),
        ("bcr", "bazel", "build"),
        ("conda", "anaconda", "org"),
        ("crates", "io"),
        ("debian", "org"),
        ("maven", "google", "com"),
        ("npmjs", "com"),
        ("npmjs", "org"),
        ("ports", "ubuntu", "com"),
        ("proxy", "golang", "org"),
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "bazel", "build"),
        ("repo", "maven", "apache", "org"),
        ("repo1", "maven", "org"),
        ("rubygems", "org"),
        ("security", "ubuntu", "com"),
        ("yarnpkg", "com"),
    )
]
FORBIDDEN = [
    (re.compile(r"\b(?:%s)\b" % "|".join(map(re.escape, REGISTRIES)),
                re.IGNORECASE), "names the host of a package registry"),
    (re.compile("/" + "work" + "/"), "names a path of one machine"),
    (re.compile(r"\b(?:%s)\b" % "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3))),
     "marks unfinished work"),
]


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def check_includes(path, text):
    """Own headers are included by their full name, in quotes."""
    for match in INCLUDE.finditer(text):
        quote, header = match.groups()
        where = line_of(text, match.start())
        if quote == "<":
            if header.split("/")[0] in SOURCE_FOLDERS + ("ipc_channel",):
                yield where, f"<{header}>: own headers are included in quotes"
        elif header.startswith("ipc_channel needs "):
            continue  # the sentence of platforms/cxx20.h
        elif not header.startswith(("ipc_channel/",) + FOREIGN_INCLUDES):
            yield where, (f'"{header}": own headers are included as '
                          '"ipc_channel/<folder>/<header>.h", '
                          "those of the system in angle brackets")


def guard_of(path):
    return "IPC_CHANNEL_" + re.sub(r"[^A-Za-z0-9]", "_", path).upper() + "_"


def check_guard(path, text):
    """A header has the include guard of its path."""
    guard = guard_of(path)
    code = re.sub(r"^(?://[^\n]*\n|\s*\n)*", "", text)
    if not code.startswith(f"#ifndef {guard}\n#define {guard}\n"):
        yield 1, f"does not start with #ifndef and #define {guard}"
    if not text.endswith(f"\n#endif  // {guard}\n"):
        yield line_of(text, len(text)), f"does not end with #endif  // {guard}"


def is_public_header(path):
    return (path.endswith(".h") and path.split("/")[0] in PUBLIC_FOLDERS and
            "internal" not in path.split("/"))


def check_standard(path, text):
    """A public header refuses an old language standard before all else."""
    first = INCLUDE.search(text)
    if "ipc_channel/" + path == STANDARD_CHECK:
        return
    if first is None or first.groups() != ('"', STANDARD_CHECK):
        yield 1, (f'a public header includes "{STANDARD_CHECK}" first '
                  "(private ones stand in a folder internal/)")


def attributes_of(rule):
    parts = ATTRIBUTE.split(rule)
    return dict(zip(parts[1::2], parts[2::2]))


def check_choice_of_back_end(path, text):
    """Nobody above a library of several back ends sees which one it is."""
    chosen = [match.group(1) for match in ASSIGNMENT.finditer(text)
              if CHOICE_OF_BACK_END.search(match.group())]
    by_name = re.compile(r"\b(?:%s)\b" % "|".join(chosen)) if chosen else None
    for match in LIBRARY.finditer(text):
        attributes = attributes_of(match.group(1))
        needs = attributes.get("target_compatible_with", "").strip(" ,\n")
        if ONE_BACK_END.fullmatch(needs):
            continue
        for name in SEEN_FROM_ABOVE:
            value = attributes.get(name, "")
            if CHOICE_OF_BACK_END.search(value) or (by_name and
                                                    by_name.search(value)):
                yield line_of(text, match.start()), (
                    f"{name} by back end: whatever depends on it belongs in "
                    "srcs and implementation_deps")


def check_words(path, text):
    """No file has what belongs to one machine, or is unfinished."""
    for pattern, complaint in FORBIDDEN:
        for match in pattern.finditer(text):
            yield line_of(text, match.start()), f"{match.group()}: {complaint}"


def rules_for(path):
    yield check_words
    if path.endswith("BUILD.bazel") and not path.startswith(OUTSIDE):
        yield check_choice_of_back_end
    if not path.endswith((".h", ".cc")) or path.startswith(OUTSIDE):
        return
    if path.split("/")[0] in SOURCE_FOLDERS:
        yield check_includes
        if path.endswith(".h"):
            yield check_guard
        if is_public_header(path):
            yield check_standard


def check_text(path, text):
    """The violations in a file, as 'path:line: complaint'."""
    return [
        f"{path}:{line}: {complaint}" for rule in rules_for(path)
        for line, complaint in rule(path, text)
    ]


def files_by_git(root):
    command = ["git", "-C", root, "ls-files", "-z", "--cached", "--others",
               "--exclude-standard"]
    try:
        listed = subprocess.run(command, check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return [name for name in listed.decode().split("\0") if name]


def files_by_walk(root):
    names = []
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = [
            s for s in subfolders
            if s not in (".git", "node_modules") and
            not s.startswith("bazel-") and
            not os.path.islink(os.path.join(folder, s))
        ]
        names += [os.path.relpath(os.path.join(folder, f), root) for f in files]
    return names


def tree_files(root):
    names = files_by_git(root)
    if names is None:
        names = files_by_walk(root)
    return sorted(n for n in names if os.path.isfile(os.path.join(root, n)))


def read_text(path):
    """The file's text, or None where it has none."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except UnicodeDecodeError:
        return None


def check_tree(root):
    """All violations, and how many files were looked at."""
    violations = []
    names = tree_files(root)
    for name in names:
        text = read_text(os.path.join(root, name))
        if text is not None:
            violations += check_text(name, text)
    return violations, len(names)


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
    parser.add_argument("--list-public-headers", action="store_true")
    arguments = parser.parse_args()
    root = find_root(arguments)
    if arguments.list_public_headers:
        print("\n".join(filter(is_public_header, tree_files(root))))
        return 0
    violations, count = check_tree(root)
    if count == 0:
        violations = [f"{root}: no files there"]
    print("\n".join(violations + [f"{count} files, {len(violations)} bad"]))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
