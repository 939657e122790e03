#include "ipc_channel/serialize/decode.h"

#include <array>
#include <bitset>
#include <chrono>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/serialize/encode.h"
#include "ipc_channel/serialize/serializable.h"

// Bytes that no honest sender sends.

namespace ipc_channel::serialize {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

enum class Checked : std::uint8_t { kOne = 1, kTwo = 2 };
constexpr bool IsValidEnum(Checked value) {
  return value == Checked::kOne || value == Checked::kTwo;
}
enum class Unchecked : std::uint8_t { kOne = 1 };

struct Empty {};
struct Node {
  std::unique_ptr<Node> next;
};
struct Twig {
  std::vector<Twig> twigs;
};
struct WideNode {
  std::array<std::uint8_t, 200000> part;
  std::map<std::uint8_t, WideNode> children;
};
struct Big {
  std::optional<std::array<char, 1000>> part;
};
struct Flags {
  std::uint8_t a;
  bool b;
  Checked c;
};
// The same, in the hands of foreign code.
struct HookedFlags {
  std::uint8_t a;
  bool b;
  Checked c;
  template <class F>
  friend constexpr auto SerializeFields(HookedFlags& self, F&& fields) {
    return fields(self.a, self.b, self.c);
  }
};

// Has no memory for more than a hundred objects.
template <class T>
struct ShortOfMemory : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = ShortOfMemory<U>;
  };
  T* allocate(std::size_t count) {
    if (count > 100) throw std::bad_alloc();
    return std::allocator<T>::allocate(count);
  }
};

// Throws what ordinary parsers throw.
struct Throwing {
  int a = 0;
  friend bool operator<(const Throwing&, const Throwing&) {
    throw std::invalid_argument("no order");
  }
};

// Throws like them, in a type of fixed layout.
enum class Touchy : std::uint8_t {};
inline bool IsValidEnum(Touchy value) {
  if (value == Touchy{7}) throw std::invalid_argument("seven");
  return value != Touchy{8};
}
struct MadeByThrowing {
  std::uint8_t value = Seven();
  static std::uint8_t Seven() { throw std::invalid_argument("seven"); }
};

// `bytes` as the value of a T, under the right fingerprint.
template <class T>
std::vector<std::byte> MessageOf(const std::vector<int>& bytes) {
  std::vector<std::byte> message(8);
  constexpr std::uint64_t kFingerprint = Fingerprint<T>();
  for (int i = 0; i < 8; ++i) {
    message[i] = static_cast<std::byte>(kFingerprint >> (8 * i));
  }
  for (const int byte : bytes) message.push_back(static_cast<std::byte>(byte));
  return message;
}
template <class T>
absl::Status DecodeValue(const std::vector<int>& bytes,
                         const DecodeLimits& limits = {}) {
  return Decode<T>(MessageOf<T>(bytes), nullptr, limits).status();
}

void ExpectDataLoss(const absl::Status& status, const std::string& text) {
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr(text));
}

TEST(Decode, RefusesAnotherFingerprint) {
  const auto encoded = Encode(std::int32_t{1});
  ASSERT_TRUE(encoded.ok());
  ExpectDataLoss(Decode<std::uint32_t>(*encoded).status(), "type");
  ExpectDataLoss(Decode<std::uint32_t>({}).status(), "too early");
}

TEST(Decode, RefusesTrailingBytes) {
  EXPECT_TRUE(DecodeValue<std::uint8_t>({1}).ok());
  ExpectDataLoss(DecodeValue<std::uint8_t>({1, 0}), "byte 9: bytes after");
  ExpectDataLoss(DecodeValue<Empty>({0}), "bytes after");
}

TEST(Decode, RefusesBoolsOtherThanZeroAndOne) {
  EXPECT_TRUE(DecodeValue<bool>({1}).ok());
  ExpectDataLoss(DecodeValue<bool>({2}), "bool");
  ExpectDataLoss(DecodeValue<std::vector<bool>>({2, 0, 0, 0, 1, 255}),
                 "field [1]: a bool");
  ExpectDataLoss(DecodeValue<std::optional<int>>({2, 0, 0, 0, 0}), "bool");
  ExpectDataLoss(DecodeValue<Flags>({1, 3, 1}), "field .1: a bool");
}

TEST(Decode, AsksTheEnumWhetherAValueIsValid) {
  EXPECT_TRUE(DecodeValue<Checked>({2}).ok());
  ExpectDataLoss(DecodeValue<Checked>({3}), "enum");
  ExpectDataLoss(DecodeValue<Flags>({1, 1, 0}), "field .2: not a value");
  ExpectDataLoss(DecodeValue<std::vector<Checked>>({2, 0, 0, 0, 1, 9}), "[1]");
  EXPECT_TRUE(DecodeValue<Unchecked>({200}).ok());
}

TEST(Decode, RefusesVariantIndicesBeyondTheLast) {
  using V = std::variant<std::uint8_t, bool>;
  EXPECT_TRUE(DecodeValue<V>({1, 0, 0, 0, 1}).ok());
  ExpectDataLoss(DecodeValue<V>({2, 0, 0, 0, 1}), "variant");
  ExpectDataLoss(DecodeValue<V>({255, 255, 255, 255, 1}), "variant");
  ExpectDataLoss(DecodeValue<V>({1, 0, 0, 0, 7}), "field <1>: a bool");
}

TEST(Decode, RefusesMapKeysThatDoNotAscend) {
  using Map = std::map<std::uint8_t, std::uint8_t>;
  EXPECT_TRUE(DecodeValue<Map>({2, 0, 0, 0, 1, 0, 2, 0}).ok());
  ExpectDataLoss(DecodeValue<Map>({2, 0, 0, 0, 2, 0, 1, 0}), "[1]: map keys");
  ExpectDataLoss(DecodeValue<Map>({2, 0, 0, 0, 1, 0, 1, 0}), "[1]: map keys");
}

TEST(Decode, RefusesHashMapKeysThatRepeat) {
  using Map = std::unordered_map<std::uint8_t, std::uint8_t>;
  EXPECT_TRUE(DecodeValue<Map>({2, 0, 0, 0, 2, 0, 1, 0}).ok());
  ExpectDataLoss(DecodeValue<Map>({2, 0, 0, 0, 1, 0, 1, 0}), "twice");
}

TEST(Decode, RefusesHashMapKeysThatCollide) {
  struct SameHash {
    std::size_t operator()(std::uint32_t) const { return 1; }
  };
  using Map = std::unordered_map<std::uint32_t, bool>;
  using BadMap = std::unordered_map<std::uint32_t, bool, SameHash>;
  const auto encode = [](std::uint32_t size) {
    Map map;
    for (std::uint32_t i = 0; i < size; ++i) map[i] = true;
    return *Encode(map);
  };
  EXPECT_TRUE(Decode<BadMap>(encode(500)).ok());
  ExpectDataLoss(Decode<BadMap>(encode(10000)).status(), "collide");
  EXPECT_TRUE(Decode<Map>(encode(100000)).ok());
}

TEST(Decode, NamesTheOffsetAndTheFieldPath) {
  using T = std::tuple<int, std::vector<std::pair<bool, std::map<int, bool>>>>;
  const absl::Status status = DecodeValue<T>({
      0, 0, 0, 0,     // .0
      2, 0, 0, 0,     // .1
      0, 0, 0, 0, 0,  // .1[0]
      1, 1, 0, 0, 0,  // .1[1]
      5, 0, 0, 0, 9,  // .1[1].1[0]
  });
  ExpectDataLoss(status, "at byte 31, field .1[1].1[0].1: a bool");
}

TEST(Decode, NamesTheOffsetOfCountsAndOfNesting) {
  using Texts = std::vector<std::vector<std::string>>;
  const std::vector<int> nested = {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 'a'};
  EXPECT_TRUE(DecodeValue<Texts>(nested).ok());
  ExpectDataLoss(DecodeValue<Texts>(nested, {.max_depth = 1}),
                 "at byte 16, field [0]: nested too deeply");
  ExpectDataLoss(DecodeValue<Texts>({1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 'a'}),
                 "at byte 20, field [0][0]: a length greater than");
  ExpectDataLoss(DecodeValue<Texts>({1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}),
                 "at byte 16, field [0]: a length greater than");
  ExpectDataLoss((DecodeValue<std::tuple<std::string, std::uint32_t>>(
                     {1, 0, 0, 0, 'a', 0, 0, 0})),
                 "at byte 13, field .1: the message ends too early");
}

TEST(Decode, KeepsTheInnerEndOfLongPaths) {
  std::vector<int> bytes;
  for (int level = 0; level < 300; ++level) {
    bytes.insert(bytes.end(), {1, 0, 0, 0});
  }
  std::string path;
  for (int step = 0; step < 256 / 2; ++step) path += "[0].0";
  ExpectDataLoss(DecodeValue<Twig>(bytes, {.max_depth = 400}),
                 "at byte 1208, field " + path + ": a length greater than");
}

TEST(Decode, RefusesLengthsThatCannotBeTrueBeforeAllocating) {
  const std::vector<int> huge = {255, 255, 255, 255, 0, 0, 0, 0};
  const DecodeLimits no_limits = {.max_allocated_bytes = ~std::size_t{0}};
  const std::string reason = "a length greater than what is left";
  ExpectDataLoss(DecodeValue<std::string>(huge, no_limits), reason);
  ExpectDataLoss(DecodeValue<std::vector<char>>(huge, no_limits), reason);
  ExpectDataLoss(DecodeValue<std::vector<double>>(huge, no_limits), reason);
  ExpectDataLoss(DecodeValue<std::vector<std::string>>(huge, no_limits),
                 reason);
  ExpectDataLoss(DecodeValue<std::vector<bool>>(huge, no_limits), reason);
  ExpectDataLoss((DecodeValue<std::map<int, int>>(huge, no_limits)), reason);
  ExpectDataLoss((DecodeValue<std::unordered_map<int, int>>(huge, no_limits)),
                 reason);
  ExpectDataLoss(DecodeValue<std::vector<double>>({1, 0, 0, 0, 0, 0, 0, 0}),
                 reason);
}

TEST(Decode, BoundsElementsThatTakeNoBytes) {
  ExpectDataLoss(DecodeValue<std::vector<Empty>>({255, 255, 255, 255}),
                 "more memory");
  EXPECT_TRUE(DecodeValue<std::vector<Empty>>({255, 0, 0, 0}).ok());
  ExpectDataLoss(DecodeValue<std::vector<Empty>>(
                     {255, 0, 0, 0}, {.max_allocated_bytes = 100,
                                      .max_allocated_per_input_byte = 1}),
                 "more memory");
}

TEST(Decode, BoundsWhatAMessageAllocates) {
  std::vector<int> bytes(4 + 100, 0);
  bytes[0] = 100;
  const DecodeLimits limits = {.max_allocated_bytes = 50000,
                               .max_allocated_per_input_byte = 0};
  ExpectDataLoss(DecodeValue<std::vector<Big>>(bytes, limits), "more memory");
  EXPECT_TRUE(DecodeValue<std::vector<Big>>(bytes).ok());
}

TEST(Decode, BoundsTheMessageAndNotEachContainer) {
  using T = std::vector<std::vector<Empty>>;
  const DecodeLimits limits = {.max_allocated_bytes = 300,
                               .max_allocated_per_input_byte = 0};
  const std::vector<int> two = {2, 0, 0, 0, 100, 0, 0, 0, 100, 0, 0, 0};
  const std::vector<int> four = {4, 0, 0,   0, 100, 0, 0,   0, 100, 0,
                                 0, 0, 100, 0, 0,   0, 100, 0, 0,   0};
  EXPECT_TRUE(DecodeValue<T>(two, limits).ok());
  ExpectDataLoss(DecodeValue<T>(four, limits), "more memory");
}

TEST(Decode, AllowsAMultipleOfTheInput) {
  const std::vector<char> large(1000, 'x');
  const auto encoded = Encode(large);
  ASSERT_TRUE(encoded.ok());
  const DecodeLimits limits = {.max_allocated_bytes = 0,
                               .max_allocated_per_input_byte = 1};
  EXPECT_TRUE(Decode<std::vector<char>>(*encoded, nullptr, limits).ok());
}

TEST(Decode, SaysWhatIsWrongWithFixedLayouts) {
  using T = std::tuple<Unchecked, std::array<Flags, 2>>;
  EXPECT_TRUE(DecodeValue<T>({9, 7, 1, 1, 7, 0, 2}).ok());
  ExpectDataLoss(DecodeValue<T>({9, 7, 1, 1, 7, 2, 2}),
                 "at byte 14, field .1[1].1: a bool");
  ExpectDataLoss(DecodeValue<T>({9, 7, 1, 3, 7, 2, 2}),
                 "at byte 12, field .1[0].2: not a value");
  ExpectDataLoss(DecodeValue<T>({9, 7, 1, 1, 7, 0}),
                 "at byte 8: the message ends too early");
  ExpectDataLoss(DecodeValue<T>({9, 7, 1, 1, 7, 0, 2, 0}),
                 "at byte 15: bytes after");
  ExpectDataLoss(DecodeValue<std::vector<T>>({1, 0, 0, 0, 9, 7, 1, 1, 7, 2, 2}),
                 "at byte 18, field [0].1[1].1: a bool");
  ExpectDataLoss(Decode<T>(std::array<std::byte, 15>()).status(),
                 "at byte 8: the sender's type");
  ExpectDataLoss(Decode<T>(std::array<std::byte, 14>()).status(),
                 "at byte 8: the sender's type");
  ExpectDataLoss(Decode<T>(std::array<std::byte, 7>()).status(),
                 "at byte 0: the message ends too early");
}

TEST(Decode, WithoutMemoryIsResourceExhausted) {
  using Vector = std::vector<char, ShortOfMemory<char>>;
  std::vector<int> bytes(4 + 101, 0);
  bytes[0] = 101;
  EXPECT_EQ(DecodeValue<Vector>(bytes).code(),
            absl::StatusCode::kResourceExhausted);
  bytes[0] = 100;
  bytes.pop_back();
  EXPECT_TRUE(DecodeValue<Vector>(bytes).ok());
}

TEST(Decode, WhatATypesOwnCodeThrowsIsDataLoss) {
  using Map = std::map<Throwing, std::uint8_t>;
  EXPECT_TRUE(DecodeValue<Map>({1, 0, 0, 0, 1, 0, 0, 0, 0}).ok());
  ExpectDataLoss(DecodeValue<Map>({2, 0, 0, 0,     //
                                   1, 0, 0, 0, 0,  //
                                   2, 0, 0, 0, 0}),
                 "threw");
}

TEST(Decode, WhatTheCodeOfFixedLayoutsThrowsIsDataLoss) {
  EXPECT_TRUE(DecodeValue<Touchy>({6}).ok());
  ExpectDataLoss(DecodeValue<Touchy>({7}), "threw");
  ExpectDataLoss(DecodeValue<Touchy>({8}), "not a value");
  ExpectDataLoss(DecodeValue<MadeByThrowing>({6}), "threw");
}

TEST(Decode, BoundsNesting) {
  std::vector<int> bytes(64, 1);
  bytes.push_back(0);
  EXPECT_TRUE(DecodeValue<Node>(bytes).ok());
  bytes.insert(bytes.begin(), 1);
  ExpectDataLoss(DecodeValue<Node>(bytes), "nested too deeply");
  EXPECT_TRUE(DecodeValue<Node>(bytes, {.max_depth = 65}).ok());
  ExpectDataLoss(DecodeValue<Node>(std::vector<int>(1000000, 1)),
                 "nested too deeply");
}

// A hundred of them, beside each other in a vector.
template <class T>
void ExpectArrivesOften(const T& value) {
  using Values = std::vector<std::shared_ptr<const T>>;
  const auto encoded = Encode(Values(100, std::make_shared<const T>(value)));
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  const auto decoded = Decode<Values>(*encoded);
  EXPECT_TRUE(decoded.ok()) << decoded.status();
}

TEST(Decode, TakesAnyNumberOfLevelsBesideEachOther) {
  ExpectArrivesOften(std::vector<std::string>{"a"});
  ExpectArrivesOften(std::list<std::string>{"a"});
  ExpectArrivesOften(std::deque<std::string>{"a"});
  ExpectArrivesOften(std::set<std::string>{"a"});
  ExpectArrivesOften(std::unordered_set<std::string>{"a"});
  ExpectArrivesOften(std::map<std::string, int>{{"a", 1}});
  ExpectArrivesOften(std::unordered_map<std::string, int>{{"a", 1}});
  ExpectArrivesOften(std::optional<std::string>("a"));
  ExpectArrivesOften(std::variant<int, std::string>("a"));
}

TEST(Decode, NestingCostsNoStackForTheSizeOfTheType) {
  const auto leaf = std::make_unique<WideNode>();
  std::vector<std::byte> bytes = *Encode(*leaf);
  const std::size_t part = leaf->part.size();
  // The count of children and the key of the first, once for each level.
  for (int depth = 1; depth < 64; ++depth) {
    bytes[bytes.size() - 4] = std::byte{1};
    bytes.resize(bytes.size() + 1 + part + 4);
  }
  EXPECT_TRUE(Decode<WideNode>(bytes).ok());
}

// One of each way of reading.
struct Whole {
  std::uint32_t number = 0;
  bool flag = false;
  Checked checked = Checked::kOne;
  std::array<std::string, 2> array;
  std::string text;
  std::u16string wide;
  std::vector<std::uint32_t> numbers;
  std::vector<bool> flags;
  std::vector<std::vector<std::string>> nested;
  std::deque<std::string> deque;
  std::list<std::uint8_t> list;
  std::forward_list<std::uint8_t> forward_list;
  std::optional<std::string> optional;
  std::unique_ptr<std::vector<int>> unique;
  std::shared_ptr<std::string> shared;
  std::variant<std::string, std::vector<int>> variant;
  std::map<std::string, std::vector<int>> map;
  std::multimap<int, std::string> multimap;
  std::unordered_map<int, std::string> hash_map;
  std::unordered_multimap<int, std::string> hash_multimap;
  std::set<std::string> set;
  std::multiset<int> multiset;
  std::unordered_set<int> hash_set;
  std::unordered_multiset<int> hash_multiset;
  std::bitset<12> bits;
  std::complex<double> complex;
  std::chrono::seconds seconds{0};
  std::filesystem::path path;
  std::pair<int, std::string> pair;
};

// The greater `size`, the more; of one element at most where order matters that
// the container chooses.
Whole MakeWhole(int size) {
  Whole whole;
  const std::string text(static_cast<std::size_t>(size) * 10, 'a');
  const std::vector<int> numbers(size, size);
  whole.number = size;
  whole.flag = size % 2 != 0;
  whole.checked = size % 2 != 0 ? Checked::kOne : Checked::kTwo;
  whole.array = {text, text + "b"};
  whole.text = text;
  whole.wide = std::u16string(size, u'w');
  whole.numbers.assign(size, size);
  whole.flags.assign(size, true);
  whole.nested.assign(size, {text, "x"});
  whole.deque.assign(size, text);
  whole.list.assign(size, 3);
  whole.forward_list.assign(size, 4);
  if (size != 0) {
    whole.optional = text;
    whole.unique = std::make_unique<std::vector<int>>(numbers);
    whole.shared = std::make_shared<std::string>(text);
    whole.variant = numbers;
    whole.hash_map = {{size, text}};
    whole.hash_multimap = {{size, text}, {size, text}};
    whole.hash_set = {size};
    whole.hash_multiset = {size, size};
  }
  for (int i = 0; i < size; ++i) {
    whole.map[std::to_string(i + size * 10)] = numbers;
    whole.multimap.insert({{size, text}, {i, text}});
    whole.set.insert(std::to_string(i + size * 10));
    whole.multiset.insert({i, i});
  }
  whole.bits = static_cast<unsigned>(size) * 5;
  whole.complex = {1.0 * size, 2};
  whole.seconds = std::chrono::seconds(size);
  whole.path = "/" + text;
  whole.pair = {size, text};
  return whole;
}

TEST(DecodeInto, LeavesNothingOfWhatTheObjectHeld) {
  for (const int before : {0, 1, 3, 7}) {
    for (const int size : {0, 1, 2, 7}) {
      const auto encoded = Encode(MakeWhole(size));
      ASSERT_TRUE(encoded.ok());
      Whole value = MakeWhole(before);
      const auto is_shared = value.shared;
      EXPECT_EQ(DecodeInto(*encoded, value), absl::OkStatus());
      const auto again = Encode(value);
      ASSERT_TRUE(again.ok());
      EXPECT_TRUE(*again == *encoded) << before << " " << size;
      // What others share is not written to.
      if (before != 0) {
        EXPECT_EQ(*is_shared, *MakeWhole(before).shared);
      }
    }
  }
}

TEST(DecodeInto, UsesMemoryAgain) {
  using T = std::vector<std::string>;
  const auto encoded = Encode(T(3, std::string(100, 'x')));
  ASSERT_TRUE(encoded.ok());
  T value(5, std::string(200, 'y'));
  const std::string* const strings = value.data();
  const char* const text = value[2].data();
  EXPECT_EQ(DecodeInto(*encoded, value), absl::OkStatus());
  EXPECT_EQ(value, T(3, std::string(100, 'x')));
  EXPECT_EQ(value.data(), strings);
  EXPECT_EQ(value[2].data(), text);
}

// Whether DecodeInto() and Decode() say the same of any cut and any change of
// one byte of `value`, under small limits.
template <class T>
void ExpectSaysWhatDecodeSays(const T& value, T scratch) {
  const DecodeLimits limits = {.max_allocated_bytes = 2000,
                               .max_allocated_per_input_byte = 0,
                               .max_depth = 3};
  const auto encoded = Encode(value);
  ASSERT_TRUE(encoded.ok());
  std::size_t refused = 0;
  const auto check = [&](std::span<const std::byte> bytes) {
    const absl::Status status = DecodeInto(bytes, scratch, nullptr, limits);
    EXPECT_EQ(status, Decode<T>(bytes, nullptr, limits).status());
    refused += status.ok() ? 0 : 1;
    // Valid, whatever happened.
    if (status.ok()) {
      EXPECT_EQ(Encode(scratch)->size(), bytes.size());
    }
    EXPECT_EQ(DecodeInto(*encoded, scratch, nullptr, limits), absl::OkStatus());
    EXPECT_TRUE(*Encode(scratch) == *encoded);
  };
  std::vector<std::byte> bytes = *encoded;
  bytes.push_back(std::byte{0});
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    check(std::span(bytes).first(size));
  }
  EXPECT_EQ(refused, encoded->size() + 1);
  bytes.pop_back();
  for (std::byte& byte : bytes) {
    const std::byte old = byte;
    for (const int change : {1, 2, 255}) {
      byte = old ^ static_cast<std::byte>(change);
      check(bytes);
    }
    byte = old;
  }
  EXPECT_GT(refused, encoded->size() + 1 + 8 * 3);
}

TEST(DecodeInto, ChecksAllThatDecodeChecks) {
  using Fixed = std::array<Flags, 3>;
  ExpectSaysWhatDecodeSays(Fixed{{{1, true, Checked::kOne},
                                  {2, false, Checked::kTwo},
                                  {3, true, Checked::kOne}}},
                           Fixed());
  using T = std::tuple<std::vector<std::string>, std::optional<bool>,
                       std::map<std::uint8_t, Checked>>;
  const T value = {{"a", "bcd"}, true, {{1, Checked::kOne}}};
  ExpectSaysWhatDecodeSays(value, T());
  ExpectSaysWhatDecodeSays(
      value, T({"x", std::string(100, 'y'), "z"}, {}, {{7, Checked::kTwo}}));
}

TEST(DecodeInto, ObeysTheLimits) {
  const auto encoded = Encode(std::vector<std::string>(100));
  ASSERT_TRUE(encoded.ok());
  std::vector<std::string> value(1);
  EXPECT_EQ(DecodeInto(*encoded, value), absl::OkStatus());
  ExpectDataLoss(DecodeInto(*encoded, value, nullptr,
                            {.max_allocated_bytes = 100,
                             .max_allocated_per_input_byte = 0}),
                 "more memory");
}

TEST(DecodeInto, TurnsWhatIsThrownIntoAStatus) {
  using Map = std::map<Throwing, std::uint8_t>;
  using Vector = std::vector<char, ShortOfMemory<char>>;
  Touchy touchy{};
  ExpectDataLoss(DecodeInto(MessageOf<Touchy>({7}), touchy), "threw");
  Map map;
  ExpectDataLoss(DecodeInto(MessageOf<Map>({2, 0, 0, 0,     //
                                            1, 0, 0, 0, 0,  //
                                            2, 0, 0, 0, 0}),
                            map),
                 "threw");
  std::vector<int> bytes(4 + 101, 0);
  bytes[0] = 101;
  Vector vector(3, 'y');
  EXPECT_EQ(DecodeInto(MessageOf<Vector>(bytes), vector).code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(Reader, StaysFailed) {
  const std::array<std::byte, 4> bytes = {};
  Reader reader(bytes);
  std::uint64_t large;
  std::uint8_t small;
  EXPECT_FALSE(reader.Read(large));
  EXPECT_FALSE(reader.Read(small));
  EXPECT_FALSE(reader.ReadBytes(&small, 0));
  EXPECT_FALSE(reader.Fail("another reason"));
  ExpectDataLoss(reader.status(), "byte 0: the message ends too early");
}

template <class T>
void ExpectStaysFailed() {
  const std::array<std::byte, 6> bytes = {std::byte{1}, std::byte{2}};
  Reader reader(bytes);
  T flags;
  std::uint8_t small;
  EXPECT_FALSE(reader.Read(flags));
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_FALSE(reader.Read(small));
  ExpectDataLoss(reader.status(), "byte 2, field .1: a bool");
}

TEST(Reader, StaysFailedWithinFixedLayouts) {
  ExpectStaysFailed<Flags>();
  ExpectStaysFailed<HookedFlags>();
}

TEST(Reader, ReadsBytesUpToTheEndAndNotBeyond) {
  const std::array<std::byte, 8> bytes = {std::byte{1}, std::byte{2},
                                          std::byte{3}, std::byte{4}};
  const auto in = std::span<const std::byte>(bytes).first(4);
  std::array<std::byte, 8> out = {};
  Reader exact(in);
  EXPECT_TRUE(exact.ReadBytes(out.data(), 4));
  EXPECT_EQ(out, bytes);
  EXPECT_EQ(exact.remaining(), 0u);
  EXPECT_TRUE(exact.ok());
  EXPECT_FALSE(exact.ReadBytes(out.data(), 1));
  ExpectDataLoss(exact.status(), "byte 4: the message ends too early");
  Reader beyond(in);
  EXPECT_FALSE(beyond.ReadBytes(out.data(), 5));
  EXPECT_EQ(beyond.remaining(), 0u);
  ExpectDataLoss(beyond.status(), "byte 0: the message ends too early");
}

TEST(Reader, CountsElementsOfAnySize) {
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  // Twice that is none, if what overflows is not seen.
  constexpr std::size_t kHalf = kMost / 2 + 1;
  const DecodeLimits limits = {.max_allocated_bytes = kMost};
  std::array<std::byte, 4> bytes = {std::byte{1}};
  std::uint32_t count;
  Reader one(bytes, nullptr, limits);
  EXPECT_TRUE((one.ReadCount<Empty, kHalf>(count))) << one.status();
  EXPECT_EQ(count, 1u);
  bytes[0] = std::byte{2};
  Reader two(bytes, nullptr, limits);
  EXPECT_FALSE((two.ReadCount<Empty, kHalf>(count)));
  ExpectDataLoss(two.status(), "more memory");
  bytes[0] = std::byte{0};
  Reader none(bytes, nullptr, limits);
  EXPECT_TRUE((none.ReadCount<Empty, kMost>(count))) << none.status();
}

TEST(Reader, AllowsEverythingWhereTheMultipleIsMoreThanThereIs) {
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  const std::array<std::byte, 4> bytes = {};
  for (const std::size_t factor : {kMost / 4 + 1, kMost / 2 + 1, kMost}) {
    Reader reader(
        bytes, nullptr,
        {.max_allocated_bytes = 0, .max_allocated_per_input_byte = factor});
    EXPECT_TRUE(reader.Charge(kMost)) << factor;
    EXPECT_FALSE(reader.Charge(1)) << factor;
  }
}

// Reads nothing over `value`, which holds something.
template <class T>
void ExpectIsEmptied(T value) {
  const std::array<std::byte, 1> nothing = {};
  Reader reader(nothing);
  EXPECT_TRUE(reader.Read(value)) << reader.status();
  EXPECT_FALSE(static_cast<bool>(value));
}

TEST(Reader, EmptiesWhatHeldAValue) {
  ExpectIsEmptied(std::optional<int>(1));
  ExpectIsEmptied(std::optional<std::string>("text"));
  ExpectIsEmptied(std::make_unique<int>(1));
  ExpectIsEmptied(std::make_shared<int>(1));
}

// What a sequence held before must not be seen afterwards.
template <class Sequence>
void ExpectIsReadOver(std::size_t before, std::size_t size,
                      std::size_t capacity) {
  Sequence value;
  for (std::size_t i = 0; i < size; ++i) {
    value.push_back(static_cast<typename Sequence::value_type>(i * 7 + 1));
  }
  const auto encoded = Encode(value);
  ASSERT_TRUE(encoded.ok());
  Sequence read(before, typename Sequence::value_type{99});
  read.reserve(capacity);
  const std::span<const std::byte> bytes(*encoded);
  Reader reader(bytes.subspan(8));
  EXPECT_TRUE(reader.Read(read)) << reader.status();
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_TRUE(read == value) << before << " " << size << " " << capacity;
}

TEST(Reader, ReadsOverWhateverASequenceHolds) {
  const std::size_t sizes[] = {0, 1, 20, 2000, 2049, 10000, 50000};
  for (const std::size_t before : sizes) {
    for (const std::size_t size : sizes) {
      for (const std::size_t capacity : {before, std::size_t{60000}}) {
        ExpectIsReadOver<std::vector<double>>(before, size, capacity);
        ExpectIsReadOver<std::vector<std::uint8_t>>(before, size, capacity);
        ExpectIsReadOver<std::string>(before, size, capacity);
        ExpectIsReadOver<std::u16string>(before, size, capacity);
      }
    }
  }
}

TEST(Reader, ReadsNothingFromNothing) {
  Reader reader({});
  EXPECT_TRUE(reader.ReadBytes(nullptr, 0));
  std::array<std::string, 0> none;
  EXPECT_TRUE(reader.Read(none));
  Empty empty;
  EXPECT_TRUE(reader.Read(empty));
  EXPECT_TRUE(reader.status().ok());
}

}  // namespace
}  // namespace ipc_channel::serialize
