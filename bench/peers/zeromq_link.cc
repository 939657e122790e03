// ZeroMQ: a pair of PAIR sockets over ipc://, with messages that are written
// and read where ZeroMQ has them.

#include <zmq.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "absl/strings/str_cat.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/bench/peers/simple_link.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using ipc_channel::transport::BorrowedFd;

void CheckZmq(bool ok) {
  if (!ok) Stop(::zmq_strerror(errno));
}

class ZeromqLink : public SimpleLink {
 public:
  ZeromqLink(const Meeting& meeting, End end, BorrowedFd other)
      : SimpleLink(other),
        context_(::zmq_ctx_new()),
        socket_(::zmq_socket(context_, ZMQ_PAIR)) {
    CheckZmq(socket_ != nullptr);
    const std::string name = absl::StrCat("ipc://", meeting.folder, "/socket");
    CheckZmq((end == End::kNear ? ::zmq_bind(socket_, name.c_str())
                                : ::zmq_connect(socket_, name.c_str())) == 0);
    ::zmq_msg_init(&sent_);
    ::zmq_msg_init(&received_);
  }
  ZeromqLink(const ZeromqLink&) = delete;
  ZeromqLink& operator=(const ZeromqLink&) = delete;
  ~ZeromqLink() override {
    ::zmq_msg_close(&sent_);
    ::zmq_msg_close(&received_);
    ::zmq_close(socket_);
    ::zmq_ctx_term(context_);
  }

  std::span<std::byte> Prepare(std::size_t size) override {
    CheckZmq(::zmq_msg_init_size(&sent_, size) == 0);
    return {static_cast<std::byte*>(::zmq_msg_data(&sent_)), size};
  }

  void Send() override { CheckZmq(::zmq_msg_send(&sent_, socket_, 0) >= 0); }

  std::span<const std::byte> Receive() override {
    CheckZmq(::zmq_msg_recv(&received_, socket_, 0) >= 0);
    return {static_cast<const std::byte*>(::zmq_msg_data(&received_)),
            ::zmq_msg_size(&received_)};
  }

 private:
  void* const context_;
  void* const socket_;
  zmq_msg_t sent_;
  zmq_msg_t received_;
};

std::string Version() {
  int major, minor, patch;
  ::zmq_version(&major, &minor, &patch);
  return absl::StrCat(major, ".", minor, ".", patch);
}

const bool kAdded =
    AddPeer({.name = "zeromq",
             .version = Version(),
             .connect = [](const Meeting& meeting) {
               return std::make_unique<SimpleConnection>(
                   meeting, [](const Meeting& met, End end, BorrowedFd other) {
                     return std::make_unique<ZeromqLink>(met, end, other);
                   });
             }});

}  // namespace
}  // namespace ipc_channel_bench
