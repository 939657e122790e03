#!/bin/sh
# hub_test.sh HUB HUB_CC CHANNEL_MD: the example prints what its children send,
# and the page shows its loop as it is.
set -eu

said=$("$1" | sort)
wanted="camera ended
camera: 1000000 bytes
thermometer ended
thermometer: 20.5
thermometer: 21.0"
if [ "$said" != "$wanted" ]; then
  printf 'hub said:\n%s\n' "$said"
  exit 1
fi

loop() { # loop FILE: the function Listen in FILE.
  awk '/^int Listen/ { on = 1 } on; on && /^}/ { exit }' "$1"
}
if [ -z "$(loop "$2")" ] || [ "$(loop "$2")" != "$(loop "$3")" ]; then
  echo "docs/channel.md shows something else than hub.cc:"
  loop "$3" >"$TEST_TMPDIR/shown"
  loop "$2" | diff "$TEST_TMPDIR/shown" - || true
  exit 1
fi
