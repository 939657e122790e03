#!/usr/bin/env python3
"""Shows compile_time.py its own files and figures."""

import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import compile_time  # noqa: E402

BY_NAME = {part.name: part for part in compile_time.PARTS}


def options(*arguments):
    return compile_time.parse_arguments(list(arguments))


class GenerationTest(unittest.TestCase):

    def test_no_two_structs_have_the_same_fields(self):
        lists = {
            tuple(compile_time.field_types(i))
            for i in range(compile_time.MOST_STRUCTS)
        }
        self.assertEqual(len(lists), compile_time.MOST_STRUCTS)
        for fields in lists:
            self.assertEqual(len(set(fields)), compile_time.FIELDS)

    def test_the_first_structs_use_all_types(self):
        used = {
            field for i in range(compile_time.FEW)
            for field in compile_time.field_types(i)
        }
        self.assertEqual(used, set(compile_time.TYPES))

    def test_a_source_has_its_structs_and_their_use(self):
        text = compile_time.source_of(BY_NAME["both ways"], 3)
        for i in range(3):
            self.assertIn("struct S%d {" % i, text)
            self.assertIn("EncodeInto(value, room)", text)
            self.assertIn("s::Decode<S%d>(bytes)" % i, text)
        self.assertNotIn("S3", text)
        self.assertNotIn("@", text)
        self.assertNotIn("SerializeFields", text)

    def test_decode_into_needs_no_status_or(self):
        text = compile_time.source_of(BY_NAME["both ways, into"], 1)
        self.assertIn("EncodeInto(value, room)", text)
        self.assertIn("s::DecodeInto(bytes, value)", text)
        self.assertNotIn("StatusOr<S0>", text)

    def test_a_hook_lists_all_fields(self):
        text = compile_time.source_of(BY_NAME["hook structs only"], 1)
        self.assertIn("fields(self.f0, self.f1,", text)
        self.assertIn("self.f11);", text)

    def test_the_headers_alone_have_no_structs(self):
        self.assertNotIn("struct S",
                         compile_time.source_of(BY_NAME["headers"], 3))


class FiguresTest(unittest.TestCase):

    # Two structs took 1.5 s and ten took 2.3 s; the structs themselves 1 s and
    # 1.1 s.
    SECONDS = {
        ("headers", 2): 0.9,
        ("headers", 10): 0.9,
        ("structs only", 2): 1.0,
        ("structs only", 10): 1.1,
        ("both ways, into", 2): 1.5,
        ("both ways, into", 10): 2.3,
    }
    PARTS = compile_time.with_bases(["both ways, into"])

    def test_a_struct_costs_what_it_adds(self):
        self.assertAlmostEqual(
            compile_time.cost_ms(BY_NAME["both ways, into"], self.SECONDS, 10), 87.5)
        self.assertAlmostEqual(
            compile_time.first_ms(BY_NAME["both ways, into"], self.SECONDS), 500)

    def test_the_least_time_counts_and_the_difference_is_told(self):
        times = {"a": [2.0, 1.0, 3.0], "b": [1.0, 1.5], "c": [4.0, 4.0]}
        self.assertEqual(compile_time.least_of(times),
                         {"a": 1.0, "b": 1.0, "c": 4.0})
        self.assertAlmostEqual(compile_time.noise(times), 0.5)

    def test_the_table_has_the_budget(self):
        lines = compile_time.table(self.PARTS, self.SECONDS, 10)
        self.assertEqual(lines[1].split(), ["headers", "-", "900", "ms"])
        self.assertEqual(
            lines[-1].split(),
            "both ways, into 87.50 ms 500 ms 583 % of the budget of 15 ms".split())

    def test_the_check_has_a_multiple(self):
        beyond = compile_time.beyond_check(self.PARTS, self.SECONDS, 10)
        self.assertEqual(beyond, ["both ways, into"])
        faster = dict(self.SECONDS)
        faster["both ways, into", 10] = 2.0
        self.assertEqual(
            compile_time.beyond_check(self.PARTS, faster, 10), [])


class OptionsTest(unittest.TestCase):

    def test_a_part_brings_what_it_is_compared_with(self):
        self.assertEqual([p.name for p in options("--part", "Decode").parts],
                         ["headers", "structs only", "Decode"])
        self.assertEqual(len(options().parts), len(compile_time.PARTS))

    def test_every_base_is_a_part_before(self):
        seen = {None}
        for part in compile_time.PARTS:
            self.assertIn(part.base, seen)
            seen.add(part.name)

    def test_what_cannot_be_is_refused(self):
        for bad in (["--part", "x"], ["--structs", "2"], ["--structs", "157"],
                    ["--runs", "0"], ["--level", "9"]):
            with self.assertRaises(SystemExit), open(os.devnull, "w") as null:
                stderr, sys.stderr = sys.stderr, null
                try:
                    options(*bad)
                finally:
                    sys.stderr = stderr


class ProgramTest(unittest.TestCase):

    def run_program(self, *arguments):
        return subprocess.run(
            [sys.executable, os.path.join(HERE, "compile_time.py"),
             *arguments], capture_output=True, text=True)

    def test_a_missing_compiler_is_no_failure(self):
        done = self.run_program("--compiler", "no-such-compiler", "--check")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no-such-compiler: not found", done.stdout)
        self.assertIn("nothing was measured", done.stdout)

    def test_a_compiler_that_fails_is_one(self):
        done = self.run_program("--compiler", "false")
        self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
