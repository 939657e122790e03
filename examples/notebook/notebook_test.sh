#!/bin/bash
# notebook_test.sh SERVERD NOTEBOOK: what a user sees of the daemon and of its
# client.
set -u

serverd=$PWD/$1
notebook=$PWD/$2
dir=$(mktemp -d "${TEST_TMPDIR:-/tmp}/nb.XXXXXX")
# A path of a socket has at most 107 bytes, and TEST_TMPDIR may be long.
XDG_RUNTIME_DIR=$(mktemp -d /tmp/nb.XXXXXX)
export XDG_RUNTIME_DIR
daemon=
failures=0
cleanup() {
  [ -z "$daemon" ] || kill -KILL "$daemon" 2>/dev/null
  rm -rf "$dir" "$XDG_RUNTIME_DIR"
}
trap cleanup EXIT
cd "$dir" || exit 1

fail() { # fail MESSAGE: the test goes on, to say all that is wrong
  echo "FAILED: ${FUNCNAME[1]}: $1" >&2
  failures=$((failures + 1))
}

expect() { # expect CODE OUTPUT ARGUMENT...: of the client, which is to be soon
  local code=0
  "$notebook" --timeout=60 "${@:3}" >out 2>err || code=$?
  [ "$code" = "$1" ] || fail "${*:3}: exit code $code, not $1: $(cat err)"
  [ "$(cat out)" = "$2" ] || fail "${*:3}: printed '$(cat out)', not '$2'"
}

expect_in() { # expect_in FILE TEXT
  grep -qF -- "$2" "$1" || fail "'$2' is not in $1: $(cat "$1")"
}

# Polls for a minute or two: a test that waits in vain has failed anyway.
wait_until() { # wait_until COMMAND...
  local i
  for ((i = 0; i < 2000; ++i)); do
    "$@" && return
    sleep 0.05
  done
  fail "in vain: $*"
  return 1
}

start() { # start ARGUMENT...: the daemon, and waits until it serves
  : >served
  "$serverd" "$@" >served 2>served_err &
  daemon=$!
  wait_until grep -q '^serving at ' served
}

end_by() { # end_by SIGNAL CODE
  local code=0
  kill "-$1" "$daemon"
  wait "$daemon" 2>/dev/null || code=$?
  daemon=
  [ "$code" = "$2" ] || fail "the daemon ended with $code: $(cat served_err)"
}

watch() { # watch ARGUMENT...: prints into `watched`; waits until it has begun
  : >watching # of the last one
  "$notebook" watch "$@" >watched 2>watching &
  watcher=$!
  wait_until grep -q '^watching' watching
}

waits_for_a_key() { "$notebook" who | grep -q 'waits 1$'; }

entries_are_written_read_and_deleted() {
  expect 1 "" get color
  expect_in err "there is no such entry"
  expect 0 "" put color red
  expect 0 "red" get color
  expect 0 "" put color "dark red"
  expect 0 "dark red" get color
  expect 0 "" put -- --odd "--value"
  expect 0 "--value" get -- --odd
  expect 0 "" put shape ""
  expect 0 "" get shape
  expect 0 $'--odd\ncolor\nshape' list
  expect 0 "color" list co
  expect 0 "" list no
  expect 0 "" delete shape
  expect 1 "" delete shape
  expect 0 "" delete -- --odd
}

keys_and_values_have_limits() {
  expect 2 "" put "two words" x
  expect 2 "" put "" x
  expect 4 "" put "$(printf '%300s' '' | tr ' ' k)" x
  expect_in err "a key has at most 256 bytes"
  expect 4 "" put large "$(printf '%17000s' x)"
  expect_in err "a value has at most 16384 bytes"
  expect 4 "" put large "$(printf '%100000s' x)"
  expect 1 "" get large
}

a_whole_notebook_is_exported_and_imported() {
  expect 0 "" put binary $'a\tb\n\\'
  "$notebook" export >exported || fail "export"
  expect 0 "" delete binary
  expect 0 "2 entries" import exported
  expect 0 $'a\tb\n\\' get binary
  printf 'good x\nbad\n' >broken
  expect 2 "" import broken
  expect_in err "line 2"
  expect 1 "" get good
  expect 2 "" import missing
  expect_in err "cannot read missing"
  : >empty
  expect 0 "0 entries" import empty
  expect 0 "" delete binary
}

long_lists_come_whole() {
  local i
  for ((i = 10000; i < 13000; ++i)); do echo "long.$i.key x"; done >many
  expect 0 "3000 entries" import many
  "$notebook" list long. >listed || fail "list"
  cut -d' ' -f1 many | cmp -s - listed || fail "another list"
}

a_get_waits_for_its_entry() {
  "$notebook" --timeout=60 get --wait awaited >got &
  local getter=$!
  wait_until waits_for_a_key
  expect 0 "" put other x
  expect 0 "" put awaited here
  wait "$getter" || fail "get --wait: exit code $?"
  [ "$(cat got)" = here ] || fail "got $(cat got)"
}

a_get_that_waits_ends_at_its_timeout_and_at_ctrl_c() {
  local code=0
  "$notebook" --timeout=0.2 get --wait never >out 2>err || code=$?
  [ "$code" = 5 ] || fail "exit code $code, not 5: $(cat err)"
  code=0
  "$notebook" --timeout=60 get --wait never >out 2>err &
  local getter=$!
  wait_until waits_for_a_key
  kill -INT "$getter"
  wait "$getter" || code=$?
  [ "$code" = 6 ] || fail "exit code $code, not 6: $(cat err)"
}

a_watch_prints_changes_until_ctrl_c() {
  local watcher
  watch w.
  expect 0 "" put w.1 abc
  expect 0 "" put x.1 abc
  expect 0 "" delete w.1
  printf 'w.2 y\nx.2 y\n' >some
  expect 0 "2 entries" import some
  wait_until grep -q 'w.2' watched
  kill -INT "$watcher"
  wait "$watcher" || fail "exit code $?"
  [ "$(cat watched)" = $'put w.1 3\ndelete w.1\nput w.2 1' ] ||
    fail "printed $(cat watched)"

  watch --count=1 w.
  expect 0 "" put w.3 z
  wait "$watcher" || fail "--count: exit code $?"
}

clients_are_shown_by_pid_and_uid() {
  local watcher
  watch
  "$notebook" who >out || fail "who"
  expect_in out "pid $watcher uid $(id -u) watches 1 waits 0"
  kill -KILL "$watcher"
  wait "$watcher" 2>/dev/null
  is_forgotten() { ! "$notebook" who | grep -q "pid $watcher "; }
  wait_until is_forgotten
}

what_is_not_understood_is_said() {
  expect 2 ""
  expect 2 "" put one
  expect 2 "" paint it
  expect 2 "" --never who
  expect 2 "" --timeout=soon who
  expect 2 "" --name=nonsense who
  "$notebook" --help | grep -q '^usage: notebook' || fail "--help"
  "$serverd" --help | grep -q '^usage: serverd' || fail "serverd --help"
  local code=0
  "$serverd" --max-clients=0 >out 2>err || code=$?
  [ "$code" = 2 ] || fail "serverd --max-clients=0: exit code $code"
}

a_name_has_one_daemon() {
  local code=0
  "$serverd" >out 2>err || code=$?
  [ "$code" = 1 ] || fail "a second daemon: exit code $code, not 1"
  expect 0 "" put still here
}

a_watch_ends_with_its_daemon() {
  local watcher code=0
  watch
  end_by TERM 0
  wait "$watcher" || code=$?
  [ "$code" = 3 ] || fail "exit code $code, not 3: $(cat watching)"
}

nothing_is_left_behind() {
  [ -z "$(ls -A "$XDG_RUNTIME_DIR")" ] ||
    fail "left: $(ls -A "$XDG_RUNTIME_DIR")"
  expect 3 "" get color
}

a_killed_daemon_comes_up_again() {
  start
  expect 0 "" put color red
  end_by KILL 137
  expect 3 "" get color
  start
  expect 1 "" get color
  end_by INT 0
  nothing_is_left_behind
}

names_can_be_chosen() {
  start "--name=unix-path:$XDG_RUNTIME_DIR/mine"
  expect 3 "" list
  expect 0 "" "--name=unix-path:$XDG_RUNTIME_DIR/mine" list
  end_by TERM 0
  start "--name=unix-abstract:notebook-test-$$"
  expect 0 "" "--name=unix-abstract:notebook-test-$$" list
  end_by TERM 0
  nothing_is_left_behind
}

limits_can_be_chosen() {
  start --max-clients=1 --max-value-bytes=3
  expect 0 "" put k 123
  expect 4 "" put k 1234
  local watcher code=0
  watch
  expect 0 "123" get k # there is room for one only
  wait "$watcher" || code=$?
  [ "$code" = 3 ] || fail "the silent client stays: exit code $code"
  end_by TERM 0
}

expect 3 "" list # there is no daemon
start
entries_are_written_read_and_deleted
keys_and_values_have_limits
a_whole_notebook_is_exported_and_imported
long_lists_come_whole
a_get_waits_for_its_entry
a_get_that_waits_ends_at_its_timeout_and_at_ctrl_c
a_watch_prints_changes_until_ctrl_c
clients_are_shown_by_pid_and_uid
what_is_not_understood_is_said
a_name_has_one_daemon
a_watch_ends_with_its_daemon
nothing_is_left_behind
a_killed_daemon_comes_up_again
names_can_be_chosen
limits_can_be_chosen
[ "$failures" = 0 ]
