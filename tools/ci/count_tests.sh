#!/bin/sh
# count_tests.sh EXIT_CODE <BAZEL_OUTPUT: prints `PASSED FAILED`, the numbers of
# test targets that Bazel says passed (now or earlier, at once or in the end)
# and that did not, for whatever reason. Skipped targets do not count. What
# failed though no test says so counts as one failure more: a target that does
# not build and is no test, a command that ran no test.
awk -v exit_code="$1" '
  /^(\/\/|@)[^ ]+ +(\(cached\) )?(PASSED|FLAKY)( |,|$)/ { ++passed }
  /^(\/\/|@)[^ ]+ +(\(cached\) )?(FAILED|TIMEOUT|INCOMPLETE|REMOTE FAILURE)/ {
    ++failed
  }
  /^(\/\/|@)[^ ]+ +(NO STATUS|FAILED TO BUILD)/ { ++not_built }
  /^(\/\/|@)[^ ]+ +NO STATUS/ { ++failed }
  END {
    tests_failed = 3  # the exit code of Bazel for a build without a mistake
    if (exit_code != 0 && exit_code != tests_failed && !not_built) ++failed
    if (passed + failed == 0) ++failed
    printf "%d %d\n", passed, failed
  }'
