#include "ipc_channel/examples/wordcount/json_string.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "absl/strings/str_format.h"

namespace wordcount {
namespace {

constexpr std::string_view kReplacementCharacter = "\xef\xbf\xbd";

// One row of table 3-7 of the Unicode Standard: the first byte decides how many
// follow and what the second may be; those after it are 80..BF.
struct Row {
  unsigned char first_min, first_max, second_min, second_max;
  std::size_t size;
};
constexpr Row kWellFormed[] = {
    {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2},
    {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
    {0xf4, 0xf4, 0x80, 0x8f, 4},
};

bool IsWithin(char c, unsigned char min, unsigned char max) {
  const auto byte = static_cast<unsigned char>(c);
  return min <= byte && byte <= max;
}

// The size of the character that `text`, which is not empty, begins with; 0 if
// it is not well-formed.
std::size_t CharacterSize(std::string_view text) {
  for (const Row& row : kWellFormed) {
    if (!IsWithin(text[0], row.first_min, row.first_max)) continue;
    if (text.size() < row.size) return 0;
    if (row.size == 1) return 1;
    const bool is_good =
        IsWithin(text[1], row.second_min, row.second_max) &&
        std::ranges::all_of(text.substr(2, row.size - 2),
                            [](char c) { return IsWithin(c, 0x80, 0xbf); });
    return is_good ? row.size : 0;
  }
  return 0;
}

void AppendCharacter(std::string_view character, std::string& out) {
  if (character == "\"" || character == "\\") {
    out += '\\';
    out += character;
  } else if (IsWithin(character[0], 0x00, 0x1f)) {
    out += absl::StrFormat("\\u%04x", static_cast<int>(character[0]));
  } else {
    out += character;
  }
}

}  // namespace

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t size = CharacterSize(text);
    if (size == 0) {
      out += kReplacementCharacter;
      text.remove_prefix(1);
    } else {
      AppendCharacter(text.substr(0, size), out);
      text.remove_prefix(size);
    }
  }
  out += '"';
  return out;
}

}  // namespace wordcount
