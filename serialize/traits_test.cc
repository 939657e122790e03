#include "ipc_channel/serialize/traits.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/serialize/serialize.h"

// What the authors of types can get right and wrong.

// The example of traits.h and of docs/serialize.md, as it is there.

class Uuid {
 public:
  Uuid() = default;
  explicit Uuid(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}

  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  bool is_valid() const { return bytes_[6] >> 4 == 4 && bytes_[8] >> 6 == 2; }

  friend bool operator==(const Uuid&, const Uuid&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_ = {};
};

template <>
struct ipc_channel::serialize::SerializeTraits<Uuid> {
  static constexpr std::size_t kMinWireSize = 16;
  static constexpr void Describe(Schema& schema) {
    schema.Name("example.Uuid");
    schema.Field<std::array<std::uint8_t, 16>>();
  }
  template <class Out>
  static void Write(Out& out, const Uuid& uuid) {
    if (!uuid.is_valid()) out.Fail("not a version 4 UUID");
    out.Write(uuid.bytes());
  }
  static bool Read(Reader& in, Uuid& uuid) {
    std::array<std::uint8_t, 16> bytes;
    if (!in.Read(bytes)) return false;
    uuid = Uuid(bytes);
    return uuid.is_valid() || in.Fail("not a version 4 UUID");
  }
};

namespace foreign {

struct Even {
  std::uint32_t number = 0;
};
// Writes `extra` bytes more than it measured, or fewer if negative.
struct Liar {
  int extra = 0;
};
struct Huge {};
// Refuses all bytes, without a word about it.
struct Sullen {};
struct Torn {
  int a = 0;
  template <class F>
  friend constexpr auto SerializeFields(Torn& self, F&& fields) {
    return fields(self.a);
  }
};
// Lists its field twice, which no use of a field list may fall for.
struct Doubled {
  std::uint32_t a = 1;
  template <class F>
  friend constexpr auto SerializeFields(Doubled& self, F&& fields) {
    fields(self.a);
    return fields(self.a);
  }
};

}  // namespace foreign

namespace ipc_channel::serialize {

template <>
struct SerializeTraits<foreign::Even> {
  static constexpr std::size_t kMinWireSize = 4;
  static constexpr void Describe(Schema& schema) {
    schema.Name("foreign.Even");
    schema.Field<std::uint32_t>();
  }
  template <class Out>
  static void Write(Out& out, const foreign::Even& even) {
    if (even.number % 2 != 0) out.Fail("odd");
    out.Write(even.number);
  }
  static bool Read(Reader& in, foreign::Even& even) {
    if (!in.Read(even.number)) return false;
    return even.number % 2 == 0 || in.Fail("odd");
  }
};

template <>
struct SerializeTraits<foreign::Liar> {
  static constexpr std::size_t kMinWireSize = 0;
  static constexpr void Describe(Schema& schema) { schema.Name("Liar"); }
  static void Write(Sizer& out, const foreign::Liar&) {
    out.WriteBytes(nullptr, 100);
  }
  static void Write(Writer& out, const foreign::Liar& liar) {
    const std::vector<char> bytes(100 + liar.extra);
    out.WriteBytes(bytes.data(), bytes.size());
  }
};

template <>
struct SerializeTraits<foreign::Huge> {
  static constexpr std::size_t kMinWireSize = 4;
  static constexpr void Describe(Schema& schema) { schema.Name("Huge"); }
  template <class Out>
  static void Write(Out& out, const foreign::Huge&) {
    out.WriteCount(std::size_t{0xffffffff} + 1);
  }
};

template <>
struct SerializeTraits<foreign::Sullen> {
  static constexpr std::size_t kMinWireSize = 1;
  static constexpr void Describe(Schema& schema) { schema.Name("Sullen"); }
  template <class Out>
  static void Write(Out& out, const foreign::Sullen&) {
    out.WriteBytes("!", 1);
  }
  static bool Read(Reader&, foreign::Sullen&) { return false; }
};

template <>
struct SerializeTraits<foreign::Torn> {
  static constexpr std::size_t kMinWireSize = 0;
  static constexpr void Describe(Schema& schema) { schema.Name("Torn"); }
};

namespace {

using ::testing::HasSubstr;

constexpr std::array<std::uint8_t, 16> kUuid = {
    0xf8, 0x1d, 0x4f, 0xae, 0x7d, 0xec, 0x41, 0xd0,
    0xa7, 0x65, 0x00, 0xa0, 0xc9, 0x1e, 0x6b, 0xf6};

TEST(Uuid, ArrivesAsItWas) {
  const auto encoded = Encode(Uuid(kUuid));
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  const auto decoded = Decode<Uuid>(*encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, Uuid(kUuid));
}

TEST(Uuid, ThatReadRefusesIsNotWritten) {
  const auto refused = Encode(std::vector<Uuid>(1));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()),
              HasSubstr("not a version 4 UUID"));
  for (const std::size_t byte : {8 + 6, 8 + 8}) {
    auto encoded = Encode(Uuid(kUuid));
    ASSERT_TRUE(encoded.ok());
    encoded->at(byte) = std::byte{0};
    const absl::Status status = Decode<Uuid>(*encoded).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << byte;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("not a version 4 UUID"));
  }
}

TEST(Traits, WriteAndReadForeignTypes) {
  const std::vector<foreign::Even> evens = {{2}, {4}};
  const auto encoded = Encode(evens);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  const auto decoded = Decode<std::vector<foreign::Even>>(*encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ((*decoded)[1].number, 4u);
}

TEST(Traits, CanRefuseAValue) {
  const auto encoded = Encode(foreign::Even{3});
  EXPECT_EQ(encoded.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(encoded.status().message()), HasSubstr("odd"));
}

TEST(Traits, CanRefuseBytes) {
  auto encoded = Encode(std::vector<foreign::Even>{{2}, {4}});
  ASSERT_TRUE(encoded.ok());
  encoded->at(8 + 4 + 4) = std::byte{5};
  const auto decoded = Decode<std::vector<foreign::Even>>(*encoded);
  EXPECT_EQ(decoded.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(decoded.status().message()), HasSubstr("[1]: odd"));
}

TEST(Traits, CanRefuseBytesWithoutSayingWhy) {
  const auto alone = Encode(foreign::Sullen());
  ASSERT_TRUE(alone.ok());
  EXPECT_EQ(Decode<foreign::Sullen>(*alone).status().code(),
            absl::StatusCode::kDataLoss);
  const auto in_vector = Encode(std::vector<foreign::Sullen>(2));
  ASSERT_TRUE(in_vector.ok());
  const auto decoded = Decode<std::vector<foreign::Sullen>>(*in_vector);
  EXPECT_EQ(decoded.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(decoded.status().message()),
              HasSubstr("at byte 12, field [0]: "));
}

TEST(Traits, ThatMeasureWronglyGiveInternalAndWriteNothingOutside) {
  for (const int extra : {-100, -1, 1, 1000}) {
    const foreign::Liar liar{extra};
    std::vector<std::byte> room(EncodedSize(liar) + 2000, std::byte{0x5a});
    const std::span<std::byte> out(room.data(), EncodedSize(liar));
    EXPECT_EQ(EncodeTo(liar, out).code(), absl::StatusCode::kInternal) << extra;
    for (std::size_t i = out.size(); i < room.size(); ++i) {
      ASSERT_EQ(room[i], std::byte{0x5a});
    }
  }
  EXPECT_TRUE(Encode(foreign::Liar{0}).ok());
}

TEST(Traits, CannotWriteMoreElementsThanTheFormatCounts) {
  EXPECT_EQ(Encode(foreign::Huge()).status().code(),
            absl::StatusCode::kOutOfRange);
}

TEST(Traits, TogetherWithAFieldListAreRefused) {
  static_assert(!Serializable<foreign::Torn>);
}

TEST(FieldList, GivenTwiceIsHarmless) {
  const std::array<foreign::Doubled, 3> values;
  const auto encoded = Encode(values);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  EXPECT_EQ(encoded->size(), 8u + 3 * 2 * 4);
  EXPECT_TRUE((Decode<std::array<foreign::Doubled, 3>>(*encoded).ok()));
  for (std::size_t size = 0; size < encoded->size(); ++size) {
    const auto part = std::span(*encoded).first(size);
    EXPECT_FALSE((Decode<std::array<foreign::Doubled, 3>>(part).ok()));
  }
}

TEST(EncodeTo, RefusesASpanOfAnotherSize) {
  const std::string value = "hello";
  std::vector<std::byte> room(EncodedSize(value) + 1);
  const std::span<std::byte> out(room);
  EXPECT_EQ(EncodeTo(value, out).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(EncodeTo(value, out.first(out.size() - 2)).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(EncodeTo(value, {}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(EncodeTo(value, out.first(out.size() - 1)).ok());
}

}  // namespace
}  // namespace ipc_channel::serialize
