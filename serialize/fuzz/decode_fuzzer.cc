// Feeds any bytes to the decoders of all kinds of types. What they accept is
// encoded to the same bytes again, and nothing takes more memory than allowed.
//
//   type      u8
//   limits    u8
//   message   what follows the fingerprint; if bit 7 of `limits` is set, that
//             too

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/serialize/fuzz/fuzz_types.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/fake_handle.h"
#include "ipc_channel/testing/fuzz/fuzz_input.h"
#include "ipc_channel/testing/fuzz/fuzz_target.h"
#include "ipc_channel/testing/fuzz/require.h"

namespace ipc_channel::serialize::fuzz {
namespace {

using ::ipc_channel_testing::AllocatedBytes;
using ::ipc_channel_testing::FakeFd;
using ::ipc_channel_testing::FakeSender;
using ::ipc_channel_testing::FakeSink;
using ::ipc_channel_testing::FakeSource;
using ::ipc_channel_testing::FuzzInput;
using ::ipc_channel_testing::SameIndices;

using Bytes = std::vector<std::byte>;

// What comes with every message.
const FakeSink& Table() {
  static const std::array<FakeFd, 3> fds = {FakeFd(1), FakeFd(2), FakeFd(3)};
  static const std::array<FakeSender, 3> senders = {
      FakeSender(4), FakeSender(5), FakeSender(6)};
  static const FakeSink table = [] {
    FakeSink sink;
    for (std::size_t i = 0; i < fds.size(); ++i) {
      sink.Lend(FakeFd::kKind, &fds[i]);
      sink.Lend(FakeSender::kKind, &senders[i]);
    }
    return sink;
  }();
  return table;
}

struct Case {
  Bytes message;
  DecodeLimits limits;
};

// Twice: containers move what they hold when they grow. The rest is for the
// words of a refusal. A parser of Protocol Buffers allocates as it likes: at
// worst an object for every two bytes.
template <class T>
std::uint64_t MostAllocated(const Case& input) {
  constexpr std::uint64_t kByParser =
      kEncodings<T> == Encodings::kSeveral ? 256 : 0;
  const std::uint64_t budget = std::max<std::uint64_t>(
      input.limits.max_allocated_bytes,
      input.limits.max_allocated_per_input_byte * input.message.size());
  return 2 * budget + kByParser * input.message.size() +
         (std::uint64_t{32} << 10);
}

bool Same(const ProtobufMessage& a, const ProtobufMessage& b) {
  return a.SerializeAsString() == b.SerializeAsString();
}
template <class T>
bool Same(const T& a, const T& b) {
  return a == b;
}

template <class T>
void RequireEncodesTo(const T& value, const FakeSource& source,
                      const Bytes& message) {
  SameIndices indices(source.claimed());
  absl::StatusOr<Bytes> again = Encode(value, &indices);
  IPC_CHANNEL_REQUIRE(again.ok());
  if constexpr (kEncodings<T> != Encodings::kSeveral) {
    IPC_CHANNEL_REQUIRE(EncodedSize(value) == message.size());
  }
  if constexpr (kEncodings<T> == Encodings::kOne) {
    IPC_CHANNEL_REQUIRE(*again == message);
  } else {
    FakeSource same_source(Table());
    const absl::StatusOr<T> same = Decode<T>(*again, &same_source);
    IPC_CHANNEL_REQUIRE(same.ok());
    IPC_CHANNEL_REQUIRE(Same(*same, value));
  }
}

template <class T>
void Check(Case& input, bool with_fingerprint) {
  if (!with_fingerprint) {
    Bytes fingerprint(sizeof(std::uint64_t));
    for (std::size_t i = 0; i < fingerprint.size(); ++i) {
      fingerprint[i] = static_cast<std::byte>(Fingerprint<T>() >> (8 * i));
    }
    input.message.insert(input.message.begin(), fingerprint.begin(),
                         fingerprint.end());
    input.message.shrink_to_fit();
  }
  FakeSource source(Table());
  const std::uint64_t before = AllocatedBytes();
  const absl::StatusOr<T> value =
      Decode<T>(input.message, &source, input.limits);
  IPC_CHANNEL_REQUIRE(AllocatedBytes() - before <= MostAllocated<T>(input));
  if (value.ok()) {
    RequireEncodesTo(*value, source, input.message);
  } else {
    // Memory was there for all that the limits allow.
    IPC_CHANNEL_REQUIRE_OR_SAY(
        value.status().code() == absl::StatusCode::kDataLoss,
        value.status().ToString());
  }
}

using CheckFunction = void (*)(Case& input, bool with_fingerprint);

template <class... Ts>
constexpr std::array<CheckFunction, sizeof...(Ts)> ChecksOf(Types<Ts...>) {
  return {Check<Ts>...};
}
constexpr auto kChecks = ChecksOf(AllTypes());

// Less than the default ones: filling those takes long.
constexpr DecodeLimits kLimits[] = {
    {.max_allocated_bytes = std::size_t{1} << 14},
    {.max_allocated_bytes = std::size_t{1} << 20},
    {.max_allocated_bytes = 100, .max_allocated_per_input_byte = 1},
    {.max_allocated_bytes = 0, .max_allocated_per_input_byte = 0},
    {.max_allocated_bytes = 4096, .max_depth = 3},
    {.max_allocated_bytes = 4096, .max_depth = 0},
    {.max_allocated_bytes = std::size_t{1} << 14, .max_depth = 1000},
};

void Run(FuzzInput input) {
  const CheckFunction check = kChecks[input.Below(std::size(kChecks))];
  const std::uint8_t choice = input.U8();
  const std::span<const std::byte> rest = input.Rest();
  Case one = {.message = Bytes(rest.begin(), rest.end()),
              .limits = kLimits[(choice & 0x7f) % std::size(kLimits)]};
  check(one, (choice & 0x80) != 0);
}

}  // namespace
}  // namespace ipc_channel::serialize::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  ipc_channel::serialize::fuzz::Run({data, size});
  return 0;
}
