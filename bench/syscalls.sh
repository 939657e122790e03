#!/bin/bash
# syscalls.sh SYSCALL_WORK [INSTALL_PACKAGES]
#
# Counts, with strace, the system calls of one operation of each kind that the
# program SYSCALL_WORK can do, and prints them. Exits with 1 if a promise is
# broken: one call a send, one a receive, one a look into an empty channel.
# Where strace is missing (and INSTALL_PACKAGES cannot install it) or the system
# does not let it trace, it says so and exits with 0.
set -u
work=$1
install=${2:-}
count=1000

skip() { # skip REASON
  echo "SKIPPED: $1"
  exit 0
}

if ! command -v strace >/dev/null; then
  [ -n "$install" ] || skip "strace is missing"
  "$install" strace=/usr/bin/strace || skip "strace is missing"
fi
strace -o /dev/null true 2>/dev/null ||
  skip "strace may not trace processes here (ptrace is not permitted)"

# Prints `CALLS NAME` for each system call of the whole run.
calls_of() { # calls_of WORK COUNT
  local summary
  summary=$(mktemp) || exit 1
  if ! strace -f -c -o "$summary" "$work" "$1" "$2"; then
    rm -f "$summary"
    exit 1
  fi
  awk '$4 ~ /^[0-9]+$/ && $NF != "total" { print $4, $NF }' "$summary"
  rm -f "$summary"
}

# The difference between a run of many operations and one of none, by operation:
# what starting and ending the program costs is in both.
calls_per_operation() { # calls_per_operation WORK
  {
    calls_of "$1" 0 | sed 's/^/-/'
    calls_of "$1" "$count"
  } | awk -v count="$count" '
    { calls[$2] += $1 }
    END {
      for (name in calls) {
        each = calls[name] / count
        if (each > 0.005) {
          printf "%.2f %s\n", each, name
          total += each
        }
      }
      printf "%.2f total\n", total
    }' | sort -k1,1nr -k2
}

failed=0
show() { # show WORK WORDS [PROMISED_CALLS]
  local calls total
  calls=$(calls_per_operation "$1") || exit 1
  total=$(awk '$2 == "total" { print $1 }' <<<"$calls")
  printf '%-38s %5s  %s\n' "$2" "$total" \
    "$(grep -v ' total$' <<<"$calls" | paste -sd, | sed 's/,/, /g')"
  [ -n "${3:-}" ] || return
  awk -v total="$total" -v promised="$3" \
    'BEGIN { exit !(total <= promised + 0.02) }' && return
  echo "FAILED: $3 promised"
  failed=1
}

printf '%-38s %5s  %s\n' operation calls which
show small "send and receive 8 bytes" 2
show deadline "the same with deadlines" 2
show empty_try "look into an empty channel" 1
show set "send 8 bytes, receive in a set" 3
show pass_sender "send, receive and drop a sender"
show large "send and receive 68 KiB and one byte"
exit "$failed"
