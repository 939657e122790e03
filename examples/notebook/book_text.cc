#include "ipc_channel/examples/notebook/book_text.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace notebook {
namespace {

bool ReadLine(std::string_view line, Book::Entries& entries) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view escaped = line.substr(space + 1);
  std::string value;
  if (!absl::CUnescape(absl::string_view(escaped.data(), escaped.size()),
                       &value)) {
    return false;
  }
  entries[std::string(line.substr(0, space))] = std::move(value);
  return true;
}

}  // namespace

std::string ToText(const Book::Entries& entries) {
  std::string text;
  for (const auto& [key, value] : entries) {
    absl::StrAppend(&text, key, " ", absl::CEscape(value), "\n");
  }
  return text;
}

absl::StatusOr<Book::Entries> FromText(std::string_view text,
                                       std::size_t max_entries) {
  Book::Entries entries;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos ||
        !ReadLine(text.substr(0, end), entries)) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, " is no key, space and escaped value"));
    }
    if (entries.size() > max_entries) {
      return absl::ResourceExhaustedError(
          absl::StrCat("a text has at most ", max_entries, " entries"));
    }
    text.remove_prefix(end + 1);
  }
  return entries;
}

}  // namespace notebook
