#!/bin/bash
# refusals_test.sh FILE: FILE is one at the top of the tree. Sending what cannot
# be sent is refused by the compiler with one error, which is a sentence of ours
# that says what to do, however the value is sent.
set -u

root=$(dirname "$(readlink -f "$1")")
scratch=$(mktemp -d "${TEST_TMPDIR:-/tmp}/refusals.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
ln -s "$root" "$scratch/ipc_channel"

failures=0
checks=0

refuse() { # refuse SENTENCE DEFINITION-OF-J STATEMENT
  local output errors
  output=$("${CXX:-g++}" -std=c++20 -fsyntax-only -I"$scratch" -x c++ - 2>&1 <<END
#include "ipc_channel/ipc_channel.h"
using namespace ipc_channel;
$2
void Use(Sender<J>& sender, Receiver<J>& receiver, J& value) { $3; }
END
  )
  checks=$((checks + 1))
  errors=$(grep 'error:' <<<"$output")
  if [ "$(wc -l <<<"$errors")" != 1 ] || ! grep -qF "$1" <<<"$errors"; then
    printf '%s\n%s\nwanted one error with "%s", got:\n%s\n\n' \
      "$2" "$3" "$1" "$errors"
    failures=$((failures + 1))
  fi
}

refuse_to_send() { # refuse_to_send SENTENCE DEFINITION-OF-J
  refuse "$1" "$2" '(void)sender.Send(value)'
  refuse "$1" "$2" '(void)sender.Send(std::move(value))'
}

refuse_to_send 'a raw pointer means nothing' 'struct J { int* p; };'
refuse_to_send 'an aggregate with a C array' 'struct J { int a[3]; int b; };'
refuse_to_send 'an aggregate with a base class' \
  'struct B { int b; }; struct J : B { int a; };'
refuse_to_send 'give your class a SerializeFields friend' \
  'class J { int a_ = 0; };'
refuse_to_send 'the std::shared_ptr or the value' \
  'struct J { std::weak_ptr<int> p; };'
refuse_to_send 'code cannot be sent' \
  'struct J { std::vector<std::function<void()>> calls; };'
refuse 'is sent by std::move()' 'struct J { Receiver<int> r; };' \
  '(void)sender.Send(value)'
refuse 'is sent by std::move()' 'struct J { std::vector<UniqueFd> fds; };' \
  '(void)sender.TrySend(value)'
refuse 'not encoded as the channel' 'struct J { std::string text; };' \
  '(void)sender.SendRef(std::string_view())'
refuse 'is sent by Send() and std::move()' 'struct J { Receiver<int> r; };' \
  '(void)sender.SendRef(value)'
refuse 'is sent by std::move()' 'struct J { OpaqueReceiver r; };' \
  '(void)sender.Send(value)'
refuse 'is sent by std::move()' 'struct J { std::vector<BytesReceiver> r; };' \
  '(void)sender.Send(value)'
refuse 'put it into a struct' \
  $'#include "ipc_channel/serialize/abseil/status.h"\nusing J = absl::Status;' \
  '(void)receiver.Recv()'
refuse 'can be written only' 'struct J { std::string_view text; };' \
  '(void)receiver.Recv()'

echo "$checks compilations, $failures wrong"
[ "$failures" = 0 ]
