// What a loop costs by itself, without the library: bare sockets, received from
// by a call that blocks, or by what an edge-triggered loop does: look, wait,
// look. The limit for AsyncRoundTrip.

#include <sys/epoll.h>

#include <cstddef>
#include <span>
#include <vector>

#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/latency_histogram.h"
#include "ipc_channel/bench/peer_process.h"
#include "ipc_channel/bench/works.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using ipc_channel::transport::BorrowedFd;
using ipc_channel::transport::UniqueFd;

class BlockingReceiver {
 public:
  explicit BlockingReceiver(BorrowedFd socket) : socket_(socket) {}

  // 0 once the peer is gone.
  std::size_t Receive(std::span<std::byte> buffer) const {
    return ReceiveBare(socket_, buffer);
  }

 private:
  BorrowedFd socket_;
};

class LoopReceiver {
 public:
  explicit LoopReceiver(BorrowedFd socket)
      : socket_(socket), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data = {}};
    CheckCall(
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket.get(), &event) == 0,
        "epoll_ctl");
  }

  std::size_t Receive(std::span<std::byte> buffer) const {
    while (true) {
      const std::size_t size = TryReceiveBare(socket_, buffer);
      if (size > 0) return size;
      epoll_event event;
      CheckCall(::epoll_wait(epoll_.get(), &event, 1, -1) == 1, "epoll_wait");
      if ((event.events & (EPOLLHUP | EPOLLRDHUP)) != 0) return 0;
    }
  }

 private:
  BorrowedFd socket_;
  UniqueFd epoll_;
};

template <class Receiver>
void RoundTrip(benchmark::State& state) {
  BarePair pair = NewBarePair();
  std::vector<std::byte> buffer(static_cast<std::size_t>(state.range(0)));
  const PeerProcess echo(state, [&] {
    pair.near.Reset();
    const Receiver receiver(pair.far.Borrow());
    while (receiver.Receive(buffer) > 0) SendBare(pair.far.Borrow(), buffer);
  });
  pair.far.Reset();
  const Receiver receiver(pair.near.Borrow());
  LapTimer timer;
  for (auto _ : state) {
    SendBare(pair.near.Borrow(), buffer);
    if (receiver.Receive(buffer) != buffer.size()) Stop("the peer is gone");
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
  pair.near.Reset();
}

const bool kAdded =
    AddWork({.name = "BareLoopRoundTrip",
             .sizes = {8, 4 << 10},
             .variants = {{"blocking", RoundTrip<BlockingReceiver>},
                          {"loop", RoundTrip<LoopReceiver>}}});

}  // namespace
}  // namespace ipc_channel_bench
