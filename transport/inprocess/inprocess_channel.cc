#include "ipc_channel/transport/inprocess/inprocess_channel.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/inprocess/message_queue.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {
namespace {

using inprocess::MessageQueue;

constexpr ChannelCapacity kDefaultCapacity = {.messages = kInprocessCapacity};

// A receiver that makes little room rings no bell.
constexpr absl::Duration kLookForRoomEvery = absl::Milliseconds(20);

class InprocessReceiverLane final : public ReceiverLane {
 public:
  explicit InprocessReceiverLane(std::shared_ptr<MessageQueue> queue)
      : queue_(std::move(queue)) {
    queue_->SetReceivingEnd(this);
  }
  ~InprocessReceiverLane() override { queue_->CloseReceiving(); }

  absl::StatusOr<bool> Receive(Message& message, absl::Time deadline) override {
    return queue_->Pop(message, deadline, limits().Get());
  }
  BorrowedFd descriptor() const override { return BorrowedFd(); }
  bool SetReadyListener(std::shared_ptr<ReadyListener> listener,
                        std::uint64_t token) override {
    queue_->SetReadyListener(std::move(listener), token);
    return true;
  }
  absl::StatusOr<BorrowedFd> Waitable() override { return queue_->Waitable(); }
  absl::Time Deadline() override {
    return queue_->IsReady() ? absl::InfinitePast() : absl::InfiniteFuture();
  }

 private:
  const std::shared_ptr<MessageQueue> queue_;
};

class InprocessSenderLane final : public SenderLane {
 public:
  explicit InprocessSenderLane(std::shared_ptr<MessageQueue> queue)
      : queue_(std::move(queue)) {}
  ~InprocessSenderLane() override { queue_->CloseSending(); }

  absl::Status Send(const Payload& payload, std::span<const HandleRef> handles,
                    absl::Time deadline) override {
    return queue_->Push(payload, handles, deadline, limits().Get());
  }
  BorrowedFd descriptor() const override { return BorrowedFd(); }
  absl::StatusOr<BorrowedFd> Waitable() override {
    return queue_->RoomWaitable();
  }
  Interest interest() const override { return Interest::kReadable; }
  absl::Time Deadline() override { return absl::Now() + kLookForRoomEvery; }

 private:
  const std::shared_ptr<MessageQueue> queue_;
};

}  // namespace

absl::StatusOr<ChannelPair> CreateInprocessChannel(
    const ChannelOptions& options) {
  auto queue = std::make_shared<MessageQueue>(
      options.capacity.value_or(kDefaultCapacity));
  ChannelPair pair{Sender(std::make_shared<InprocessSenderLane>(queue)),
                   Receiver(std::make_unique<InprocessReceiverLane>(queue))};
  pair.sender.SetMaxMessageBytes(options.max_message_bytes);
  pair.receiver.SetMaxMessageBytes(options.max_message_bytes);
  pair.sender.SetMaxMessageHandles(options.max_message_handles);
  pair.receiver.SetMaxMessageHandles(options.max_message_handles);
  return pair;
}

}  // namespace ipc_channel::transport
