#include "ipc_channel/transport/inprocess/message_queue.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/inprocess/receiver_whereabouts.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::transport::inprocess {
namespace {

absl::Status CopyPayload(std::span<const std::byte> payload, Message& message) {
  if (payload.empty()) return absl::OkStatus();
  const std::span<std::byte> buffer = message.Buffer(payload.size());
  if (buffer.empty()) return absl::ResourceExhaustedError("out of memory");
  std::ranges::copy(payload, buffer.begin());
  message.SetInlinePayload(0, payload.size());
  return absl::OkStatus();
}

// Destroys `messages`. A receiver in one of them brings its own queue here;
// that is put aside until the caller further up is done with his, so that the
// depth to which receivers lie in each other's queues costs no stack.
void Drop(std::deque<Message> messages) {
  thread_local std::deque<std::deque<Message>>* put_aside = nullptr;
  if (put_aside != nullptr) {
    put_aside->push_back(std::move(messages));
    return;
  }
  std::deque<std::deque<Message>> waiting;
  put_aside = &waiting;
  messages.clear();
  while (!waiting.empty()) {
    messages.swap(waiting.front());
    waiting.pop_front();
    messages.clear();
  }
  put_aside = nullptr;
}

}  // namespace

absl::Status MessageQueue::WaitForRoom(absl::Time deadline) {
  while (!receiving_closed_ && messages_.size() >= capacity_) {
    if (deadline == absl::InfinitePast()) return FullError();
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError("no room in the channel in time");
    }
    room_appeared_.WaitUntil(mutex_, deadline);
  }
  if (receiving_closed_) return DisconnectedError("the receiver is gone");
  return absl::OkStatus();
}

absl::Status MessageQueue::Push(std::span<const std::byte> payload,
                                std::span<const HandleRef> handles,
                                absl::Time deadline) {
  absl::Status status = CheckSendArguments(payload, handles);
  if (!status.ok()) return status;
  Message message;
  status = CopyPayload(payload, message);
  if (!status.ok()) return status;
  message.handles().reserve(handles.size());

  ReadyCall tell_ready;
  {
    MutexLock lock(mutex_);
    status = WaitForRoom(deadline);
    if (!status.ok()) return status;
    const bool is_reachable =
        ReceiverWhereabouts::Get().Enter(handles, receiving_end_);
    for (const HandleRef& handle : handles) {
      message.handles().push_back(handle.Take());
    }
    // Nobody could ever receive it. It goes with `message`, once the lock is
    // released.
    if (!is_reachable) return absl::OkStatus();
    if (messages_.empty()) tell_ready = ready_;
    messages_.push_back(std::move(message));
    message_arrived_.NotifyOne();
  }
  tell_ready();
  return absl::OkStatus();
}

absl::StatusOr<bool> MessageQueue::Pop(Message& message, absl::Time deadline) {
  MutexLock lock(mutex_);
  while (messages_.empty()) {
    if (sending_closed_) return DisconnectedError("every sender is gone");
    if (deadline == absl::InfinitePast() || absl::Now() >= deadline) {
      return false;
    }
    message_arrived_.WaitUntil(mutex_, deadline);
  }
  message = std::move(messages_.front());
  messages_.pop_front();
  ReceiverWhereabouts::Get().Leave(message.handles());
  room_appeared_.NotifyOne();
  return true;
}

void MessageQueue::SetReadyListener(std::shared_ptr<ReadyListener> listener,
                                    std::uint64_t token) {
  ReadyCall call{std::move(listener), token};
  MutexLock lock(mutex_);
  std::swap(ready_, call);
}

void MessageQueue::CloseSending() {
  ReadyCall tell_ready;
  {
    MutexLock lock(mutex_);
    sending_closed_ = true;
    message_arrived_.NotifyAll();
    tell_ready = ready_;
  }
  tell_ready();
}

void MessageQueue::CloseReceiving() {
  std::deque<Message> dropped;
  ReadyCall nobody;
  {
    MutexLock lock(mutex_);
    receiving_closed_ = true;
    dropped.swap(messages_);
    std::swap(ready_, nobody);
    room_appeared_.NotifyAll();
  }
  for (const Message& message : dropped) {
    ReceiverWhereabouts::Get().Leave(message.handles());
  }
  Drop(std::move(dropped));
}

}  // namespace ipc_channel::transport::inprocess
