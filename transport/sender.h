#ifndef IPC_CHANNEL_TRANSPORT_SENDER_H_
#define IPC_CHANNEL_TRANSPORT_SENDER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {

// The sending end of a channel of messages: bytes with handles. Copies share
// the end; any number of them may exist in any number of processes. The
// receiver is told Disconnected when the last of them is gone, however it went.
//
// Sending is thread-safe; copying, moving and destroying are
// thread-compatible, as for any value.
class Sender {
 public:
  // An empty sender: every send gives FAILED_PRECONDITION.
  Sender() = default;
  // For back ends.
  explicit Sender(std::shared_ptr<SenderLane> lane) : lane_(std::move(lane)) {}

  bool valid() const { return lane_ != nullptr; }

  // Sends `payload` (which may be empty) with `handles` (handle.h) as one
  // message, which arrives whole, once and in order, or not at all. Waits for
  // room in the channel until `deadline`: InfinitePast() does not wait at all,
  // InfiniteFuture() waits for as long as it takes. Deadlines are by the
  // system's clock: while it is set, waits become longer or shorter.
  //
  // OK: the message is queued and outlives this process. The receivers and
  // descriptors lent through `handles` have moved into it and are empty now;
  // senders and memory of every kind are shared with it, unless they were lent
  // by HandleRef::Moving().
  // Any other status: nothing was sent, and nothing was taken.
  //   UNAVAILABLE          the receiver is gone, for good
  //   DEADLINE_EXCEEDED    no room until the deadline, or at one in the past
  //                        that is not InfinitePast()
  //   RESOURCE_EXHAUSTED   no room, and not allowed to wait (IsFull()); or the
  //                        system is short of memory or descriptors
  //   OUT_OF_RANGE         over max_message_bytes() or max_message_handles(),
  //                        or over the process's RLIMIT_FSIZE
  //   INVALID_ARGUMENT     an empty sender, receiver or descriptor, a handle
  //                        that is lent twice although the send would consume
  //                        it, or one that cannot travel over this channel
  //   PERMISSION_DENIED    the system forbids it; on Linux whoever holds the
  //                        receiver may refuse handles and large payloads
  //                        (SO_PASSRIGHTS)
  //   FAILED_PRECONDITION  this sender is empty
  //
  // A receiver that goes away after an OK takes the message with it. A payload
  // over kMaxInlineBytes takes no more room in the channel than a small one.
  absl::Status Send(std::span<const std::byte> payload,
                    std::span<const HandleRef> handles,
                    absl::Time deadline = absl::InfiniteFuture()) const;
  // The same for a list in place: Send(bytes, {sender, receiver, fd}).
  absl::Status Send(std::span<const std::byte> payload,
                    std::initializer_list<HandleRef> handles,
                    absl::Time deadline = absl::InfiniteFuture()) const;
  absl::Status Send(std::span<const std::byte> payload,
                    absl::Time deadline = absl::InfiniteFuture()) const;
  // The same for bytes that lie in two places (payload.h).
  absl::Status Send(const Payload& payload, std::span<const HandleRef> handles,
                    absl::Time deadline = absl::InfiniteFuture()) const;

  // For loops that wait for other things too. After a send that was not to wait
  // and found the channel full (IsFull()): wait until waitable() is ready for
  // interest(), but no longer than until deadline(), which is asked right after
  // that send; then send again.
  //
  //   absl::Status sent = sender.Send(bytes, absl::InfinitePast());
  //   if (IsFull(sent)) {
  //     (poll *sender.waitable() for POLLIN or POLLOUT, as interest() says, and
  //      whatever else, until sender.deadline() at the latest; send again)
  //   }
  //
  // Ready means that a send may be worth another try, and is shown when the
  // receiver is gone, too. Where room appears a little at a time the system
  // says so late, and what nobody can receive any more it may not say at all:
  // deadline() is near, some 20 milliseconds, and a send that is tried by then
  // finds out. Until a send was full, waitable() may be ready all the time, so
  // wait for it only then.
  //
  // waitable() is the channel's own where that can be waited for, and costs
  // nothing; an in-process channel makes a descriptor, or two, of its own on
  // first use, for all senders. It is only to be waited for: who reads from it,
  // writes to it or closes it breaks the channel. Level-triggered. None of the
  // three blocks; thread-safe.
  //
  //   FAILED_PRECONDITION  this sender is empty
  //   RESOURCE_EXHAUSTED   no descriptors for one that is made on first use
  //   UNIMPLEMENTED        nothing can be waited for in this build
  //
  // The descriptor stays the same and open while this sender or any copy of it
  // lives in this process. Before the last of them goes, take the descriptor
  // out of every poll set (epoll: by EPOLL_CTL_DEL).
  absl::StatusOr<BorrowedFd> waitable() const;
  Interest interest() const;
  // InfinitePast() for an empty sender: nothing is worth waiting for.
  absl::Time deadline() const;

  // The largest payload that can be sent, in bytes: what the channel was made
  // with (channel_options.h), kDefaultMaxMessageBytes if this end came in a
  // message and no other copy of it was here, or what was set last.
  std::size_t max_message_bytes() const {
    return lane_ == nullptr ? kDefaultMaxMessageBytes
                            : lane_->limits().Get().bytes;
  }

  // Sets it, for all copies in this process that share the end with this one.
  // Thread-safe as sending is. The receiver has a limit of its own, in its own
  // process. Does nothing to an empty sender.
  void SetMaxMessageBytes(std::size_t bytes) const {
    if (lane_ != nullptr) lane_->limits().SetBytes(bytes);
  }

  // The same for the number of handles: kMaxMessageHandles unless the channel's
  // options or SetMaxMessageHandles() say less.
  std::size_t max_message_handles() const {
    return lane_ == nullptr ? kMaxMessageHandles
                            : lane_->limits().Get().handles;
  }
  void SetMaxMessageHandles(std::size_t handles) const {
    if (lane_ != nullptr) lane_->limits().SetHandles(handles);
  }

  // For back ends.
  const std::shared_ptr<SenderLane>& lane() const { return lane_; }

 private:
  std::shared_ptr<SenderLane> lane_;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_SENDER_H_
