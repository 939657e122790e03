#!/bin/bash
# Every attack that the peer knows is in the table of one test, and no test
# names another: every_attack_test.sh <hostile_peer> <sources of tests>
set -euo pipefail

peer=$1
shift
diff <("$peer" --list | sort) \
  <(sed -nE 's/^ *(\{*\.name = |CoHolder\(|Flood\()"([A-Za-z]*)".*/\2/p' "$@" | sort)
