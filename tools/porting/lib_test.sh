#!/bin/bash
# lib_test.sh LIB: that check_files counts, and finds what is for another system.
set -u
# shellcheck source=tools/porting/lib.sh
. "$1"
failures=0

expect() { # expect CODE WORDS [COMMAND...]
  local said command=("${@:3}")
  [ "$#" -gt 2 ] ||
    command=(check_files "$TEST_TMPDIR/bin" cffaedfe07000001 word)
  said=$("${command[@]}" 2>&1)
  [ "$?" = "$1" ] || fail "another code: $said"
  grep -q -- "$2" <<<"$said" || fail "not '$2': $said"
}

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

begin() { # begin BYTES FILE
  # shellcheck disable=SC2059 # the bytes are a format
  printf "$1" >"$TEST_TMPDIR/bin/$2"
}

mac='\xcf\xfa\xed\xfe\x07\x00\x00\x01 and more'
mkdir -p "$TEST_TMPDIR/bin/a.runfiles"
expect 1 '0 objects, 0 programs'
begin "$mac" x.o
begin "$mac" a
begin '#!/bin/sh' script
begin 'of Linux' a.runfiles/tool
begin 'of Linux' a.d
chmod +x "$TEST_TMPDIR"/bin/{a,script,a.runfiles/tool}
expect 0 'word: 1 objects, 1 programs'
begin '\x7fELF and more' b
chmod +x "$TEST_TMPDIR/bin/b"
expect 1 'bin/b is for another system'
rm "$TEST_TMPDIR/bin/b"
begin '\xcf\xfa\xed\xfe\x0c\x00\x00\x01' y.o
expect 1 'bin/y.o is for another system'

# Programs that name their system by a note, and not in the first bytes.
mkdir "$TEST_TMPDIR/noted"
printf '\x08\0\0\0\x04\0\0\0\x01\0\0\0FreeBSD\0\xb4\x5e\x15\0' \
  >"$TEST_TMPDIR/note"
elf=7f454c4602010109
printf '\x7fELF\x02\x01\x01\x09' >"$TEST_TMPDIR/noted/x.o"
cp /bin/true "$TEST_TMPDIR/noted/linux"
expect 1 'noted/linux is for another system' \
  check_files "$TEST_TMPDIR/noted" "$elf" word FreeBSD
objcopy --add-section ".note.tag=$TEST_TMPDIR/note" "$TEST_TMPDIR/noted/linux"
expect 0 'word: 1 objects, 1 programs' \
  check_files "$TEST_TMPDIR/noted" "$elf" word FreeBSD
expect 1 'noted/linux is for another system' \
  check_files "$TEST_TMPDIR/noted" "$elf" word

mkdir "$TEST_TMPDIR/bin/transport"
begin "$mac" transport/mach.o
expect 0 '' check_compiled "$TEST_TMPDIR/bin" transport/unix/mach.cc
expect 1 'transport/x.cc was not compiled' \
  check_compiled "$TEST_TMPDIR/bin" transport/mach.cc transport/x.cc

[ "$failures" = 0 ] && echo PASSED
