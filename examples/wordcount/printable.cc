#include "ipc_channel/examples/wordcount/printable.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace wordcount {

std::string Printable(std::string_view text) {
  std::string printable;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      absl::StrAppend(&printable, "\\x", absl::Hex(byte, absl::kZeroPad2));
    } else {
      printable += c;
    }
  }
  return printable;
}

}  // namespace wordcount
