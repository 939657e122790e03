#!/bin/bash
# Workers that are killed, and parents that are.
#
# What test_lib.sh sets, shellcheck does not see.
# shellcheck disable=SC1091,SC2154

. "$(dirname "$0")/test_lib.sh"

hold=$dir/hold

start_held() { # start_held ARGUMENT...: until a worker is halfway; sets $parent
  rm -f "$hold"
  "$wordcount" --test_hold="$hold" "$@" >out 2>err &
  parent=$!
  wait_until test -e "$hold"
}

expect_end() { # expect_end CODE: of $parent
  local code=0
  wait "$parent" || code=$?
  [ "$code" = "$1" ] || {
    fail "exit code $code, not $1"
    cat err >&2
  }
}

a_killed_worker_changes_no_total() { # ... WORKERS
  local children pid
  start_held --workers="$1" --json a b c
  pid=$(cat "$hold")
  mapfile -t children < <(children_of "$parent")
  [[ " ${children[*]} " == *" $pid "* ]] || fail "who is held is no child"
  kill -9 "$pid"
  expect_end 0
  expect_reference out a b c
  grep -Eqx "wordcount: worker [1-$1] \(pid $pid\) was killed by signal 9 while\
 counting [abc]; another one starts over" err || fail "the loss is not reported"
  [ "$(json_value out '[w["pid"] for w in r["lost_workers"]]')" = "[$pid]" ] ||
    fail "the loss is not in the JSON"
  for pid in "${children[@]}"; do
    is_gone "$pid" || fail "worker $pid is still there"
  done
}

work_done_again_is_done_on_the_same_file() {
  cp a swapped
  start_held --json swapped
  printf 'other words' >new
  mv new swapped
  kill -9 "$(cat "$hold")"
  expect_end 0
  expect_reference out a
}

a_file_that_keeps_losing_workers_is_given_up() {
  local i pid
  start_held --json a
  for i in 1 2 3; do
    wait_until test -e "$hold"
    pid=$(cat "$hold")
    # Before the kill, so that the next worker is held in its turn.
    [ "$i" = 3 ] || rm "$hold"
    kill -9 "$pid"
  done
  expect_end 1
  [ "$(json_value out 'len(r["lost_workers"])')" = 3 ] || fail "not 3 losses"
  expect_in err "wordcount: a: given up after the loss of 3 workers"
  [ "$(json_value out 'r["files"][0]["error"]')" = \
    "given up after the loss of 3 workers" ] || fail "no error in the JSON"
}

no_worker_outlives_a_killed_parent() {
  local children pid
  start_held --workers=3 a b c
  mapfile -t children < <(children_of "$parent")
  [ ${#children[@]} != 0 ] || fail "there are no workers"
  kill -9 "$parent"
  expect_end 137
  for pid in "${children[@]}"; do wait_until is_gone "$pid"; done
}

a_worker_finds_no_parent() {
  # The name is well-formed, and nobody has it.
  expect_code 0 "$wordcount" \
    --worker_of=unix-abstract:ipc_channel.00000000000000000000000000000000
  expect_code 1 "$wordcount" --worker_of=nonsense
  expect_in err "wordcount worker:"
}

make_text 1 700000 >a
make_text 2 300000 >b
make_text 3 1000 >c
a_killed_worker_changes_no_total 1
a_killed_worker_changes_no_total 3
work_done_again_is_done_on_the_same_file
a_file_that_keeps_losing_workers_is_given_up
no_worker_outlives_a_killed_parent
a_worker_finds_no_parent
finish
