#include "ipc_channel/serialize/abseil/abseil.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/fixed_array.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/container/node_hash_map.h"
#include "absl/container/node_hash_set.h"
#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/serialize/internal/written_bytes.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/serialize_checker.h"

namespace ipc_channel::serialize {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using Bytes = std::vector<int>;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

// The encoding of `value` without the fingerprint.
template <class T>
Bytes ValueBytes(const T& value) {
  const auto encoded = Encode(value);
  EXPECT_TRUE(encoded.ok()) << encoded.status();
  if (!encoded.ok()) return {};
  EXPECT_EQ(*encoded, internal::WrittenBytes(value)) << "Put() is not Write()";
  Bytes bytes;
  for (std::size_t i = 8; i < encoded->size(); ++i) {
    bytes.push_back(std::to_integer<int>((*encoded)[i]));
  }
  return bytes;
}

// Decodes a T out of what was encoded as a U, whatever the fingerprints.
template <class T, class U>
absl::Status ReadAs(const U& value, T& result,
                    const DecodeLimits& limits = {}) {
  const auto encoded = Encode(value);
  if (!encoded.ok()) return encoded.status();
  const std::span<const std::byte> bytes(*encoded);
  Reader reader(bytes.subspan(8), nullptr, limits);
  if (!reader.Read(result)) return reader.status();
  if (reader.remaining() != 0) return absl::InternalError("bytes left");
  return absl::OkStatus();
}

template <class T, class U>
void ExpectRefused(const U& value, const std::string& reason,
                   const DecodeLimits& limits = {}) {
  T result{};
  const absl::Status status = ReadAs(value, result, limits);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr(reason));
}

template <class T>
void ExpectArrives(const T& value) {
  const auto encoded = Encode(value);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  const auto decoded = Decode<T>(*encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_TRUE(*decoded == value);
}

template <class T>
void ExpectFormat(const T& value, const Bytes& bytes) {
  EXPECT_THAT(ValueBytes(value), ElementsAreArray(bytes));
  ExpectArrives(value);
}

TEST(AbseilFormat, OfDurationsIsSecondsAndQuarterNanoseconds) {
  ExpectFormat(absl::ZeroDuration(), Bytes(12));
  ExpectFormat(absl::Seconds(1) + absl::Nanoseconds(1),
               {1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0});
  // 3999999999 quarters after -1 s.
  ExpectFormat(-absl::Nanoseconds(1) / 4, {255, 255, 255, 255, 255, 255, 255,
                                           255, 0xff, 0x27, 0x6b, 0xee});
  ExpectFormat(absl::InfiniteDuration(),
               {255, 255, 255, 255, 255, 255, 255, 127, 255, 255, 255, 255});
  ExpectFormat(-absl::InfiniteDuration(),
               {0, 0, 0, 0, 0, 0, 0, 128, 255, 255, 255, 255});
}

TEST(Durations, ArriveExactly) {
  const absl::Duration quarter = absl::Nanoseconds(1) / 4;
  for (const std::int64_t seconds :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, kMost, kLeast}) {
    ExpectArrives(absl::Seconds(seconds));
    ExpectArrives(absl::Seconds(seconds) + quarter);
    ExpectArrives(absl::Seconds(seconds) + absl::Seconds(1) - quarter);
    ExpectArrives(absl::Seconds(seconds) - quarter);
    ExpectArrives(absl::UnixEpoch() + absl::Seconds(seconds) + quarter);
  }
  ExpectArrives(absl::InfiniteFuture());
  ExpectArrives(absl::InfinitePast());
  ExpectArrives(absl::Now());
}

TEST(Durations, AreRefusedWithPartsOfNone) {
  using Parts = std::pair<std::int64_t, std::uint32_t>;
  ExpectRefused<absl::Duration>(Parts(0, 4'000'000'000), "not an absl");
  ExpectRefused<absl::Duration>(Parts(0, 0xffffffff), "not an absl");
  ExpectRefused<absl::Time>(Parts(kMost, 0xfffffffe), "not an absl");
}

TEST(AbseilFormat, OfTimesIsThatOfTheDurationSince1970) {
  ExpectFormat(absl::UnixEpoch() + absl::Seconds(2),
               {2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST(AbseilFormat, OfInt128IsTwosComplement) {
  ExpectFormat(absl::MakeUint128(0x0102, 0x0304),
               {4, 3, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0});
  ExpectFormat(absl::int128(-2), {0xfe, 255, 255, 255, 255, 255, 255, 255, 255,
                                  255, 255, 255, 255, 255, 255, 255});
  ExpectArrives(absl::Uint128Max());
  ExpectArrives(absl::Int128Min());
}

TEST(AbseilFormat, OfCordsIsThatOfStrings) {
  ExpectFormat(absl::Cord("ab"), {2, 0, 0, 0, 'a', 'b'});
  ExpectFormat(absl::Cord(), {0, 0, 0, 0});
  absl::Cord chunks;
  for (int i = 0; i < 100; ++i) {
    chunks.Append(
        absl::Cord(std::string(5000, static_cast<char>('a' + i % 26))));
  }
  ExpectArrives(chunks);
  EXPECT_EQ(ValueBytes(chunks), ValueBytes(std::string(chunks)));
  EXPECT_EQ(Fingerprint<absl::Cord>(), Fingerprint<std::string>());
  ExpectRefused<absl::Cord>(
      std::string(5000, 'a'), "more memory",
      {.max_allocated_bytes = 4999, .max_allocated_per_input_byte = 0});
}

TEST(AbseilFormat, OfStatusesIsCodeMessageAndPayloads) {
  ExpectFormat(absl::OkStatus(), {0, 0, 0, 0});
  ExpectFormat(absl::NotFoundError("a"),
               {5, 0, 0, 0, 1, 0, 0, 0, 'a', 0, 0, 0, 0});
  absl::Status status = absl::AbortedError("");
  status.SetPayload("u", absl::Cord("cc"));
  ExpectFormat(status, {10, 0, 0, 0, 0,   0, 0, 0, 1, 0,   0,  0,
                        1,  0, 0, 0, 'u', 2, 0, 0, 0, 'c', 'c'});
}

absl::Status StatusWithPayloads(int count) {
  absl::Status status = absl::AbortedError("with payloads");
  for (int i = 0; i < count; ++i) {
    status.SetPayload(absl::StrCat("url", i), absl::Cord("contents"));
  }
  return status;
}

TEST(Statuses, ArriveWithTheirPayloads) {
  ExpectArrives(StatusWithPayloads(64));
  EXPECT_EQ(Encode(StatusWithPayloads(65)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

struct RawStatus {
  std::uint32_t code;
  std::string message;
  std::vector<std::pair<std::string, std::string>> payloads;
};

TEST(Statuses, AreRefusedIfMalformed) {
  using Payloads = std::vector<std::pair<std::string, std::string>>;
  ExpectRefused<absl::Status>(RawStatus{17, "", {}}, "not a status code");
  ExpectRefused<absl::Status>(RawStatus{1, "", {{"a", "b"}, {"a", "c"}}},
                              "occurs twice");
  ExpectRefused<absl::Status>(RawStatus{1, "", Payloads(65)},
                              "too many payloads");
  const DecodeLimits limits = {.max_allocated_bytes = 1000,
                               .max_allocated_per_input_byte = 0};
  ExpectRefused<absl::Status>(RawStatus{1, std::string(1000, 'a'), {}},
                              "more memory", limits);
  ExpectRefused<absl::Status>(RawStatus{1, "", {{"a", std::string(1000, 'a')}}},
                              "more memory", limits);
}

TEST(Statuses, ThatDoNotArriveAreNotMistakenForOnesThatDo) {
  const std::byte bytes[3] = {};
  EXPECT_EQ(Decode<absl::Status>(bytes).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(Decode<absl::StatusOr<int>>(bytes).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(AbseilFormat, OfStatusOrIsTheStatusAndTheValue) {
  using Result = absl::StatusOr<std::uint8_t>;
  ExpectFormat(Result(7), {0, 0, 0, 0, 7});
  ExpectFormat(Result(absl::CancelledError("")),
               {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST(StatusOr, IsReadIfItsValueIs) {
  static_assert(Deserializable<absl::StatusOr<std::vector<int>>>);
  static_assert(!Serializable<absl::StatusOr<int*>>);
  ExpectArrives(
      std::vector<absl::StatusOr<std::string>>{"a", absl::UnknownError("b")});
}

TEST(AbseilFormat, OfContainersIsThatOfTheStandardOnes) {
  ExpectFormat(absl::flat_hash_map<std::uint8_t, bool>{{7, true}},
               {1, 0, 0, 0, 7, 1});
  ExpectFormat(absl::node_hash_map<std::uint8_t, bool>{{7, true}},
               {1, 0, 0, 0, 7, 1});
  ExpectFormat(absl::flat_hash_set<std::uint8_t>{7}, {1, 0, 0, 0, 7});
  ExpectFormat(absl::node_hash_set<std::uint8_t>{7}, {1, 0, 0, 0, 7});
  ExpectFormat(absl::btree_map<std::uint8_t, bool>{{2, true}, {1, false}},
               {2, 0, 0, 0, 1, 0, 2, 1});
  ExpectFormat(absl::btree_set<std::uint8_t>{2, 1}, {2, 0, 0, 0, 1, 2});
  ExpectFormat(absl::InlinedVector<std::uint16_t, 1>{1, 2},
               {2, 0, 0, 0, 1, 0, 2, 0});
  EXPECT_EQ((Fingerprint<absl::flat_hash_map<int, bool>>()),
            (Fingerprint<std::unordered_map<int, bool>>()));
  EXPECT_EQ(Fingerprint<absl::node_hash_set<int>>(),
            Fingerprint<std::unordered_set<int>>());
  EXPECT_EQ((Fingerprint<absl::btree_map<int, bool>>()),
            (Fingerprint<std::map<int, bool>>()));
  EXPECT_EQ(Fingerprint<absl::btree_set<int>>(), Fingerprint<std::set<int>>());
  EXPECT_EQ((Fingerprint<absl::InlinedVector<int, 3>>()),
            Fingerprint<std::vector<int>>());
}

TEST(AbseilFormat, OfViewsIsThatOfVectorsAndStrings) {
  const std::vector<std::uint16_t> numbers = {1, 2};
  EXPECT_EQ(ValueBytes(absl::MakeConstSpan(numbers)), ValueBytes(numbers));
  const absl::FixedArray<std::uint16_t> array(numbers.begin(), numbers.end());
  EXPECT_EQ(ValueBytes(array), ValueBytes(numbers));
  EXPECT_EQ(ValueBytes(absl::string_view("ab")), ValueBytes(std::string("ab")));
  EXPECT_EQ(Fingerprint<absl::Span<const int>>(),
            Fingerprint<std::vector<int>>());
  static_assert(!Deserializable<absl::Span<const int>>);
  static_assert(!Deserializable<absl::string_view>);
  static_assert(!Deserializable<absl::FixedArray<int>>);
}

using Ints = std::vector<std::int32_t>;
using Pairs = std::vector<std::pair<std::int32_t, bool>>;

TEST(Btrees, AreRefusedOutOfOrder) {
  ExpectRefused<absl::btree_set<std::int32_t>>(Ints{2, 1}, "[1]: set elements");
  ExpectRefused<absl::btree_set<std::int32_t>>(Ints{1, 1}, "[1]: set elements");
  using Map = absl::btree_map<std::int32_t, bool>;
  ExpectRefused<Map>(Pairs{{1, true}, {1, true}}, "[1]: map keys");
}

struct SameHash {
  std::size_t operator()(std::int32_t) const { return 0x123456789; }
};
// All begin to probe at one place of any table that holds them.
struct SameHighBits {
  std::size_t operator()(std::int32_t i) const {
    return static_cast<std::size_t>(i) << 40 | 0x80;
  }
};

TEST(HashTables, AreRefusedWithDuplicatesOrCollisions) {
  Ints keys;
  Pairs pairs;
  for (std::int32_t i = 0; i < 20000; ++i) {
    keys.push_back(i);
    pairs.emplace_back(i, true);
  }
  ExpectRefused<absl::flat_hash_set<std::int32_t, SameHash>>(keys, "collide");
  ExpectRefused<absl::node_hash_set<std::int32_t, SameHighBits>>(keys,
                                                                 "collide");
  using SameMap = absl::flat_hash_map<std::int32_t, bool, SameHash>;
  ExpectRefused<SameMap>(pairs, "collide");
  using Map = absl::node_hash_map<std::int32_t, bool>;
  ExpectRefused<Map>(Pairs{{1, true}, {2, true}, {1, false}},
                     "[2]: a key that occurs twice");
  ExpectRefused<absl::flat_hash_set<std::int32_t>>(Ints{1, 1}, "twice");
}

TEST(HashTables, OfManyKeysArrive) {
  absl::flat_hash_map<std::uint64_t, std::string> map;
  absl::node_hash_set<std::string> set;
  for (std::uint64_t i = 0; i < 50000; ++i) {
    map[i << 12] = "value";
    set.insert(absl::StrCat("key", i));
  }
  ExpectArrives(map);
  ExpectArrives(set);
}

TEST(Containers, PayForTheirSlots) {
  Ints ints;
  for (std::int32_t i = 0; i < 100; ++i) ints.push_back(i);
  const DecodeLimits limits = {.max_allocated_bytes = 1000,
                               .max_allocated_per_input_byte = 0};
  Ints vector;
  EXPECT_TRUE(ReadAs(ints, vector, limits).ok());
  ExpectRefused<absl::flat_hash_set<std::int32_t>>(ints, "memory", limits);
  ExpectRefused<absl::node_hash_set<std::int32_t>>(ints, "memory", limits);
  ExpectRefused<absl::btree_set<std::int32_t>>(ints, "memory", limits);
}

struct Tree {
  absl::node_hash_map<std::string, std::unique_ptr<Tree>> children;
};

struct Everything {
  std::vector<absl::Duration> durations{absl::Milliseconds(-5),
                                        absl::InfiniteDuration()};
  absl::Time time = absl::UnixEpoch() + absl::Seconds(1);
  absl::Status status = StatusWithPayloads(2);
  std::vector<absl::StatusOr<std::string>> results{"a",
                                                   absl::DataLossError("b")};
  absl::Cord cord{"cord"};
  absl::flat_hash_map<std::uint8_t, std::string> flat_map{{1, "a"}, {2, "b"}};
  absl::node_hash_map<std::string, bool> node_map{{"a", true}};
  absl::flat_hash_set<std::uint16_t> flat_set{1, 2};
  absl::node_hash_set<std::string> node_set{"a", "b"};
  absl::btree_map<std::string, std::uint8_t> btree_map{{"a", 1}, {"b", 2}};
  absl::btree_set<std::uint16_t> btree_set{1, 2};
  absl::InlinedVector<std::string, 2> inlined{"a", "b", "c"};
  absl::InlinedVector<bool, 2> bools{true};
  absl::uint128 big = 1;
  absl::int128 small = -1;
  Tree tree;
};

TEST(AbseilTypesTest, AnyChangeOfTheBytesIsRefusedOrAValue) {
  ::ipc_channel_testing::CheckSerialization(
      {.reencoding = ::ipc_channel_testing::Reencoding::kAnyInAnyOrder,
       .most_mutants = 20'000},
      Everything());
}

}  // namespace
}  // namespace ipc_channel::serialize
