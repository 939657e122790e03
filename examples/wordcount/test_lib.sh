# To be sourced by tests of the program; its path is the first argument.
# shellcheck shell=bash
set -u

wordcount=$PWD/$1
unset BUILD_WORKING_DIRECTORY
dir=$(mktemp -d "${TEST_TMPDIR:-/tmp}/wordcount.XXXXXX")
trap 'chmod -R u+rwx "$dir"; rm -rf "$dir"' EXIT
cd "$dir" || exit 1
failures=0

fail() { # fail MESSAGE: the test goes on, to say all that is wrong
  echo "FAILED: ${FUNCNAME[1]}: $1" >&2
  failures=$((failures + 1))
}

finish() { # ends the test
  [ "$failures" = 0 ]
  exit
}

expect_code() { # expect_code CODE COMMAND...: output goes to out and err
  local code=0
  "${@:2}" >out 2>err || code=$?
  [ "$code" = "$1" ] || {
    fail "${*:2}: exit code $code, not $1"
    cat err >&2
  }
}

expect_in() { # expect_in FILE TEXT
  grep -qF -- "$2" "$1" || {
    fail "'$2' is not in $1:"
    cat "$1" >&2
  }
}

# The pipeline that defines the result, each file on its own: "word count".
reference() { # reference FILE...
  local file
  for file; do
    LC_ALL=C tr -sc '[:alnum:]' '\n' <"$file" | grep .
  done | LC_ALL=C sort | uniq -c | awk '{ print $2, $1 }'
}

# The same from the program's JSON, with its own sums checked.
words_of() { # words_of JSON_FILE
  python3 - "$1" <<'END'
import json, sys
report = json.load(open(sys.argv[1], encoding='utf-8'))
words = report['words']
assert sum(words.values()) == report['total_words']
assert sum(f.get('total_words', 0) for f in report['files']) == report['total_words']
for word in sorted(words):
    print(word, words[word])
END
}

expect_reference() { # expect_reference JSON_FILE FILE...: the words of FILEs
  words_of "$1" >actual || fail "$1 is not a report"
  reference "${@:2}" >expected
  cmp -s actual expected || fail "the words of ${*:2} differ"
}

json_value() { # json_value JSON_FILE EXPRESSION: of the report `r`
  python3 -c 'import json, sys
r = json.load(open(sys.argv[1], encoding="utf-8"))
print(eval(sys.argv[2]))' "$1" "$2"
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

# A process that has ended but that nobody has reaped counts as gone.
is_gone() { # is_gone PID
  ! grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$1/status"
}

children_of() { # children_of PID
  grep -ls "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status | cut -d/ -f3
}

make_text() { # make_text SEED BYTES: words of all lengths, and other bytes
  python3 -c 'import random, sys
random.seed(int(sys.argv[1]))
size = int(sys.argv[2])
alphabet = b"abcXYZ019" + b" \n\t._-\0\x80\xc3\xa9\xff"
out = bytearray()
while len(out) < size:
    out += bytes(random.choices(alphabet, k=1000))
    if random.random() < 0.01:
        out += b"Q" * random.randrange(3000)
sys.stdout.buffer.write(out[:size])' "$1" "$2"
}
