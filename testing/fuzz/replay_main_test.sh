#!/bin/bash
# replay_main_test.sh PLANTED_FUZZER: what the replay of a corpus runs and says.
set -u
fuzzer=$1
corpus=$TEST_TMPDIR/corpus
failures=0

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

expect() { # expect CODE WORDS ARGUMENT...
  local code=$1 words=$2 said
  said=$("$fuzzer" "${@:3}" 2>&1)
  [ "$?" = "$code" ] || fail "the code of $* is another: $said"
  grep -q -- "$words" <<<"$said" || fail "$* does not say '$words': $said"
}

mkdir -p "$corpus/deeper"
printf 'abc' >"$corpus/deeper/abc"
printf 'xyz' >"$corpus/xyz"

expect 0 '2 files, 2 inputs' "$corpus"
expect 0 '1 files, 16 inputs' --most_mutants=100 "$corpus/xyz"
# Three truncations come first, then four changes of the first byte.
expect 134 'found it' --most_mutants=100 "$corpus"
expect 134 'deeper/abc, mutant 8' --most_mutants=100 "$corpus"
printf 'a\200c' >"$corpus/deeper/found"
expect 134 'input: .*deeper/found$' "$corpus"
expect 1 'no such file' "$corpus/missing"
expect 1 '0 files' --most_mutants=100

[ "$failures" = 0 ] && echo PASSED
