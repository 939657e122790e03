#!/bin/bash
# Shows count_tests.sh what Bazel prints.
set -u
count_tests=$1
failures=0

expect() { # expect EXPECTED EXIT_CODE <BAZEL_OUTPUT
  local counted
  counted=$("$count_tests" "$2")
  if [ "$counted" != "$1" ]; then
    echo "line ${BASH_LINENO[0]}: wanted '$1', got '$counted'"
    failures=$((failures + 1))
  fi
}

expect "3 0" 0 <<'END'
INFO: Found 13 targets and 5 test targets...
//channel:sender_test                              (cached) PASSED in 0.2s
//channel:receiver_test                                     PASSED in 0.0s
@ipc_channel//channel:sharded_test                          PASSED in 1.0s
  Stats over 4 runs: max = 1.0s, min = 0.1s, avg = 0.5s, dev = 0.1s
//channel:mach_test                                        SKIPPED

Executed 2 out of 4 tests: 3 tests pass and 1 was skipped.
END

expect "2 6" 3 <<'END'
//a:flaky_test                                       FLAKY, failed in 1 out of 2 in 0.1s
//a:good_test                                               PASSED in 0.1s
//a:bad_test                                                FAILED in 0.1s
  /root/testlogs/a/bad_test/test.log
//a:often_bad_test                                FAILED in 2 out of 3 in 0.1s
//a:slow_test                                              TIMEOUT in 60.1s
//a:unknown_test                                         NO STATUS
//a:broken_test                                    FAILED TO BUILD
//a:cut_test                                             INCOMPLETE
END

# What tests print is no result.
expect "1 0" 0 <<'END'
    //a:printed_test                                        FAILED in 0.1s
see //a:printed_test FAILED in 0.1s
//a:good_test                                               PASSED in 0.1s
END

# A build that fails before any test, nothing to test, Bazel killed at the end.
expect "0 1" 1 <<'END'
ERROR: /a/BUILD.bazel:3:12: no such target '//a:b'
END
expect "0 1" 0 </dev/null
expect "1 1" 37 <<'END'
//a:good_test                                               PASSED in 0.1s
END

# A program that does not build beside a test that fails, and beside a test that
# does not build either.
expect "1 2" 1 <<'END'
ERROR: /a/BUILD.bazel:3:12: Linking a/a failed: (Exit 1)
//a:good_test                                               PASSED in 0.1s
//a:bad_test                                                FAILED in 0.1s
END
expect "1 1" 1 <<'END'
//a:good_test                                               PASSED in 0.1s
//a:broken_test                                    FAILED TO BUILD
END

[ "$failures" = 0 ] && echo "all as expected"
