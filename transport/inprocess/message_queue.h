#ifndef IPC_CHANNEL_TRANSPORT_INPROCESS_MESSAGE_QUEUE_H_
#define IPC_CHANNEL_TRANSPORT_INPROCESS_MESSAGE_QUEUE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutex.h"

namespace ipc_channel::transport::inprocess {

// What both ends of an in-process channel share: a bounded queue of messages
// and the knowledge of which ends still exist. Thread-safe.
//
// Messages own handles, and destroying a handle can close another queue or this
// one. So no message is ever destroyed while the lock is held, nor is a
// listener called or destroyed.
class MessageQueue {
 public:
  explicit MessageQueue(std::size_t capacity) : capacity_(capacity) {}

  // As Sender::Send() and ReceiverLane::Receive().
  absl::Status Push(std::span<const std::byte> payload,
                    std::span<const HandleRef> handles, absl::Time deadline);
  absl::StatusOr<bool> Pop(Message& message, absl::Time deadline);

  // Names the receiving end of this queue. Called once, before any Push().
  void SetReceivingEnd(const ReceiverLane* end) { receiving_end_ = end; }

  // As ReceiverLane::SetReadyListener().
  void SetReadyListener(std::shared_ptr<ReadyListener> listener,
                        std::uint64_t token);

  // The last sender is gone: receivers get what is queued, then Disconnected.
  void CloseSending();
  // The receiver is gone: what is queued is dropped, sends get Disconnected.
  void CloseReceiving();

 private:
  // Whom to tell that there is something to receive; nobody by default.
  struct ReadyCall {
    void operator()() const {
      if (listener != nullptr) listener->OnReady(token);
    }

    std::shared_ptr<ReadyListener> listener;
    std::uint64_t token = 0;
  };

  absl::Status WaitForRoom(absl::Time deadline)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::size_t capacity_;
  const ReceiverLane* receiving_end_ = nullptr;  // for its identity only
  Mutex mutex_;
  CondVar message_arrived_;
  CondVar room_appeared_;
  std::deque<Message> messages_ ABSL_GUARDED_BY(mutex_);
  ReadyCall ready_ ABSL_GUARDED_BY(mutex_);
  bool sending_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool receiving_closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace ipc_channel::transport::inprocess

#endif  // IPC_CHANNEL_TRANSPORT_INPROCESS_MESSAGE_QUEUE_H_
