#!/bin/bash
# What macos_check and freebsd_check have in common; they source it.

# check_files FOLDER BEGINNING WORD: that each object and each program that
# FOLDER of Bazel's has is of the wanted system: its first eight bytes, in
# hexadecimal. Prints their number after WORD.
check_files() {
  local folder=$1 beginning=$2 word=$3 file start objects=0 programs=0 failed=0
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
    if [ "$start" != "$beginning" ]; then
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
