#include "ipc_channel/serialize/encode.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/serialize/handles.h"
#include "ipc_channel/serialize/named.h"
#include "ipc_channel/serialize/serializable.h"
#include "ipc_channel/serialize/std_types.h"
#include "ipc_channel/serialize/utf8_string.h"
#include "ipc_channel/testing/fake_handle.h"

namespace ipc_channel::serialize {
namespace {

using Bytes = std::vector<std::byte>;

enum class Color : std::int16_t { kRed = -2 };

struct Point {
  std::int16_t x;
  std::int16_t y;
};

// All kinds of what has a fixed layout.
struct Fixed {
  std::uint8_t small;
  std::uint32_t large;
  std::int64_t negative;
  float number;
  double precise;
  bool is_set;
  char16_t letter;
  Color color;
  Point point;
  std::array<std::uint16_t, 2> array;
  std::array<Point, 1> points;
  std::tuple<bool, std::pair<std::byte, std::uint16_t>> tuple;
  Named<"name", std::uint16_t> named;
};

constexpr Fixed kFixed = {.small = 1,
                          .large = 0x02030405,
                          .negative = -2,
                          .number = 1.0f,
                          .precise = -2.0,
                          .is_set = true,
                          .letter = 0x0102,
                          .color = Color::kRed,
                          .point = {1, -1},
                          .array = {1, 0x0203},
                          .points = {{{3, 4}}},
                          .tuple = {true, {std::byte{9}, 0x0506}},
                          .named = {7}};

// Written and read by code of its own.
class Private {
 public:
  Private() = default;
  explicit Private(std::string text) : text_(std::move(text)) {}

  template <class F>
  friend constexpr auto SerializeFields(Private& self, F&& fields) {
    return fields(self.text_, self.number_);
  }

 private:
  std::string text_;
  std::uint32_t number_ = 7;
};

// The golden bytes as the compiler sees them.

template <class T>
constexpr bool IsEncodedAs(const T& value, std::initializer_list<int> golden) {
  const auto bytes = EncodeFixed(value);
  if (bytes.size() != 8 + golden.size()) return false;
  for (int i = 0; i < 8; ++i) {
    if (std::to_integer<std::uint64_t>(bytes[i]) !=
        (Fingerprint<T>() >> 8 * i & 0xff)) {
      return false;
    }
  }
  std::size_t at = 8;
  for (const int byte : golden) {
    if (std::to_integer<int>(bytes[at++]) != byte) return false;
  }
  return true;
}

static_assert(IsEncodedAs(std::uint32_t{0x01020304}, {4, 3, 2, 1}));
static_assert(IsEncodedAs(std::int16_t{-2}, {0xfe, 0xff}));
static_assert(!IsEncodedAs(std::int16_t{-2}, {0xff, 0xfe}));
static_assert(IsEncodedAs(1.0f, {0, 0, 0x80, 0x3f}));
static_assert(IsEncodedAs(-2.0, {0, 0, 0, 0, 0, 0, 0, 0xc0}));
static_assert(IsEncodedAs(true, {1}));
static_assert(IsEncodedAs(Color::kRed, {0xfe, 0xff}));
static_assert(IsEncodedAs(Point{1, -1}, {1, 0, 0xff, 0xff}));
static_assert(IsEncodedAs(std::array<Point, 2>{{{1, 2}, {3, 4}}},
                          {1, 0, 2, 0, 3, 0, 4, 0}));
static_assert(IsEncodedAs(std::array<int, 0>(), {}));
static_assert(IsEncodedAs(std::tuple<>(), {}));
static_assert(IsEncodedAs(kFixed, {1,                                         //
                                   5,    4,    3,    2,                       //
                                   0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  //
                                   0xff, 0,    0,    0x80, 0x3f,              //
                                   0,    0,    0,    0,    0,    0,    0,     //
                                   0xc0, 1,    2,    1,    0xfe, 0xff,        //
                                   1,    0,    0xff, 0xff, 1,    0,    3,     //
                                   2,    3,    0,    4,    0,    1,    9,     //
                                   6,    5,    7,    0}));

static_assert(kEncodedSize<std::uint8_t> == 9);
static_assert(kEncodedSize<const Point> == 12);
static_assert(kEncodedSize<Fixed> == 8 + 48);
static_assert(EncodedSize(kFixed) == kEncodedSize<Fixed>);

static_assert(HasFixedEncoding<Fixed>);
static_assert(!HasFixedEncoding<std::string>);
static_assert(!HasFixedEncoding<std::array<std::string, 2>>);
static_assert(!HasFixedEncoding<Private>);
static_assert(!HasFixedEncoding<int*>);
static_assert(!HasFixedEncoding<int[2]>);

TEST(EncodeFixed, IsTheSameWhenTheProgramRuns) {
  constexpr auto kBytes = EncodeFixed(kFixed);
  Fixed value = kFixed;
  EXPECT_EQ(EncodeFixed(value), kBytes);
  value.points[0].y = 5;
  EXPECT_NE(EncodeFixed(value), kBytes);
}

// Every way into memory gives what Encode() does.
template <class T>
void ExpectEverySinkAgrees(const T& value) {
  const auto encoded = Encode(value);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  EXPECT_EQ(encoded->size(), EncodedSize(value));

  Bytes vector(3, std::byte{0x5a});
  EXPECT_TRUE(EncodeInto(value, vector).ok());
  EXPECT_EQ(vector, *encoded);

  Bytes span(encoded->size());
  EXPECT_TRUE(EncodeTo(value, span).ok());
  EXPECT_EQ(span, *encoded);

  Bytes room;
  const absl::Status status = EncodeInto(value, [&](std::size_t size) {
    EXPECT_TRUE(room.empty()) << "asked twice";
    room.resize(size);
    return std::span<std::byte>(room);
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(room, *encoded);
}

TEST(Encode, GivesTheSameIntoAnyMemory) {
  ExpectEverySinkAgrees(kFixed);
  ExpectEverySinkAgrees(std::tuple<>());
  ExpectEverySinkAgrees(std::string("text"));
  ExpectEverySinkAgrees(std::vector<std::string>{"a", "", "text"});
  ExpectEverySinkAgrees(Private("text"));
  ExpectEverySinkAgrees(std::vector<Private>(3));
  const auto encoded = Encode(kFixed);
  ASSERT_TRUE(encoded.ok());
  const auto fixed = EncodeFixed(kFixed);
  EXPECT_EQ(Bytes(fixed.begin(), fixed.end()), *encoded);
}

TEST(EncodeIntoAVector, UsesItsMemoryAgain) {
  Bytes out;
  ASSERT_TRUE(EncodeInto(std::string(1000, 'x'), out).ok());
  const std::byte* const memory = out.data();
  ASSERT_TRUE(EncodeInto(kFixed, out).ok());
  EXPECT_EQ(out.data(), memory);
  EXPECT_EQ(out.size(), kEncodedSize<Fixed>);
  ASSERT_TRUE(EncodeInto(Private("text"), out).ok());
  EXPECT_EQ(out.data(), memory);
}

TEST(EncodeIntoAVector, RefusesWhatCannotBeEncoded) {
  Bytes out;
  EXPECT_EQ(EncodeInto(Utf8String{"\xff"}, out).code(),
            absl::StatusCode::kInvalidArgument);
  const ipc_channel_testing::FakeFd fd(1);
  EXPECT_EQ(EncodeInto(fd, out).code(), absl::StatusCode::kInvalidArgument);
  ipc_channel_testing::FakeSink sink;
  EXPECT_TRUE(EncodeInto(fd, out, &sink).ok());
  EXPECT_EQ(sink.lent().size(), 1u);
}

TEST(EncodeTo, RefusesMemoryOfAnotherSize) {
  Bytes room(kEncodedSize<Fixed> + 1);
  const std::span<std::byte> out(room);
  EXPECT_EQ(EncodeTo(kFixed, out).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(EncodeTo(kFixed, out.first(out.size() - 2)).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(EncodeTo(kFixed, {}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(EncodeTo(kFixed, out.first(out.size() - 1)).ok());
}

template <class T>
void ExpectRoomIsNeeded(const T& value) {
  const absl::Status failed = EncodeInto(
      value, [](std::size_t) -> absl::StatusOr<std::span<std::byte>> {
        return absl::UnavailableError("no room");
      });
  EXPECT_EQ(failed.code(), absl::StatusCode::kUnavailable);
  Bytes room(EncodedSize(value) - 1);
  const absl::Status small = EncodeInto(
      value, [&](std::size_t) { return std::span<std::byte>(room); });
  EXPECT_EQ(small.code(), absl::StatusCode::kInvalidArgument);
}

TEST(EncodeIntoRoom, GivesTheErrorsOfTheRoom) {
  ExpectRoomIsNeeded(kFixed);
  ExpectRoomIsNeeded(std::string("text"));
  ExpectRoomIsNeeded(Private("text"));
}

TEST(EncodeIntoRoom, DoesNotAskForRoomForWhatIsRefused) {
  const absl::Status status = EncodeInto(Utf8String{"\xff"}, [](std::size_t) {
    ADD_FAILURE() << "asked";
    return std::span<std::byte>();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace ipc_channel::serialize
