#ifndef IPC_CHANNEL_SERIALIZE_FUZZ_FUZZ_TYPES_H_
#define IPC_CHANNEL_SERIALIZE_FUZZ_FUZZ_TYPES_H_

#include "ipc_channel/platforms/cxx20.h"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

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

struct Handles {
  ipc_channel_testing::FakeFd fd;
  std::optional<ipc_channel_testing::FakeSender> optional;
  std::map<std::uint8_t, ipc_channel_testing::FakeSender> map;
  std::vector<std::variant<ipc_channel_testing::FakeFd,
                           ipc_channel_testing::FakeSender>>
      vector;
  std::unique_ptr<ipc_channel_testing::FakeFd> pointer;
};

}  // namespace ipc_channel::serialize::fuzz

#endif  // IPC_CHANNEL_SERIALIZE_FUZZ_FUZZ_TYPES_H_
