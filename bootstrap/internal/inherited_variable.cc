#include "ipc_channel/bootstrap/internal/inherited_variable.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "ipc_channel/transport/mutex.h"

namespace ipc_channel::internal {
namespace {

constexpr std::string_view kVersion = "1";
constexpr int kFirstDescriptor = 3;  // the standard ones are the program's
constexpr std::size_t kHexDigits = 16;

std::string Hex(std::uint64_t number) {
  std::array<char, kHexDigits> digits;
  const std::to_chars_result end = std::to_chars(
      digits.data(), digits.data() + digits.size(), number, /*base=*/16);
  const std::string_view text(
      digits.data(), static_cast<std::size_t>(end.ptr - digits.data()));
  return std::string(kHexDigits - text.size(), '0').append(text);
}

std::string FormatEnd(const InheritedEnd& end) {
  return ":" + std::to_string(end.descriptor) + ":" +
         std::to_string(end.inode) + ":" + Hex(end.fingerprint);
}

// Takes what is in front of the next ':' off `text`, or all.
std::string_view TakeField(std::string_view& text) {
  const std::size_t colon = text.find(':');
  const std::string_view field = text.substr(0, colon);
  text.remove_prefix(colon == text.npos ? text.size() : colon + 1);
  return field;
}

template <class Number>
bool ReadNumber(std::string_view field, int base, Number& number) {
  const char* const end = field.data() + field.size();
  const std::from_chars_result read =
      std::from_chars(field.data(), end, number, base);
  return read.ec == std::errc() && read.ptr == end;
}

bool ReadEnd(std::string_view& text, InheritedEnd& end) {
  return ReadNumber(TakeField(text), 10, end.descriptor) &&
         end.descriptor >= kFirstDescriptor &&
         ReadNumber(TakeField(text), 10, end.inode) &&
         ReadNumber(TakeField(text), 16, end.fingerprint);
}

}  // namespace

std::optional<std::string> TakeInheritedVariable() {
  static auto* const mutex = new transport::Mutex();
  const transport::MutexLock lock(*mutex);
  const char* const value = std::getenv(kInheritedVariable);
  if (value == nullptr) return std::nullopt;
  std::string copy = value;
  ::unsetenv(kInheritedVariable);
  return copy;
}

std::string FormatInherited(const InheritedPair& pair) {
  return std::string(kVersion) + FormatEnd(pair.to_child) +
         FormatEnd(pair.to_parent);
}

std::optional<InheritedPair> ParseInherited(std::string_view value) {
  InheritedPair pair;
  std::string_view rest = value;
  if (TakeField(rest) != kVersion || !ReadEnd(rest, pair.to_child) ||
      !ReadEnd(rest, pair.to_parent) ||
      pair.to_child.descriptor == pair.to_parent.descriptor) {
    return std::nullopt;
  }
  // One way to write it, so that nothing is left open to interpretation.
  if (FormatInherited(pair) != value) return std::nullopt;
  return pair;
}

}  // namespace ipc_channel::internal
