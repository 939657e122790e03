#ifndef IPC_CHANNEL_CHANNEL_BYTES_RECEIVER_H_
#define IPC_CHANNEL_CHANNEL_BYTES_RECEIVER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <iterator>
#include <optional>
#include <stop_token>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/internal/channel_content.h"
#include "ipc_channel/channel/internal/codec.h"
#include "ipc_channel/channel/internal/receive_iterator.h"
#include "ipc_channel/channel/opaque_receiver.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {

// The receiving end of a channel of bytes, also called BytesReceiver. Two ways
// to receive, which can be mixed:
//
//   Recv()       gives a Bytes to keep, which takes at most twice the memory of
//                the message; of small messages it is a copy
//   RecvInto(b)  receives into a Bytes that is used again and again: copies
//                nothing more, and allocates nothing for messages up to 68 KiB
//                (4 KiB within a process), once `b` has its buffer of about
//                70 KB
//
//   ipc_channel::Bytes bytes;
//   for (absl::Status status; !IsDisconnected(status);) {
//     status = receiver.RecvInto(bytes);
//     if (status.ok()) Use(bytes.text());
//   }
//
// Ownership, travelling in messages, Disconnected and thread safety are those
// of every Receiver<T> (receiver.h), and so are the codes of the receives.
// DATA_LOSS is a message to which a peer attached handles, or that was none at
// all: it has been dropped, the handles closed; receive again. Who does not
// want them opened even for a moment: raw().SetMaxMessageHandles(0).
template <>
class Receiver<Bytes> {
 public:
  using Iterator = internal::ReceiveIterator<Receiver, Bytes>;

  // An empty receiver: every receive gives FAILED_PRECONDITION.
  Receiver() = default;
  explicit Receiver(transport::Receiver raw) : raw_(std::move(raw)) {}

  bool valid() const { return raw_.valid(); }

  // Waits for a message for as long as it takes.
  absl::StatusOr<Bytes> Recv() { return RecvUntil(absl::InfiniteFuture()); }
  // Does not wait: an empty optional if there is nothing yet.
  absl::StatusOr<std::optional<Bytes>> TryRecv() {
    absl::StatusOr<bool> received = raw_.TryReceive(message_);
    if (!received.ok()) return received.status();
    if (!*received) return std::optional<Bytes>();
    absl::StatusOr<Bytes> bytes = internal::DecodeValue<Bytes>(message_);
    if (!bytes.ok()) return bytes.status();
    return std::optional<Bytes>(*std::move(bytes));
  }
  // Waits for a message for at most `timeout`.
  absl::StatusOr<Bytes> RecvFor(absl::Duration timeout) {
    return RecvUntil(absl::Now() + timeout);
  }
  // Waits for a message until `deadline`.
  absl::StatusOr<Bytes> RecvUntil(absl::Time deadline) {
    absl::Status received = raw_.Receive(message_, deadline);
    if (!received.ok()) return received;
    return internal::DecodeValue<Bytes>(message_);
  }

  // The same, and any thread may end the waiting by a request to stop; see
  // Receiver<T>.
  absl::StatusOr<Bytes> Recv(const std::stop_token& stop) {
    return RecvUntil(absl::InfiniteFuture(), stop);
  }
  absl::StatusOr<Bytes> RecvFor(absl::Duration timeout,
                                const std::stop_token& stop) {
    return RecvUntil(absl::Now() + timeout, stop);
  }
  absl::StatusOr<Bytes> RecvUntil(absl::Time deadline,
                                  const std::stop_token& stop) {
    absl::Status received = raw_.Receive(message_, deadline, stop);
    if (!received.ok()) return received;
    return internal::DecodeValue<Bytes>(message_);
  }

  // The same into `bytes`, whose former content is dropped at the start and
  // whose memory is used again. After any status but OK it is empty.
  absl::Status RecvInto(Bytes& bytes) {
    return RecvIntoUntil(bytes, absl::InfiniteFuture());
  }
  // False, and nothing in `bytes`, if there is nothing yet.
  absl::StatusOr<bool> TryRecvInto(Bytes& bytes) {
    absl::StatusOr<bool> received = raw_.TryReceive(bytes.message_);
    if (!received.ok() || !*received) return received;
    absl::Status checked = internal::CheckBytes(bytes.message_);
    if (!checked.ok()) return checked;
    return true;
  }
  absl::Status RecvIntoFor(Bytes& bytes, absl::Duration timeout) {
    return RecvIntoUntil(bytes, absl::Now() + timeout);
  }
  absl::Status RecvIntoUntil(Bytes& bytes, absl::Time deadline) {
    return RecvIntoUntil(bytes, deadline, std::stop_token());
  }
  // The same that any thread may stop.
  absl::Status RecvInto(Bytes& bytes, const std::stop_token& stop) {
    return RecvIntoUntil(bytes, absl::InfiniteFuture(), stop);
  }
  absl::Status RecvIntoFor(Bytes& bytes, absl::Duration timeout,
                           const std::stop_token& stop) {
    return RecvIntoUntil(bytes, absl::Now() + timeout, stop);
  }
  absl::Status RecvIntoUntil(Bytes& bytes, absl::Time deadline,
                             const std::stop_token& stop) {
    absl::Status received = raw_.Receive(bytes.message_, deadline, stop);
    if (!received.ok()) return received;
    return internal::CheckBytes(bytes.message_);
  }

  // for (absl::StatusOr<Bytes>& bytes : receiver), by Recv(); see
  // Receiver<T>::begin().
  Iterator begin() { return Iterator(this); }
  std::default_sentinel_t end() { return std::default_sentinel; }

  // For loops that wait for other things too; see Receiver<T>.
  absl::StatusOr<transport::BorrowedFd> waitable() { return raw_.waitable(); }
  static constexpr transport::Interest interest() {
    return transport::Receiver::interest();
  }
  absl::Time deadline() { return raw_.deadline(); }
  absl::StatusOr<transport::BorrowedFd> NativeWaitable() {
    return raw_.NativeWaitable();
  }

  // The same end with its type erased (opaque_receiver.h), with everything that
  // is queued. This one is empty afterwards.
  OpaqueReceiver ToOpaque() && {
    return OpaqueReceiver(std::move(raw_),
                          internal::ContentFingerprint<Bytes>());
  }

  // The same end of the transport. How large a message may be:
  // raw().SetMaxMessageBytes().
  const transport::Receiver& raw() const { return raw_; }
  transport::Receiver& raw() { return raw_; }

 private:
  transport::Receiver raw_;
  transport::Message message_;  // empty between calls; kept for its buffer
};

using BytesReceiver = Receiver<Bytes>;

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_BYTES_RECEIVER_H_
