#ifndef IPC_CHANNEL_CHANNEL_RECEIVER_EVENT_H_
#define IPC_CHANNEL_CHANNEL_RECEIVER_EVENT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/internal/channel_content.h"
#include "ipc_channel/channel/internal/codec.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel {

// The name of a receiver in a set (receiver_set.h). A default one,
// ReceiverId(), is nobody's.
enum class ReceiverId : std::uint64_t {};

// What happened on one channel of a set: ReceiverSet::Event.
//
// Move-only; thread-compatible. A message that is still in it when it is
// destroyed is dropped and its handles are closed.
class ReceiverEvent {
 public:
  // One of nobody's, without a message: to be assigned to.
  ReceiverEvent() = default;
  // Leaves an event without a message.
  ReceiverEvent(ReceiverEvent&& other) noexcept
      : id_(other.id_),
        status_(std::exchange(other.status_, absl::OkStatus())),
        fingerprint_(other.fingerprint_),
        decode_limits_(other.decode_limits_),
        message_(std::move(other.message_)),
        has_message_(std::exchange(other.has_message_, false)) {}
  ReceiverEvent& operator=(ReceiverEvent&& other) noexcept {
    id_ = other.id_;
    status_ = std::exchange(other.status_, absl::OkStatus());
    fingerprint_ = other.fingerprint_;
    decode_limits_ = other.decode_limits_;
    message_ = std::move(other.message_);
    has_message_ = std::exchange(other.has_message_, false);
    return *this;
  }

  // Whose channel it is.
  ReceiverId id() const { return id_; }

  // OK           a message came; it may have been read already
  // UNAVAILABLE  the channel is closed (IsDisconnected()), and its last message
  //              has been given: the set has dropped the receiver, and id() is
  //              no more. Comes once for each channel
  // otherwise    what the receiver would have said: DATA_LOSS, on a channel of
  //              bytes also for handles that came with them, or
  //              RESOURCE_EXHAUSTED. The receiver stays in the set; after the
  //              latter it may be looked at again only after a pause of 10 to
  //              100 milliseconds
  const absl::Status& status() const { return status_; }

  // Whether the receiver was added as one of T, or of another type of the same
  // shape (docs/serialize.md): which of those it is id() tells.
  template <class T>
  bool Is() const {
    return fingerprint_ == internal::ContentFingerprint<T>();
  }

  // The message as a T, decoded now, from where it lies and within the limits
  // of its receiver; To<Bytes>() for bytes, with bytes.h. Once read it is gone
  // from here, be it a T or not. If status() is not OK, gives that.
  //
  //   INVALID_ARGUMENT     the receiver is not one of T. The message is still
  //                        here, to be read as what it is
  //   DATA_LOSS            the message is not a T, or over the limits: dropped
  //   RESOURCE_EXHAUSTED   no memory for the value: the message is lost
  //   FAILED_PRECONDITION  there is no message: it has been read or moved away
  template <class T>
  absl::StatusOr<T> To() {
    absl::Status readable = CheckReadable(internal::ContentFingerprint<T>());
    if (!readable.ok()) return readable;
    has_message_ = false;
    return internal::DecodeValue<T>(message_, decode_limits_);
  }

  // The message of a channel of bytes where it lies: nothing is copied and
  // nothing allocated. Valid until this event is read by To(), moved, assigned
  // to or destroyed. Empty if there is none, and on channels of values.
  std::span<const std::byte> bytes() const;

 private:
  friend class ReceiverSet;

  absl::Status CheckReadable(std::uint64_t fingerprint) const;

  ReceiverId id_ = {};
  absl::Status status_;
  std::uint64_t fingerprint_ = 0;
  serialize::DecodeLimits decode_limits_;
  transport::Message message_;
  bool has_message_ = false;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_RECEIVER_EVENT_H_
