#!/bin/bash
# cxx17_test.sh FILE: FILE is one at the top of the tree. Every public header,
# compiled as C++17, must be refused with one error: the sentence of
# platforms/cxx20.h.
set -u

root=$(dirname "$(readlink -f "$1")")
scratch=$(mktemp -d "${TEST_TMPDIR:-/tmp}/cxx17.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
ln -s "$root" "$scratch/ipc_channel"

failures=0
checks=0

# g++ stops at the sentence. clang++ reads on, though it says no more: then it
# shall not make sense of what it reads.
declare -A last_step=([g++]=-fsyntax-only [clang++]=-E)

check() { # check COMPILER HEADER
  local output
  output=$("$1" -std=c++17 "${last_step[$1]}" -I"$scratch" -x c++ - \
    <<<"#include \"ipc_channel/$2\"" 2>&1 >/dev/null)
  checks=$((checks + 1))
  if [ "$(grep -c 'error:' <<<"$output")" != 1 ] ||
    ! grep -q 'error: .*ipc_channel needs C++20' <<<"$output"; then
    printf '%s with %s, not refused with one sentence:\n%s\n' \
      "$2" "$1" "$output"
    failures=$((failures + 1))
  fi
}

headers=$(/usr/bin/env python3 "$root/tools/lint/check_sources.py" \
  --root "$root" --list-public-headers) || exit 1
[ -n "$headers" ] || { echo "no public header found in $root"; exit 1; }

for compiler in g++ clang++; do
  command -v "$compiler" >/dev/null || continue
  for header in $headers; do
    check "$compiler" "$header"
  done
done

echo "$checks compilations, $failures wrong"
[ "$failures" = 0 ]
