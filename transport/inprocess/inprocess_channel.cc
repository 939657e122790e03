#include "ipc_channel/transport/inprocess/inprocess_channel.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/inprocess/message_queue.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/limits.h"

namespace ipc_channel::transport {
namespace {

using inprocess::MessageQueue;

class InprocessReceiverLane final : public ReceiverLane {
 public:
  explicit InprocessReceiverLane(std::shared_ptr<MessageQueue> queue)
      : queue_(std::move(queue)) {
    queue_->SetReceivingEnd(this);
  }
  ~InprocessReceiverLane() override { queue_->CloseReceiving(); }

  absl::StatusOr<bool> Receive(Message& message, absl::Time deadline) override {
    return queue_->Pop(message, deadline);
  }
  BorrowedFd descriptor() const override { return BorrowedFd(); }
  bool SetReadyListener(std::shared_ptr<ReadyListener> listener,
                        std::uint64_t token) override {
    queue_->SetReadyListener(std::move(listener), token);
    return true;
  }

 private:
  const std::shared_ptr<MessageQueue> queue_;
};

class InprocessSenderLane final : public SenderLane {
 public:
  explicit InprocessSenderLane(std::shared_ptr<MessageQueue> queue)
      : queue_(std::move(queue)) {}
  ~InprocessSenderLane() override { queue_->CloseSending(); }

  absl::Status Send(std::span<const std::byte> payload,
                    std::span<const HandleRef> handles,
                    absl::Time deadline) override {
    return queue_->Push(payload, handles, deadline);
  }
  BorrowedFd descriptor() const override { return BorrowedFd(); }

 private:
  const std::shared_ptr<MessageQueue> queue_;
};

}  // namespace

absl::StatusOr<ChannelPair> CreateInprocessChannel() {
  auto queue = std::make_shared<MessageQueue>(kInprocessCapacity);
  return ChannelPair{Sender(std::make_shared<InprocessSenderLane>(queue)),
                     Receiver(std::make_unique<InprocessReceiverLane>(queue))};
}

}  // namespace ipc_channel::transport
