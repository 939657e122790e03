#ifndef IPC_CHANNEL_SERIALIZE_ABSEIL_STATUS_H_
#define IPC_CHANNEL_SERIALIZE_ABSEIL_STATUS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"
#include "ipc_channel/serialize/abseil/cord.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/std_choice.h"
#include "ipc_channel/serialize/internal/std_sequence.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {

// The code as u32 and, unless it is OK, the message and the payloads: their
// number, then type URL and contents of each. Codes that Abseil does not name
// become UNKNOWN. At most kMaxPayloads travel: a Status searches all for each.
template <>
struct SerializeTraits<absl::Status> {
  static constexpr std::size_t kMaxPayloads = 64;

  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr void Describe(Schema& schema) { schema.Name("absl.Status"); }
  template <class Out>
  static void Write(Out& out, const absl::Status& status) {
    internal::WriteValue(out, CodeOf(status));
    if (status.ok()) return;
    const absl::string_view message = status.message();
    internal::WriteSequence(out, message.data(), message.size());
    const std::size_t count = PayloadsOf(status);
    if (count > kMaxPayloads) out.Fail("a Status with more than 64 payloads");
    out.WriteCount(count);
    status.ForEachPayload(
        [&out](absl::string_view url, const absl::Cord& payload) {
          internal::WriteSequence(out, url.data(), url.size());
          internal::WriteValue(out, payload);
        });
  }
  static std::byte* Put(std::byte* to, const absl::Status& status) {
    to = internal::PutScalar(to, CodeOf(status));
    if (status.ok()) return to;
    const absl::string_view message = status.message();
    to = internal::PutSequence(to, message.data(), message.size());
    to = internal::PutCount(to, PayloadsOf(status));
    status.ForEachPayload(
        [&to](absl::string_view url, const absl::Cord& payload) {
          to = internal::PutSequence(to, url.data(), url.size());
          to = internal::PutValue(to, payload);
        });
    return to;
  }
  static bool Read(Reader& in, absl::Status& status) {
    std::uint32_t code;
    if (!in.Read(code)) return false;
    if (code > static_cast<std::uint32_t>(absl::StatusCode::kUnauthenticated)) {
      return in.Fail("not a status code");
    }
    status = absl::OkStatus();
    if (code == 0) return true;
    std::string message;
    if (!in.Charge(kAllocated) || !in.Read(message)) return false;
    status = absl::Status(static_cast<absl::StatusCode>(code), message);
    return ReadPayloads(in, status);
  }

 private:
  using Payload = std::pair<std::string, absl::Cord>;
  // What a Status that is not OK allocates, about.
  static constexpr std::size_t kAllocated = 128;

  static std::uint32_t CodeOf(const absl::Status& status) {
    return static_cast<std::uint32_t>(status.code());
  }

  static std::size_t PayloadsOf(const absl::Status& status) {
    std::size_t count = 0;
    status.ForEachPayload(
        [&count](absl::string_view, const absl::Cord&) { ++count; });
    return count;
  }

  static bool ReadPayloads(Reader& in, absl::Status& status) {
    std::uint32_t count;
    if (!in.ReadCount<Payload, 2 * sizeof(Payload)>(count)) return false;
    if (count > kMaxPayloads) return in.Fail("too many payloads of a Status");
    for (std::uint32_t i = 0; i < count; ++i) {
      Payload payload;
      if (!in.Read(payload)) return in.FailedInElement(i);
      if (status.GetPayload(payload.first)) {
        return in.Fail("a payload of a Status that occurs twice");
      }
      status.SetPayload(payload.first, std::move(payload.second));
    }
    return true;
  }
};

// The Status, and then the value if that is OK.
template <class T>
struct SerializeTraits<absl::StatusOr<T>> {
  using Result = absl::StatusOr<T>;

  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr void Describe(Schema& schema) {
    schema.Name("absl.StatusOr");
    schema.Field<T>();
  }
  template <class Out>
  static void Write(Out& out, const Result& result) {
    internal::WriteValue(out, result.status());
    if (result.ok()) internal::WriteValue(out, *result);
  }
  static std::byte* Put(std::byte* to, const Result& result) {
    to = internal::PutValue(to, result.status());
    return result.ok() ? internal::PutValue(to, *result) : to;
  }
  static bool Read(Reader& in, Result& result) {
    absl::Status status;
    if (!in.Read(status)) return false;
    if (!status.ok()) {
      result = std::move(status);
      return true;
    }
    if (!internal::ChargeHidden<T>(in)) return false;
    return internal::ReadOptional(
        in, [&result]() -> T& { return result.emplace(); });
  }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_ABSEIL_STATUS_H_
