#!/usr/bin/env python3
"""Shows check_conformance.py good rows and each kind of bad one."""

import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_conformance  # noqa: E402

BUILD = """\
ipc_cc_test(
    name = "other_test",
    srcs = ["other_test.cc"],
)

ipc_cc_test(
    name = "a_test",
    srcs = [
        "a_test.cc",
        "b_test.cc",
    ],
    deps = [":a"],
)
"""

HEAD = "| behaviour | tests | back ends |\n|---|---|---|\n"
SERIALIZE = """\
| type | bytes |
|---|---|
| bool | one |

| type | how | more | tests |
|---|---|---|---|
| bool | so | `x.y` | %s |
"""


class CheckConformanceTest(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.write("room/BUILD.bazel", BUILD)
        self.write("room/other_test.cc", "TEST(OtherTest, Works) {}\n")
        self.write("room/a_test.cc", "TEST(ATest, Works) {}\n"
                   "TEST_F(ATest,\n       LongName) {}\n"
                   "// TEST(ATest, IsGone) {}\n"
                   "TEST(ATest, DISABLED_Fails) {}\n")
        self.write("room/b_test.cc", "TEST_P(BTest, Works) {}\n")

    def write(self, path, text):
        path = os.path.join(self.folder.name, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def check(self, rows):
        self.write("docs/conformance.md", HEAD + rows)
        return check_conformance.check_page(self.folder.name,
                                            "docs/conformance.md", True)[0]

    def check_serialize(self, cell):
        self.write("docs/serialize.md", SERIALIZE % cell)
        return check_conformance.check_page(self.folder.name,
                                            "docs/serialize.md", False)

    def bad(self, row, complaint):
        found = self.check(row)
        self.assertEqual(len(found), 1, found)
        self.assertIn("docs/conformance.md:3: ", found[0])
        self.assertIn(complaint, found[0])

    def test_good_rows(self):
        self.assertEqual(
            self.check("| it works | `//room:a_test` `ATest.Works`, "
                       "`ATest.LongName` `BTest.Works` | both |\n"
                       "| more | `//room:a_test` `ATest.Works`; "
                       "`//room:other_test` `OtherTest.Works` | Unix |\n"), [])

    def test_bad_rows(self):
        self.bad("| a | `//room:a_test` `ATest.Worked` | both |", "no such test")
        self.bad("| a | `//room:a_test` `ATest.IsGone` | both |", "no such test")
        self.bad("| a | `//room:a_test` `ATest.Fails` | both |", "no such test")
        self.bad("| a | `//room:a_test` `OtherTest.Works` | both |",
                 "no such test")
        self.bad("| a | `//room:gone_test` `ATest.Works` | both |",
                 "no such target")
        self.bad("| a | `//gone:a_test` `ATest.Works` | both |",
                 "no such target")
        self.bad("| a | `//room:a_test` | both |", "names no test")
        self.bad("| a | it is obvious | both |", "names no test")
        self.bad("| a | `//room:a_test` `ATest.Works` |", "not 3 cells")
        self.bad("| a | `//room:a_test` `ATest.Works` `what` | both |",
                 "neither")

    def test_page_with_tables_of_both_kinds(self):
        self.assertEqual(self.check_serialize("`//room:a_test` `ATest.Works`"),
                         ([], 1))
        found, rows = self.check_serialize("`//room:a_test` `ATest.Gone`")
        self.assertEqual(rows, 1)
        self.assertEqual(len(found), 1, found)
        self.assertIn("docs/serialize.md:7: ATest.Gone", found[0])
        self.assertIn("names no test", self.check_serialize("yes")[0][0])
        self.assertIn("not 4 cells", self.check_serialize("| a")[0][0])

    def test_table_without_tests(self):
        self.write("docs/conformance.md", "| a | b |\n|---|---|\n| c | d |\n")
        found = check_conformance.check_page(self.folder.name,
                                             "docs/conformance.md", True)[0]
        self.assertIn("without a column of tests", found[0])

    def test_test_without_target(self):
        self.assertIn("of which target?",
                      "\n".join(self.check("| a | `ATest.Works` | both |")))

    def test_exit_code(self):
        def run():
            script = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                  "check_conformance.py")
            return subprocess.run(
                [sys.executable, script, "--root", self.folder.name],
                check=False, capture_output=True).returncode

        self.check_serialize("`//room:a_test` `ATest.Works`")
        self.check("| a | `//room:a_test` `ATest.Works` | both |")
        self.assertEqual(run(), 0)
        self.check("| a | `//room:a_test` `ATest.Gone` | both |")
        self.assertEqual(run(), 1)
        self.check("")
        self.assertEqual(run(), 1)
        self.check("| a | `//room:a_test` `ATest.Works` | both |")
        self.check_serialize("`//room:a_test` `ATest.Gone`")
        self.assertEqual(run(), 1)


if __name__ == "__main__":
    unittest.main()
