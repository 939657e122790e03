#!/bin/bash
# Runs tools/bazelw in a made-up root with made-up programs, so that nothing is
# installed: the fake apt-get creates the files of the packages it is asked for.
set -u

tools=$(cd "$(dirname "$1")" && pwd)
scratch=$(mktemp -d "${TEST_TMPDIR:-/tmp}/bazelw.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
failures=0

program() { # program PATH: an executable there, with the script from stdin
  mkdir -p "$(dirname "$1")"
  { echo '#!/bin/bash'; cat; } >"$1"
  chmod +x "$1"
}

# A bare Debian, root's. PATH has its fakes first.
fresh_machine() {
  rm -rf "$scratch/root"
  root=$scratch/root
  mkdir -p "$root/etc" "$root/var/lib/dpkg/info" "$root/usr/bin"
  touch "$root/etc/debian_version"
  touch "$root/log"
  program "$root/fakes/id" <<<"echo \"\${FAKE_UID:-0}\""
  program "$root/fakes/apt-get" <<'END'
echo "apt-get $*" >>"$IPC_CHANNEL_TEST_ROOT/log"
[ "$2" != update ] || exit "${FAKE_UPDATE_RESULT:-0}"
[ -z "${FAKE_APT_FAILS:-}" ] || exit 100
cd "$IPC_CHANNEL_TEST_ROOT"
sleep "${FAKE_APT_SECONDS:-0}"
make() { mkdir -p "$(dirname "$1")" && touch "$1"; }
while [ "$1" != install ]; do shift; done
for package in "${@:2}"; do
  case "$package" in
    bazel-bootstrap)
      make var/lib/dpkg/info/bazel-bootstrap.list
      printf '#!/bin/sh\necho "/usr/bin/bazel:"; printf "[%%s]" "$@"\n' \
        >usr/bin/bazel
      chmod +x usr/bin/bazel
      ;;
    bazel-platforms) make usr/share/bazel/tools/platforms/BUILD ;;
    bazel-rules-java) make usr/share/bazel/rules/java/WORKSPACE ;;
    bazel-rules-proto) make usr/share/bazel/rules/proto/WORKSPACE ;;
    bazel-skylib) make usr/share/bazel/tools/skylib/WORKSPACE ;;
    g++) make usr/bin/g++ ;;
    libabsl-dev) make usr/include/absl/status/statusor.h ;;
    libbenchmark-dev) make usr/include/benchmark/benchmark.h ;;
    libgmock-dev) make usr/include/gmock/gmock.h ;;
    libasio-dev) make usr/include/asio.hpp ;;
    libglib2.0-dev) make usr/include/glib-2.0/glib.h ;;
    libgtest-dev) make usr/include/gtest/gtest.h ;;
    libpng-dev) make usr/include/png.h ;;
    libprotobuf-dev) make usr/include/google/protobuf/message.h ;;
    libseccomp-dev) make usr/include/seccomp.h ;;
    libuv1-dev) make usr/include/uv.h ;;
    protobuf-compiler) make usr/bin/protoc ;;
    clang) make usr/bin/clang ;;
    lld) make usr/bin/ld.lld ;;
    libclang-rt-dev)
      make usr/lib/llvm-1/lib/clang/1/lib/linux/libclang_rt.asan-z.a
      ;;
  esac
done
END
  # The system's own programs, without its bazel, apt-get and sudo.
  local name
  for name in bash cat chmod dirname env flock mkdir printf readlink sh sleep \
    touch; do
    ln -s "$(command -v "$name")" "$root/fakes/$name"
  done
}

bazelw() { # bazelw ARGS...: sets $output and $result
  # shellcheck disable=SC2086 # one assignment or none
  output=$(env -i PATH="$root/fakes:$root/usr/bin" \
    IPC_CHANNEL_TEST_ROOT="$root" ${environment:-} \
    "$tools/bazelw" "$@" 2>&1)
  result=$?
}

expect() { # expect RESULT PATTERN: of the last bazelw
  # shellcheck disable=SC2053 # it is a pattern
  if [ "$result" != "$1" ] || [[ "$output" != $2 ]]; then
    printf 'line %s: wanted exit code %s and %s; got %s:\n%s\n' \
      "${BASH_LINENO[0]}" "$1" "$2" "$result" "$output"
    failures=$((failures + 1))
  fi
}

calls() { # calls WORD: how often apt-get was called with WORD
  grep -c -- "$1" "$root/log" || true
}

equal() {
  if [ "$1" != "$2" ]; then
    echo "line ${BASH_LINENO[0]}: $1 is not $2"
    failures=$((failures + 1))
  fi
}

# A bare machine gets everything once; arguments go through as they are.
fresh_machine
bazelw test //... "--x=a b" ""
expect 0 '*installing bazel-bootstrap *g++*/usr/bin/bazel:*\[test\]\[//...\]\[--x=a b\]\[\]'
equal "$(calls clang)" 0
bazelw build
expect 0 '/usr/bin/bazel:*\[build\]'
equal "$(calls install)" 1

# Lists that cannot be renewed do not matter if the packages can be had.
fresh_machine
environment=FAKE_UPDATE_RESULT=100 bazelw build
expect 0 '*\[build\]'

# clang is installed when asked for, in either spelling, but not for a program.
for spelling in --config=clang --config=asan --config=tsan --config=fuzz \
  "--config tsan"; do
  fresh_machine
  # shellcheck disable=SC2086 # one word or two
  bazelw test $spelling //...
  expect 0 '* clang libclang-rt-dev lld*\[//...\]'
done
bazelw test --config=clang
equal "$(calls install)" 1
fresh_machine
bazelw run //:x -- --config=clang
expect 0 '*\[--config=clang\]'
equal "$(calls clang)" 0

# The loops that examples are written for come with these, whether named
# themselves or as part of all, and with nothing else.
for targets in //... //examples/... //examples/asio //examples/glib:glib_test \
  //examples/libuv/... "deps(//...)"; do
  fresh_machine
  bazelw build "$targets"
  expect 0 '* libasio-dev libglib2.0-dev libuv1-dev*'
done
fresh_machine
bazelw run //examples/wordcount
expect 0 '*\[//examples/wordcount\]'
bazelw build //channel/...
expect 0 '*\[//channel/...\]'
equal "$(calls 'asio\|glib2\|uv1\|seccomp')" 0

# And what sandboxes are made of.
for targets in //... //examples/... //examples/browser/... \
  //examples/decoder //examples/sandbox:sandbox_test; do
  fresh_machine
  bazelw build "$targets"
  expect 0 '* libpng-dev libseccomp-dev*'
done

# Without root or sudo it says what is needed.
fresh_machine
environment=FAKE_UID=1000 bazelw build
expect 1 '*takes root or sudo.*apt-get install bazel-bootstrap *Elsewhere: Bazel*'
equal "$(calls install)" 0

# With sudo it asks for it.
program "$root/fakes/sudo" <<<'echo "sudo $*"; exec "$@"'
environment=FAKE_UID=1000 bazelw build
expect 0 '*sudo apt-get *sudo env *\[build\]'

# Another system, and an apt-get that fails.
fresh_machine
rm "$root/etc/debian_version"
bazelw build
expect 1 '*neither Debian nor Ubuntu*apt-get install*Elsewhere*'
fresh_machine
environment=FAKE_APT_FAILS=1 bazelw build
expect 1 '*could not install*apt-get install*'

# Two at once: the second waits for the first and installs nothing.
fresh_machine
first=$scratch/first
(environment=FAKE_APT_SECONDS=1 bazelw build && echo "$output" >"$first") &
environment=FAKE_APT_SECONDS=1 bazelw build
expect 0 '*\[build\]'
wait
[[ $(<"$first") == *'[build]' ]] || equal "$(<"$first")" '[build]'
equal "$(calls install)" 1

# Another Bazel is used as it is, from wherever it comes.
fresh_machine
program "$root/fakes/bazel" <<<'echo "mine: $*"'
bazelw build
expect 0 'mine: build'
program "$root/other" <<<'echo "other: $*"'
environment=BAZEL=$root/other bazelw build
expect 0 'other: build'
fresh_machine
program "$root/usr/bin/bazel" <<<'echo "from its archive: $*"'
bazelw build
expect 0 'from its archive: build'
equal "$(calls install)" 0

# From another folder, and through a link.
fresh_machine
ln -s "$tools/bazelw" "$scratch/linked"
cd "$scratch" || exit 1
output=$(env -i PATH="$root/fakes:$root/usr/bin" IPC_CHANNEL_TEST_ROOT="$root" \
  ./linked build 2>&1)
result=$?
expect 0 '*\[build\]'

[ "$failures" = 0 ] && echo "all as expected"
