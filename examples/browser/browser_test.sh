#!/bin/sh
# browser_test.sh BROWSER: good renderers get all they ask for, whatever the
# others do, and nothing is left.
set -eu

said=$("$1")
fail() {
  printf '%s: the browser said:\n%s\n' "$1" "$said"
  exit 1
}

wanted="renderer 0: flooded, was killed
renderer 1: 144 frames, 3 resources, exited with 0
renderer 2: 144 frames, 3 resources, exited with 0
renderer 3: sent garbage, was killed
renderer 4: 144 frames, 3 resources, exited with 0
renderer 5: 48 frames, 3 resources, died by signal 6
renderer 6: 144 frames, 3 resources, exited with 0
renderer 7: read no replies, was killed
renderer 8: sent garbage, was killed
renderer 9: 144 frames, 3 resources, exited with 0
sandboxed: 10 of 10
channels: 1000"
[ "$(printf '%s\n' "$said" | head -n 12)" = "$wanted" ] || fail "other states"

messages=$(printf '%s\n' "$said" | sed -n 's/^messages received: //p')
[ "$messages" -gt 10000 ] || fail "too few messages"

# shellcheck disable=SC2046 # three numbers
set -- $(printf '%s\n' "$said" | sed -n '/^descriptors/s/[^0-9]\+/ /gp')
[ "$1" = "$3" ] || fail "descriptors are left"
[ "$2" -gt 1000 ] || fail "too few descriptors"

[ "$(printf '%s\n' "$said" | tail -n 1)" = "threads beside the first: 0" ] ||
  fail "other threads"
