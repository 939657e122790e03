#ifndef IPC_CHANNEL_SERIALIZE_ABSEIL_TIME_H_
#define IPC_CHANNEL_SERIALIZE_ABSEIL_TIME_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>

#include "absl/time/time.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {
namespace internal {

// A duration in whole seconds, rounded down, and quarters of a nanosecond on
// top of them: exactly what absl::Duration can be. An infinite one is the
// greatest or the least number of seconds and kInfinite.
struct DurationParts {
  static constexpr std::uint32_t kPerSecond = 4'000'000'000;
  static constexpr std::uint32_t kInfinite = 0xffffffff;

  std::int64_t seconds;
  std::uint32_t quarters;
};

inline DurationParts PartsOf(absl::Duration duration) {
  using Seconds = std::numeric_limits<std::int64_t>;
  if (duration == absl::InfiniteDuration()) {
    return {Seconds::max(), DurationParts::kInfinite};
  }
  if (duration == -absl::InfiniteDuration()) {
    return {Seconds::min(), DurationParts::kInfinite};
  }
  absl::Duration rest;
  std::int64_t seconds = absl::IDivDuration(duration, absl::Seconds(1), &rest);
  if (rest < absl::ZeroDuration()) {
    rest += absl::Seconds(1);
    --seconds;
  }
  const absl::Duration quarter = absl::Nanoseconds(1) / 4;
  return {seconds,
          static_cast<std::uint32_t>(absl::IDivDuration(rest, quarter, &rest))};
}

// False if no duration has these parts.
inline bool DurationOf(const DurationParts& parts, absl::Duration& duration) {
  using Seconds = std::numeric_limits<std::int64_t>;
  if (parts.quarters < DurationParts::kPerSecond) {
    duration = absl::Seconds(parts.seconds) +
               absl::Nanoseconds(1) / 4 * std::int64_t{parts.quarters};
    return true;
  }
  if (parts.quarters != DurationParts::kInfinite) return false;
  if (parts.seconds == Seconds::max()) {
    duration = absl::InfiniteDuration();
    return true;
  }
  duration = -absl::InfiniteDuration();
  return parts.seconds == Seconds::min();
}

}  // namespace internal

template <>
struct SerializeTraits<absl::Duration> {
  using Parts = internal::DurationParts;

  static constexpr std::size_t kMinWireSize = 12;
  static constexpr void Describe(Schema& schema) {
    schema.Name("absl.Duration");
    schema.Field<Parts>();
  }
  template <class Out>
  static void Write(Out& out, absl::Duration duration) {
    internal::WriteFixed(out, kMinWireSize,
                         [duration](std::byte* room) { Put(room, duration); });
  }
  static std::byte* Put(std::byte* to, absl::Duration duration) {
    return internal::PutValue(to, internal::PartsOf(duration));
  }
  static bool Read(Reader& in, absl::Duration& duration) {
    Parts parts;
    if (!in.Read(parts)) return false;
    return internal::DurationOf(parts, duration) ||
           in.Fail("not an absl::Duration");
  }
};

// The duration since 1970 began, UTC.
template <>
struct SerializeTraits<absl::Time> {
  static constexpr std::size_t kMinWireSize = 12;
  static constexpr void Describe(Schema& schema) {
    schema.Name("absl.Time");
    schema.Field<internal::DurationParts>();
  }
  template <class Out>
  static void Write(Out& out, absl::Time time) {
    internal::WriteValue(out, time - absl::UnixEpoch());
  }
  static std::byte* Put(std::byte* to, absl::Time time) {
    return internal::PutValue(to, time - absl::UnixEpoch());
  }
  static bool Read(Reader& in, absl::Time& time) {
    absl::Duration since_epoch;
    if (!in.Read(since_epoch)) return false;
    time = absl::UnixEpoch() + since_epoch;
    return true;
  }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_ABSEIL_TIME_H_
