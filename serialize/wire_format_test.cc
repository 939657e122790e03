#include <array>
#include <bitset>
#include <chrono>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <initializer_list>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <ratio>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/serialize/internal/written_bytes.h"
#include "ipc_channel/serialize/serialize.h"

// The bytes of every type. A failure here is a change of the wire format.

namespace ipc_channel::serialize {
namespace {

using ::testing::ElementsAreArray;
using Bytes = std::vector<int>;

// The encoding of `value` without the fingerprint.
template <class T>
Bytes ValueBytes(const T& value) {
  const auto encoded = Encode(value);
  EXPECT_TRUE(encoded.ok()) << encoded.status();
  if (!encoded.ok()) return {};
  EXPECT_EQ(*encoded, internal::WrittenBytes(value)) << "Put() is not Write()";
  EXPECT_EQ(encoded->size(), EncodedSize(value));
  Bytes bytes;
  for (std::size_t i = 8; i < encoded->size(); ++i) {
    bytes.push_back(std::to_integer<int>((*encoded)[i]));
  }
  return bytes;
}

template <class T>
void ExpectFormat(const T& value, const Bytes& bytes) {
  EXPECT_THAT(ValueBytes(value), ElementsAreArray(bytes));
  const auto encoded = Encode(value);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  const auto decoded = Decode<T>(*encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_TRUE(*decoded == value);
}

enum class Color : std::uint16_t { kRed = 0x0102 };
enum Plain : std::int8_t { kMinusOne = -1 };

struct Empty {
  bool operator==(const Empty&) const = default;
};

struct Point {
  std::int16_t x, y;
  bool operator==(const Point&) const = default;
};

struct Padded {
  std::uint8_t a;
  std::uint32_t b;
  bool operator==(const Padded&) const = default;
};

struct Mixed {
  Point point;
  std::string name;
  std::optional<std::uint8_t> option;
  Empty empty;
  bool operator==(const Mixed&) const = default;
};

class Private {
 public:
  Private() = default;
  Private(std::uint8_t a, std::string b) : a_(a), b_(std::move(b)) {}
  bool operator==(const Private&) const = default;

  template <class F>
  friend constexpr auto SerializeFields(Private& self, F&& fields) {
    return fields(self.b_, self.a_, self.c_);
  }

 private:
  std::uint8_t a_ = 0;
  std::string b_;
  std::uint8_t c_[2] = {7, 8};
};

struct Tree {
  std::uint8_t value = 0;
  std::vector<Tree> children;
  std::unique_ptr<Tree> next;

  bool operator==(const Tree& other) const {
    return value == other.value && children == other.children &&
           (next == nullptr) == (other.next == nullptr) &&
           (next == nullptr || *next == *other.next);
  }
};

TEST(WireFormat, BeginsWithTheFingerprintInLittleEndian) {
  const auto encoded = Encode(std::uint8_t{5});
  ASSERT_TRUE(encoded.ok());
  ASSERT_EQ(encoded->size(), 9u);
  std::uint64_t fingerprint = 0;
  for (int i = 7; i >= 0; --i) {
    fingerprint =
        fingerprint << 8 | std::to_integer<std::uint64_t>((*encoded)[i]);
  }
  EXPECT_EQ(fingerprint, Fingerprint<std::uint8_t>());
}

TEST(WireFormat, OfIntegersIsLittleEndian) {
  ExpectFormat(std::uint8_t{0xfe}, {0xfe});
  ExpectFormat(std::int8_t{-2}, {0xfe});
  ExpectFormat(std::uint16_t{0x0102}, {2, 1});
  ExpectFormat(std::int16_t{-2}, {0xfe, 0xff});
  ExpectFormat(std::uint32_t{0x01020304}, {4, 3, 2, 1});
  ExpectFormat(std::int32_t{-2}, {0xfe, 0xff, 0xff, 0xff});
  ExpectFormat(std::uint64_t{0x0102030405060708}, {8, 7, 6, 5, 4, 3, 2, 1});
  ExpectFormat(std::int64_t{-2},
               {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
  ExpectFormat(static_cast<long long>(1), {1, 0, 0, 0, 0, 0, 0, 0});
}

TEST(WireFormat, OfCharactersIsThatOfTheirCode) {
  ExpectFormat('a', {0x61});
  ExpectFormat(u8'a', {0x61});
  ExpectFormat(u'\u0102', {2, 1});
  ExpectFormat(U'\U00010203', {3, 2, 1, 0});
}

TEST(WireFormat, OfFloatsIsIeee754) {
  ExpectFormat(1.0f, {0, 0, 0x80, 0x3f});
  ExpectFormat(-2.0, {0, 0, 0, 0, 0, 0, 0, 0xc0});
  ExpectFormat(std::numeric_limits<double>::infinity(),
               {0, 0, 0, 0, 0, 0, 0xf0, 0x7f});
}

TEST(WireFormat, OfBoolIsZeroOrOne) {
  ExpectFormat(false, {0});
  ExpectFormat(true, {1});
}

TEST(WireFormat, OfEnumsIsThatOfTheUnderlyingType) {
  ExpectFormat(Color::kRed, {2, 1});
  ExpectFormat(kMinusOne, {0xff});
  ExpectFormat(std::byte{9}, {9});
}

TEST(WireFormat, OfStringsIsTheLengthAndTheCharacters) {
  ExpectFormat(std::string("ab"), {2, 0, 0, 0, 'a', 'b'});
  ExpectFormat(std::string(), {0, 0, 0, 0});
  ExpectFormat(std::u8string(u8"a"), {1, 0, 0, 0, 'a'});
  ExpectFormat(std::u16string(u"a"), {1, 0, 0, 0, 'a', 0});
  ExpectFormat(std::u32string(U"a"), {1, 0, 0, 0, 'a', 0, 0, 0});
}

TEST(WireFormat, OfVectorsIsTheLengthAndTheElements) {
  ExpectFormat(std::vector<std::uint8_t>{1, 2}, {2, 0, 0, 0, 1, 2});
  ExpectFormat(std::vector<std::uint16_t>{1, 2}, {2, 0, 0, 0, 1, 0, 2, 0});
  ExpectFormat(std::vector<Color>{Color::kRed}, {1, 0, 0, 0, 2, 1});
  ExpectFormat(std::vector<Point>{{1, 2}}, {1, 0, 0, 0, 1, 0, 2, 0});
  ExpectFormat(std::vector<Padded>{{1, 2}, {3, 4}},
               {2, 0, 0, 0, 1, 2, 0, 0, 0, 3, 4, 0, 0, 0});
  ExpectFormat(std::vector<std::string>{"a", ""},
               {2, 0, 0, 0, 1, 0, 0, 0, 'a', 0, 0, 0, 0});
  ExpectFormat(std::vector<bool>{true, false}, {2, 0, 0, 0, 1, 0});
  ExpectFormat(std::vector<Empty>(3), {3, 0, 0, 0});
  ExpectFormat(std::vector<std::vector<std::int8_t>>{{1}, {}},
               {2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0});
}

TEST(WireFormat, OfArraysIsTheElementsAlone) {
  ExpectFormat(std::array<std::uint16_t, 2>{1, 2}, {1, 0, 2, 0});
  ExpectFormat(std::array<bool, 2>{true, false}, {1, 0});
  ExpectFormat(std::array<std::string, 1>{"a"}, {1, 0, 0, 0, 'a'});
  ExpectFormat(std::array<int, 0>{}, {});
}

TEST(WireFormat, OfOptionalsIsAByteAndTheValueIfAny) {
  ExpectFormat(std::optional<std::uint16_t>(3), {1, 3, 0});
  ExpectFormat(std::optional<std::uint16_t>(), {0});
  ExpectFormat(std::optional<std::optional<bool>>(std::optional<bool>()),
               {1, 0});
}

TEST(WireFormat, OfUniquePointersIsThatOfOptionals) {
  EXPECT_THAT(ValueBytes(std::make_unique<std::uint16_t>(3)),
              ElementsAreArray({1, 3, 0}));
  EXPECT_THAT(ValueBytes(std::unique_ptr<std::uint16_t>()),
              ElementsAreArray({0}));
  EXPECT_EQ(Fingerprint<std::unique_ptr<int>>(),
            Fingerprint<std::optional<int>>());
}

TEST(WireFormat, OfVariantsIsTheIndexAndTheValue) {
  using V = std::variant<std::monostate, std::uint8_t, std::string>;
  ExpectFormat(V(), {0, 0, 0, 0});
  ExpectFormat(V(std::uint8_t{9}), {1, 0, 0, 0, 9});
  ExpectFormat(V("a"), {2, 0, 0, 0, 1, 0, 0, 0, 'a'});
}

TEST(WireFormat, OfPairsAndTuplesIsTheFieldsAlone) {
  ExpectFormat(std::pair<std::uint8_t, bool>(1, true), {1, 1});
  ExpectFormat(std::tuple<std::uint8_t, std::string, bool>(1, "a", true),
               {1, 1, 0, 0, 0, 'a', 1});
  ExpectFormat(std::tuple<>(), {});
  ExpectFormat(std::monostate(), {});
}

TEST(WireFormat, OfMapsIsTheEntriesInOrder) {
  ExpectFormat(std::map<std::string, std::uint8_t>{{"b", 2}, {"a", 1}},
               {2, 0, 0, 0, 1, 0, 0, 0, 'a', 1, 1, 0, 0, 0, 'b', 2});
  ExpectFormat(std::unordered_map<std::uint8_t, bool>{{7, true}},
               {1, 0, 0, 0, 7, 1});
}

TEST(WireFormat, OfMultimapsIsTheEntriesInOrder) {
  ExpectFormat(std::multimap<std::uint8_t, bool>{{2, true}, {1, true}, {1, 0}},
               {3, 0, 0, 0, 1, 1, 1, 0, 2, 1});
  ExpectFormat(std::unordered_multimap<std::uint8_t, bool>{{7, 1}, {7, 1}},
               {2, 0, 0, 0, 7, 1, 7, 1});
}

TEST(WireFormat, OfSetsIsTheElementsInOrder) {
  ExpectFormat(std::set<std::uint16_t>{2, 1}, {2, 0, 0, 0, 1, 0, 2, 0});
  ExpectFormat(std::multiset<std::uint8_t>{2, 1, 2}, {3, 0, 0, 0, 1, 2, 2});
  ExpectFormat(std::unordered_set<std::string>{"a"},
               {1, 0, 0, 0, 1, 0, 0, 0, 'a'});
  ExpectFormat(std::unordered_multiset<std::uint8_t>{7, 7}, {2, 0, 0, 0, 7, 7});
}

TEST(WireFormat, OfListsIsThatOfVectors) {
  ExpectFormat(std::deque<std::uint16_t>{1, 2}, {2, 0, 0, 0, 1, 0, 2, 0});
  ExpectFormat(std::list<std::string>{"a"}, {1, 0, 0, 0, 1, 0, 0, 0, 'a'});
  ExpectFormat(std::forward_list<std::uint8_t>{1, 2, 3}, {3, 0, 0, 0, 1, 2, 3});
  using Strings = std::vector<std::string>;
  EXPECT_EQ(Fingerprint<std::deque<std::string>>(), Fingerprint<Strings>());
  EXPECT_EQ(Fingerprint<std::list<std::string>>(), Fingerprint<Strings>());
  EXPECT_EQ(Fingerprint<std::forward_list<std::string>>(),
            Fingerprint<Strings>());
}

TEST(WireFormat, OfSharedPointersIsThatOfOptionals) {
  EXPECT_THAT(ValueBytes(std::make_shared<std::uint16_t>(3)),
              ElementsAreArray({1, 3, 0}));
  EXPECT_THAT(ValueBytes(std::shared_ptr<std::uint16_t>()),
              ElementsAreArray({0}));
  EXPECT_EQ(Fingerprint<std::shared_ptr<const int>>(),
            Fingerprint<std::optional<int>>());
}

TEST(WireFormat, OfBitsetsIsEightToTheByteLowestFirst) {
  ExpectFormat(std::bitset<0>(), {});
  ExpectFormat(std::bitset<8>(0x81), {0x81});
  ExpectFormat(std::bitset<12>(0x801), {0x01, 0x08});
}

TEST(WireFormat, OfTimesIsTheNumberOfTicks) {
  using std::chrono::duration;
  using std::chrono::system_clock;
  ExpectFormat(duration<std::int32_t>(-2), {0xfe, 0xff, 0xff, 0xff});
  ExpectFormat(duration<float, std::milli>(1.0f), {0, 0, 0x80, 0x3f});
  ExpectFormat(std::chrono::milliseconds(1), {1, 0, 0, 0, 0, 0, 0, 0});
  ExpectFormat(std::chrono::sys_seconds(std::chrono::seconds(3)),
               {3, 0, 0, 0, 0, 0, 0, 0});
  ExpectFormat(std::chrono::steady_clock::time_point(), Bytes(8));
}

TEST(WireFormat, OfComplexNumbersIsBothParts) {
  ExpectFormat(std::complex<float>(1, 0), {0, 0, 0x80, 0x3f, 0, 0, 0, 0});
}

TEST(WireFormat, OfPathsIsThatOfTheirBytes) {
  ExpectFormat(std::filesystem::path("/a"), {2, 0, 0, 0, '/', 'a'});
}

TEST(WireFormat, OfUtf8StringsIsThatOfStrings) {
  ExpectFormat(Utf8String{"\u00e4"}, {2, 0, 0, 0, 0xc3, 0xa4});
}

TEST(WireFormat, OfNamedValuesIsThatOfTheValue) {
  ExpectFormat(Named<"width", std::uint16_t>{3}, {3, 0});
  ExpectFormat(std::vector<Named<"name", std::string>>{{"a"}},
               {1, 0, 0, 0, 1, 0, 0, 0, 'a'});
}

TEST(WireFormat, OfAggregatesIsTheMembersWithoutPadding) {
  ExpectFormat(Empty(), {});
  ExpectFormat(Point{1, -1}, {1, 0, 0xff, 0xff});
  ExpectFormat(Padded{1, 2}, {1, 2, 0, 0, 0});
  ExpectFormat(Mixed{{1, 2}, "a", 5, {}}, {1, 0, 2, 0, 1, 0, 0, 0, 'a', 1, 5});
}

TEST(WireFormat, OfClassesIsTheirFieldListWithCArraysToo) {
  ExpectFormat(Private(3, "a"), {1, 0, 0, 0, 'a', 3, 7, 8});
}

TEST(WireFormat, OfRecursiveTypesIsThatOfTheirParts) {
  Tree tree;
  tree.children.resize(1);
  tree.children[0].value = 2;
  tree.next = std::make_unique<Tree>();
  ExpectFormat(tree, {0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0});
}

TEST(WireFormat, OfViewsIsThatOfWhatTheyView) {
  const std::vector<std::uint16_t> numbers = {1, 2};
  EXPECT_EQ(ValueBytes(std::span(numbers)), ValueBytes(numbers));
  EXPECT_EQ(ValueBytes(std::string_view("ab")), ValueBytes(std::string("ab")));
  EXPECT_EQ(Fingerprint<std::span<const std::uint16_t>>(),
            Fingerprint<std::vector<std::uint16_t>>());
  EXPECT_EQ(Fingerprint<std::string_view>(), Fingerprint<std::string>());
}

TEST(WireFormat, LongRunsSurvive) {
  std::vector<double> doubles(100000);
  for (std::size_t i = 0; i < doubles.size(); ++i) doubles[i] = 0.5 * i;
  const auto encoded = Encode(doubles);
  ASSERT_TRUE(encoded.ok());
  EXPECT_EQ(encoded->size(), 8 + 4 + 8 * doubles.size());
  const auto decoded = Decode<std::vector<double>>(*encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, doubles);
}

}  // namespace
}  // namespace ipc_channel::serialize
