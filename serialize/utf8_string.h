#ifndef IPC_CHANNEL_SERIALIZE_UTF8_STRING_H_
#define IPC_CHANNEL_SERIALIZE_UTF8_STRING_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/std_sequence.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {

// Whether `text` is well-formed UTF-8 by the Unicode Standard (table 3-7): no
// encoding longer than need be, no surrogates, nothing beyond U+10FFFF.
bool IsUtf8(std::string_view text);

// A string that arrives only if it is well-formed UTF-8, for fields of which
// the receiver relies on that. May hold any bytes before: others than UTF-8
// cannot be sent.
struct Utf8String {
  std::string text;

  friend bool operator==(const Utf8String&, const Utf8String&) = default;
  friend auto operator<=>(const Utf8String&, const Utf8String&) = default;
};

template <>
struct SerializeTraits<Utf8String> {
  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr void Describe(Schema& schema) {
    schema.Name("utf8");
    schema.Field<std::string>();
  }
  template <class Out>
  static void Write(Out& out, const Utf8String& string) {
    if constexpr (internal::Access::kOnlyMeasures<Out>) {
      if (!IsUtf8(string.text)) out.Fail("a Utf8String that is not UTF-8");
    }
    internal::WriteValue(out, string.text);
  }
  static std::byte* Put(std::byte* to, const Utf8String& string) {
    return internal::PutValue(to, string.text);
  }
  static bool Read(Reader& in, Utf8String& string) {
    if (!in.Read(string.text)) return false;
    return IsUtf8(string.text) || in.Fail("a string that is not UTF-8");
  }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_UTF8_STRING_H_
