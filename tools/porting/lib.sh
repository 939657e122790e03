#!/bin/bash
# What macos_check and freebsd_check have in common; they source it.

# has_note FILE OWNER START BEGINNING: whether FILE, which starts so, is an ELF
# file that differs from BEGINNING in nothing but the system, and names that by
# a note of OWNER's.
has_note() {
  local file=$1 owner=$2 start=$3 beginning=$4
  [ -n "$owner" ] && [ "${start:0:14}" = "${beginning:0:14}" ] &&
    readelf --notes "$file" | grep -q "^ *$owner .*NT_VERSION"
}

# check_files FOLDER BEGINNING WORD [OWNER]: that each object and each program
# that FOLDER of Bazel's has is of the wanted system: its first eight bytes, in
# hexadecimal, or a note of OWNER's, which a linker may leave it to. Prints their
# number after WORD.
check_files() {
  local folder=$1 beginning=$2 word=$3 owner=${4-}
  local file start objects=0 programs=0 failed=0
  while IFS= read -r file; do
    start=$(od -An -tx1 -N8 "$file" | tr -d ' \n')
    case $file in
    *.o) objects=$((objects + 1)) ;;
    *)
      # Scripts are programs of no system's.
      [ "${start:0:4}" != 2321 ] || continue
      programs=$((programs + 1))
      ;;
    esac
    if [ "$start" != "$beginning" ] &&
      ! has_note "$file" "$owner" "$start" "$beginning"; then
      echo "$file is for another system" >&2
      failed=1
    fi
  done < <(find "$folder" -path '*.runfiles' -prune -o -type f \
    \( -name '*.o' -o -executable ! -name '*.*' \) -print)
  echo "$word: $objects objects, $programs programs"
  [ "$objects" -gt 0 ] && [ "$failed" = 0 ]
}

# check_compiled FOLDER SOURCE...: that there is an object of each source.
check_compiled() {
  local folder=$1 source failed=0
  shift
  for source; do
    if [ -z "$(find "$folder/${source%%/*}" -name \
      "$(basename "$source" .cc).o")" ]; then
      echo "$source was not compiled" >&2
      failed=1
    fi
  done
  return "$failed"
}
