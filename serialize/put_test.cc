#include <array>
#include <bitset>
#include <chrono>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <list>
#include <map>
#include <memory>
#include <optional>
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

#include "gtest/gtest.h"
#include "ipc_channel/serialize/internal/written_bytes.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/serialize.h"

// That Put(), by which types of this module are written, and Write(), by which
// they are within types with code of their own, give the same bytes. Values of
// several lengths; within each other, where an element of fixed layout is
// another case than others.

namespace ipc_channel::serialize {
namespace {

template <class T>
void ExpectSame(const T& value) {
  static_assert(internal::kSummary<T>.is_own, "Put() is not used");
  const auto encoded = Encode(value);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  EXPECT_EQ(*encoded, internal::WrittenBytes(value));
}

struct Padded {
  std::uint8_t small;
  std::uint32_t large;
  bool is_set;

  auto operator<=>(const Padded&) const = default;
};

struct Text {
  std::string text;
  Padded padded;
  std::vector<Padded> more;

  auto operator<=>(const Text&) const = default;
};

const Padded kPadded = {1, 2, true};
const Text kText = {"text", kPadded, {kPadded, {3, 4, false}}};

// Three values that ascend.
template <class T>
struct Samples;
template <>
struct Samples<std::uint16_t> {
  static inline const std::uint16_t kValues[] = {1, 258, 0xffff};
};
template <>
struct Samples<Padded> {
  static inline const Padded kValues[] = {{0, 9, true}, kPadded, {255, 0, 0}};
};
template <>
struct Samples<std::string> {
  static inline const std::string kValues[] = {"", "one",
                                               "text of some length"};
};
template <>
struct Samples<Text> {
  static inline const Text kValues[] = {{}, {"t", kPadded, {}}, kText};
};

template <class Container>
void ExpectSameOfContainer() {
  using T = typename Container::value_type;
  const auto& values = Samples<T>::kValues;
  ExpectSame(Container());
  ExpectSame(Container(values, values + 1));
  ExpectSame(Container(values, values + 3));
  ExpectSame(std::vector<Container>{Container(values, values + 3), Container(),
                                    Container(values, values + 2)});
}

template <class T>
class Put : public testing::Test {};

using Elements = testing::Types<std::uint16_t, Padded, std::string, Text>;
TYPED_TEST_SUITE(Put, Elements);

TYPED_TEST(Put, OfSequencesIsWrite) {
  ExpectSameOfContainer<std::vector<TypeParam>>();
  ExpectSameOfContainer<std::deque<TypeParam>>();
  ExpectSameOfContainer<std::list<TypeParam>>();
  ExpectSameOfContainer<std::forward_list<TypeParam>>();
}

TYPED_TEST(Put, OfArraysAndSpansIsWrite) {
  const auto& values = Samples<TypeParam>::kValues;
  ExpectSame(std::array<TypeParam, 3>{values[0], values[1], values[2]});
  ExpectSame(std::array<TypeParam, 0>());
  ExpectSame(std::span<const TypeParam>(values));
  ExpectSame(std::span<const TypeParam, 3>(values));
  ExpectSame(std::span<const TypeParam>());
}

TYPED_TEST(Put, OfSetsIsWrite) {
  ExpectSameOfContainer<std::set<TypeParam>>();
  ExpectSameOfContainer<std::multiset<TypeParam>>();
}

TYPED_TEST(Put, OfMapsIsWrite) {
  const auto& values = Samples<TypeParam>::kValues;
  ExpectSame(std::map<TypeParam, std::string>{
      {values[0], "a"}, {values[1], ""}, {values[2], "bc"}});
  ExpectSame(std::map<std::uint8_t, TypeParam>{{1, values[2]}, {2, values[1]}});
  ExpectSame(std::multimap<TypeParam, std::uint32_t>{
      {values[1], 1}, {values[1], 2}, {values[0], 3}});
  ExpectSame(std::unordered_map<std::uint8_t, TypeParam>{{1, values[2]},
                                                         {2, values[1]}});
  ExpectSame(std::unordered_multimap<std::string, TypeParam>{
      {"a", values[2]}, {"a", values[1]}, {"b", values[2]}});
}

TYPED_TEST(Put, OfOptionalsAndPointersIsWrite) {
  const TypeParam& value = Samples<TypeParam>::kValues[2];
  ExpectSame(std::optional<TypeParam>());
  ExpectSame(std::optional<TypeParam>(value));
  ExpectSame(std::unique_ptr<TypeParam>());
  ExpectSame(std::make_unique<TypeParam>(value));
  ExpectSame(std::shared_ptr<TypeParam>());
  ExpectSame(std::make_shared<const TypeParam>(value));
}

TYPED_TEST(Put, OfVariantsPairsAndTuplesIsWrite) {
  const TypeParam& value = Samples<TypeParam>::kValues[2];
  using V = std::variant<std::monostate, bool, TypeParam>;
  ExpectSame(V());
  ExpectSame(V(std::in_place_index<1>, true));
  ExpectSame(V(value));
  ExpectSame(std::pair<TypeParam, bool>(value, true));
  ExpectSame(
      std::tuple<bool, TypeParam, char, TypeParam>(true, value, 'c', value));
  ExpectSame(std::tuple<>());
}

TEST(Put, OfUnorderedSetsIsWrite) {
  ExpectSameOfContainer<std::unordered_set<std::uint16_t>>();
  ExpectSameOfContainer<std::unordered_set<std::string>>();
  ExpectSameOfContainer<std::unordered_multiset<std::uint16_t>>();
  ExpectSameOfContainer<std::unordered_multiset<std::string>>();
}

TEST(Put, OfStringsIsWrite) {
  ExpectSame(std::string());
  ExpectSame(std::string(1000, 'x'));
  ExpectSame(std::u8string(u8"a\u00e4"));
  ExpectSame(std::u16string(u"a\u00e4"));
  ExpectSame(std::u32string(U"a\u00e4"));
  ExpectSame(std::string_view("view"));
  ExpectSame(std::u16string_view(u"view"));
  ExpectSame(Utf8String{"\u00e4"});
  ExpectSame(std::filesystem::path("/a/path"));
}

TEST(Put, OfBitsIsWrite) {
  ExpectSame(std::vector<bool>());
  ExpectSame(std::vector<bool>{true, false, true});
  ExpectSame(std::bitset<0>());
  ExpectSame(std::bitset<17>(0x1a5a5));
  ExpectSame(std::vector<std::bitset<64>>{0x0123456789abcdefu, 1});
}

TEST(Put, OfNumbersAndTimesIsWrite) {
  ExpectSame(std::complex<double>(1.5, -2));
  ExpectSame(std::chrono::milliseconds(0x010203));
  ExpectSame(std::chrono::duration<float>(1.5f));
  ExpectSame(std::chrono::sys_seconds(std::chrono::seconds(0x010203)));
  ExpectSame(std::chrono::steady_clock::time_point(std::chrono::seconds(7)));
}

TEST(Put, OfNamedValuesIsWrite) {
  ExpectSame(Named<"a", std::uint16_t>{3});
  ExpectSame(Named<"a", Text>{kText});
}

struct Tree {
  std::uint8_t value = 0;
  std::vector<Tree> children;
  std::shared_ptr<Tree> next;
};

TEST(Put, OfRecursiveTypesIsWrite) {
  Tree tree = {1, {{2, {}, {}}, {3, {}, {}}}, std::make_shared<Tree>()};
  tree.next->children.resize(3);
  ExpectSame(tree);
}

}  // namespace
}  // namespace ipc_channel::serialize
