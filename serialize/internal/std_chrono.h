#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_STD_CHRONO_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_STD_CHRONO_H_

#include "ipc_channel/platforms/cxx20.h"

#include <chrono>
#include <cstddef>
#include <ratio>
#include <string_view>

#include "ipc_channel/serialize/internal/category.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {
namespace internal {

// The clocks whose readings mean something to another process: the wall, and
// the steady one to processes of the same machine since it was started.
template <class Clock>
inline constexpr std::string_view kClockName = {};
template <>
inline constexpr std::string_view kClockName<std::chrono::system_clock> =
    "system_clock";
template <>
inline constexpr std::string_view kClockName<std::chrono::steady_clock> =
    "steady_clock";

}  // namespace internal

// The number of ticks. The length of a tick is part of the fingerprint:
// std::chrono::milliseconds does not arrive as seconds. Beware that the type of
// the ticks of std::chrono::hours and the like, and the length of a tick of the
// clocks, are choices of the standard library.
template <class Rep, class Period>
requires(internal::kCategory<Rep> == internal::Category::kScalar)  //
    struct SerializeTraits<std::chrono::duration<Rep, Period>> {
  using Duration = std::chrono::duration<Rep, Period>;

  static constexpr std::size_t kMinWireSize = sizeof(Rep);
  static constexpr void Describe(Schema& schema) {
    schema.Name("duration");
    schema.Number(Period::type::num);
    schema.Text("/");
    schema.Number(Period::type::den);
    schema.Text("*");
    schema.Field<Rep>();
  }
  template <class Out>
  static void Write(Out& out, const Duration& duration) {
    internal::WriteValue(out, duration.count());
  }
  static std::byte* Put(std::byte* to, const Duration& duration) {
    return internal::PutScalar(to, duration.count());
  }
  static bool Read(Reader& in, Duration& duration) {
    Rep count;
    if (!in.Read(count)) return false;
    duration = Duration(count);
    return true;
  }
};

// The duration since the epoch of the clock, whose name is part of the
// fingerprint.
template <class Clock, class Duration>
requires(!internal::kClockName<Clock>.empty())  //
    struct SerializeTraits<std::chrono::time_point<Clock, Duration>> {
  using TimePoint = std::chrono::time_point<Clock, Duration>;

  static constexpr std::size_t kMinWireSize = sizeof(typename Duration::rep);
  static constexpr void Describe(Schema& schema) {
    schema.Name(internal::kClockName<Clock>);
    schema.Field<Duration>();
  }
  template <class Out>
  static void Write(Out& out, const TimePoint& time) {
    internal::WriteValue(out, time.time_since_epoch());
  }
  static std::byte* Put(std::byte* to, const TimePoint& time) {
    return internal::PutValue(to, time.time_since_epoch());
  }
  static bool Read(Reader& in, TimePoint& time) {
    Duration since_epoch;
    if (!in.Read(since_epoch)) return false;
    time = TimePoint(since_epoch);
    return true;
  }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_STD_CHRONO_H_
