#include "ipc_channel/examples/notebook/book.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace notebook {
namespace {

bool IsPrintable(char c) { return '!' <= c && c <= '~'; }

}  // namespace

absl::Status Book::Put(Entries entries) {
  std::size_t count = entries_.size();
  std::size_t bytes = bytes_;
  for (const auto& [key, value] : entries) {
    absl::Status checked = Check(key, value);
    if (!checked.ok()) return checked;
    const std::string* former = Get(key);
    if (former == nullptr) ++count;
    bytes += former == nullptr ? key.size() : 0;
    bytes += value.size();
    bytes -= former == nullptr ? 0 : former->size();
  }
  if (count > limits_.entries || bytes > limits_.book_bytes) {
    return absl::ResourceExhaustedError("the notebook is full");
  }
  for (auto& [key, value] : entries) {
    entries_.insert_or_assign(key, std::move(value));
  }
  bytes_ = bytes;
  return absl::OkStatus();
}

bool Book::Delete(const std::string& key) {
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return false;
  bytes_ -= entry->first.size() + entry->second.size();
  entries_.erase(entry);
  return true;
}

const std::string* Book::Get(const std::string& key) const {
  const auto entry = entries_.find(key);
  return entry == entries_.end() ? nullptr : &entry->second;
}

std::vector<std::string> Book::List(const std::string& prefix,
                                    const std::string& after,
                                    bool& are_all) const {
  std::vector<std::string> keys;
  std::size_t bytes = 0;
  auto entry = after < prefix ? entries_.lower_bound(prefix)
                              : entries_.upper_bound(after);
  // An empty key is none, so that nothing is lost behind an empty `after`.
  for (; entry != entries_.end(); ++entry) {
    if (!entry->first.starts_with(prefix)) break;
    bytes += entry->first.size();
    if (!keys.empty() && bytes > limits_.list_bytes) {
      are_all = false;
      return keys;
    }
    keys.push_back(entry->first);
  }
  are_all = true;
  return keys;
}

absl::Status Book::Check(std::string_view key, std::string_view value) const {
  if (key.empty() || !std::ranges::all_of(key, IsPrintable)) {
    return absl::InvalidArgumentError(
        "a key is printable ASCII without spaces, and not empty");
  }
  if (key.size() > limits_.key_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a key has at most ", limits_.key_bytes, " bytes"));
  }
  if (value.size() > limits_.value_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a value has at most ", limits_.value_bytes, " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace notebook
