#include "ipc_channel/examples/wordcount/word_counter.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "absl/strings/string_view.h"
#include "ipc_channel/examples/wordcount/word_counts.h"

namespace wordcount {
namespace {

struct ByteSet {
  bool has[256] = {};
};

constexpr ByteSet kWordBytes = [] {
  ByteSet set;
  for (int c = '0'; c <= '9'; ++c) set.has[c] = true;
  for (int c = 'A'; c <= 'Z'; ++c) set.has[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) set.has[c] = true;
  return set;
}();

const char* FindWord(const char* at, const char* end) {
  while (at != end && !kWordBytes.has[static_cast<unsigned char>(*at)]) ++at;
  return at;
}

const char* FindWordEnd(const char* at, const char* end) {
  while (at != end && kWordBytes.has[static_cast<unsigned char>(*at)]) ++at;
  return at;
}

}  // namespace

bool IsWordByte(std::byte byte) {
  return kWordBytes.has[std::to_integer<unsigned char>(byte)];
}

void WordCounter::Add(std::span<const std::byte> piece) {
  const char* at = reinterpret_cast<const char*>(piece.data());
  const char* const end = at + piece.size();
  if (!unfinished_.empty()) {
    const char* const word_end = FindWordEnd(at, end);
    unfinished_.append(at, word_end);
    if (word_end == end) return;
    Count(std::exchange(unfinished_, {}));
    at = word_end;
  }
  while (true) {
    const char* const begin = FindWord(at, end);
    at = FindWordEnd(begin, end);
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
