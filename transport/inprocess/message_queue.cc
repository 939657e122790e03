#include "ipc_channel/transport/inprocess/message_queue.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/inprocess/receiver_whereabouts.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::transport::inprocess {
namespace {

constexpr std::size_t kLeastSmallBytes = 64;
constexpr std::size_t kMostSmallBytes = 4096;

// A waiting sender looks for room by itself so often.
constexpr absl::Duration kFirstNap = absl::Milliseconds(1);
constexpr absl::Duration kLongestNap = absl::Milliseconds(50);

// As documented with ChannelCapacity.
constexpr std::size_t kBytesOfAHandle = 16;

// `room` is what to allocate for it, at least.
absl::Status CopyPayload(const Payload& payload, std::size_t room,
                         Message& message) {
  if (payload.empty()) {
    message.SetInlinePayload(0, 0);
    return absl::OkStatus();
  }
  const std::span<std::byte> buffer =
      message.Buffer(std::max(payload.size(), room));
  if (buffer.empty()) return absl::ResourceExhaustedError("out of memory");
  payload.CopyTo(buffer.data());
  message.SetInlinePayload(0, payload.size());
  return absl::OkStatus();
}

void TakeAll(std::span<const HandleRef> handles, Message& message) {
  message.handles().reserve(handles.size());
  for (const HandleRef& handle : handles) {
    message.handles().push_back(handle.Take());
  }
}

// Destroys `messages`. A receiver in one of them brings its own queue here;
// that is put aside until the caller further up is done with his, so that the
// depth to which receivers lie in each other's queues costs no stack.
void Drop(std::vector<Message> messages) {
  thread_local std::deque<std::vector<Message>>* put_aside = nullptr;
  if (put_aside != nullptr) {
    put_aside->push_back(std::move(messages));
    return;
  }
  std::deque<std::vector<Message>> waiting;
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

MessageQueue::MessageQueue(const ChannelCapacity& capacity)
    : capacity_(std::max<std::size_t>(capacity.messages, 1)),
      capacity_bytes_(capacity.bytes),
      small_bytes_(std::clamp(kKeptBytes / capacity_, kLeastSmallBytes,
                              kMostSmallBytes)) {}

std::size_t MessageQueue::CountedBytes(const Message& message) const {
  if (!capacity_bytes_.has_value()) return 0;
  const std::size_t payload = message.payload().size();
  return (payload <= kMaxInlineBytes ? payload : 0) +
         message.handles().size() * kBytesOfAHandle;
}

std::uint64_t MessageQueue::QueuedBytes() const {
  // In this order, or the difference could be negative.
  const std::uint64_t popped = popped_bytes_.load(std::memory_order_seq_cst);
  return pushed_bytes_.load(std::memory_order_relaxed) - popped;
}

bool MessageQueue::HasRoom() {
  return slots_.HasFewerThan(capacity_) &&
         (!capacity_bytes_.has_value() || QueuedBytes() <= *capacity_bytes_);
}

// When it pays to wake a sender. One for each place that a receiver makes would
// have the two change places for each message.
bool MessageQueue::HasMuchRoom() const {
  return slots_.size() <= capacity_ / 4 * 3 &&
         (!capacity_bytes_.has_value() ||
          QueuedBytes() <= *capacity_bytes_ / 4 * 3);
}

// While the receiver keeps up, it makes room in no time.
void MessageQueue::SpinForRoom() {
  if (slots_.size_at_most() < capacity_) return;
  senders_spinner_.SpinUntil([this] { return HasMuchRoom(); });
}

absl::Status MessageQueue::WaitForRoom(absl::Time deadline) {
  absl::Duration nap = kFirstNap;
  while (!receiving_closed_ && !HasRoom()) {
    if (deadline == absl::InfinitePast()) {
      SilenceRoomBell();
      return FullError();
    }
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError("no room in the channel in time");
    }
    // Either this sees the room that a receiver makes now, or that sees this
    // number: both sides write first and read then (see PopFront()). A receiver
    // that makes little room says nothing, hence the naps.
    waiting_senders_.fetch_add(1, std::memory_order_seq_cst);
    if (!HasRoom()) {
      room_appeared_.WaitFor(mutex_, std::min(deadline - absl::Now(), nap));
    }
    waiting_senders_.fetch_sub(1, std::memory_order_seq_cst);
    nap = std::min(2 * nap, kLongestNap);
  }
  if (receiving_closed_) return DisconnectedError("the receiver is gone");
  return absl::OkStatus();
}

// As with waiting_senders_ above, room that is made meanwhile is seen by one
// side or the other.
void MessageQueue::SilenceRoomBell() {
  if (!room_bell_.has_value() || room_bell_waits_) return;
  room_bell_->Silence();
  room_bell_waits_ = true;
  waiting_senders_.fetch_add(1, std::memory_order_seq_cst);
  if (HasRoom()) RingRoomBell();
}

void MessageQueue::RingRoomBell() {
  if (!room_bell_waits_) return;
  room_bell_waits_ = false;
  waiting_senders_.fetch_sub(1, std::memory_order_seq_cst);
  room_bell_->Ring();
}

// Puts a message in the queue for which there is room. `large` has the payload
// if that is not small; what must not be destroyed under the lock ends up
// there.
absl::Status MessageQueue::Enqueue(const Payload& payload,
                                   std::span<const HandleRef> handles,
                                   Message& large) {
  Message* slot = slots_.NextFree();
  if (slot == nullptr) return absl::ResourceExhaustedError("out of memory");
  if (payload.size() > small_bytes_) {
    std::swap(*slot, large);
  } else {
    absl::Status copied = CopyPayload(payload, kLeastSmallBytes, *slot);
    if (!copied.ok()) return copied;
  }
  if (!handles.empty()) {
    // Nothing is to fail any more once the first of them is noted.
    slot->handles().reserve(handles.size());
    const bool is_reachable =
        ReceiverWhereabouts::Get().Enter(handles, receiving_end_);
    TakeAll(handles, *slot);
    // Nobody could ever receive it.
    if (!is_reachable) {
      std::swap(*slot, large);
      return absl::OkStatus();
    }
  }
  pushed_bytes_.store(
      pushed_bytes_.load(std::memory_order_relaxed) + CountedBytes(*slot),
      std::memory_order_relaxed);
  slots_.Publish();
  return absl::OkStatus();
}

// To be called when there is something to receive where there was nothing.
MessageQueue::ReadyCall MessageQueue::TellReady() {
  if (doorbell_.has_value()) doorbell_->Ring();
  if (ready_.listener != nullptr) {
    telling_.fetch_add(1, std::memory_order_relaxed);
  }
  return ready_;
}

// Makes the call that TellReady() gave, without the lock.
void MessageQueue::CallReady(const ReadyCall& call) {
  if (call.listener == nullptr) return;
  call.listener->OnReady(call.token);
  telling_.fetch_sub(1, std::memory_order_release);
}

absl::Status MessageQueue::Push(const Payload& payload,
                                std::span<const HandleRef> handles,
                                absl::Time deadline,
                                const MessageLimits& limits) {
  absl::Status status = CheckSendArguments(payload.size(), handles, limits);
  if (!status.ok()) return status;
  Message large;
  if (payload.size() > small_bytes_) {
    status = CopyPayload(payload, 0, large);
    if (!status.ok()) return status;
  }
  const bool is_lost = IsLent(receiving_end_, handles);
  if (!is_lost && deadline != absl::InfinitePast()) SpinForRoom();

  ReadyCall tell_ready;
  bool wake_receiver = false;
  bool wake_sender = false;
  {
    MutexLock lock(mutex_);
    // Nobody could ever receive it, and nobody else could make room for it.
    if (is_lost && !receiving_closed_) {
      TakeAll(handles, large);
      return absl::OkStatus();
    }
    status = WaitForRoom(deadline);
    if (!status.ok()) return status;
    const bool is_watched = ready_.listener != nullptr || doorbell_.has_value();
    // Where the call for an earlier message is still to come, this one makes
    // its own: a send that has returned must be known.
    const bool is_news =
        is_watched &&
        (slots_.size() == 0 || telling_.load(std::memory_order_acquire) > 0);
    status = Enqueue(payload, handles, large);
    if (!status.ok()) return status;
    if (is_news && slots_.size() > 0) tell_ready = TellReady();
    wake_receiver = receiver_waits_;
    // One receive may have made room for more than one of those who wait.
    wake_sender =
        waiting_senders_.load(std::memory_order_relaxed) > 0 && HasRoom();
  }
  if (wake_receiver) message_arrived_.NotifyOne();
  if (wake_sender) room_appeared_.NotifyOne();
  CallReady(tell_ready);
  return absl::OkStatus();
}

bool MessageQueue::IsReady() {
  // In this order: what was sent before the end is there once the end is.
  const bool is_closed = sending_closed_.load(std::memory_order_acquire);
  return slots_.Front() != nullptr || is_closed;
}

// The message, or null at the deadline.
absl::StatusOr<Message*> MessageQueue::WaitForMessage(absl::Time deadline) {
  if (deadline == absl::InfinitePast()) {
    if (!IsReady()) return nullptr;
  } else {
    receivers_spinner_.SpinUntil([this] { return IsReady(); });
  }
  Message* slot = slots_.Front();
  if (slot != nullptr) return slot;
  MutexLock lock(mutex_);
  while ((slot = slots_.Front()) == nullptr) {
    if (sending_closed_.load(std::memory_order_relaxed)) {
      return DisconnectedError("every sender is gone");
    }
    if (absl::Now() >= deadline) break;
    receiver_waits_ = true;
    message_arrived_.WaitUntil(mutex_, deadline);
    receiver_waits_ = false;
  }
  return slot;
}

void MessageQueue::MoveOut(Message& slot, Message& message) {
  const Payload payload(slot.payload());
  if (payload.size() > small_bytes_ || !CopyPayload(payload, 0, message).ok()) {
    message = std::move(slot);
    return;
  }
  if (!slot.handles().empty()) message.handles() = std::move(slot.handles());
}

// Takes the first message, which is empty by now, out of the queue.
void MessageQueue::PopFront(std::size_t counted_bytes) {
  if (capacity_bytes_.has_value()) {
    popped_bytes_.store(
        popped_bytes_.load(std::memory_order_relaxed) + counted_bytes,
        std::memory_order_seq_cst);
  }
  if (is_watched_) {
    MutexLock lock(mutex_);
    slots_.PopFront();
    if (doorbell_.has_value() && !IsReady()) doorbell_->Silence();
  } else {
    slots_.PopFront();
  }
  if (waiting_senders_.load(std::memory_order_seq_cst) == 0) return;
  if (!HasMuchRoom()) return;
  {
    // A sender that is about to wait has the lock.
    MutexLock lock(mutex_);
    RingRoomBell();
  }
  room_appeared_.NotifyOne();
}

absl::StatusOr<bool> MessageQueue::Pop(Message& message, absl::Time deadline,
                                       const MessageLimits& limits) {
  Message* slot = slots_.Front();
  if (slot == nullptr) {
    const absl::StatusOr<Message*> waited = WaitForMessage(deadline);
    if (!waited.ok()) return waited.status();
    if (*waited == nullptr) return false;
    slot = *waited;
  }
  const std::size_t counted_bytes = CountedBytes(*slot);
  MoveOut(*slot, message);
  PopFront(counted_bytes);
  if (!message.handles().empty()) {
    ReceiverWhereabouts::Get().Leave(message.handles());
  }
  if (message.payload().size() > limits.bytes ||
      message.handles().size() > limits.handles) {
    return absl::DataLossError("a message over the receiver's limits");
  }
  return true;
}

void MessageQueue::SetReadyListener(std::shared_ptr<ReadyListener> listener,
                                    std::uint64_t token) {
  ReadyCall call{std::move(listener), token};
  MutexLock lock(mutex_);
  std::swap(ready_, call);
  is_watched_ = ready_.listener != nullptr || doorbell_.has_value();
}

absl::StatusOr<BorrowedFd> MessageQueue::Waitable() {
  MutexLock lock(mutex_);
  if (!doorbell_.has_value() || !doorbell_->IsOurs()) {
    absl::StatusOr<Doorbell> bell = Doorbell::Create();
    if (!bell.ok()) return bell.status();
    doorbell_ = *std::move(bell);
    is_watched_ = true;
    if (IsReady()) doorbell_->Ring();
  }
  return doorbell_->descriptor();
}

absl::StatusOr<BorrowedFd> MessageQueue::RoomWaitable() {
  MutexLock lock(mutex_);
  if (!room_bell_.has_value() || !room_bell_->IsOurs()) {
    absl::StatusOr<Doorbell> bell = Doorbell::Create();
    if (!bell.ok()) return bell.status();
    // What a forked child has inherited would not ring any more.
    RingRoomBell();
    room_bell_ = *std::move(bell);
    room_bell_->Ring();
    if (!receiving_closed_ && !HasRoom()) SilenceRoomBell();
  }
  return room_bell_->descriptor();
}

void MessageQueue::CloseSending() {
  ReadyCall tell_ready;
  {
    MutexLock lock(mutex_);
    sending_closed_.store(true, std::memory_order_release);
    tell_ready = TellReady();
  }
  message_arrived_.NotifyAll();
  CallReady(tell_ready);
}

void MessageQueue::CloseReceiving() {
  std::vector<Message> dropped;
  ReadyCall nobody;
  std::optional<Doorbell> closed;
  {
    MutexLock lock(mutex_);
    receiving_closed_ = true;
    RingRoomBell();
    dropped.reserve(slots_.size());
    while (Message* slot = slots_.Front()) {
      dropped.push_back(std::move(*slot));
      slots_.PopFront();
    }
    std::swap(ready_, nobody);
    doorbell_.swap(closed);
  }
  room_appeared_.NotifyAll();
  slots_.FreeSlots();  // which nobody uses once the receiver is gone
  for (const Message& message : dropped) {
    ReceiverWhereabouts::Get().Leave(message.handles());
  }
  Drop(std::move(dropped));
}

}  // namespace ipc_channel::transport::inprocess
