#!/bin/sh
# squares_test.sh SQUARES: an example's child squares all numbers although they
# find no room at first, and the loop ends with it, also when it dies.
set -eu

check() { # check WANTED ARGS...: what the example prints
  wanted=$1
  shift
  said=$("$squares" "$@")
  if [ "$said" != "$wanted" ]; then
    printf 'squares %s said:\n%s\n' "$*" "$said"
    exit 1
  fi
}

squares=$1
check "numbers wait for room
a timer lets the child begin
all numbers have been sent
1000 squares, their sum is 333833500
the child has exited"
check "numbers wait for room
a timer lets the child begin
10 squares, their sum is 385
the child has died" --mortal
