#!/bin/sh
# count_tests.sh EXIT_CODE <BAZEL_OUTPUT: prints `PASSED FAILED`, the numbers of
# test targets that Bazel says passed (now or earlier, at once or in the end)
# and that did not, for whatever reason. Skipped targets do not count. A command
# that failed without a failed target, or that ran no test, counts as one
# failure.
awk -v exit_code="$1" '
  /^(\/\/|@)[^ ]+ +(\(cached\) )?(PASSED|FLAKY)( |,|$)/ { ++passed; next }
  /^(\/\/|@)[^ ]+ +(\(cached\) )?(FAILED|TIMEOUT|NO STATUS|INCOMPLETE|REMOTE FAILURE)/ {
    ++failed
  }
  END {
    if (failed == 0 && (exit_code != 0 || passed == 0)) failed = 1
    printf "%d %d\n", passed, failed
  }'
