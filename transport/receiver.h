#ifndef IPC_CHANNEL_TRANSPORT_RECEIVER_H_
#define IPC_CHANNEL_TRANSPORT_RECEIVER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <memory>
#include <stop_token>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {

// The receiving end of a channel; there is one. It can be moved into a message
// and so to another process, with everything that is queued. Destroying it
// drops what is queued, and senders are told Disconnected at their next send.
//
// Move-only; thread-compatible.
class Receiver {
 public:
  // An empty receiver: receiving gives FAILED_PRECONDITION.
  Receiver() = default;
  // For back ends.
  explicit Receiver(std::unique_ptr<ReceiverLane> lane)
      : lane_(std::move(lane)) {}

  bool valid() const { return lane_ != nullptr; }

  // Receives the next message into `message` (message.h), whose former content
  // is dropped and whose memory is used again. Waits until `deadline`:
  // InfinitePast() does not wait, InfiniteFuture() waits for as long as it
  // takes. After any status but OK `message` is empty.
  //
  //   UNAVAILABLE          every sender in every process is gone, and every
  //                        message that was accepted has been received
  //   DEADLINE_EXCEEDED    no message until the deadline
  //   DATA_LOSS            a peer sent something malformed, or more than
  //                        max_message_bytes() or max_message_handles(): it
  //                        has been dropped, its handles closed; receive again
  //   RESOURCE_EXHAUSTED   this process is short of memory, descriptors or
  //                        mappings: the message at hand was lost (or stays
  //                        queued, if there was no memory to receive it into),
  //                        the channel was not. For want of descriptors only
  //                        the first message is lost; later ones stay queued
  //                        until there is room for all of their descriptors,
  //                        unless that can never be (RLIMIT_NOFILE): these are
  //                        lost, too
  //   FAILED_PRECONDITION  this receiver is empty
  absl::Status Receive(Message& message,
                       absl::Time deadline = absl::InfiniteFuture());

  // The same, and any thread may end the waiting by a request to stop:
  // CANCELLED if that came by the time that a message would be received. None
  // is lost by it: what is queued stays queued. Waiting
  // takes a descriptor, or two, for the time, and makes waitable(), with what
  // that costs: RESOURCE_EXHAUSTED and UNIMPLEMENTED as there.
  absl::Status Receive(Message& message, absl::Time deadline,
                       const std::stop_token& stop);

  // As Receive() without waiting: false if there is no message yet.
  absl::StatusOr<bool> TryReceive(Message& message);

  // For loops that wait for other things too, this pair. Right before each
  // wait, and after the last receive: while deadline() is InfinitePast() do not
  // wait, but receive; else wait for waitable() to become readable, and no
  // longer than until deadline().
  //
  //   if (receiver.deadline() > absl::Now()) {
  //     (poll for POLLIN on *receiver.waitable() and on whatever else)
  //   }
  //   receiver.TryReceive(message);  // false: wait again
  //
  // The pair never keeps silent about a message that can be received, nor about
  // the end of the channel, which it goes on to show. It may, rarely, show one
  // that is not there: so look with TryReceive(). A readable descriptor alone
  // says nothing of a peer's good faith.
  //
  // waitable() is the channel's own where that can be waited for, and costs
  // nothing; for an in-process channel it is NativeWaitable(). It is only to be
  // waited for: who reads from it, writes to it or closes it breaks the
  // channel. Level-triggered. Neither of the two blocks.
  //
  //   FAILED_PRECONDITION  this receiver is empty
  //   RESOURCE_EXHAUSTED   no descriptors for one that is made on first use
  //   UNIMPLEMENTED        nothing can be waited for in this build
  //
  // The descriptor is the receiver's: it stays the same and open while this
  // receiver, or the one it was moved into as a value, lives. Once that is
  // destroyed, or sent in a message, the number may be somebody else's: take it
  // out of every poll set before; wherever the receiver arrives ask anew.
  // (epoll: by EPOLL_CTL_DEL. Closing alone does not, see epoll(7).)
  absl::StatusOr<BorrowedFd> waitable();
  // What to wait for on it: as sender.h has it, always the same here.
  static constexpr Interest interest() { return Interest::kReadable; }
  // InfinitePast() for an empty receiver: nothing is worth waiting for.
  absl::Time deadline();

  // For those who can wait for a descriptor and nothing else (an epoll object,
  // somebody's event loop): readable exactly while TryReceive() would give
  // anything but false, whatever deadline() says. That includes errors: after
  // RESOURCE_EXHAUSTED make room, or leave it out of the poll set for a while.
  // Everything else as waitable(), but that it may cost up to two descriptors
  // more from the first call on, and that receiving may cost more from then on:
  // an in-process channel, which otherwise makes no system calls, makes one
  // whenever it becomes empty and one whenever it ceases to be.
  //
  // A forked child has the descriptor of an in-process channel too, which shows
  // the state of the parent's channel there, not that of the child's copy:
  // asked anew in the child, this gives another. What the child does with its
  // copy does not disturb the parent.
  absl::StatusOr<BorrowedFd> NativeWaitable();

  // The largest payload that is accepted, in bytes: what the channel was made
  // with (channel_options.h), kDefaultMaxMessageBytes if this end came in a
  // message over a socket, though it be from this process, or what was set
  // last.
  std::size_t max_message_bytes() const {
    return lane_ == nullptr ? kDefaultMaxMessageBytes
                            : lane_->limits().Get().bytes;
  }

  // Sets it for all that is received from now on, what is queued included. For
  // a receiver that came in a message: before the first receive.
  // Does nothing to an empty receiver.
  void SetMaxMessageBytes(std::size_t bytes) {
    if (lane_ != nullptr) lane_->limits().SetBytes(bytes);
  }

  // The same for the number of handles: kMaxMessageHandles unless the channel's
  // options or SetMaxMessageHandles() say less. Whoever receives from a peer
  // that he does not trust allows what his messages need: each handle is a
  // descriptor of this process's for as long as the message is kept.
  std::size_t max_message_handles() const {
    return lane_ == nullptr ? kMaxMessageHandles
                            : lane_->limits().Get().handles;
  }
  void SetMaxMessageHandles(std::size_t handles) {
    if (lane_ != nullptr) lane_->limits().SetHandles(handles);
  }

  // For back ends.
  const std::unique_ptr<ReceiverLane>& lane() const { return lane_; }

 private:
  absl::Status WaitUntilOrStopped(absl::Time deadline,
                                  const std::stop_token& stop);

  std::unique_ptr<ReceiverLane> lane_;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_RECEIVER_H_
