#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_TEST_HOLD_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_TEST_HOLD_H_

#include <string>
#include <utility>

namespace wordcount {

// Lets a test stop one process of many at a known point and learn which.
// Thread-compatible.
class TestHold {
 public:
  // An empty path: nobody is ever held.
  explicit TestHold(std::string path) : path_(std::move(path)) {}

  // True for the first process that asks, in which case the file at the path
  // exists from now on and holds the number of this process and a newline;
  // nobody sees it without them. False for all others, until somebody removes
  // the file.
  bool Claim() const;

 private:
  std::string path_;
};

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_TEST_HOLD_H_
