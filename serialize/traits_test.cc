#include "ipc_channel/serialize/traits.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
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
// Refuses odd elements, without a word about it but where they are.
struct Pointing {
  std::vector<std::uint8_t> numbers;
};
// What has the traits of its base but for a check when it is read.
struct ShortName : std::string {
  using std::string::string;
};
// What has the traits of its base but for how it is written and read: the
// number of elements as one byte, and no elements.
struct Zeros : std::vector<std::uint32_t> {
  using std::vector<std::uint32_t>::vector;
};
struct ZerosView : std::span<const std::uint32_t> {
  using std::span<const std::uint32_t>::span;
};
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
struct SerializeTraits<foreign::Pointing> {
  static constexpr std::size_t kMinWireSize = 4;
  static constexpr void Describe(Schema& schema) {
    schema.Name("Pointing");
    schema.Field<std::vector<std::uint8_t>>();
  }
  template <class Out>
  static void Write(Out& out, const foreign::Pointing& pointing) {
    out.Write(pointing.numbers);
  }
  static bool Read(Reader& in, foreign::Pointing& pointing) {
    if (!in.Read(pointing.numbers)) return false;
    const auto& numbers = pointing.numbers;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (numbers[i] % 2 == 0) continue;
      if (numbers[i] == 1) return in.FailedInElement(i);
      return numbers[i] == 3 ? in.FailedInField(i) : in.FailedInAlternative(i);
    }
    return true;
  }
};

template <>
struct SerializeTraits<foreign::ShortName> : SerializeTraits<std::string> {
  static bool Read(Reader& in, foreign::ShortName& name) {
    if (!SerializeTraits<std::string>::Read(in, name)) return false;
    return name.size() <= 4 || in.Fail("too long a name");
  }
};

template <>
struct SerializeTraits<foreign::Zeros>
    : SerializeTraits<std::vector<std::uint32_t>> {
  static constexpr std::size_t kMinWireSize = 1;
  static constexpr void Describe(Schema& schema) { schema.Name("Zeros"); }
  template <class Out>
  static void Write(Out& out, const foreign::Zeros& zeros) {
    out.Write(static_cast<std::uint8_t>(zeros.size()));
  }
  static bool Read(Reader& in, foreign::Zeros& zeros) {
    std::uint8_t size;
    if (!in.Read(size)) return false;
    zeros.assign(size, 0);
    return true;
  }
};

template <>
struct SerializeTraits<foreign::ZerosView>
    : SerializeTraits<std::span<const std::uint32_t>> {
  static constexpr std::size_t kMinWireSize = 1;
  template <class Out>
  static void Write(Out& out, const foreign::ZerosView& zeros) {
    out.Write(static_cast<std::uint8_t>(zeros.size()));
  }
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

TEST(Traits, CanSayWhereBytesAreWrongWithoutSayingWhy) {
  const auto refusal = [](std::uint8_t number) {
    const auto encoded =
        Encode(std::vector<foreign::Pointing>{{{2, 4}}, {{6, number, 2}}});
    const auto decoded = Decode<std::vector<foreign::Pointing>>(*encoded);
    EXPECT_EQ(decoded.status().code(), absl::StatusCode::kDataLoss);
    return std::string(decoded.status().message());
  };
  EXPECT_THAT(refusal(1), HasSubstr("at byte 25, field [1][1]: the code that"));
  EXPECT_THAT(refusal(3), HasSubstr("at byte 25, field [1].1: the code that"));
  EXPECT_THAT(refusal(5), HasSubstr("at byte 25, field [1]<1>: the code that"));
}

TEST(Traits, ThatInheritOthersAreReadByTheirOwnRead) {
  const std::vector<foreign::ShortName> names = {"name", "nam"};
  const auto encoded = Encode(names);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  const auto decoded = Decode<std::vector<foreign::ShortName>>(*encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_TRUE(*decoded == names);
  const auto longer = Encode(std::vector<foreign::ShortName>{"name", "names"});
  ASSERT_TRUE(longer.ok()) << longer.status();
  EXPECT_THAT(
      std::string(
          Decode<std::vector<foreign::ShortName>>(*longer).status().message()),
      HasSubstr("field [1]: too long a name"));
}

TEST(Traits, ThatInheritOthersAreWrittenByTheirOwnWrite) {
  const std::vector<foreign::Zeros> zeros(3, foreign::Zeros(100, 0));
  const auto encoded = Encode(zeros);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  EXPECT_EQ(encoded->size(), 8u + 4 + 3);
  const auto decoded = Decode<std::vector<foreign::Zeros>>(*encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_TRUE(*decoded == zeros);

  const foreign::ZerosView view(zeros[0]);
  std::vector<std::byte> room;
  EXPECT_TRUE(EncodeInto(view, room).ok());
  EXPECT_EQ(room.size(), 8u + 1);

  static_assert(kIsBulk<std::vector<std::uint32_t>>);
  static_assert(!kIsBulk<foreign::Zeros>);
  static_assert(!kIsBulk<foreign::ZerosView>);
  static_assert(!kIsBulk<foreign::ShortName>);
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

// Each way for a field list to take what it calls, with fields that all have a
// fixed layout, and with others.
struct ByForwarding {
  std::uint16_t a = 0;
  bool b = false;
  template <class F>
  friend constexpr auto SerializeFields(ByForwarding& self, F&& fields) {
    return fields(self.a, self.b);
  }
};
struct TextByForwarding {
  std::uint16_t a = 0;
  std::string b;
  template <class F>
  friend constexpr auto SerializeFields(TextByForwarding& self, F&& fields) {
    return fields(self.a, self.b);
  }
};
struct ByValue {
  std::uint16_t a = 0;
  bool b = false;
  template <class F>
  friend constexpr auto SerializeFields(ByValue& self, F fields) {
    return fields(self.a, self.b);
  }
};
struct TextByValue {
  std::uint16_t a = 0;
  std::string b;
  template <class F>
  friend constexpr auto SerializeFields(TextByValue& self, F fields) {
    return fields(self.a, self.b);
  }
};
struct ByConstReference {
  std::uint16_t a = 0;
  bool b = false;
  template <class F>
  friend constexpr auto SerializeFields(ByConstReference& self,
                                        const F& fields) {
    return fields(self.a, self.b);
  }
};
struct TextByConstReference {
  std::uint16_t a = 0;
  std::string b;
  template <class F>
  friend constexpr auto SerializeFields(TextByConstReference& self,
                                        const F& fields) {
    return fields(self.a, self.b);
  }
};

template <class T>
void ExpectArrives(const T& value) {
  const std::array<T, 2> values = {value, value};
  const auto encoded = Encode(values);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  const auto same = Encode(
      std::pair(std::tuple(value.a, value.b), std::tuple(value.a, value.b)));
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_TRUE(std::equal(encoded->begin() + 8, encoded->end(),
                         same->begin() + 8, same->end()));
  const auto decoded = Decode<std::array<T, 2>>(*encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  for (const T& element : *decoded) {
    EXPECT_EQ(element.a, value.a);
    EXPECT_EQ(element.b, value.b);
  }
  for (std::size_t size = 0; size < encoded->size(); ++size) {
    const auto part = std::span(*encoded).first(size);
    EXPECT_FALSE((Decode<std::array<T, 2>>(part).ok()));
  }
}

TEST(FieldList, MayTakeWhatItCallsInAnyWay) {
  ExpectArrives(ByForwarding{258, true});
  ExpectArrives(TextByForwarding{258, "text"});
  ExpectArrives(ByValue{258, true});
  ExpectArrives(TextByValue{258, "text"});
  ExpectArrives(ByConstReference{258, true});
  ExpectArrives(TextByConstReference{258, "text"});
}

// Members that are not found at their address, as those of smart references.
struct Elusive {
  std::uint32_t number = 0;
  std::uint16_t half = 0;
  std::uint16_t other = 0;
  const void* operator&() const { return nullptr; }
};
struct ElusiveText {
  std::string text;
  const void* operator&() const { return nullptr; }
};
struct ElusiveFlag {
  std::uint16_t number = 0;
  bool flag = false;
  const void* operator&() const { return nullptr; }
};

template <class T>
void ExpectArrivesWithoutAddress(const T& value) {
  const auto encoded = Encode(value);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  std::vector<std::byte> room;
  EXPECT_TRUE(EncodeInto(value, room).ok());
  EXPECT_EQ(room, *encoded);
  EXPECT_EQ(EncodedSize(value), encoded->size());
  EXPECT_TRUE(EncodeTo(value, room).ok());
  EXPECT_EQ(room, *encoded);
  const auto decoded = Decode<T>(*encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  const auto again = Encode(*decoded);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, *encoded);
}

TEST(Aggregates, ThatOverloadTheAddressArrive) {
  ExpectArrivesWithoutAddress(Elusive{1, 2, 3});
  ExpectArrivesWithoutAddress(ElusiveText{"text"});
  ExpectArrivesWithoutAddress(ElusiveFlag{1, true});
  ExpectArrivesWithoutAddress(
      std::tuple<std::vector<Elusive>, std::array<ElusiveText, 2>>(
          {{1, 2, 3}, {4, 5, 6}}, {{{"a"}, {"b"}}}));
}

TEST(Writer, WritesNothingAfterAFailure) {
  std::array<std::byte, 16> room = {};
  Writer writer(room);
  writer.Write(std::uint16_t{0xffff});
  writer.Fail("enough");
  EXPECT_EQ(writer.remaining(), 0u);
  writer.Write(std::uint16_t{0xffff});
  writer.WriteCount(0xffff);
  writer.WriteBytes("text", 4);
  writer.Write(std::string("text"));
  for (std::size_t i = 2; i < room.size(); ++i) {
    EXPECT_EQ(room[i], std::byte{0}) << i;
  }
  EXPECT_EQ(writer.status().code(), absl::StatusCode::kInvalidArgument);
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
