// Our typed channels: a pair of them, of vectors of bytes.

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

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
  std::unique_ptr<Link> Open(End end, BorrowedFd other) override {
    auto there = std::move(there_);
    auto back = std::move(back_);
    if (end == End::kFar) std::swap(there, back);
    return std::make_unique<TypedLink>(std::move(there.sender),
                                       std::move(back.receiver), other);
  }

 private:
  ipc_channel::ChannelEnds<Bytes> there_ = Check(ipc_channel::Channel<Bytes>());
  ipc_channel::ChannelEnds<Bytes> back_ = Check(ipc_channel::Channel<Bytes>());
};

const bool kAdded =
    AddPeer({.name = "ours_typed_bytes", .connect = [](const Meeting&) {
               return std::make_unique<TypedConnection>();
             }});

}  // namespace
}  // namespace ipc_channel_bench
