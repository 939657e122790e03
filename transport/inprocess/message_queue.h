#ifndef IPC_CHANNEL_TRANSPORT_INPROCESS_MESSAGE_QUEUE_H_
#define IPC_CHANNEL_TRANSPORT_INPROCESS_MESSAGE_QUEUE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/doorbell.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/inprocess/slot_queue.h"
#include "ipc_channel/transport/inprocess/spin.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutex.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::inprocess {

// What both ends of an in-process channel share: a bounded queue of messages
// and the knowledge of which ends still exist. Senders take turns under a lock;
// the receiver shares it only to wait, to wake senders that wait, and while
// somebody is to be told that there is something to receive.
//
// Payloads up to small_bytes() are copied into slots that keep their memory,
// and out of them: nothing is allocated once the slots have been used. Larger
// ones are copied into memory of their own, which goes to the receiver.
//
// Messages own handles, and destroying a handle can close another queue or this
// one. So no message is ever destroyed while the lock is held, nor is a
// listener called or destroyed.
class MessageQueue {
 public:
  explicit MessageQueue(const ChannelCapacity& capacity);

  // What small payloads may keep in all slots together, in bytes, where there
  // are not more slots than this holds small_bytes() of at their least, 64.
  static constexpr std::size_t kKeptBytes = std::size_t{1} << 20;

  std::size_t small_bytes() const { return small_bytes_; }

  // For any thread.

  // As Sender::Send(), for messages within `limits`.
  absl::Status Push(const Payload& payload, std::span<const HandleRef> handles,
                    absl::Time deadline, const MessageLimits& limits);
  // As SenderLane::Waitable(); the descriptor lasts as long as this object.
  absl::StatusOr<BorrowedFd> RoomWaitable();
  // The last sender is gone: receivers get what is queued, then Disconnected.
  void CloseSending();

  // For the one receiver.

  // As ReceiverLane::Receive(), for messages within `limits`.
  absl::StatusOr<bool> Pop(Message& message, absl::Time deadline,
                           const MessageLimits& limits);
  // Names the receiving end of this queue. Called once, before any Push().
  void SetReceivingEnd(const ReceiverLane* end) { receiving_end_ = end; }
  // As ReceiverLane::SetReadyListener().
  void SetReadyListener(std::shared_ptr<ReadyListener> listener,
                        std::uint64_t token);
  // As ReceiverLane::Waitable(); the descriptor lasts until CloseReceiving().
  absl::StatusOr<BorrowedFd> Waitable();
  // True if Pop() has something to say without waiting.
  bool IsReady();
  // The receiver is gone: what is queued is dropped, sends get Disconnected.
  void CloseReceiving();

 private:
  // Whom to tell that there is something to receive; nobody by default.
  struct ReadyCall {
    std::shared_ptr<ReadyListener> listener;
    std::uint64_t token = 0;
  };

  std::uint64_t QueuedBytes() const;
  bool HasRoom() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasMuchRoom() const;
  void SpinForRoom();
  absl::Status WaitForRoom(absl::Time deadline)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SilenceRoomBell() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RingRoomBell() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Enqueue(const Payload& payload,
                       std::span<const HandleRef> handles, Message& large)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  ReadyCall TellReady() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CallReady(const ReadyCall& call);

  absl::StatusOr<Message*> WaitForMessage(absl::Time deadline);
  void MoveOut(Message& slot, Message& message);
  void PopFront(std::size_t counted_bytes);
  std::size_t CountedBytes(const Message& message) const;

  const std::size_t capacity_;  // in messages
  const std::optional<std::size_t> capacity_bytes_;
  const std::size_t small_bytes_;
  const ReceiverLane* receiving_end_ = nullptr;  // for its identity only
  // The receiver's: somebody is told of what can be received, so that it pops
  // under the lock, and Push() knows exactly whether the queue was empty.
  bool is_watched_ = false;
  // Written under the lock.
  std::atomic<bool> sending_closed_ = false;
  std::atomic<int> waiting_senders_ = 0;

  // The writing side is guarded by mutex_.
  SlotQueue slots_;
  std::atomic<std::uint64_t> pushed_bytes_ = 0;  // written under the lock
  std::atomic<std::uint64_t> popped_bytes_ = 0;  // written by the receiver

  Mutex mutex_;
  ReadyCall ready_ ABSL_GUARDED_BY(mutex_);
  // Calls of ready_ that are to be made, or under way. Raised under the lock.
  std::atomic<int> telling_ = 0;
  std::optional<Doorbell> doorbell_ ABSL_GUARDED_BY(mutex_);
  // Silent from a send that found no room to when there is much of it; then it
  // counts as a waiting sender.
  std::optional<Doorbell> room_bell_ ABSL_GUARDED_BY(mutex_);
  bool room_bell_waits_ ABSL_GUARDED_BY(mutex_) = false;
  bool receiver_waits_ ABSL_GUARDED_BY(mutex_) = false;
  bool receiving_closed_ ABSL_GUARDED_BY(mutex_) = false;
  CondVar message_arrived_;
  CondVar room_appeared_;
  Spinner senders_spinner_;

  alignas(SlotQueue::kApart) Spinner receivers_spinner_;
};

}  // namespace ipc_channel::transport::inprocess

#endif  // IPC_CHANNEL_TRANSPORT_INPROCESS_MESSAGE_QUEUE_H_
