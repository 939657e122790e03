#include "ipc_channel/serialize/bulk.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "ipc_channel/serialize/encode.h"
#include "ipc_channel/serialize/utf8_string.h"

namespace ipc_channel::serialize {
namespace {

struct Point {
  std::int32_t x;
  std::int32_t y;
};

struct Padded {
  std::int8_t a;
  std::int32_t b;
};

enum class Checked : std::uint8_t { kOne = 1 };
[[maybe_unused]] constexpr bool IsValidEnum(Checked value) {
  return value == Checked::kOne;
}

struct Mixed {
  std::string name;
};

// Their elements are not what is written, or lie in many places.
static_assert(!kIsBulk<std::vector<bool>>);
static_assert(!kIsBulk<std::vector<std::string>>);
static_assert(!kIsBulk<std::vector<Padded>>);
static_assert(!kIsBulk<std::deque<std::byte>>);
static_assert(!kIsBulk<std::optional<std::string>>);
static_assert(!kIsBulk<std::array<std::byte, 4>>);
static_assert(!kIsBulk<Mixed>);
static_assert(!kIsBulk<int*>);
// Not any bytes are a value, when they are read; writing asks nothing.
static_assert(!kIsBulk<std::vector<Checked>>);
static_assert(!kIsBulk<Utf8String>);

template <class T>
void ExpectTheBytesOfEncode(const T& value) {
  static_assert(kIsBulk<T>);
  const auto whole = Encode(value);
  ASSERT_TRUE(whole.ok()) << whole.status();
  const auto parts = EncodeBulk(value);
  ASSERT_TRUE(parts.ok()) << parts.status();
  std::vector<std::byte> joined(parts->head.begin(), parts->head.end());
  joined.insert(joined.end(), parts->body.begin(), parts->body.end());
  EXPECT_EQ(joined, *whole);
}

TEST(EncodeBulkTest, GivesTheBytesOfEncode) {
  ExpectTheBytesOfEncode(std::string("letters"));
  ExpectTheBytesOfEncode(std::string());
  ExpectTheBytesOfEncode(std::u16string(u"letters"));
  ExpectTheBytesOfEncode(std::string_view("letters"));
  ExpectTheBytesOfEncode(std::vector<std::byte>(70'000, std::byte{7}));
  ExpectTheBytesOfEncode(std::vector<double>{1.5, -2});
  ExpectTheBytesOfEncode(std::vector<Point>{{1, 2}, {3, 4}});
  const std::array<const std::int64_t, 2> numbers = {1, -1};
  ExpectTheBytesOfEncode(std::span<const std::int64_t>(numbers));
  ExpectTheBytesOfEncode(std::span<const std::int64_t, 2>(numbers));
}

TEST(EncodeBulkTest, BodyIsTheValuesOwnMemory) {
  const std::vector<double> value = {1, 2, 3};
  const auto parts = EncodeBulk(value);
  ASSERT_TRUE(parts.ok());
  EXPECT_EQ(static_cast<const void*>(parts->body.data()), value.data());
  EXPECT_EQ(parts->body.size(), value.size() * sizeof(double));
}

TEST(EncodeBulkTest, RefusesWhatACountCannotSay) {
  // Nothing is read of it.
  const char* const nowhere = "";
  const std::string_view huge(nowhere, std::size_t{1} << 32);
  EXPECT_EQ(EncodeBulk(huge).status().code(), absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace ipc_channel::serialize
