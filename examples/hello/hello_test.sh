#!/bin/sh
# hello_test.sh HELLO HELLO_CC README: the example says what it should, and the
# README shows the example as it is.
set -eu

said=$("$1")
if [ "$said" != "Hello, world!" ]; then
  echo "hello said: $said"
  exit 1
fi

shown=$(awk '/^#include <unistd.h>/ { on = 1 } /^```/ { on = 0 } on' "$3")
written=$(awk '/^#include <unistd.h>/ { on = 1 } on' "$2")
if [ "$shown" != "$written" ]; then
  echo "README.md shows something else than hello.cc:"
  printf '%s\n' "$shown" >"$TEST_TMPDIR/shown"
  diff "$TEST_TMPDIR/shown" "$2" || true
  exit 1
fi
