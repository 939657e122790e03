#!/usr/bin/env python3
"""Measures what //serialize costs at compile time, for each struct.

  tools/compile_time/compile_time.py [--compiler g++]... [--level 0]...
      [--structs 50] [--runs 3] [--part NAME]... [--check]

Compiles generated files of structs with 12 fields each, no two alike, against
the headers of this tree, and for each part a file that uses all of them in one
way. Prints for each part, beyond what it is compared with,

  a struct   the milliseconds of one more struct: files of --structs of them
             compared with files of two, which use every type of field
  first two  the milliseconds of those two, with all that is compiled for the
             first use

out of the least user time of several runs, which take turns. Where the runs
differ by more than a tenth, the figures say little: wait for an idle machine.

The budget is 15 ms a struct for writing and reading together, without
optimization and without the absl::StatusOr of the struct that Decode() returns:
"both ways, into". --check exits with 1 if a compiler needs more than 4 times
that.

Where no compiler is found it says so and exits with 0.
"""

import argparse
import collections
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

BUDGET_MS = 15
# A busy machine takes half as long again, never four times.
CHECK_MULTIPLE = 4
FIELDS = 12
# As few as use all types of fields.
FEW = 2

TYPES = ("std::uint32_t", "std::string", "double", "std::uint64_t",
         "std::vector<std::uint32_t>", "bool", "std::int32_t",
         "std::vector<std::string>", "float", "std::optional<std::uint32_t>",
         "std::uint8_t", "std::map<std::string, std::int64_t>", "std::int16_t")
# With more there would be two alike.
MOST_STRUCTS = len(TYPES) * (len(TYPES) - 1)

HEADERS = """\
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/utility/utility.h"
#include "ipc_channel/serialize/serialize.h"

namespace s = ipc_channel::serialize;

struct Error {
  operator absl::Status() && { return std::move(status); }
  absl::Status status;
};
"""

ENCODE = """\
absl::Status Encode@(const S@& value, s::EncodeRoom room) {
  return s::EncodeInto(value, room);
}
"""
DECODE = """\
absl::StatusOr<S@> Decode@(std::span<const std::byte> bytes) {
  return s::Decode<S@>(bytes);
}
"""
DECODE_INTO = """\
absl::Status DecodeInto@(std::span<const std::byte> bytes, S@& value) {
  return s::DecodeInto(bytes, value);
}
"""
# All that Decode() does with its result.
STATUS_OR = """\
absl::StatusOr<S@> Make@(absl::Status status) {
  absl::StatusOr<S@> result(absl::in_place);
  if (!status.ok()) result = Error{std::move(status)};
  return result;
}
"""

# What is compiled: whether the structs have a field list (or None for no
# structs at all), what uses each of them ("@" is its number), and the part
# whose time is subtracted.
Part = collections.namedtuple("Part", "name has_hook use base in_budget")
PARTS = (
    Part("headers", None, "", None, False),
    Part("structs only", False, "", "headers", False),
    Part("Serializable", False,
         "static_assert(s::Serializable<S@> && s::Deserializable<S@>);\n",
         "structs only", False),
    Part("EncodeInto", False, ENCODE, "structs only", False),
    Part("Reader::Read", False,
         "bool Read@(s::Reader& in, S@& value) { return in.Read(value); }\n",
         "structs only", False),
    Part("Decode", False, DECODE, "structs only", False),
    Part("DecodeInto", False, DECODE_INTO, "structs only", False),
    Part("StatusOr alone", False, STATUS_OR, "structs only", False),
    Part("both ways, into", False, ENCODE + DECODE_INTO, "structs only", True),
    Part("both ways", False, ENCODE + DECODE, "structs only", False),
    Part("hook structs only", True, "", "headers", False),
    Part("hook both ways, into", True, ENCODE + DECODE_INTO,
         "hook structs only", True),
    Part("hook both ways", True, ENCODE + DECODE, "hook structs only", False),
)


def field_types(index):
    """The types of a struct's fields, in an order that no other has.

    The number of types is prime: steps of any width through them meet each type
    once, beginning anywhere. One type is left out of each struct.
    """
    length = len(TYPES)
    step = index // length + 1
    return [TYPES[(index + i * step) % length] for i in range(FIELDS)]


def struct_text(index, has_hook):
    lines = ["struct S%d {" % index]
    for i, field in enumerate(field_types(index)):
        lines.append("  %s f%d;" % (field, i))
    if has_hook:
        names = ", ".join("self.f%d" % i for i in range(FIELDS))
        lines += [
            "  template <class F>",
            "  friend constexpr auto SerializeFields(S%d& self, F&& fields) {" %
            index,
            "    return fields(%s);" % names,
            "  }",
        ]
    return "\n".join(lines + ["};", ""])


def source_of(part, structs):
    """The C++ file that is compiled for a part."""
    if part.has_hook is None:
        return HEADERS
    text = [HEADERS]
    text += [struct_text(i, part.has_hook) for i in range(structs)]
    text += [part.use.replace("@", str(i)) for i in range(structs)]
    return "\n".join(text)


def with_bases(names):
    """The parts of these names (all if none) and those they are compared with.
    """
    by_name = {part.name: part for part in PARTS}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise ValueError("no part %s; there are: %s" %
                         (", ".join(unknown), ", ".join(by_name)))
    wanted = set()
    for name in names or by_name:
        while name is not None:
            wanted.add(name)
            name = by_name[name].base
    return [part for part in PARTS if part.name in wanted]


def user_seconds(command):
    """The processor time that a command and its children take in user mode."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def compile_command(compiler, level, include, source):
    return [compiler, "-std=c++20", "-O%s" % level, "-w", "-I", include, "-c",
            source, "-o", os.devnull]


def write_sources(parts, counts, folder):
    """Writes a file for each part and number of structs; their names."""
    sources = {}
    for i, part in enumerate(parts):
        for count in counts:
            name = os.path.join(folder, "part%d_%d.cc" % (i, count))
            with open(name, "w", encoding="ascii") as file:
                file.write(source_of(part, count))
            sources[part.name, count] = name
    return sources


def measure(parts, compiler, level, structs, runs, root):
    """The user time of each run, by part's name and number of structs."""
    times = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(root, os.path.join(folder, "ipc_channel"))
        sources = write_sources(parts, (FEW, structs), folder)
        for _ in range(runs):
            for key, source in sources.items():
                times[key].append(
                    user_seconds(
                        compile_command(compiler, level, folder, source)))
    return times


def least_of(times):
    """The least time of each file: what disturbs a compiler only adds."""
    return {key: min(runs) for key, runs in times.items()}


def noise(times):
    """By how much the median file's slowest run exceeds its fastest."""
    return statistics.median(
        max(runs) / min(runs) for runs in times.values()) - 1


def first_ms(part, seconds):
    """Milliseconds of the first structs beyond the part's base."""
    return 1000 * (seconds[part.name, FEW] - seconds[part.base, FEW])


def cost_ms(part, seconds, structs):
    """Milliseconds of one more struct beyond the part's base."""

    def growth(name):
        return seconds[name, structs] - seconds[name, FEW]

    return 1000 * (growth(part.name) - growth(part.base)) / (structs - FEW)


def table(parts, seconds, structs):
    """The lines to print for one compiler and level."""
    lines = ["  %-20s %10s %10s  %s" % ("part", "a struct", "first two", "")]
    for part in parts:
        if part.base is None:
            lines.append("  %-20s %10s %7.0f ms" %
                         (part.name, "-", 1000 * seconds[part.name, FEW]))
            continue
        cost = cost_ms(part, seconds, structs)
        line = "  %-20s %7.2f ms %7.0f ms" % (part.name, cost,
                                              first_ms(part, seconds))
        if part.in_budget:
            line += "  %.0f %% of the budget of %d ms" % (
                100 * cost / BUDGET_MS, BUDGET_MS)
        lines.append(line)
    return [line.rstrip() for line in lines]


def beyond_check(parts, seconds, structs):
    """The parts of the budget that took more than --check allows."""
    return [
        part.name for part in parts if part.in_budget and
        cost_ms(part, seconds, structs) > CHECK_MULTIPLE * BUDGET_MS
    ]


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--compiler", action="append",
                        help="default: g++ and clang++")
    parser.add_argument("--level", action="append", choices=list("0123s"),
                        help="of optimization; default: 0")
    parser.add_argument("--structs", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--part", action="append", default=[],
                        help="one of: " + ", ".join(p.name for p in PARTS))
    parser.add_argument("--check", action="store_true")
    parsed = parser.parse_args(arguments)
    if not FEW < parsed.structs <= MOST_STRUCTS:
        parser.error("--structs takes a number from %d to %d" %
                     (FEW + 1, MOST_STRUCTS))
    if parsed.runs < 1:
        parser.error("--runs takes a number from 1 on")
    try:
        parsed.parts = with_bases(parsed.part)
    except ValueError as error:
        parser.error(str(error))
    return parsed


def tree_root():
    here = os.path.dirname(os.path.realpath(__file__))
    return os.path.dirname(os.path.dirname(here))


def main(arguments):
    options = parse_arguments(arguments)
    failures = []
    found = 0
    for compiler in options.compiler or ("g++", "clang++"):
        if shutil.which(compiler) is None:
            print("%s: not found, not measured" % compiler)
            continue
        found += 1
        for level in options.level or ("0",):
            times = measure(options.parts, compiler, level, options.structs,
                            options.runs, tree_root())
            seconds = least_of(times)
            print("%s -O%s, %d structs of %d fields, least of %d runs, which "
                  "differ by %.0f %%" %
                  (compiler, level, options.structs, FIELDS, options.runs,
                   100 * noise(times)))
            print("\n".join(table(options.parts, seconds, options.structs)),
                  flush=True)
            if level == "0":
                failures += [
                    "%s: %s is beyond %d times its budget" %
                    (compiler, name, CHECK_MULTIPLE)
                    for name in beyond_check(options.parts, seconds,
                                             options.structs)
                ]
    if found == 0:
        print("no compiler: nothing was measured")
    if not options.check:
        return 0
    print("\n".join(failures or ["%d compilers within the check" % found]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
