// Our transport: bytes over a pair of channels.

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/bench/peers/simple_link.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

namespace transport = ipc_channel::transport;

class TransportLink : public SimpleLink {
 public:
  TransportLink(transport::Sender sender, transport::Receiver receiver,
                transport::BorrowedFd other)
      : SimpleLink(other),
        sender_(std::move(sender)),
        receiver_(std::move(receiver)) {}

  std::span<std::byte> Prepare(std::size_t size) override {
    bytes_.resize(size);
    return bytes_;
  }

  void Send() override { Check(sender_.Send(bytes_)); }

  std::span<const std::byte> Receive() override {
    Check(receiver_.Receive(message_));
    return message_.payload();
  }

 private:
  const transport::Sender sender_;
  transport::Receiver receiver_;
  std::vector<std::byte> bytes_;
  transport::Message message_;
};

class TransportConnection : public Connection {
 public:
  TransportConnection(transport::ChannelPair there, transport::ChannelPair back)
      : there_(std::move(there)), back_(std::move(back)) {}

  std::unique_ptr<Link> Open(End end, transport::BorrowedFd other) override {
    transport::ChannelPair there = std::move(there_);
    transport::ChannelPair back = std::move(back_);
    if (end == End::kFar) std::swap(there, back);
    return std::make_unique<TransportLink>(std::move(there.sender),
                                           std::move(back.receiver), other);
  }

 private:
  transport::ChannelPair there_;
  transport::ChannelPair back_;
};

absl::StatusOr<std::unique_ptr<Connection>> Connect(const Meeting&) {
  auto there = transport::CreateChannel();
  if (!there.ok()) return there.status();
  auto back = transport::CreateChannel();
  if (!back.ok()) return back.status();
  return std::make_unique<TransportConnection>(*std::move(there),
                                               *std::move(back));
}

const bool kAdded = AddPeer({.name = "ours_transport", .connect = Connect});

}  // namespace
}  // namespace ipc_channel_bench
