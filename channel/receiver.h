#ifndef IPC_CHANNEL_CHANNEL_RECEIVER_H_
#define IPC_CHANNEL_CHANNEL_RECEIVER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <iterator>
#include <optional>
#include <stop_token>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/internal/channel_content.h"
#include "ipc_channel/channel/internal/codec.h"
#include "ipc_channel/channel/internal/handle_lender.h"
#include "ipc_channel/channel/internal/receive_iterator.h"
#include "ipc_channel/channel/opaque_receiver.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {

// The receiving end of a channel of T; there is one. It can be a field of a
// message and so move to another process, with everything that is queued.
// Destroying it drops what is queued, and senders are told Disconnected at
// their next send. Keeps one buffer of about 70 KB once it has received.
//
// Every copy of the sender counts for Disconnected: one this process has kept,
// and one that a forked child inherited, too. Where one is left, receiving
// waits for ever unless it is said until when.
//
// Move-only; thread-compatible.
//
// All receives:
//
//   UNAVAILABLE          every sender in every process is gone, and every value
//                        that was sent has been received (IsDisconnected())
//   DEADLINE_EXCEEDED    nothing until the deadline
//   CANCELLED            a stop was requested, where one can be
//   DATA_LOSS            a message that is not a T, not even a message, or over
//                        decode_limits(), has been dropped and its handles
//                        closed; receive again
//   RESOURCE_EXHAUSTED   this process is short of memory or descriptors: the
//                        message at hand was lost, the channel was not. For
//                        want of descriptors only the first is lost; after it
//                        messages stay queued, so make room before the next try
//   FAILED_PRECONDITION  this receiver is empty
template <class T>
class Receiver {
 public:
  using Iterator = internal::ReceiveIterator<Receiver, T>;

  // An empty receiver: every receive gives FAILED_PRECONDITION.
  Receiver() = default;
  // Messages that are not a T will give DATA_LOSS.
  explicit Receiver(transport::Receiver raw) : raw_(std::move(raw)) {}

  bool valid() const { return raw_.valid(); }

  // Waits for a value for as long as it takes.
  absl::StatusOr<T> Recv() { return RecvUntil(absl::InfiniteFuture()); }

  // Does not wait: an empty optional if there is nothing yet.
  absl::StatusOr<std::optional<T>> TryRecv() {
    absl::StatusOr<bool> received = raw_.TryReceive(message_);
    if (!received.ok()) return received.status();
    if (!*received) return std::optional<T>();
    absl::StatusOr<T> value =
        internal::DecodeValue<T>(message_, decode_limits_);
    if (!value.ok()) return value.status();
    return std::optional<T>(*std::move(value));
  }

  // Waits for a value for at most `timeout`.
  absl::StatusOr<T> RecvFor(absl::Duration timeout) {
    return RecvUntil(absl::Now() + timeout);
  }

  // Waits for a value until `deadline`.
  absl::StatusOr<T> RecvUntil(absl::Time deadline) {
    absl::Status received = raw_.Receive(message_, deadline);
    if (!received.ok()) return received;
    return internal::DecodeValue<T>(message_, decode_limits_);
  }

  // The same, and any thread may end the waiting by a request to stop:
  // CANCELLED, and no value is lost. What that costs and which errors it adds:
  // transport::Receiver::Receive().
  absl::StatusOr<T> Recv(const std::stop_token& stop) {
    return RecvUntil(absl::InfiniteFuture(), stop);
  }
  absl::StatusOr<T> RecvFor(absl::Duration timeout,
                            const std::stop_token& stop) {
    return RecvUntil(absl::Now() + timeout, stop);
  }
  absl::StatusOr<T> RecvUntil(absl::Time deadline,
                              const std::stop_token& stop) {
    absl::Status received = raw_.Receive(message_, deadline, stop);
    if (!received.ok()) return received;
    return internal::DecodeValue<T>(message_, decode_limits_);
  }

  // for (absl::StatusOr<T>& value : receiver): receives until Disconnected, and
  // waits for each. Messages that were lost (DATA_LOSS, RESOURCE_EXHAUSTED)
  // come as their status; any other error comes too and is the last.
  Iterator begin() { return Iterator(this); }
  std::default_sentinel_t end() { return std::default_sentinel; }

  // For loops that wait for other things too: transport::Receiver's functions
  // of these names (transport/receiver.h), whose contract holds as it is, with
  // TryRecv() for TryReceive(). deadline() is when to look again, and has
  // nothing to do with those that receives are given.
  absl::StatusOr<transport::BorrowedFd> waitable() { return raw_.waitable(); }
  static constexpr transport::Interest interest() {
    return transport::Receiver::interest();
  }
  absl::Time deadline() { return raw_.deadline(); }
  absl::StatusOr<transport::BorrowedFd> NativeWaitable() {
    return raw_.NativeWaitable();
  }

  // The same end with its type erased (opaque_receiver.h), with everything that
  // is queued and with decode_limits(). This one is empty afterwards.
  OpaqueReceiver ToOpaque() && {
    return OpaqueReceiver(std::move(raw_), internal::ContentFingerprint<T>(),
                          decode_limits_);
  }

  // What one value may cost this process: the default DecodeLimits
  // (serialize/reader.h), unless SetDecodeLimits() said otherwise. How large a
  // message may be is another matter: raw().SetMaxMessageBytes().
  const serialize::DecodeLimits& decode_limits() const {
    return decode_limits_;
  }

  // Sets it for all that is received from now on, what is queued included. The
  // limits belong to this object and are moved with it, in this process: a
  // receiver that came in a message has the default ones. Each level of
  // `max_depth` takes some hundred bytes of the stack of the thread that
  // receives, and again when the value is destroyed.
  void SetDecodeLimits(const serialize::DecodeLimits& limits) {
    decode_limits_ = limits;
  }

  // The same end without its type.
  const transport::Receiver& raw() const { return raw_; }
  transport::Receiver& raw() { return raw_; }

 private:
  transport::Receiver raw_;
  serialize::DecodeLimits decode_limits_;
  transport::Message message_;  // empty between calls; kept for its buffer
};

// A receiver as a field of a message.
template <class T>
struct serialize::SerializeTraits<Receiver<T>> {
  static constexpr std::size_t kMinWireSize = kHandleWireSize;
  static constexpr bool kConsumedBySending = true;
  static constexpr HandleKind kKind =
      ipc_channel::internal::WireKind(transport::HandleKind::kReceiver);

  static constexpr void Describe(Schema& schema) {
    schema.Name("ipc_channel.Receiver");
    ipc_channel::internal::ChannelContent<T>::Describe(schema);
  }
  template <class Out>
  static void Write(Out& out, const Receiver<T>& receiver) {
    out.LendHandle(kKind, &receiver.raw());
  }
  static bool Read(Reader& in, Receiver<T>& receiver) {
    return in.ClaimHandle(kKind, &receiver.raw());
  }
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_RECEIVER_H_
