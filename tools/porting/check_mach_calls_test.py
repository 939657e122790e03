#!/usr/bin/env python3
"""Shows check_mach_calls.py sources and stubs, good and bad."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_mach_calls  # noqa: E402

STUBS = """\
--- !tapi-tbd
targets: [ x86_64-macos, arm64e-macos ]
exports:
  - targets:         [ x86_64-macos, arm64-macos ]
    weak-symbols:    [ _weak ]
    symbols:         [ _mach_msg, _mach_port_allocate,
                       _mach_task_self_ ]
  - targets:         [ x86_64-macos ]
    symbols:         [ '_only_intel' ]
--- !tapi-tbd
exports:
  - targets:         [ arm64e-macos ]
    symbols:         [ _only_arm ]
...
"""


class CheckMachCallsTest(unittest.TestCase):

    def test_each_processor_has_the_symbols_of_its_targets(self):
        symbols = check_mach_calls.exported(STUBS)
        both = {"mach_msg", "mach_port_allocate", "mach_task_self_", "weak"}
        self.assertEqual(symbols["x86-64"], both | {"only_intel"})
        self.assertEqual(symbols["arm64"], both | {"only_arm"})

    def test_calls_are_found_and_what_only_looks_like_one_is_not(self):
        source = """
            mach_msg(&header);  // mach_zone_info() would not do
            ::mach_port_allocate(mach_task_self(), right, &name);
            port.mach_name(); kqueue_(other); detail::mach_detail();
            if (!mach_vm_map (x)) return;
            kevent(fd, nullptr, 0, &event, 1, nullptr);
        """
        self.assertEqual(
            check_mach_calls.calls_in(source),
            {"mach_msg", "mach_port_allocate", "mach_task_self_", "kevent"})


if __name__ == "__main__":
    unittest.main()
