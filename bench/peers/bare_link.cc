// Bare system calls over SOCK_SEQPACKET: the twin of all others.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/bench/peers/simple_link.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using ipc_channel::transport::BorrowedFd;
using ipc_channel::transport::UniqueFd;

// As in the works of //bench:process_benchmark: the size of packet that is the
// fastest, and is taken with default buffers.
constexpr std::size_t kFragmentBytes = std::size_t{160} << 10;

class BareLink : public SimpleLink {
 public:
  BareLink(UniqueFd socket, BorrowedFd other, std::size_t size)
      : SimpleLink(other),
        socket_(std::move(socket)),
        sent_(size),
        received_(size) {}

  std::span<std::byte> Prepare(std::size_t size) override {
    sent_.resize(size);
    return sent_;
  }

  void Send() override {
    for (std::span<const std::byte> left = sent_; !left.empty();) {
      const std::size_t count = std::min(left.size(), kFragmentBytes);
      SendBare(socket_.Borrow(), left.first(count));
      left = left.subspan(count);
    }
  }

  std::span<const std::byte> Receive() override {
    for (std::span<std::byte> left = received_; !left.empty();) {
      const std::size_t count = ReceiveBare(socket_.Borrow(), left);
      if (count == 0) Stop("the other end is gone");
      left = left.subspan(count);
    }
    return received_;
  }

 private:
  const UniqueFd socket_;
  std::vector<std::byte> sent_;
  std::vector<std::byte> received_;
};

class BareConnection : public Connection {
 public:
  explicit BareConnection(std::size_t size) : size_(size) {}

  std::unique_ptr<Link> Open(End end, BorrowedFd other) override {
    BarePair pair = std::move(pair_);
    return std::make_unique<BareLink>(
        std::move(end == End::kNear ? pair.near : pair.far), other, size_);
  }

 private:
  const std::size_t size_;
  BarePair pair_ = NewBarePair();
};

const bool kAdded =
    AddPeer({.name = "bare", .connect = [](const Meeting& meeting) {
               return std::make_unique<BareConnection>(meeting.size);
             }});

}  // namespace
}  // namespace ipc_channel_bench
