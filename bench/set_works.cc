// One process waits for many channels, another sends on a random one of them.
// The size is the number of channels; each message has 8 bytes.
//
//   SetRoundTrip  the next message is sent when the last one was received
//   SetOneWay     as fast as they go, in batches

#include <sys/epoll.h>
#include <sys/resource.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/latency_histogram.h"
#include "ipc_channel/bench/peer_process.h"
#include "ipc_channel/bench/works.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

namespace transport = ipc_channel::transport;

constexpr int kBatch = 2000;
constexpr std::size_t kPayloadBytes = 8;

std::size_t ChannelsFor(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

// Both ends of all channels are open before the fork.
void AllowDescriptors(std::size_t channels) {
  rlimit limit = {};
  CheckCall(::getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  CheckCall(::setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
  if (limit.rlim_cur < 2 * channels + 100) {
    Stop("too few descriptors allowed for so many channels (ulimit -Hn)");
  }
}

// The sending process: at each signal `per_signal` messages, each by
// `send_on(index)` on a random channel.
template <class SendOn>
void SendAtSignals(transport::BorrowedFd signals, int per_signal,
                   std::size_t channels, SendOn send_on) {
  std::minstd_rand random;
  std::uniform_int_distribution<std::size_t> any(0, channels - 1);
  while (ReceiveSignal(signals)) {
    for (int i = 0; i < per_signal; ++i) send_on(any(random));
  }
}

// The receiving process. `receive_some` waits and gives the number of messages.
template <class ReceiveSome>
void ReceiveOneByOne(benchmark::State& state, transport::BorrowedFd signals,
                     ReceiveSome receive_some) {
  LapTimer timer;
  for (auto _ : state) {
    SendSignal(signals);
    receive_some();
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
}

template <class ReceiveSome>
void ReceiveBatches(benchmark::State& state, transport::BorrowedFd signals,
                    ReceiveSome receive_some) {
  while (state.KeepRunningBatch(kBatch)) {
    SendSignal(signals);
    for (std::size_t left = kBatch; left > 0;) left -= receive_some();
  }
}

template <class ReceiveSome>
void ReceiveAll(benchmark::State& state, int per_signal,
                transport::BorrowedFd signals, ReceiveSome receive_some) {
  if (per_signal == 1) {
    ReceiveOneByOne(state, signals, receive_some);
  } else {
    ReceiveBatches(state, signals, receive_some);
  }
}

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

void BareEpoll(benchmark::State& state, int per_signal) {
  AllowDescriptors(ChannelsFor(state));
  std::vector<BarePair> pairs;
  for (std::size_t i = 0; i < ChannelsFor(state); ++i) {
    pairs.push_back(NewBarePair());
  }
  BarePair signals = NewBarePair();
  std::array<std::byte, kPayloadBytes> buffer = {};
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

void ReceiverSet(benchmark::State& state, int per_signal) {
  AllowDescriptors(ChannelsFor(state));
  std::vector<transport::ChannelPair> channels;
  for (std::size_t i = 0; i < ChannelsFor(state); ++i) {
    channels.push_back(Check(transport::CreateChannel()));
  }
  BarePair signals = NewBarePair();
  const std::array<std::byte, kPayloadBytes> payload = {};
  const PeerProcess peer(state, [&] {
    signals.near.Reset();
    SendAtSignals(
        signals.far.Borrow(), per_signal, channels.size(),
        [&](std::size_t i) { Check(channels[i].sender.Send(payload)); });
  });
  transport::ReceiverSet set;
  for (transport::ChannelPair& channel : channels) {
    channel.sender = {};
    Check(set.Add(std::move(channel.receiver)));
  }
  std::vector<transport::ReceiverSet::Event> events(64);
  ReceiveAll(state, per_signal, signals.near.Borrow(), [&] {
    const auto came = Check(set.Wait(absl::InfiniteFuture(), events));
    for (const auto& event : came) Check(event.status);
    return came.size();
  });
  signals.near.Reset();
}

const bool kAddedRoundTrip = AddWork(
    {.name = "SetRoundTrip",
     .sizes = {8, 64, 1000},
     .variants = {
         {"bare_epoll", [](benchmark::State& state) { BareEpoll(state, 1); }},
         {"receiver_set",
          [](benchmark::State& state) { ReceiverSet(state, 1); }}}});

const bool kAddedOneWay = AddWork(
    {.name = "SetOneWay",
     .sizes = {8, 64, 1000},
     .variants = {{"bare_epoll",
                   [](benchmark::State& state) { BareEpoll(state, kBatch); }},
                  {"receiver_set", [](benchmark::State& state) {
                     ReceiverSet(state, kBatch);
                   }}}});

}  // namespace
}  // namespace ipc_channel_bench
