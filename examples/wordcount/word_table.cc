#include "ipc_channel/examples/wordcount/word_table.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/examples/wordcount/word_counter.h"
#include "ipc_channel/examples/wordcount/word_counts.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/serialize/serialize.h"

namespace wordcount {
namespace {

namespace serialize = ipc_channel::serialize;

// What the table consists of, words ascending.
struct Entry {
  std::string word;
  std::uint64_t count = 0;
};

// The same to write: the words stay where they are.
struct EntryView {
  std::string_view word;
  std::uint64_t count = 0;
};
static_assert(serialize::Fingerprint<std::vector<Entry>>() ==
              serialize::Fingerprint<std::vector<EntryView>>());

std::vector<EntryView> Sorted(const WordCounts& counts) {
  std::vector<EntryView> entries;
  entries.reserve(counts.size());
  for (const auto& [word, count] : counts) entries.push_back({word, count});
  std::ranges::sort(entries, {}, &EntryView::word);
  return entries;
}

bool IsWord(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) {
    return IsWordByte(static_cast<std::byte>(c));
  });
}

absl::Status Check(const std::vector<Entry>& entries) {
  std::string_view previous;
  std::uint64_t room = std::numeric_limits<std::uint64_t>::max();
  for (const auto& [word, count] : entries) {
    if (!IsWord(word)) {
      return absl::DataLossError("something in the table is not a word");
    }
    if (word <= previous) {
      return absl::DataLossError("the words of the table do not ascend");
    }
    if (count == 0 || count > room) {
      return absl::DataLossError("a count in the table is impossible");
    }
    previous = word;
    room -= count;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ipc_channel::SharedMemory> MakeWordTable(
    const WordCounts& counts) {
  const std::vector<EntryView> entries = Sorted(counts);
  absl::Status encoded;
  absl::StatusOr<ipc_channel::SharedMemory> table =
      ipc_channel::SharedMemory::Create(
          serialize::EncodedSize(entries), [&](std::span<std::byte> out) {
            encoded = serialize::EncodeTo(entries, out);
          });
  if (!encoded.ok()) return encoded;
  return table;
}

absl::StatusOr<WordCounts> ReadWordTable(std::span<const std::byte> table) {
  absl::StatusOr<std::vector<Entry>> entries =
      serialize::Decode<std::vector<Entry>>(table);
  if (!entries.ok()) return entries.status();
  if (absl::Status good = Check(*entries); !good.ok()) return good;
  WordCounts counts;
  counts.reserve(entries->size());
  for (auto& [word, count] : *entries) counts.emplace(std::move(word), count);
  return counts;
}

}  // namespace wordcount
