#include "ipc_channel/examples/wordcount/word_counter.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "absl/strings/string_view.h"
#include "ipc_channel/examples/wordcount/word_counts.h"

namespace wordcount {
namespace {

constexpr std::array<bool, 256> kIsWordByte = [] {
  std::array<bool, 256> table = {};
  for (int c = '0'; c <= '9'; ++c) table[c] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[c] = true;
  return table;
}();

bool IsWordChar(char c) { return kIsWordByte[static_cast<unsigned char>(c)]; }

}  // namespace

bool IsWordByte(std::byte byte) {
  return kIsWordByte[std::to_integer<unsigned char>(byte)];
}

void WordCounter::Add(std::span<const std::byte> piece) {
  const char* at = reinterpret_cast<const char*>(piece.data());
  const char* const end = at + piece.size();
  if (!unfinished_.empty()) {
    const char* const word_end = std::find_if_not(at, end, IsWordChar);
    unfinished_.append(at, word_end);
    if (word_end == end) return;
    Count(std::exchange(unfinished_, {}));
    at = word_end;
  }
  while (true) {
    const char* const begin = std::find_if(at, end, IsWordChar);
    at = std::find_if_not(begin, end, IsWordChar);
    const std::string_view word(begin, static_cast<std::size_t>(at - begin));
    if (at == end) {
      unfinished_ = word;
      return;
    }
    Count(word);
  }
}

WordCounts WordCounter::Finish() {
  if (!unfinished_.empty()) Count(std::exchange(unfinished_, {}));
  return std::exchange(counts_, {});
}

void WordCounter::Count(std::string_view word) {
  ++counts_[absl::string_view(word.data(), word.size())];
}

}  // namespace wordcount
