#include "ipc_channel/bench/limits/socket_line.h"

#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>
#include <span>
#include <utility>

#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/placement.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using ipc_channel::transport::UniqueFd;

// The end of `side`; the other one is closed here.
UniqueFd TakeEnd(BarePair& pair, Side side) {
  UniqueFd own = std::move(side == Side::kParent ? pair.near : pair.far);
  pair = {};
  return own;
}

}  // namespace

void PacketLine::Choose(Side side) { own_ = TakeEnd(pair_, side); }

void PacketLine::Send(std::span<const std::byte> bytes) {
  SendBare(own_.Borrow(), bytes);
}

bool PacketLine::Receive(std::span<std::byte> buffer) {
  return ReceiveBare(own_.Borrow(), buffer) > 0;
}

StreamLine::StreamLine() {
  int pair[2];
  CheckCall(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0,
            "socketpair");
  pair_ = {.near = UniqueFd(pair[0]), .far = UniqueFd(pair[1])};
}

void StreamLine::Choose(Side side) { own_ = TakeEnd(pair_, side); }

void StreamLine::Send(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count =
        ::send(own_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    CheckCall(count > 0, "send");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

bool StreamLine::Receive(std::span<std::byte> buffer) {
  while (!buffer.empty()) {
    const ssize_t count =
        ::recv(own_.get(), buffer.data(), buffer.size(), MSG_WAITALL);
    CheckCall(count >= 0, "recv");
    if (count == 0) return false;
    buffer = buffer.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace ipc_channel_bench
