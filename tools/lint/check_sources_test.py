#!/usr/bin/env python3
"""Shows check_sources.py good and bad samples of each rule."""

import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_sources  # noqa: E402

CXX20 = '#include "ipc_channel/platforms/cxx20.h"\n'


def header(path, body):
    guard = check_sources.guard_of(path)
    return f"#ifndef {guard}\n#define {guard}\n\n{body}\n#endif  // {guard}\n"


class CheckSourcesTest(unittest.TestCase):

    def good(self, path, text):
        self.assertEqual(check_sources.check_text(path, text), [])

    def bad(self, path, text, *complaints):
        found = check_sources.check_text(path, text)
        self.assertEqual(len(found), len(complaints), found)
        for line, complaint in zip(found, complaints):
            self.assertIn(complaint, line)

    def test_includes(self):
        self.good("channel/a.cc", '#include "ipc_channel/channel/a.h"\n')
        self.good("channel/a.cc", '#include <string>\n#include <sys/mman.h>\n')
        self.good("channel/a.cc", '#include "absl/status/status.h"\n'
                  '#include "gmock/gmock.h"\n')
        self.bad("channel/a.cc", '\n#include "channel/a.h"\n',
                 'channel/a.cc:2: "channel/a.h"')
        self.bad("transport/unix/a.cc", '#include "a.h"\n', '"a.h"')
        self.bad("bench/a.cc", '#  include "../channel/a.h"\n', "../channel")
        self.bad("testing/a.cc", "#include <ipc_channel/channel/a.h>\n",
                 "in quotes")
        self.bad("examples/x/a.cc", "#include <transport/a.h>\n", "in quotes")
        self.bad("serialize/a.cc", '#include "serialize/a.pb.h"\n', "a.pb.h")

    def test_includes_of_an_outside_workspace_are_its_own(self):
        self.good("examples/as_dependency/a.cc", '#include "greeting.h"\n')

    def test_guard(self):
        self.good("bench/load.h", header("bench/load.h", ""))
        self.good("bench/load.h", "// What.\n\n" + header("bench/load.h", ""))
        self.bad("bench/load.h", header("bench/other.h", ""),
                 "does not start with", "does not end with")
        self.bad("bench/load.h", "#pragma once\n", "does not start with",
                 "does not end with")
        self.assertEqual(check_sources.guard_of("transport/unix/scm-rights.h"),
                         "IPC_CHANNEL_TRANSPORT_UNIX_SCM_RIGHTS_H_")

    def test_standard(self):
        path = "channel/a.h"
        self.good(path, header(path, CXX20 + "#include <string>\n"))
        self.bad(path, header(path, "#include <string>\n" + CXX20), "first")
        self.bad(path, header(path, ""), "first")
        self.good("channel/internal/a.h", header("channel/internal/a.h", ""))
        self.good("bench/a.h", header("bench/a.h", ""))
        self.good("platforms/cxx20.h", header("platforms/cxx20.h", ""))

    def test_choice_of_back_end(self):
        path = "transport/BUILD.bazel"
        mach = 'select({\n%s"//platforms:mach_backend": [":a"],\n%s})'
        mach = mach % (" " * 8, " " * 4)
        system = "SYSTEM = " + mach.replace("\n    ", "\n") + "\n\n"

        def library(*attributes):
            lines = "".join(f"    {a},\n" for a in ('name = "a"',) + attributes)
            return f"ipc_cc_library(\n{lines})\n"

        self.good(path, library(f"srcs = {mach}", 'hdrs = ["a.h"]',
                                f"implementation_deps = {mach}",
                                f"target_compatible_with = {mach}"))
        self.good(path, system + library("implementation_deps = SYSTEM"))
        self.good(path, system + library(
            "target_compatible_with = NEEDS_MACH_BACKEND", "deps = SYSTEM"))
        self.good(path, library(f"deps = {mach}").replace("library", "test"))
        linux = mach.replace("mach_backend", "linux")
        self.good(path, library(f"deps = {linux}"))
        self.bad(path, "\n" + library(f'deps = [\n        ":b",\n    ] + {mach}'),
                 "transport/BUILD.bazel:2: deps")
        self.bad(path, library(f"hdrs = {mach}"), "hdrs")
        self.bad(path, system + library('deps = [":b"] + SYSTEM'), ":5: deps")
        self.bad(path, library("target_compatible_with = NEEDS_SYSTEM_BACKEND",
                               f"deps = {mach}"), "deps")

    def test_words(self):
        host = check_sources.REGISTRIES[0]
        self.good("README.md", "mktemp -d /tmp/a." + "X" * 6 + " homework/\n")
        self.bad("README.md", f"see https://{host}/a\n", "package registry")
        self.bad("a/b.json", "https://" + ".".join(
            ("registry", "npmjs", "org")) + "/x", "package registry")
        self.bad("a.sh", "cd /" + "work/x\n", "a.sh:1:")
        self.bad("a.py", "# " + "TO" + "DO: more\n", "unfinished")

    def test_tree(self):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(f"{root}/channel/node_modules")
            for name in ("channel/bad.cc", "channel/node_modules/bad.cc"):
                with open(f"{root}/{name}", "w", encoding="utf-8") as file:
                    file.write('#include "bad.h"\n')
            with open(f"{root}/channel/image.png", "wb") as file:
                file.write(b"\x89PNG\xff")
            run = subprocess.run(
                [sys.executable, check_sources.__file__, "--root", root],
                check=False, capture_output=True, text=True)
            self.assertEqual(run.returncode, 1)
            self.assertEqual(run.stdout.count("bad.cc:1:"), 1, run.stdout)

    def test_empty_tree_is_a_failure(self):
        with tempfile.TemporaryDirectory() as root:
            run = subprocess.run(
                [sys.executable, check_sources.__file__, "--root", root],
                check=False, capture_output=True, text=True)
            self.assertEqual(run.returncode, 1)
            self.assertIn("no files there", run.stdout)


if __name__ == "__main__":
    unittest.main()
