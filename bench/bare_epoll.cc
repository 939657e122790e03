#include "ipc_channel/bench/bare_epoll.h"

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peer_process.h"
#include "ipc_channel/bench/set_work.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

namespace transport = ipc_channel::transport;

transport::UniqueFd EpollOver(std::span<const BarePair> pairs) {
  transport::UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  CheckCall(epoll.valid(), "epoll_create1");
  for (const BarePair& pair : pairs) {
    epoll_event event = {.events = EPOLLIN, .data = {.fd = pair.near.get()}};
    CheckCall(
        ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, pair.near.get(), &event) == 0,
        "epoll_ctl");
  }
  return epoll;
}

std::size_t ReceiveReady(transport::BorrowedFd epoll,
                         std::span<std::byte> buffer) {
  std::array<epoll_event, 64> events;
  const int ready = ::epoll_wait(epoll.get(), events.data(),
                                 static_cast<int>(events.size()), -1);
  CheckCall(ready > 0, "epoll_wait");
  std::size_t count = 0;
  for (const epoll_event& event : std::span(events).first(ready)) {
    const transport::BorrowedFd socket(event.data.fd);
    if (TryReceiveBare(socket, buffer) > 0) ++count;
  }
  return count;
}

}  // namespace

void RunBareEpoll(benchmark::State& state, int per_signal) {
  AllowDescriptors(ChannelsFor(state));
  std::vector<BarePair> pairs;
  for (std::size_t i = 0; i < ChannelsFor(state); ++i) {
    pairs.push_back(NewBarePair());
  }
  BarePair signals = NewBarePair();
  std::array<std::byte, kSetPayloadBytes> buffer = {};
  const PeerProcess peer(state, [&] {
    signals.near.Reset();
    SendAtSignals(
        signals.far.Borrow(), per_signal, pairs.size(),
        [&](std::size_t i) { SendBare(pairs[i].far.Borrow(), buffer); });
  });
  for (BarePair& pair : pairs) pair.far.Reset();
  const transport::UniqueFd epoll = EpollOver(pairs);
  ReceiveAll(state, per_signal, signals.near.Borrow(),
             [&] { return ReceiveReady(epoll.Borrow(), buffer); });
  signals.near.Reset();
}

}  // namespace ipc_channel_bench
