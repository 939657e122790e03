#!/usr/bin/env python3
"""Shows check_suites.py a good table and each kind of bad one."""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_suites  # noqa: E402

BUILD = """\
ipc_cc_test(
    name = "everywhere_test",
    srcs = ["everywhere_test.cc"],
)

ipc_cc_test(
    name = "unix_test",
    srcs = ["unix_test.cc"],
    target_compatible_with = NEEDS_UNIX_BACKEND,
)

ipc_cc_test(
    name = "by_name_test",
    tags = ["manual"],
    target_compatible_with = NEEDS_UNIX_BACKEND,
)

ipc_cc_library(
    name = "library",
    target_compatible_with = NEEDS_UNIX_BACKEND,
)
"""
DEEP = """\
ipc_cc_test(
    name = "deep_test",
    target_compatible_with = NEEDS_SYSTEM_BACKEND,
)
"""
HEAD = check_suites.HEADING + """

| tests | Unix | in process | Mach | why |
|---|---|---|---|---|
"""
GOOD = HEAD + """\
| `//channel:unix_test` | yes | no | no | sockets |
| `//channel/deep:deep_test` | yes | no | yes | processes |

## The next heading

| something else |
|---|
| `//channel:other` |
"""


class CheckSuitesTest(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.write("channel/BUILD.bazel", BUILD)
        self.write("channel/deep/BUILD.bazel", DEEP)

    def write(self, path, text):
        path = os.path.join(self.folder.name, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def complaints(self, page):
        self.write(check_suites.PAGE, page)
        return check_suites.check(self.folder.name)[0]

    def expect_one(self, page, part):
        complaints = self.complaints(page)
        self.assertEqual(len(complaints), 1, complaints)
        self.assertIn(part, complaints[0])

    def test_a_true_table_is_good(self):
        self.assertEqual(self.complaints(GOOD), [])

    def test_a_test_that_is_not_named(self):
        row = "| `//channel/deep:deep_test` | yes | no | yes | processes |\n"
        self.expect_one(GOOD.replace(row, ""), "deep_test: not in the table")

    def test_a_back_end_that_is_wrong(self):
        self.expect_one(GOOD.replace("| yes | no | no |", "| yes | no | yes |"),
                        "unix_test: runs over")

    def test_a_reason_that_is_missing(self):
        self.expect_one(GOOD.replace("| sockets |", "|  |"),
                        "does not say why")

    def test_a_test_that_runs_everywhere(self):
        row = "| `//channel:everywhere_test` | yes | no | no | no reason |\n"
        self.expect_one(GOOD.replace(HEAD, HEAD + row),
                        "everywhere_test: no such test")

    def test_a_row_without_a_test(self):
        row = "| some tests | yes | no | no | a reason |\n"
        self.expect_one(GOOD.replace(HEAD, HEAD + row), "names no test")

    def test_no_table_at_all(self):
        self.assertIn("no table there", "".join(self.complaints("")))


if __name__ == "__main__":
    unittest.main()
