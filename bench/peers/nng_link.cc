// nng: a pair of pair0 sockets over ipc://, with messages that are written and
// read where nng has them.

#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "absl/strings/str_cat.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/bench/peers/simple_link.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using ipc_channel::transport::BorrowedFd;

constexpr std::size_t kLargestQueued = std::size_t{16} << 10;

void CheckNng(int error) {
  if (error != 0) Stop(::nng_strerror(error));
}

class NngLink : public SimpleLink {
 public:
  NngLink(const Meeting& meeting, End end, BorrowedFd other)
      : SimpleLink(other) {
    CheckNng(::nng_pair0_open(&socket_));
    // Its own limit is none, or a megabyte, as it was built.
    CheckNng(::nng_socket_set_size(socket_, NNG_OPT_RECVMAXSZ, 0));
    // It has no queues unless it is asked for them. Small messages one way are
    // four times as fast with them, large ones somewhat slower.
    if (meeting.size <= kLargestQueued) {
      const int depth = static_cast<int>(meeting.depth);
      CheckNng(::nng_socket_set_int(socket_, NNG_OPT_SENDBUF, depth));
      CheckNng(::nng_socket_set_int(socket_, NNG_OPT_RECVBUF, depth));
    }
    const std::string name = absl::StrCat("ipc://", meeting.folder, "/socket");
    if (end == End::kNear) {
      CheckNng(::nng_listen(socket_, name.c_str(), nullptr, 0));
      SendSignal(other);
    } else {
      if (!ReceiveSignal(other)) Stop("the other end is gone");
      CheckNng(::nng_dial(socket_, name.c_str(), nullptr, 0));
    }
  }
  NngLink(const NngLink&) = delete;
  NngLink& operator=(const NngLink&) = delete;
  ~NngLink() override {
    ::nng_msg_free(sent_);
    ::nng_msg_free(received_);
    ::nng_close(socket_);
  }

  std::span<std::byte> Prepare(std::size_t size) override {
    CheckNng(::nng_msg_alloc(&sent_, size));
    return {static_cast<std::byte*>(::nng_msg_body(sent_)), size};
  }

  void Send() override {
    CheckNng(::nng_sendmsg(socket_, sent_, 0));
    sent_ = nullptr;
  }

  std::span<const std::byte> Receive() override {
    ::nng_msg_free(received_);
    received_ = nullptr;
    CheckNng(::nng_recvmsg(socket_, &received_, 0));
    return {static_cast<const std::byte*>(::nng_msg_body(received_)),
            ::nng_msg_len(received_)};
  }

 private:
  nng_socket socket_;
  nng_msg* sent_ = nullptr;
  nng_msg* received_ = nullptr;
};

const bool kAdded =
    AddPeer({.name = "nng",
             .version = ::nng_version(),
             .connect = [](const Meeting& meeting) {
               return std::make_unique<SimpleConnection>(
                   meeting, [](const Meeting& met, End end, BorrowedFd other) {
                     return std::make_unique<NngLink>(met, end, other);
                   });
             }});

}  // namespace
}  // namespace ipc_channel_bench
