#ifndef IPC_CHANNEL_CHANNEL_BYTES_SENDER_H_
#define IPC_CHANNEL_CHANNEL_BYTES_SENDER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/internal/channel_content.h"
#include "ipc_channel/channel/opaque_sender.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {

// The sending end of a channel of bytes, also called BytesSender: each send is
// a message of its own, of any size from 0 to raw().max_message_bytes(), and
// nothing is written around it.
//
// Ownership, copies, Disconnected, capacity, thread safety and the codes of the
// sends are those of every Sender<T> (sender.h); INVALID_ARGUMENT does not
// occur. It can be a field of a message, and is another type there than any
// sender of values.
template <>
class Sender<Bytes> {
 public:
  // An empty sender: every send gives FAILED_PRECONDITION.
  Sender() = default;
  // Trusts the caller that the other end receives bytes.
  explicit Sender(transport::Sender raw) : raw_(std::move(raw)) {}

  bool valid() const { return raw_.valid(); }

  // Waits for room for as long as it takes.
  absl::Status Send(std::span<const std::byte> bytes) const {
    return SendUntil(bytes, absl::InfiniteFuture());
  }
  // Does not wait.
  absl::Status TrySend(std::span<const std::byte> bytes) const {
    return SendUntil(bytes, absl::InfinitePast());
  }
  // Waits for room for at most `timeout`.
  absl::Status SendFor(std::span<const std::byte> bytes,
                       absl::Duration timeout) const {
    return SendUntil(bytes, absl::Now() + timeout);
  }
  // Waits for room until `deadline`.
  absl::Status SendUntil(std::span<const std::byte> bytes,
                         absl::Time deadline) const {
    return raw_.Send(bytes, deadline);
  }

  // The same for characters, without a 0 behind them.
  absl::Status Send(std::string_view text) const { return Send(AsBytes(text)); }
  absl::Status TrySend(std::string_view text) const {
    return TrySend(AsBytes(text));
  }
  absl::Status SendFor(std::string_view text, absl::Duration timeout) const {
    return SendFor(AsBytes(text), timeout);
  }
  absl::Status SendUntil(std::string_view text, absl::Time deadline) const {
    return SendUntil(AsBytes(text), deadline);
  }

  // For loops that wait for other things too: transport::Sender's functions of
  // these names (transport/sender.h), whose contract holds as it is, for what
  // waits after a TrySend() that gave IsFull().
  absl::StatusOr<transport::BorrowedFd> waitable() const {
    return raw_.waitable();
  }
  transport::Interest interest() const { return raw_.interest(); }
  absl::Time deadline() const { return raw_.deadline(); }

  // The same end with its type erased (opaque_sender.h): a copy, or this one,
  // which is empty afterwards.
  OpaqueSender ToOpaque() const& {
    return OpaqueSender(raw_, internal::ContentFingerprint<Bytes>());
  }
  OpaqueSender ToOpaque() && {
    return OpaqueSender(std::move(raw_), internal::ContentFingerprint<Bytes>());
  }

  // The same end of the transport.
  const transport::Sender& raw() const { return raw_; }
  transport::Sender& raw() { return raw_; }

 private:
  static std::span<const std::byte> AsBytes(std::string_view text) {
    return std::as_bytes(std::span(text));
  }

  transport::Sender raw_;
};

using BytesSender = Sender<Bytes>;

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_BYTES_SENDER_H_
