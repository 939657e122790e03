#ifndef IPC_CHANNEL_BENCH_PEERS_SIMPLE_LINK_H_
#define IPC_CHANNEL_BENCH_PEERS_SIMPLE_LINK_H_

#include <functional>
#include <memory>
#include <utility>

#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {

// A link that acknowledges through the bare socket beside it: for peers that
// hold nothing back, and write while the sender does something else.
class SimpleLink : public Link {
 public:
  void Acknowledge() override { SendSignal(other_); }
  void AwaitAcknowledged() override {
    if (!ReceiveSignal(other_)) Stop("the other end is gone");
  }

 protected:
  explicit SimpleLink(ipc_channel::transport::BorrowedFd other)
      : other_(other) {}

  ipc_channel::transport::BorrowedFd other() const { return other_; }

 private:
  const ipc_channel::transport::BorrowedFd other_;
};

// A connection that is nothing but the way to open its ends.
class SimpleConnection : public Connection {
 public:
  using OpenEnd = std::function<std::unique_ptr<Link>(
      const Meeting&, End, ipc_channel::transport::BorrowedFd)>;

  SimpleConnection(Meeting meeting, OpenEnd open)
      : meeting_(std::move(meeting)), open_(std::move(open)) {}

  std::unique_ptr<Link> Open(
      End end, ipc_channel::transport::BorrowedFd other) override {
    return open_(meeting_, end, other);
  }

 private:
  const Meeting meeting_;
  const OpenEnd open_;
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_PEERS_SIMPLE_LINK_H_
