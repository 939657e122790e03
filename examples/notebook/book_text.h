#ifndef IPC_CHANNEL_EXAMPLES_NOTEBOOK_BOOK_TEXT_H_
#define IPC_CHANNEL_EXAMPLES_NOTEBOOK_BOOK_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ipc_channel/examples/notebook/book.h"

namespace notebook {

// Entries as a text for files: a line for each, of the key, a space, the value
// with C's escapes, and a newline.
std::string ToText(const Book::Entries& entries);

// The same back. INVALID_ARGUMENT, with the number of the line, if it is none;
// of two lines with the same key the last counts. RESOURCE_EXHAUSTED if there
// are more than `max_entries`. Whether the keys are any, Book says.
absl::StatusOr<Book::Entries> FromText(std::string_view text,
                                       std::size_t max_entries);

}  // namespace notebook

#endif  // IPC_CHANNEL_EXAMPLES_NOTEBOOK_BOOK_TEXT_H_
