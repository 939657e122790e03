#include "ipc_channel/serialize/utf8_string.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/serialize/serialize.h"

namespace ipc_channel::serialize {
namespace {

using ::testing::HasSubstr;

// The encoding of one code point, surrogates and such beyond Unicode included.
std::string Generalized(char32_t point) {
  const auto tail = [point](int shift) {
    return static_cast<char>(0x80 | (point >> shift & 0x3f));
  };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xc0 | point >> 6), tail(0)};
  if (point < 0x10000) {
    return {static_cast<char>(0xe0 | point >> 12), tail(6), tail(0)};
  }
  return {static_cast<char>(0xf0 | point >> 18), tail(12), tail(6), tail(0)};
}

TEST(IsUtf8, IsTrueForExactlyTheCharacters) {
  for (char32_t point = 0; point < 0x200000; ++point) {
    const bool is_character =
        point < 0x110000 && !(0xd800 <= point && point < 0xe000);
    ASSERT_EQ(IsUtf8(Generalized(point)), is_character)
        << static_cast<std::uint32_t>(point);
  }
}

TEST(IsUtf8, IsFalseForOtherBytes) {
  for (const std::string_view text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf",
        "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf8\x88\x80\x80\x80", "\xfe",
        "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(", "\xe2\x82("}) {
    EXPECT_FALSE(IsUtf8(text));
    EXPECT_FALSE(IsUtf8(std::string(text) + "a long text of ASCII behind it"));
    EXPECT_FALSE(IsUtf8("a long text of ASCII before it " + std::string(text)));
  }
}

TEST(IsUtf8, LooksAtEachByteOfALongText) {
  std::string text(100, 'a');
  EXPECT_TRUE(IsUtf8(text));
  EXPECT_TRUE(IsUtf8(""));
  for (char& c : text) {
    c = '\x80';
    EXPECT_FALSE(IsUtf8(text));
    c = 'a';
  }
}

TEST(Utf8String, IsRefusedOnBothSidesIfMalformed) {
  const Utf8String malformed{"\xff"};
  EXPECT_EQ(Encode(malformed).status().code(),
            absl::StatusCode::kInvalidArgument);
  auto encoded = Encode(Utf8String{"text"});
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  encoded->back() = std::byte{0xff};
  const auto decoded = Decode<Utf8String>(*encoded);
  EXPECT_EQ(decoded.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(decoded.status().message()),
              HasSubstr("a string that is not UTF-8"));
}

TEST(Utf8String, IsNotMistakenForAString) {
  static_assert(Fingerprint<Utf8String>() != Fingerprint<std::string>());
}

}  // namespace
}  // namespace ipc_channel::serialize
