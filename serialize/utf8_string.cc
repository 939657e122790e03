#include "ipc_channel/serialize/utf8_string.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ipc_channel::serialize {
namespace {

using Byte = unsigned char;

bool IsWithin(Byte byte, Byte lowest, Byte highest) {
  return lowest <= byte && byte <= highest;
}

// The length of the character that begins with `lead`; 0 if none does.
std::size_t LengthByLead(Byte lead) {
  if (lead < 0x80) return 1;
  if (IsWithin(lead, 0xc2, 0xdf)) return 2;
  if (IsWithin(lead, 0xe0, 0xef)) return 3;
  if (IsWithin(lead, 0xf0, 0xf4)) return 4;
  return 0;
}

// Some leads leave less to the second byte, or there would be two ways to
// write a character, or one to write what is none.
bool IsSecond(Byte lead, Byte second) {
  switch (lead) {
    case 0xe0:
      return IsWithin(second, 0xa0, 0xbf);
    case 0xed:
      return IsWithin(second, 0x80, 0x9f);
    case 0xf0:
      return IsWithin(second, 0x90, 0xbf);
    case 0xf4:
      return IsWithin(second, 0x80, 0x8f);
    default:
      return IsWithin(second, 0x80, 0xbf);
  }
}

// The length of the character at the beginning of `text`; 0 if there is none.
std::size_t CharacterLength(const Byte* text, std::size_t size) {
  const std::size_t length = LengthByLead(text[0]);
  if (length <= 1) return length;
  if (length > size || !IsSecond(text[0], text[1])) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (!IsWithin(text[i], 0x80, 0xbf)) return 0;
  }
  return length;
}

// How many of the first bytes are ASCII for sure.
std::size_t AsciiPrefix(const Byte* text, std::size_t size) {
  std::size_t prefix = 0;
  for (std::uint64_t word; size - prefix >= sizeof(word);
       prefix += sizeof(word)) {
    std::memcpy(&word, text + prefix, sizeof(word));
    if ((word & 0x8080808080808080u) != 0) break;
  }
  return prefix;
}

}  // namespace

bool IsUtf8(std::string_view text) {
  const auto* at = reinterpret_cast<const Byte*>(text.data());
  std::size_t left = text.size();
  while (left != 0) {
    std::size_t step = AsciiPrefix(at, left);
    if (step == 0) step = CharacterLength(at, left);
    if (step == 0) return false;
    at += step;
    left -= step;
  }
  return true;
}

}  // namespace ipc_channel::serialize
