#include "ipc_channel/serialize/std_types.h"

#include <any>
#include <array>
#include <atomic>
#include <bitset>
#include <chrono>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <span>
#include <stack>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/serialize/internal/problem.h"
#include "ipc_channel/serialize/internal/verdict.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/fake_handle.h"

// What the standard types demand of a message beyond their format, which
// wire_format_test.cc has.

namespace ipc_channel::serialize {
namespace {

using ::ipc_channel_testing::FakeFd;
using ::ipc_channel_testing::FakeSender;

using internal::Problem;
using ::testing::HasSubstr;

// Decodes a T out of what was encoded as a U, whatever the fingerprints.
template <class T, class U>
absl::StatusOr<T> ReadAs(const U& value, const DecodeLimits& limits = {}) {
  const auto encoded = Encode(value);
  if (!encoded.ok()) return encoded.status();
  const std::span<const std::byte> bytes(*encoded);
  Reader reader(bytes.subspan(8), nullptr, limits);
  T result{};
  if (!reader.Read(result)) return reader.status();
  if (reader.remaining() != 0) return absl::InternalError("bytes left");
  return result;
}

template <class T, class U>
void ExpectRefused(const U& value, const std::string& reason,
                   const DecodeLimits& limits = {}) {
  const auto result = ReadAs<T>(value, limits);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(result.status().message()), HasSubstr(reason));
}

using Ints = std::vector<std::int32_t>;
using Pairs = std::vector<std::pair<std::int32_t, bool>>;

TEST(Sets, AreRefusedOutOfOrder) {
  EXPECT_TRUE(ReadAs<std::set<std::int32_t>>(Ints{1, 2}).ok());
  ExpectRefused<std::set<std::int32_t>>(Ints{2, 1}, "[1]: set elements");
  ExpectRefused<std::set<std::int32_t>>(Ints{1, 1}, "[1]: set elements");
  EXPECT_TRUE(ReadAs<std::multiset<std::int32_t>>(Ints{1, 1, 2}).ok());
  ExpectRefused<std::multiset<std::int32_t>>(Ints{2, 1}, "[1]: set elements");
}

TEST(UnorderedSets, AreRefusedWithDuplicatesThatCannotBe) {
  using Set = std::unordered_set<std::int32_t>;
  using Multiset = std::unordered_multiset<std::int32_t>;
  EXPECT_TRUE(ReadAs<Set>(Ints{2, 1}).ok());
  ExpectRefused<Set>(Ints{2, 1, 2}, "[2]: a set element that occurs twice");
  const auto multiset = ReadAs<Multiset>(Ints{2, 2, 1, 1, 1});
  ASSERT_TRUE(multiset.ok()) << multiset.status();
  EXPECT_EQ(multiset->count(1), 3u);
  ExpectRefused<Multiset>(Ints{2, 1, 2}, "[2]: equal set elements");
}

TEST(Multimaps, AreRefusedOutOfOrder) {
  using Map = std::multimap<std::int32_t, bool>;
  const auto map = ReadAs<Map>(Pairs{{1, true}, {1, false}, {2, true}});
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(*map, (Map{{1, true}, {1, false}, {2, true}}));
  ExpectRefused<Map>(Pairs{{2, true}, {1, true}}, "[1]: map keys that descend");
}

TEST(UnorderedMultimaps, AreRefusedWithEqualKeysApart) {
  using Map = std::unordered_multimap<std::int32_t, bool>;
  EXPECT_TRUE(ReadAs<Map>(Pairs{{1, true}, {1, false}, {2, true}}).ok());
  ExpectRefused<Map>(Pairs{{1, true}, {2, true}, {1, true}},
                     "[2]: equal map keys");
}

struct SameBucket {
  std::size_t operator()(std::int32_t) const { return 1; }
};

TEST(UnorderedContainers, OfWhichAllKeysCollideAreRefused) {
  Ints keys;
  Pairs pairs;
  for (std::int32_t i = 0; i < 20000; ++i) {
    keys.push_back(i);
    pairs.emplace_back(i, true);
  }
  ExpectRefused<std::unordered_set<std::int32_t, SameBucket>>(keys, "collide");
  ExpectRefused<std::unordered_multiset<std::int32_t, SameBucket>>(keys,
                                                                   "collide");
  using Map = std::unordered_multimap<std::int32_t, bool, SameBucket>;
  ExpectRefused<Map>(pairs, "collide");
}

// Were equal keys looked for, this would take quadratic time and be refused.
TEST(UnorderedContainers, TakeAnyNumberOfEqualKeys) {
  const auto set =
      ReadAs<std::unordered_multiset<std::int32_t>>(Ints(200000, 7));
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->size(), 200000u);
  const auto map = ReadAs<std::unordered_multimap<std::int32_t, bool>>(
      Pairs(200000, {7, true}));
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(map->size(), 200000u);
}

TEST(UnorderedContainers, OfManyKeysArrive) {
  Ints keys;
  for (std::int32_t i = 0; i < 100000; ++i) keys.push_back(i * 4096);
  const std::unordered_multiset<std::int32_t> set(keys.begin(), keys.end());
  const auto read = ReadAs<std::unordered_multiset<std::int32_t>>(set);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, set);
}

template <class T, class U>
void ExpectBudgeted(const U& value) {
  EXPECT_TRUE(ReadAs<T>(value).ok());
  ExpectRefused<T>(
      value, "more memory",
      {.max_allocated_bytes = 3000, .max_allocated_per_input_byte = 0});
}

// The elements by themselves would fit.
TEST(Containers, PayForTheirNodes) {
  Ints ints;
  Pairs pairs;
  for (std::int32_t i = 0; i < 100; ++i) {
    ints.push_back(i);
    pairs.emplace_back(i, true);
  }
  ExpectBudgeted<std::list<std::int32_t>>(ints);
  ExpectBudgeted<std::forward_list<std::int32_t>>(ints);
  ExpectBudgeted<std::set<std::int32_t>>(ints);
  ExpectBudgeted<std::multiset<std::int32_t>>(ints);
  ExpectBudgeted<std::unordered_set<std::int32_t>>(ints);
  ExpectBudgeted<std::unordered_multiset<std::int32_t>>(ints);
  ExpectBudgeted<std::multimap<std::int32_t, bool>>(pairs);
  ExpectBudgeted<std::unordered_multimap<std::int32_t, bool>>(pairs);
}

// libstdc++ allocates for empty ones too.
TEST(Deques, PayForWhatTheyAllocateWhenEmpty) {
  using Empty = std::vector<std::uint8_t>;
  const std::vector<Empty> empty(100);
  const DecodeLimits limits = {.max_allocated_bytes = 20000,
                               .max_allocated_per_input_byte = 0};
  EXPECT_TRUE(ReadAs<std::vector<Empty>>(empty, limits).ok());
  using Deque = std::deque<std::uint8_t>;
  ExpectRefused<std::vector<Deque>>(empty, "more memory", limits);
  ExpectRefused<std::list<std::pair<Deque, std::monostate>>>(
      empty, "more memory", limits);
  const std::array<std::optional<Empty>, 10> optionals = {
      Empty(), Empty(), Empty(), Empty(), Empty(),
      Empty(), Empty(), Empty(), Empty(), Empty()};
  ExpectRefused<std::array<std::optional<Deque>, 10>>(optionals, "more memory",
                                                      limits);
  ExpectRefused<std::array<std::unique_ptr<Deque>, 10>>(optionals,
                                                        "more memory", limits);
  EXPECT_TRUE((ReadAs<std::array<std::optional<Deque>, 10>>(optionals).ok()));
}

struct SharedNode {
  std::uint8_t id = 0;
  std::vector<std::shared_ptr<SharedNode>> next;
};

TEST(SharedPointers, DoNotArriveShared) {
  const auto shared = std::make_shared<std::uint8_t>(7);
  const std::vector<std::shared_ptr<std::uint8_t>> twice = {shared, shared};
  const auto arrived =
      ReadAs<std::vector<std::shared_ptr<std::uint8_t>>>(twice);
  ASSERT_TRUE(arrived.ok()) << arrived.status();
  EXPECT_EQ(*arrived->at(0), 7);
  EXPECT_EQ(*arrived->at(1), 7);
  EXPECT_NE(arrived->at(0), arrived->at(1));
}

// The second pointer of each node would double the work at each level.
TEST(SharedPointers, ThatFormACycleAreRefused) {
  const auto node = std::make_shared<SharedNode>();
  node->next = {node, node};
  const auto encoded = Encode(node);
  EXPECT_EQ(encoded.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(encoded.status().message()), HasSubstr("cycle"));
  std::vector<std::byte> room(1 << 16);
  Writer writer(room);
  writer.Write(node);
  EXPECT_FALSE(writer.ok());
  node->next.clear();
}

TEST(SharedPointers, CanBeNestedAsDeeplyAsReadersTakeThem) {
  auto chain = std::make_shared<SharedNode>();
  for (int i = 0; i < 60; ++i) {
    auto outer = std::make_shared<SharedNode>();
    outer->next.push_back(std::move(chain));
    chain = std::move(outer);
  }
  EXPECT_TRUE(
      ReadAs<std::shared_ptr<SharedNode>>(chain, {.max_depth = 200}).ok());
  ExpectRefused<std::shared_ptr<SharedNode>>(chain, "nested too deeply");
}

TEST(SharedPointers, ToConstArrive) {
  const auto text = std::make_shared<const std::string>("text");
  const auto read = ReadAs<std::shared_ptr<const std::string>>(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(**read, "text");
}

struct Polymorphic {
  virtual ~Polymorphic() = default;
};

TEST(SharedPointers, ToWhatCannotBeSharedAreRefused) {
  static_assert(internal::WriteProblem<std::shared_ptr<FakeFd>>() ==
                Problem::kConstHandle);
  static_assert(internal::WriteProblem<std::shared_ptr<FakeSender>>() ==
                Problem::kConstHandle);
  static_assert(internal::WriteProblem<std::shared_ptr<Polymorphic>>() ==
                Problem::kPolymorphicPointee);
  static_assert(!Serializable<std::shared_ptr<int[]>>);
  static_assert(!Serializable<std::shared_ptr<void>>);
}

TEST(Bitsets, AreRefusedWithBitsBeyondTheEnd) {
  using Bytes = std::array<std::uint8_t, 2>;
  EXPECT_TRUE(ReadAs<std::bitset<12>>(Bytes{0xff, 0x0f}).ok());
  ExpectRefused<std::bitset<12>>(Bytes{0, 0x10}, "a bit beyond the end");
}

TEST(Paths, WithAByteZeroAreRefusedOnBothSides) {
  const std::string name("a\0b", 3);
  ExpectRefused<std::filesystem::path>(name, "a path with a byte 0");
  const auto encoded = Encode(std::filesystem::path(name));
  EXPECT_EQ(encoded.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Paths, PayForTheirParts) {
  std::string name;
  for (int i = 0; i < 1000; ++i) name += "a/";
  ExpectRefused<std::filesystem::path>(
      name, "more memory",
      {.max_allocated_bytes = 20000, .max_allocated_per_input_byte = 0});
  EXPECT_TRUE(ReadAs<std::filesystem::path>(name).ok());
}

TEST(Paths, NeedNotBeUtf8) {
  const std::filesystem::path path("/tmp/\xff\xfe");
  const auto read = ReadAs<std::filesystem::path>(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, path);
}

struct OtherClock {
  using duration = std::chrono::seconds;
};

TEST(Chrono, OfTicksOrClocksUnknownIsRefused) {
  using std::chrono::duration;
  static_assert(Deserializable<duration<std::uint8_t>>);
  static_assert(!Serializable<duration<long double>>);
  static_assert(!Serializable<std::chrono::time_point<OtherClock>>);
  static_assert(!Serializable<std::filesystem::file_time_type>);
}

TEST(Complex, OfOtherThanFixedFloatsIsRefused) {
  static_assert(!Serializable<std::complex<long double>>);
}

TEST(StdTypes, ThatMeanNothingElsewhereAreRefusedInWords) {
  using internal::WriteProblem;
  static_assert(WriteProblem<std::weak_ptr<int>>() == Problem::kWeakPointer);
  static_assert(WriteProblem<std::function<void()>>() == Problem::kFunction);
  static_assert(WriteProblem<std::reference_wrapper<int>>() ==
                Problem::kReference);
  static_assert(WriteProblem<std::any>() == Problem::kAny);
  static_assert(WriteProblem<std::vector<std::any>>() == Problem::kAny);
  static_assert(WriteProblem<std::atomic<int>>() == Problem::kAtomic);
  static_assert(WriteProblem<std::queue<int>>() == Problem::kAdaptor);
  static_assert(WriteProblem<std::stack<int>>() == Problem::kAdaptor);
  static_assert(WriteProblem<std::priority_queue<int>>() == Problem::kAdaptor);
}

struct ByOptional {
  std::uint8_t id = 0;
  std::optional<std::unique_ptr<ByOptional>> next;
};
struct ByVariant {
  std::variant<std::monostate, std::vector<ByVariant>,
               std::unique_ptr<ByVariant>>
      next;
};
struct ByMap {
  std::map<std::string, ByMap> next;
};
struct ByList {
  std::list<ByList> next;
};
struct ByShared {
  std::shared_ptr<const ByShared> next;
};

// Encodes `value`, which nests `levels` levels of containers and the like.
template <class T>
void ExpectRecursive(const T& value, std::size_t levels) {
  EXPECT_TRUE(ReadAs<T>(value, {.max_depth = levels}).ok());
  ExpectRefused<T>(value, "nested too deeply", {.max_depth = levels - 1});
  const auto encoded = Encode(value);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  const auto decoded = Decode<T>(*encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  const auto again = Encode(*decoded);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*encoded, *again);
}

TEST(RecursiveTypes, ArriveThroughWhateverHoldsThem) {
  ByOptional optional{1, std::make_unique<ByOptional>()};
  (*optional.next)->id = 2;
  ExpectRecursive(optional, 2);

  ByVariant variant;
  variant.next.emplace<1>(2);
  std::get<1>(variant.next)[1].next = std::make_unique<ByVariant>();
  ExpectRecursive(variant, 5);

  ByMap map;
  map.next["a"].next["b"];
  map.next["c"];
  ExpectRecursive(map, 3);

  ByList list;
  list.next.resize(2);
  list.next.back().next.resize(1);
  ExpectRecursive(list, 3);

  ExpectRecursive(ByShared{std::make_shared<ByShared>()}, 1);
}

}  // namespace
}  // namespace ipc_channel::serialize
