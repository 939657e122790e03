#ifndef IPC_CHANNEL_CHANNEL_OPAQUE_SENDER_H_
#define IPC_CHANNEL_CHANNEL_OPAQUE_SENDER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/internal/channel_content.h"
#include "ipc_channel/channel/internal/handle_lender.h"
#include "ipc_channel/channel/internal/opaque_cast.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel {

template <class T>
class Sender;

// The sending end of a channel of whatever type: for containers and messages
// whose ends are of several. Made by Sender<T>::ToOpaque(); remembers the
// fingerprint of T, which travels with it, and gives the Sender<T> back.
//
// One that came in a message has the fingerprint that the peer said. If that
// was a lie the cast succeeds, and values that are then sent are DATA_LOSS
// where they are received. Bytes have nothing around them to know them by: what
// is sent as Bytes may be a value there, so hand on the bytes of others only to
// ends whose holder you would let send them.
//
// Copies share the end, as with Sender<T>. Thread-compatible.
class OpaqueSender {
 public:
  // An empty sender.
  OpaqueSender() = default;
  // Trusts the caller that the other end receives what has this fingerprint.
  OpaqueSender(transport::Sender raw, std::uint64_t fingerprint)
      : raw_(std::move(raw)), fingerprint_(fingerprint) {}

  bool valid() const { return raw_.valid(); }

  // Whether To<T>() succeeds. Types of the same shape are one type here, as
  // everywhere (docs/serialize.md).
  template <class T>
  bool Is() const {
    return valid() && fingerprint_ == internal::ContentFingerprint<T>();
  }

  // The sender with its type; To<Bytes>() gives a BytesSender. Needs sender.h,
  // or bytes_sender.h. The first form shares the end with what it gives; the
  // second hands it over and leaves this one empty. After an error it is as it
  // was, and can be tried as another type.
  //
  //   INVALID_ARGUMENT     it is of a channel of another type
  //   FAILED_PRECONDITION  this sender is empty
  template <class T>
  absl::StatusOr<Sender<T>> To() const& {
    return OpaqueSender(*this).Cast<T>();
  }
  template <class T>
  absl::StatusOr<Sender<T>> To() && {
    return Cast<T>();
  }

  // What To<T>() compares: serialize::Fingerprint<T>(), or a number of its own
  // for bytes.
  std::uint64_t fingerprint() const { return fingerprint_; }

  // The end itself.
  const transport::Sender& raw() const { return raw_; }
  transport::Sender& raw() { return raw_; }

 private:
  template <class T>
  absl::StatusOr<Sender<T>> Cast() {
    absl::Status fits = internal::CheckCast(valid(), fingerprint_,
                                            internal::ContentFingerprint<T>());
    if (!fits.ok()) return fits;
    return Sender<T>(std::move(raw_));
  }

  transport::Sender raw_;
  std::uint64_t fingerprint_ = 0;
};

// An opaque sender as a field of a message.
template <>
struct serialize::SerializeTraits<OpaqueSender> {
  static constexpr std::size_t kMinWireSize =
      kHandleWireSize + sizeof(std::uint64_t);
  static constexpr bool kConsumedBySending = false;
  static constexpr HandleKind kKind =
      ipc_channel::internal::WireKind(transport::HandleKind::kSender);

  static constexpr void Describe(Schema& schema) {
    schema.Name("ipc_channel.OpaqueSender");
  }
  template <class Out>
  static void Write(Out& out, const OpaqueSender& sender) {
    out.LendHandle(kKind, &sender.raw());
    out.Write(sender.fingerprint());
  }
  static bool Read(Reader& in, OpaqueSender& sender) {
    transport::Sender raw;
    std::uint64_t fingerprint = 0;
    if (!in.ClaimHandle(kKind, &raw) || !in.Read(fingerprint)) return false;
    sender = OpaqueSender(std::move(raw), fingerprint);
    return true;
  }
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_OPAQUE_SENDER_H_
