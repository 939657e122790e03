#ifndef IPC_CHANNEL_EXAMPLES_NOTEBOOK_BOOK_H_
#define IPC_CHANNEL_EXAMPLES_NOTEBOOK_BOOK_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/examples/notebook/limits.h"

namespace notebook {

// The entries of a notebook. A key is printable ASCII without spaces, and not
// empty; a value is any bytes. Knows nothing of clients. Thread-compatible.
//
// Whatever is over a limit is RESOURCE_EXHAUSTED, another key INVALID_ARGUMENT,
// and then nothing has changed.
class Book {
 public:
  using Entries = std::map<std::string, std::string>;

  explicit Book(const Limits& limits) : limits_(limits) {}

  // Writes all of `entries`, or none.
  absl::Status Put(Entries entries);

  // False if there was none.
  bool Delete(const std::string& key);

  // Null if there is none; good until the next change.
  const std::string* Get(const std::string& key) const;

  // The keys behind `after` that begin with `prefix`, in order: as many as fit
  // Limits::list_bytes, and one at least if there is one. `are_all` says
  // whether these are all.
  std::vector<std::string> List(const std::string& prefix,
                                const std::string& after, bool& are_all) const;

  const Entries& entries() const { return entries_; }

 private:
  absl::Status Check(std::string_view key, std::string_view value) const;

  const Limits limits_;
  Entries entries_;
  std::size_t bytes_ = 0;  // of keys and values
};

}  // namespace notebook

#endif  // IPC_CHANNEL_EXAMPLES_NOTEBOOK_BOOK_H_
