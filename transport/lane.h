#ifndef IPC_CHANNEL_TRANSPORT_LANE_H_
#define IPC_CHANNEL_TRANSPORT_LANE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {

class HandleRef;
class Message;
class Payload;

// The seam between the ends that people hold (sender.h, receiver.h) and the
// ways in which a message travels: a kernel socket, a queue in memory. A back
// end implements the two interfaces; the contract of their operations is that
// of Sender and Receiver, and one suite holds every back end to it.

// The limits of one end, which its holders may change. Thread-safe: a change is
// seen by the operations that begin after it.
class AdjustableLimits {
 public:
  MessageLimits Get() const {
    return {.bytes = bytes_.load(std::memory_order_relaxed),
            .handles = handles_.load(std::memory_order_relaxed)};
  }
  void SetBytes(std::size_t bytes) {
    bytes_.store(bytes, std::memory_order_relaxed);
  }
  // More than kMaxMessageHandles is that.
  void SetHandles(std::size_t handles) {
    handles_.store(std::min(handles, kMaxMessageHandles),
                   std::memory_order_relaxed);
  }

 private:
  std::atomic<std::size_t> bytes_ = kDefaultMaxMessageBytes;
  std::atomic<std::size_t> handles_ = kMaxMessageHandles;
};

// The sending side. Implementations are thread-safe. Destroying the object
// gives up this hold on the sending end.
class SenderLane {
 public:
  SenderLane() = default;
  SenderLane(const SenderLane&) = delete;
  SenderLane& operator=(const SenderLane&) = delete;
  virtual ~SenderLane() = default;

  // As Sender::Send().
  virtual absl::Status Send(const Payload& payload,
                            std::span<const HandleRef> handles,
                            absl::Time deadline) = 0;

  // The descriptor that stands for this end in a message to another process;
  // not valid where the channel cannot leave this one.
  virtual BorrowedFd descriptor() const = 0;

  // A number for this end that travels with its descriptor, so that a process
  // that has the end can know it again; 0 if there is none. Only a hint where
  // it arrives: anybody can say any number.
  virtual std::uint64_t Identity() { return 0; }

  // As Sender::waitable(), interest() and deadline(). What is here is right for
  // a lane that cannot be waited for.
  virtual absl::StatusOr<BorrowedFd> Waitable();
  virtual Interest interest() const { return Interest::kWritable; }
  virtual absl::Time Deadline() { return absl::InfinitePast(); }

  // What Send() holds messages to. Those of the other lane if this one is only
  // put before it.
  virtual AdjustableLimits& limits() { return limits_; }

  // The lane that goes to another process in place of this one: the other lane
  // if this one is only put before it.
  virtual const SenderLane& Innermost() const { return *this; }

 private:
  AdjustableLimits limits_;
};

// Told by lanes that no kernel can wait for. Thread-safe.
class ReadyListener {
 public:
  ReadyListener() = default;
  ReadyListener(const ReadyListener&) = delete;
  ReadyListener& operator=(const ReadyListener&) = delete;
  virtual ~ReadyListener() = default;

  // The lane for which `token` was given may have something to receive. Called
  // from any thread, without a lock of the lane; must neither block nor throw.
  virtual void OnReady(std::uint64_t token) = 0;
};

// The receiving side. Implementations are thread-compatible. Destroying the
// object drops the receiving end and with it everything still queued.
class ReceiverLane {
 public:
  ReceiverLane() = default;
  ReceiverLane(const ReceiverLane&) = delete;
  ReceiverLane& operator=(const ReceiverLane&) = delete;
  virtual ~ReceiverLane() = default;

  // As Receiver::Receive(), but a deadline that has passed gives false, and
  // `message` is empty before. After false or an error the caller clears it.
  virtual absl::StatusOr<bool> Receive(Message& message,
                                       absl::Time deadline) = 0;

  // As SenderLane::descriptor(). Where it is valid it can be waited for: it is
  // readable, and stays so, while Receive() would give anything but false.
  virtual BorrowedFd descriptor() const = 0;

  // Whether the descriptor, if there is one, is the whole of this end, so that
  // it may go to another process in a message. False where it is only what to
  // wait for.
  virtual bool CanTravel() const { return true; }

  // How to wait for a lane without a descriptor. From now on, whenever there is
  // something to receive where there was nothing (a message, or the end of the
  // channel), `listener` is called with `token`; what is there already is not
  // told. Calls may be superfluous, and one for the former listener may still
  // come: it is kept alive for that. Null ends it. False, and nothing is done,
  // where the descriptor is what to wait for.
  virtual bool SetReadyListener(std::shared_ptr<ReadyListener> /*listener*/,
                                std::uint64_t /*token*/) {
    return false;
  }

  // As Receiver::waitable(), NativeWaitable() and deadline(). What is here is
  // right for a lane whose descriptor tells everything.
  virtual absl::StatusOr<BorrowedFd> Waitable();
  virtual absl::StatusOr<BorrowedFd> NativeWaitable() { return Waitable(); }
  virtual absl::Time Deadline() { return absl::InfiniteFuture(); }

  // What Receive() holds messages to; see SenderLane.
  virtual AdjustableLimits& limits() { return limits_; }

  // The lane that goes to another process, and that a set waits for, in place
  // of this one: the other lane if this one is only put before it.
  virtual ReceiverLane& Innermost() { return *this; }
  const ReceiverLane& Innermost() const {
    return const_cast<ReceiverLane*>(this)->Innermost();
  }

  // Keeps `companion`, in place of the former one, until this object has been
  // destroyed: by its holder, or because the end went to another process.
  void Accompany(std::shared_ptr<const void> companion) {
    companion_ = std::move(companion);
  }

 private:
  std::shared_ptr<const void> companion_;
  AdjustableLimits limits_;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_LANE_H_
