// Makes a value out of the input: what is encoded is decoded to the same value,
// however it is encoded, and nothing that is cut off or goes on is accepted.
//
//   type    u8
//   value   numbers, lengths and choices, as MakeValue() below takes them

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/serialize/fuzz/fuzz_types.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/fake_handle.h"
#include "ipc_channel/testing/fuzz/fuzz_input.h"
#include "ipc_channel/testing/fuzz/fuzz_target.h"
#include "ipc_channel/testing/fuzz/require.h"

namespace ipc_channel::serialize::fuzz {
namespace {

using ::ipc_channel_testing::FakeFd;
using ::ipc_channel_testing::FakeHandle;
using ::ipc_channel_testing::FakeSender;
using ::ipc_channel_testing::FakeSink;
using ::ipc_channel_testing::FakeSource;
using ::ipc_channel_testing::FuzzInput;

using Bytes = std::vector<std::byte>;

// The numbers of elements end with the input, so that values do.
std::size_t MakeLength(FuzzInput& input) {
  return input.empty() ? 0 : input.Below(8);
}

template <class T>
requires(std::is_integral_v<T>) void MakeValue(FuzzInput& input, T& value) {
  value = static_cast<T>(input.U64());
}
void MakeValue(FuzzInput& input, bool& value) { value = input.Below(2) != 0; }
void MakeValue(FuzzInput& input, double& value) {
  value = std::bit_cast<double>(input.U64());
}
void MakeValue(FuzzInput& input, Color& value) {
  value = static_cast<Color>(input.Below(3));
}
void MakeValue(FuzzInput&, std::monostate&) {}
void MakeValue(FuzzInput& input, Vec3& value) {
  value = {input.U32(), input.U32(), input.U32()};
}
void MakeValue(FuzzInput& input, Flags& value) {
  value.bits = input.U32();
  MakeValue(input, value.is_set);
  MakeValue(input, value.color);
}
template <HandleKind kKind>
void MakeValue(FuzzInput& input, FakeHandle<kKind>& value) {
  value = FakeHandle<kKind>(input.U8());
}

// Those that use each other.
void MakeValue(FuzzInput& input, Tree& value);
void MakeValue(FuzzInput& input, List& value);
void MakeValue(FuzzInput& input, Private& value);
void MakeValue(FuzzInput& input, Handles& value);
template <class Char>
void MakeValue(FuzzInput& input, std::basic_string<Char>& value);
template <class T>
void MakeValue(FuzzInput& input, std::vector<T>& value);
template <class T, std::size_t kSize>
void MakeValue(FuzzInput& input, std::array<T, kSize>& value);
template <class T>
void MakeValue(FuzzInput& input, std::optional<T>& value);
template <class T>
void MakeValue(FuzzInput& input, std::unique_ptr<T>& value);
template <class... Ts>
void MakeValue(FuzzInput& input, std::variant<Ts...>& value);
template <class A, class B>
void MakeValue(FuzzInput& input, std::pair<A, B>& value);
template <class... Ts>
void MakeValue(FuzzInput& input, std::tuple<Ts...>& value);
template <class K, class V>
void MakeValue(FuzzInput& input, std::map<K, V>& value);
template <class K, class V>
void MakeValue(FuzzInput& input, std::unordered_map<K, V>& value);

template <class T>
T Make(FuzzInput& input) {
  T value{};
  MakeValue(input, value);
  return value;
}

template <class Char>
void MakeValue(FuzzInput& input, std::basic_string<Char>& value) {
  for (std::size_t i = input.empty() ? 0 : input.Below(40); i > 0; --i) {
    value.push_back(static_cast<Char>(input.U16()));
  }
}

template <class T>
void MakeValue(FuzzInput& input, std::vector<T>& value) {
  for (std::size_t i = MakeLength(input); i > 0; --i) {
    value.push_back(Make<T>(input));
  }
}

template <class T, std::size_t kSize>
void MakeValue(FuzzInput& input, std::array<T, kSize>& value) {
  for (T& element : value) MakeValue(input, element);
}

template <class T>
void MakeValue(FuzzInput& input, std::optional<T>& value) {
  if (input.Below(2) != 0) MakeValue(input, value.emplace());
}

template <class T>
void MakeValue(FuzzInput& input, std::unique_ptr<T>& value) {
  if (input.Below(2) == 0) return;
  value = std::make_unique<T>();
  MakeValue(input, *value);
}

template <std::size_t kIndex = 0, class... Ts>
void MakeAlternative(FuzzInput& input, std::size_t index,
                     std::variant<Ts...>& value) {
  if (index == kIndex) {
    MakeValue(input, value.template emplace<kIndex>());
  } else if constexpr (kIndex + 1 < sizeof...(Ts)) {
    MakeAlternative<kIndex + 1>(input, index, value);
  }
}

template <class... Ts>
void MakeValue(FuzzInput& input, std::variant<Ts...>& value) {
  MakeAlternative(input, input.Below(sizeof...(Ts)), value);
}

template <class A, class B>
void MakeValue(FuzzInput& input, std::pair<A, B>& value) {
  MakeValue(input, value.first);
  MakeValue(input, value.second);
}

template <class... Ts>
void MakeValue(FuzzInput& input, std::tuple<Ts...>& value) {
  std::apply([&](Ts&... fields) { (MakeValue(input, fields), ...); }, value);
}

template <class Map>
void MakeMap(FuzzInput& input, Map& map) {
  for (std::size_t i = MakeLength(input); i > 0; --i) {
    auto key = Make<typename Map::key_type>(input);
    map.insert_or_assign(std::move(key),
                         Make<typename Map::mapped_type>(input));
  }
}
template <class K, class V>
void MakeValue(FuzzInput& input, std::map<K, V>& value) {
  MakeMap(input, value);
}
template <class K, class V>
void MakeValue(FuzzInput& input, std::unordered_map<K, V>& value) {
  MakeMap(input, value);
}

void MakeValue(FuzzInput& input, Tree& value) {
  MakeValue(input, value.name);
  MakeValue(input, value.children);
}
void MakeValue(FuzzInput& input, List& value) {
  MakeValue(input, value.number);
  MakeValue(input, value.next);
}
void MakeValue(FuzzInput& input, Private& value) {
  const auto number = Make<std::int64_t>(input);
  value = Private(number, Make<std::vector<std::string>>(input));
}
void MakeValue(FuzzInput& input, Handles& value) {
  MakeValue(input, value.fd);
  MakeValue(input, value.optional);
  MakeValue(input, value.map);
  MakeValue(input, value.vector);
  MakeValue(input, value.pointer);
}

// Same() is == where that says what is meant.
template <class T>
bool Same(const T& a, const T& b) {
  return a == b;
}
bool Same(const Mixed& a, const Mixed& b) {
  // A double that is no number is not equal to itself.
  Mixed x = a;
  Mixed y = b;
  const bool same_bits = std::bit_cast<std::uint64_t>(std::get<double>(x)) ==
                         std::bit_cast<std::uint64_t>(std::get<double>(y));
  std::get<double>(x) = std::get<double>(y) = 0;
  return same_bits && x == y;
}
bool Same(const List& a, const List& b) {
  if (a.number != b.number || !a.next != !b.next) return false;
  return !a.next || Same(*a.next, *b.next);
}
bool Same(const Handles& a, const Handles& b) {
  if (!a.pointer != !b.pointer) return false;
  return a.fd == b.fd && a.optional == b.optional && a.map == b.map &&
         a.vector == b.vector && (!a.pointer || *a.pointer == *b.pointer);
}

// Deeper than any value made of an input of libFuzzer's default length.
constexpr DecodeLimits kLimits = {.max_depth = 100'000};

template <class T>
void RequireRefused(std::span<const std::byte> bytes, const FakeSink& sink) {
  const Bytes exact(bytes.begin(), bytes.end());
  FakeSource source(sink);
  IPC_CHANNEL_REQUIRE(Decode<T>(exact, &source, kLimits).status().code() ==
                      absl::StatusCode::kDataLoss);
}

template <class T>
void Check(FuzzInput& input) {
  const T value = Make<T>(input);
  FakeSink sink;
  absl::StatusOr<Bytes> bytes = Encode(value, &sink);
  IPC_CHANNEL_REQUIRE(bytes.ok());
  IPC_CHANNEL_REQUIRE(EncodedSize(value) == bytes->size());
  Bytes other(bytes->size());
  FakeSink other_sink;
  IPC_CHANNEL_REQUIRE(EncodeTo(value, other, &other_sink).ok());
  IPC_CHANNEL_REQUIRE(other == *bytes);
  IPC_CHANNEL_REQUIRE(other_sink.lent() == sink.lent());
  FakeSource source(sink);
  const absl::StatusOr<T> decoded = Decode<T>(*bytes, &source, kLimits);
  IPC_CHANNEL_REQUIRE_OR_SAY(decoded.ok(), decoded.status().ToString());
  IPC_CHANNEL_REQUIRE(source.unclaimed() == 0);
  IPC_CHANNEL_REQUIRE(Same(*decoded, value));
  RequireRefused<T>(std::span(*bytes).first(input.U16() % bytes->size()), sink);
  bytes->push_back(static_cast<std::byte>(input.U8()));
  RequireRefused<T>(*bytes, sink);
}

using CheckFunction = void (*)(FuzzInput& input);

constexpr CheckFunction kChecks[] = {
    Check<std::string>,
    Check<std::vector<std::uint32_t>>,
    Check<std::vector<Vec3>>,
    Check<std::vector<Flags>>,
    Check<std::vector<bool>>,
    Check<Choice>,
    Check<NestedMap>,
    Check<HashMap>,
    Check<Tree>,
    Check<List>,
    Check<Private>,
    Check<Mixed>,
    Check<Handles>,
    Check<std::map<std::string, Choice>>,
    Check<std::vector<std::vector<std::vector<std::uint16_t>>>>,
    Check<std::vector<std::monostate>>,
};

}  // namespace
}  // namespace ipc_channel::serialize::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using ipc_channel::serialize::fuzz::kChecks;
  ipc_channel_testing::FuzzInput input(data, size);
  kChecks[input.Below(std::size(kChecks))](input);
  return 0;
}
