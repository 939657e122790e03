#!/bin/bash
# The program's results and errors.
#
# What test_lib.sh sets, shellcheck does not see.
# shellcheck disable=SC1091,SC2154

. "$(dirname "$0")/test_lib.sh"

equals_the_pipeline_on_generated_files() {
  make_text 1 3000000 >big
  make_text 2 262144 >one_piece
  make_text 3 262145 >one_piece_and_a_byte
  : >empty
  printf 'x' >one_byte
  printf '\n..\n' >no_words
  # A word that lies across the first two pieces, and one over several.
  printf '%262140s straddle ' '' >straddling
  head -c 1000000 /dev/zero | tr '\0' W >one_word
  local files=(big one_piece one_piece_and_a_byte empty one_byte no_words
    straddling one_word) workers
  for workers in 1 3 8; do
    expect_code 0 "$wordcount" --workers=$workers --json "${files[@]}"
    expect_reference out "${files[@]}"
    [ ! -s err ] || fail "something on stderr"
  done
}

equals_the_pipeline_on_licenses() {
  local files=(/usr/share/common-licenses/*)
  [ -e "${files[0]}" ] || return
  expect_code 0 "$wordcount" --json "${files[@]}"
  expect_reference out "${files[@]}"
}

prints_a_table() {
  printf 'b a b\n' >f
  expect_code 0 "$wordcount" --top=1 f f
  printf '%12s  %s\n' count word 4 b >expected
  printf '\n' >>expected
  printf '%12s  %s\n' words file 3 f 3 f 6 total >>expected
  cmp -s out expected || fail "another table: $(cat out)"
}

counts_the_others_when_files_fail() {
  printf 'good words' >good
  mkdir -p folder
  [ -p fifo ] || mkfifo fifo
  local bad=(missing folder fifo /dev/null)
  printf 'x' >secret
  chmod 0 secret
  [ -r secret ] || bad+=(secret)
  expect_code 1 "$wordcount" --json "${bad[@]}" good
  expect_reference out good
  expect_in err "wordcount: missing: No such file or directory"
  expect_in err "wordcount: folder: is a directory"
  expect_in err "wordcount: fifo: is a FIFO"
  expect_in err "wordcount: /dev/null: is a character device"
  [ "$(json_value out 'sum("error" in f for f in r["files"])')" = ${#bad[@]} ] ||
    fail "another number of errors in the JSON"
  [ "$(json_value out 'r["files"][0]["error"]')" = \
    "No such file or directory" ] || fail "another reason in the JSON"
}

takes_any_name() {
  local names=("-" "--" "--json" $'new\nline "quoted" back\\slash'
    $'not utf-8 \xff\xc3' $'caf\xc3\xa9') name
  for name in "${names[@]}"; do printf 'word' >"./$name"; done
  expect_code 0 "$wordcount" --json -- "${names[@]}"
  [ "$(json_value out 'r["total_words"]')" = ${#names[@]} ] ||
    fail "not all files counted"
  [ "$(json_value out 'r["files"][2]["path"]')" = "--json" ] ||
    fail "another path"
  [ "$(json_value out 'ascii(r["files"][3]["path"])')" = \
    "'new\\nline \"quoted\" back\\\\slash'" ] || fail "another path, escaped"
  [ "$(json_value out 'ascii(r["files"][4]["path"])')" = \
    "'not utf-8 \\ufffd\\ufffd'" ] || fail "another path, replaced"
}

explains_itself() {
  expect_code 0 "$wordcount" --help
  expect_in out "usage: wordcount"
  expect_code 2 "$wordcount"
  expect_in err "no files"
  expect_code 2 "$wordcount" --workers=0 f
  expect_in err "--workers takes a number"
  expect_code 2 "$wordcount" --frobnicate f
  expect_in err "unknown flag --frobnicate"
}

finds_relative_paths_under_bazel_run() {
  mkdir -p elsewhere
  printf 'one two' >elsewhere/f
  expect_code 0 env BUILD_WORKING_DIRECTORY="$dir/elsewhere" \
    "$wordcount" --json f
  expect_reference out elsewhere/f
}

knows_when_it_cannot_print() {
  [ -e /dev/full ] || return
  printf 'x' >f
  local code=0
  "$wordcount" f >/dev/full 2>err || code=$?
  [ "$code" = 1 ] || fail "exit code $code, not 1"
  expect_in err "cannot write"
}

makes_do_with_few_descriptors() {
  mkdir -p many
  local i
  for ((i = 0; i < 300; ++i)); do printf 'x y' >many/$i; done
  expect_code 0 bash -c 'ulimit -n 64 && exec "$@"' - \
    "$wordcount" --workers=50 --json many/*
  expect_reference out many/*
}

needs_no_sigchld() {
  printf 'x y' >f
  expect_code 0 python3 -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])' "$wordcount" --json f
  expect_reference out f
}

equals_the_pipeline_on_generated_files
equals_the_pipeline_on_licenses
prints_a_table
counts_the_others_when_files_fail
takes_any_name
explains_itself
finds_relative_paths_under_bazel_run
knows_when_it_cannot_print
makes_do_with_few_descriptors
needs_no_sigchld
finish
