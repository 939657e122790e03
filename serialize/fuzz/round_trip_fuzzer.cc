// Makes a value out of the input: what is encoded is decoded to the same value,
// however it is encoded, and nothing that is cut off or goes on is accepted.
//
//   type    u8
//   value   numbers, lengths and choices, as MakeValue() below takes them

#include <array>
#include <bit>
#include <bitset>
#include <chrono>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <forward_list>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/time/time.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/message_differencer.h"
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
// Equal to itself.
void MakeValue(FuzzInput& input, float& value) {
  value = std::bit_cast<float>(input.U32());
  if (value != value) value = 0;
}
void MakeValue(FuzzInput& input, std::byte& value) {
  value = static_cast<std::byte>(input.U8());
}
template <std::size_t kBits>
void MakeValue(FuzzInput& input, std::bitset<kBits>& value) {
  value = std::bitset<kBits>(input.U64());
}
void MakeValue(FuzzInput& input, std::complex<float>& value) {
  float real;
  float imaginary;
  MakeValue(input, real);
  MakeValue(input, imaginary);
  value = {real, imaginary};
}
template <class Rep, class Period>
void MakeValue(FuzzInput& input, std::chrono::duration<Rep, Period>& value) {
  Rep count;
  MakeValue(input, count);
  value = std::chrono::duration<Rep, Period>(count);
}
template <class Clock>
void MakeValue(FuzzInput& input, std::chrono::time_point<Clock>& value) {
  value = {};
  value += typename Clock::duration(static_cast<std::int64_t>(input.U64()));
}
void MakeValue(FuzzInput& input, absl::Duration& value) {
  value = absl::Seconds(static_cast<std::int64_t>(input.U64())) +
          absl::Nanoseconds(input.U32()) / 4;
}
void MakeValue(FuzzInput& input, absl::Time& value) {
  absl::Duration since_epoch;
  MakeValue(input, since_epoch);
  value = absl::UnixEpoch() + since_epoch;
}
void MakeValue(FuzzInput& input, absl::uint128& value) {
  const std::uint64_t high = input.U64();
  value = absl::MakeUint128(high, input.U64());
}
void MakeValue(FuzzInput& input, absl::int128& value) {
  absl::uint128 bits;
  MakeValue(input, bits);
  value = static_cast<absl::int128>(bits);
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

// A vector or the like; a string is made of more, and by another function.
template <class T>
concept IsSequence = requires(T t, typename T::value_type element) {
  t.push_back(std::move(element));
}
&&!requires { typename T::traits_type; };
template <class T>
concept IsMap = requires {
  typename T::mapped_type;
};
template <class T>
concept IsSet = requires {
  typename T::key_type;
}
&&!IsMap<T>;

// Those that use each other.
void MakeValue(FuzzInput& input, Tree& value);
void MakeValue(FuzzInput& input, List& value);
void MakeValue(FuzzInput& input, Private& value);
void MakeValue(FuzzInput& input, Handles& value);
void MakeValue(FuzzInput& input, Shared& value);
void MakeValue(FuzzInput& input, std::filesystem::path& value);
void MakeValue(FuzzInput& input, Utf8String& value);
void MakeValue(FuzzInput& input, absl::Cord& value);
void MakeValue(FuzzInput& input, absl::Status& value);
void MakeValue(FuzzInput& input, StatusOrString& value);
void MakeValue(FuzzInput& input, ProtobufMessage& value);
template <class Char>
void MakeValue(FuzzInput& input, std::basic_string<Char>& value);
template <internal::Literal kName, class T>
void MakeValue(FuzzInput& input, Named<kName, T>& value);
template <class T>
requires(IsSequence<T>) void MakeValue(FuzzInput& input, T& value);
template <class T>
void MakeValue(FuzzInput& input, std::forward_list<T>& value);
template <class T>
requires(IsSet<T>) void MakeValue(FuzzInput& input, T& value);
template <class T>
requires(IsMap<T>) void MakeValue(FuzzInput& input, T& value);
template <class T, std::size_t kSize>
void MakeValue(FuzzInput& input, std::array<T, kSize>& value);
template <class T>
void MakeValue(FuzzInput& input, std::optional<T>& value);
template <class T>
void MakeValue(FuzzInput& input, std::unique_ptr<T>& value);
template <class T>
void MakeValue(FuzzInput& input, std::shared_ptr<T>& value);
template <class... Ts>
void MakeValue(FuzzInput& input, std::variant<Ts...>& value);
template <class A, class B>
void MakeValue(FuzzInput& input, std::pair<A, B>& value);
template <class... Ts>
void MakeValue(FuzzInput& input, std::tuple<Ts...>& value);

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

template <internal::Literal kName, class T>
void MakeValue(FuzzInput& input, Named<kName, T>& value) {
  MakeValue(input, *value);
}

template <class T>
requires(IsSequence<T>) void MakeValue(FuzzInput& input, T& value) {
  for (std::size_t i = MakeLength(input); i > 0; --i) {
    value.push_back(Make<typename T::value_type>(input));
  }
}

template <class T>
void MakeValue(FuzzInput& input, std::forward_list<T>& value) {
  for (std::size_t i = MakeLength(input); i > 0; --i) {
    value.push_front(Make<T>(input));
  }
}

template <class T>
requires(IsSet<T>) void MakeValue(FuzzInput& input, T& value) {
  for (std::size_t i = MakeLength(input); i > 0; --i) {
    value.insert(Make<typename T::value_type>(input));
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

template <class T>
void MakeValue(FuzzInput& input, std::shared_ptr<T>& value) {
  if (input.Below(2) == 0) return;
  auto made = std::make_shared<std::remove_const_t<T>>();
  MakeValue(input, *made);
  value = std::move(made);
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

template <class T>
requires(IsMap<T>) void MakeValue(FuzzInput& input, T& value) {
  for (std::size_t i = MakeLength(input); i > 0; --i) {
    auto key = Make<typename T::key_type>(input);
    value.emplace(std::move(key), Make<typename T::mapped_type>(input));
  }
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

void MakeValue(FuzzInput& input, Shared& value) {
  MakeValue(input, value.left);
  MakeValue(input, value.right);
}
void MakeValue(FuzzInput& input, std::filesystem::path& value) {
  auto bytes = Make<std::string>(input);
  std::erase(bytes, '\0');
  value = std::move(bytes);
}
void MakeValue(FuzzInput& input, Utf8String& value) {
  constexpr std::string_view kCharacters[] = {"a", "b", "\u00e4", "\u20ac",
                                              "\U0001f600"};
  for (std::size_t i = MakeLength(input); i > 0; --i) {
    value.text += kCharacters[input.Below(std::size(kCharacters))];
  }
}
void MakeValue(FuzzInput& input, absl::Cord& value) {
  for (std::size_t i = MakeLength(input); i > 0; --i) {
    value.Append(absl::Cord(Make<std::string>(input)));
  }
}
void MakeValue(FuzzInput& input, absl::Status& value) {
  const auto code = static_cast<absl::StatusCode>(input.Below(17));
  value = absl::Status(code, Make<std::string>(input));
  for (std::size_t i = MakeLength(input); i > 0; --i) {
    const auto url = Make<std::string>(input);
    value.SetPayload(url, Make<absl::Cord>(input));
  }
}
void MakeValue(FuzzInput& input, StatusOrString& value) {
  absl::Status status;
  MakeValue(input, status);
  if (status.ok()) {
    value = Make<std::string>(input);
  } else {
    value = std::move(status);
  }
}
// A parser takes 100 levels, of which a Struct in a Struct is three.
void MakeStruct(FuzzInput& input, int levels, ProtobufMessage& value) {
  for (std::size_t i = MakeLength(input); i > 0; --i) {
    const auto name = Make<Utf8String>(input);
    google::protobuf::Value& field = (*value.mutable_fields())[name.text];
    if (levels == 0 || input.Below(2) != 0) {
      field.set_number_value(input.U32());
    } else {
      MakeStruct(input, levels - 1, *field.mutable_struct_value());
    }
  }
}
void MakeValue(FuzzInput& input, ProtobufMessage& value) {
  MakeStruct(input, 30, value);
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
bool Same(const Shared& a, const Shared& b) {
  if (!a.left != !b.left || !a.right != !b.right) return false;
  return (!a.left || Same(*a.left, *b.left)) &&
         (!a.right || Same(*a.right, *b.right));
}
bool Same(const Scalars& a, const Scalars& b) {
  return Encode(a).value() == Encode(b).value();
}
bool Same(const Texts& a, const Texts& b) {
  // The == of paths takes "a//b" for "a/b".
  return Encode(a).value() == Encode(b).value();
}
// The order of entries in a message's maps is of chance.
bool Same(const ProtobufMessage& a, const ProtobufMessage& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
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
  if constexpr (std::is_same_v<T, Shared>) {
    // Nested more than 256 deep.
    if (absl::IsInvalidArgument(bytes.status())) return;
  }
  IPC_CHANNEL_REQUIRE(bytes.ok());
  IPC_CHANNEL_REQUIRE(EncodedSize(value) == bytes->size());
  Bytes other(bytes->size());
  FakeSink other_sink;
  IPC_CHANNEL_REQUIRE(EncodeTo(value, other, &other_sink).ok());
  if constexpr (kEncodings<T> == Encodings::kOne) {
    IPC_CHANNEL_REQUIRE(other == *bytes);
  }
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

template <class... Ts>
constexpr std::array<CheckFunction, sizeof...(Ts)> ChecksOf(Types<Ts...>) {
  return {Check<Ts>...};
}
constexpr auto kChecks = ChecksOf(AllTypes());

}  // namespace
}  // namespace ipc_channel::serialize::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using ipc_channel::serialize::fuzz::kChecks;
  ipc_channel_testing::FuzzInput input(data, size);
  kChecks[input.Below(std::size(kChecks))](input);
  return 0;
}
