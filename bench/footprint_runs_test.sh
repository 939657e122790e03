#!/bin/sh
# footprint_runs_test.sh BENCHMARK: descriptors are counted as documented: two
# for a channel, as many as the bare pair beside it, one for a shared memory.
set -eu
csv=${TEST_TMPDIR:-/tmp}/footprint.csv
"$1" "--csv=$csv"
expect() { # expect NAME DESCRIPTORS
  grep -q "^\"$1\",1000,$2," "$csv" && return
  echo "$1: not $2 descriptors each" >&2
  exit 1
}
expect "bare socket pair" 2
expect "typed channel" 2
expect "typed channel, used" 2
expect "duplex (two channels)" 4
# And what the set itself has.
expect "channel in a set" "2.00[0-9]"
expect "shared memory of 4 KiB" 1
