#ifndef IPC_CHANNEL_SERIALIZE_FUZZ_FUZZ_TYPES_H_
#define IPC_CHANNEL_SERIALIZE_FUZZ_FUZZ_TYPES_H_

#include "ipc_channel/platforms/cxx20.h"

#include <array>
#include <bitset>
#include <chrono>
#include <compare>
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
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/container/node_hash_map.h"
#include "absl/container/node_hash_set.h"
#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/time/time.h"
#include "google/protobuf/struct.pb.h"
#include "ipc_channel/serialize/abseil/abseil.h"
#include "ipc_channel/serialize/protobuf/message.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/fake_handle.h"

// What the fuzzers encode and decode: each way of the serializer at least once.

namespace ipc_channel::serialize::fuzz {

enum class Color : std::uint8_t { kRed, kGreen, kBlue };
constexpr bool IsValidEnum(Color color) { return color <= Color::kBlue; }

// Copied as it lies in memory.
struct Vec3 {
  std::uint32_t x, y, z;

  friend bool operator==(const Vec3&, const Vec3&) = default;
};

// Of fixed size, with bytes that not everything can stand in.
struct Flags {
  std::uint32_t bits;
  bool is_set;
  Color color;

  friend bool operator==(const Flags&, const Flags&) = default;
};

struct Tree {
  std::string name;
  std::vector<Tree> children;

  friend bool operator==(const Tree&, const Tree&) = default;
};

struct List {
  std::uint8_t number = 0;
  std::unique_ptr<List> next;
};

class Private {
 public:
  Private() = default;
  Private(std::int64_t number, std::vector<std::string> words)
      : number_(number), words_(std::move(words)) {}

  template <class F>
  friend constexpr auto SerializeFields(Private& self, F&& fields) {
    return fields(self.number_, self.words_, self.array_);
  }

  friend bool operator==(const Private&, const Private&) = default;

 private:
  std::int64_t number_ = 0;
  std::vector<std::string> words_;
  std::uint16_t array_[3] = {};
};

using Choice = std::variant<std::monostate, std::uint64_t, std::string,
                            std::vector<Flags>, std::optional<bool>>;
using NestedMap =
    std::map<std::string, std::map<std::uint16_t, std::vector<std::uint8_t>>>;
using HashMap = std::unordered_map<std::string, std::uint32_t>;
using Mixed = std::tuple<Vec3, Flags, Color, std::array<bool, 3>, double,
                         std::u16string, std::pair<char, std::int8_t>>;

using Scalars =
    std::tuple<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t,
               std::uint32_t, std::int32_t, std::uint64_t, std::int64_t, bool,
               char, char8_t, char16_t, char32_t, std::byte, float, double>;
using Lists =
    std::tuple<std::deque<std::uint16_t>, std::list<std::string>,
               std::forward_list<std::uint8_t>, std::u8string, std::u32string>;
using SortedSets = std::tuple<std::set<std::string>, std::multiset<char>>;
using HashSets = std::tuple<std::unordered_set<std::uint16_t>,
                            std::unordered_multiset<std::uint8_t>>;
using SortedMultimap = std::multimap<std::uint8_t, std::string>;
using HashMultimap = std::unordered_multimap<std::uint8_t, bool>;
using Numbers = std::tuple<std::bitset<11>, std::complex<float>>;
using Times =
    std::tuple<std::chrono::milliseconds, std::chrono::duration<float>,
               std::chrono::system_clock::time_point,
               std::chrono::steady_clock::time_point>;
using Texts =
    std::tuple<std::filesystem::path, Utf8String, Named<"name", std::uint32_t>>;

struct Shared {
  std::shared_ptr<const Shared> left;
  std::shared_ptr<Shared> right;
};

// Of Abseil.
using AbseilNumbers =
    std::tuple<absl::Duration, absl::Time, absl::int128, absl::uint128>;
using AbseilSequences =
    std::tuple<absl::Cord, absl::InlinedVector<std::string, 2>>;
using BtreeSet = absl::btree_set<std::string>;
using BtreeMap = absl::btree_map<std::uint8_t, std::string>;
using FlatHash = std::tuple<absl::flat_hash_map<std::string, std::uint8_t>,
                            absl::flat_hash_set<std::uint16_t>>;
using NodeHash = std::tuple<absl::node_hash_map<std::uint16_t, bool>,
                            absl::node_hash_set<std::string>>;
using StatusOrString = absl::StatusOr<std::string>;

using ProtobufMessage = google::protobuf::Struct;

struct Handles {
  ipc_channel_testing::FakeFd fd;
  std::optional<ipc_channel_testing::FakeSender> optional;
  std::map<std::uint8_t, ipc_channel_testing::FakeSender> map;
  std::vector<std::variant<ipc_channel_testing::FakeFd,
                           ipc_channel_testing::FakeSender>>
      vector;
  std::unique_ptr<ipc_channel_testing::FakeFd> pointer;
};

// How decoded bytes relate to those of the same value encoded again.
enum class Encodings {
  kOne,      // The same bytes.
  kOrders,   // The same in another order.
  kSeveral,  // Protocol Buffers knows many for a value.
};

template <class T>
inline constexpr Encodings kEncodings = Encodings::kOne;
template <>
inline constexpr Encodings kEncodings<HashMap> = Encodings::kOrders;
template <>
inline constexpr Encodings kEncodings<HashSets> = Encodings::kOrders;
template <>
inline constexpr Encodings kEncodings<HashMultimap> = Encodings::kOrders;
template <>
inline constexpr Encodings kEncodings<FlatHash> = Encodings::kOrders;
template <>
inline constexpr Encodings kEncodings<NodeHash> = Encodings::kOrders;
template <>
inline constexpr Encodings kEncodings<absl::Status> = Encodings::kOrders;
template <>
inline constexpr Encodings kEncodings<StatusOrString> = Encodings::kOrders;
template <>
inline constexpr Encodings kEncodings<ProtobufMessage> = Encodings::kSeveral;

template <class... Ts>
struct Types {};

// Everything, in the order of make_seeds.py, which numbers them.
using AllTypes =
    Types<std::string, std::vector<std::uint32_t>, std::vector<Vec3>,
          std::vector<Flags>, std::vector<bool>, Choice, NestedMap, HashMap,
          Tree, List, Private, Mixed, Handles, std::map<std::string, Choice>,
          std::vector<std::vector<std::vector<std::uint16_t>>>,
          std::vector<std::monostate>, Scalars, Lists, SortedSets, HashSets,
          SortedMultimap, HashMultimap, Numbers, Times, Texts, Shared,
          AbseilNumbers, AbseilSequences, BtreeSet, BtreeMap, FlatHash,
          NodeHash, absl::Status, StatusOrString, ProtobufMessage>;

}  // namespace ipc_channel::serialize::fuzz

#endif  // IPC_CHANNEL_SERIALIZE_FUZZ_FUZZ_TYPES_H_
