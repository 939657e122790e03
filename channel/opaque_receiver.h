#ifndef IPC_CHANNEL_CHANNEL_OPAQUE_RECEIVER_H_
#define IPC_CHANNEL_CHANNEL_OPAQUE_RECEIVER_H_

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
#include "ipc_channel/transport/receiver.h"

namespace ipc_channel {

template <class T>
class Receiver;

// The receiving end of a channel of whatever type: for containers, messages and
// sets (receiver_set.h) whose ends are of several. Made by
// Receiver<T>::ToOpaque(); remembers the fingerprint of T, which travels with
// it, and gives the Receiver<T> back.
//
// One that came in a message has the fingerprint that the peer said. If that
// was a lie the cast succeeds, and what is then received is DATA_LOSS; as Bytes
// it is whatever was sent.
//
// Destroying it drops the end with what is queued, as with Receiver<T>.
// Move-only; thread-compatible.
class OpaqueReceiver {
 public:
  // An empty receiver.
  OpaqueReceiver() = default;
  // What the channel carries has this fingerprint; other messages will give
  // DATA_LOSS. The limits are those that a Receiver<T> will have.
  OpaqueReceiver(transport::Receiver raw, std::uint64_t fingerprint,
                 const serialize::DecodeLimits& decode_limits = {})
      : raw_(std::move(raw)),
        fingerprint_(fingerprint),
        decode_limits_(decode_limits) {}

  bool valid() const { return raw_.valid(); }

  // Whether To<T>() succeeds. Types of the same shape are one type here, as
  // everywhere (docs/serialize.md).
  template <class T>
  bool Is() const {
    return valid() && fingerprint_ == internal::ContentFingerprint<T>();
  }

  // The receiver with its type; To<Bytes>() gives a BytesReceiver. Needs
  // receiver.h, or bytes_receiver.h. Leaves this one empty. After an error it
  // is as it was, and can be tried as another type.
  //
  //   INVALID_ARGUMENT     it is of a channel of another type
  //   FAILED_PRECONDITION  this receiver is empty
  template <class T>
  absl::StatusOr<Receiver<T>> To() && {
    absl::Status fits = internal::CheckCast(valid(), fingerprint_,
                                            internal::ContentFingerprint<T>());
    if (!fits.ok()) return fits;
    Receiver<T> receiver(std::move(raw_));
    if constexpr (requires { receiver.SetDecodeLimits(decode_limits_); }) {
      receiver.SetDecodeLimits(decode_limits_);
    }
    return receiver;
  }

  // What To<T>() compares: serialize::Fingerprint<T>(), or a number of its own
  // for bytes.
  std::uint64_t fingerprint() const { return fingerprint_; }

  // What one value may cost this process, of no effect for bytes. Belongs to
  // this object, is moved with it and its casts in this process, and does not
  // travel.
  const serialize::DecodeLimits& decode_limits() const {
    return decode_limits_;
  }

  // The end itself.
  const transport::Receiver& raw() const { return raw_; }
  transport::Receiver& raw() { return raw_; }

 private:
  transport::Receiver raw_;
  std::uint64_t fingerprint_ = 0;
  serialize::DecodeLimits decode_limits_;
};

// An opaque receiver as a field of a message.
template <>
struct serialize::SerializeTraits<OpaqueReceiver> {
  static constexpr std::size_t kMinWireSize =
      kHandleWireSize + sizeof(std::uint64_t);
  static constexpr bool kConsumedBySending = true;
  static constexpr HandleKind kKind =
      ipc_channel::internal::WireKind(transport::HandleKind::kReceiver);

  static constexpr void Describe(Schema& schema) {
    schema.Name("ipc_channel.OpaqueReceiver");
  }
  template <class Out>
  static void Write(Out& out, const OpaqueReceiver& receiver) {
    out.LendHandle(kKind, &receiver.raw());
    out.Write(receiver.fingerprint());
  }
  static bool Read(Reader& in, OpaqueReceiver& receiver) {
    transport::Receiver raw;
    std::uint64_t fingerprint = 0;
    if (!in.ClaimHandle(kKind, &raw) || !in.Read(fingerprint)) return false;
    receiver = OpaqueReceiver(std::move(raw), fingerprint);
    return true;
  }
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_OPAQUE_RECEIVER_H_
