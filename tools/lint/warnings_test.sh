#!/bin/bash
# warnings_test.sh FILE: FILE is one at the top of the tree. No public header
# gives a user who compiles with -Wall -Wextra a warning, nor do the templates
# that are instantiated from them. Our own build leaves some of these out
# (tools/build_defs/cc.bzl). Those over Mach ports need a Mac's own headers.
set -u

root=$(dirname "$(readlink -f "$1")")
scratch=$(mktemp -d "${TEST_TMPDIR:-/tmp}/warnings.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
ln -s "$root" "$scratch/ipc_channel"

/usr/bin/env python3 "$root/tools/lint/check_sources.py" \
  --root "$root" --list-public-headers |
  grep -v '^transport/mach/' |
  sed 's|.*|#include "ipc_channel/&"|' >"$scratch/user.cc"
[ -s "$scratch/user.cc" ] || { echo "no public header found in $root"; exit 1; }

cat >>"$scratch/user.cc" <<'EOF'
#include <bitset>
#include <chrono>
#include <complex>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace s = ipc_channel::serialize;

struct Fixed {
  std::uint32_t number;
  bool flag;
  std::array<double, 2> array;
};
struct Hooked {
  int number = 0;
  std::string text;
  template <class F>
  friend constexpr auto SerializeFields(Hooked& self, F&& fields) {
    return fields(self.number, self.text);
  }
};
struct Standard {
  Fixed fixed;
  Hooked hooked;
  std::string text;
  std::vector<std::string> words;
  std::vector<std::uint32_t> numbers;
  std::vector<bool> flags;
  std::optional<int> optional;
  std::unique_ptr<int> unique;
  std::shared_ptr<int> shared;
  std::variant<int, std::string> variant;
  std::map<int, std::string> map;
  std::unordered_map<int, int> hash_map;
  std::unordered_multimap<int, int> hash_multimap;
  std::set<int> set;
  std::unordered_multiset<int> hash_multiset;
  std::deque<int> deque;
  std::list<std::string> list;
  std::forward_list<int> forward_list;
  std::filesystem::path path;
  std::chrono::seconds seconds;
  std::bitset<9> bits;
  std::complex<float> complex;
  s::Utf8String utf8;
  s::Named<"name", int> named;
};
struct Abseil {
  absl::Time time;
  absl::Cord cord;
  std::vector<absl::StatusOr<int>> results;
  absl::flat_hash_map<int, int> hash_map;
  absl::btree_map<int, int> map;
  absl::int128 number;
  absl::InlinedVector<int, 3> vector;
};
struct Handles {
  Standard standard;
  ipc_channel::SharedMemory memory;
  ipc_channel::UniqueFd fd;
  ipc_channel::Sender<Standard> to;
  ipc_channel::Receiver<Fixed> from;
  ipc_channel::BytesSender bytes;
};

template <class T>
void Use(T value) {
  std::vector<std::byte> bytes;
  (void)s::Encode(value);
  (void)s::EncodeInto(value, bytes);
  (void)s::EncodeTo(value, bytes);
  (void)s::EncodedSize(value);
  (void)s::Decode<T>(bytes);
  (void)s::DecodeInto(bytes, value);
  auto channel = ipc_channel::Channel<T>();
  (void)channel->sender.Send(std::move(value));
  (void)channel->sender.TrySend(T());
  (void)channel->receiver.Recv();
  (void)channel->receiver.TryRecv();
}
void UseAll() {
  Use(Fixed());
  Use(Hooked());
  Use(Standard());
  Use(Abseil());
  Use(Handles());
  (void)s::EncodeFixed(Fixed());
  (void)s::EncodeBulk(std::string());
}
EOF

checks=0
failures=0
for compiler in g++ clang++; do
  command -v "$compiler" >/dev/null || continue
  checks=$((checks + 1))
  if ! "$compiler" -std=c++20 -Wall -Wextra -Werror -fsyntax-only \
    -I"$scratch" "$scratch/user.cc"; then
    failures=$((failures + 1))
  fi
done

echo "$checks compilers, $failures of which warn"
[ "$failures" = 0 ]
