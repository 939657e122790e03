// Our typed channels: a pair of them, of vectors of bytes.

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
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using ipc_channel::transport::BorrowedFd;
using Bytes = std::vector<std::byte>;

class TypedLink : public SimpleLink {
 public:
  TypedLink(ipc_channel::Sender<Bytes> sender,
            ipc_channel::Receiver<Bytes> receiver, BorrowedFd other)
      : SimpleLink(other),
        sender_(std::move(sender)),
        receiver_(std::move(receiver)) {}

  std::span<std::byte> Prepare(std::size_t size) override {
    sent_.resize(size);
    return sent_;
  }

  void Send() override { Check(sender_.Send(sent_)); }

  std::span<const std::byte> Receive() override {
    received_ = Check(receiver_.Recv());
    return received_;
  }

 private:
  ipc_channel::Sender<Bytes> sender_;
  ipc_channel::Receiver<Bytes> receiver_;
  Bytes sent_;
  Bytes received_;
};

class TypedConnection : public Connection {
 public:
  TypedConnection(ipc_channel::ChannelEnds<Bytes> there,
                  ipc_channel::ChannelEnds<Bytes> back)
      : there_(std::move(there)), back_(std::move(back)) {}

  std::unique_ptr<Link> Open(End end, BorrowedFd other) override {
    auto there = std::move(there_);
    auto back = std::move(back_);
    if (end == End::kFar) std::swap(there, back);
    return std::make_unique<TypedLink>(std::move(there.sender),
                                       std::move(back.receiver), other);
  }

 private:
  ipc_channel::ChannelEnds<Bytes> there_;
  ipc_channel::ChannelEnds<Bytes> back_;
};

absl::StatusOr<std::unique_ptr<Connection>> Connect(const Meeting&) {
  auto there = ipc_channel::Channel<Bytes>();
  if (!there.ok()) return there.status();
  auto back = ipc_channel::Channel<Bytes>();
  if (!back.ok()) return back.status();
  return std::make_unique<TypedConnection>(*std::move(there), *std::move(back));
}

const bool kAdded = AddPeer({.name = "ours_typed_bytes", .connect = Connect});

}  // namespace
}  // namespace ipc_channel_bench
