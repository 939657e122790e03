#!/bin/bash
# decoder_test.sh DECODER DECODER_FOR_TESTS: the command, good files and bad.
set -u
decoder=$PWD/$1
# A sanitizer that is built in needs what the decoder's sandbox refuses.
if grep -q __asan_init "$decoder"; then decoder=$PWD/$2; fi
testdata=$PWD/$(dirname "$1")/testdata
dir=$(mktemp -d "${TEST_TMPDIR:-/tmp}/decoder.XXXXXX")
cd "$dir" || exit 1
failures=0

expect() { # expect CODE WANTED ARGUMENT...: the whole of what is printed
  local said code=0
  said=$("$decoder" "${@:3}" 2>err) || code=$?
  if [ "$code" != "$1" ] || [ "$said" != "$2" ]; then
    printf 'line %s: wanted %s and\n%s\ngot %s and\n%s\n' \
      "${BASH_LINENO[0]}" "$1" "$2" "$code" "$said"
    cat err
    failures=$((failures + 1))
  fi
}

# Colours with alpha, and a palette; the sums are Python's.
cp "$testdata/gradient.png" "$testdata/palette.png" .
expect 0 'gradient.png: 5x3, crc32 a451ded7
palette.png: 4x2, crc32 d08a7580' gradient.png palette.png

# Bad files cost themselves only.
head -c 60 gradient.png >short.png
printf 'no image at all' >text.png
: >empty.png
mkdir folder
expect 1 'short.png: read beyond end of data
text.png: Not a PNG file
empty.png: the file is empty
missing.png: No such file or directory
folder: is no regular file
palette.png: 4x2, crc32 d08a7580' \
  short.png text.png empty.png missing.png folder palette.png

# Each byte changed in turn: it decodes or not, and the worker never dies.
for at in $(seq 0 8 120); do
  cp gradient.png changed.png
  printf '\377' | dd of=changed.png bs=1 seek="$at" conv=notrunc status=none
  said=$("$decoder" changed.png)
  case "$said" in
    *worker* | "") echo "byte $at: $said" && failures=$((failures + 1)) ;;
  esac
done

# A name speaks to no terminal.
cp palette.png $'\e[2Jx.png'
expect 0 '\x1b[2Jx.png: 4x2, crc32 d08a7580' $'\e[2Jx.png'

# What is written is the image.
mkdir out
expect 0 'palette.png: 4x2, crc32 d08a7580' --out-dir=out palette.png
printf 'P7\nWIDTH 4\nHEIGHT 2\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n' \
  >wanted.pam
r='\377\0\0\377' g='\0\377\0\377' b='\0\0\377\377' x='\11\10\7\377'
printf '%b' "$r$g$b$x$x$b$g$r" >>wanted.pam
cmp out/palette.png.pam wanted.pam || failures=$((failures + 1))
expect 1 'palette.png: nowhere/palette.png.pam: No such file or directory' \
  --out-dir=nowhere palette.png

# As large as may be: the limits of the worker hold all that it needs.
python3 - >large.png <<'END'
import struct, sys, zlib
def chunk(kind, data):
    return (struct.pack(">I", len(data)) + kind + data +
            struct.pack(">I", zlib.crc32(kind + data)))
side = 8192
header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
rows = zlib.compress(bytes(side * (1 + side // 8)))
sys.stdout.buffer.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) +
                        chunk(b"IDAT", rows) + chunk(b"IEND", b""))
END
sum=$(python3 -c 'import zlib; print("%08x" % zlib.crc32(b"\0\0\0\377" * 2**26))')
expect 0 "large.png: 8192x8192, crc32 $sum" --seconds=600 large.png

expect 2 '' --seconds=never palette.png
expect 2 ''
"$decoder" --help | grep -q '^usage: decoder ' || failures=$((failures + 1))

[ "$failures" = 0 ]
