#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_WORD_COUNTER_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_WORD_COUNTER_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "ipc_channel/examples/wordcount/word_counts.h"

namespace wordcount {

// A word is a maximal run of these bytes: [A-Za-z0-9], whatever the locale.
bool IsWordByte(std::byte byte);

// Counts the words of bytes that come in pieces, cut anywhere.
// Thread-compatible.
class WordCounter {
 public:
  void Add(std::span<const std::byte> piece);

  // What was counted, the word at the very end included. The counter is empty
  // again.
  WordCounts Finish();

 private:
  void Count(std::string_view word);

  WordCounts counts_;
  std::string unfinished_;  // the word that the pieces so far end in
};

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_WORD_COUNTER_H_
