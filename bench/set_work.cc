#include "ipc_channel/bench/set_work.h"

#include <sys/resource.h>

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peer_process.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/receiver_set.h"

namespace ipc_channel_bench {

namespace transport = ipc_channel::transport;

std::size_t ChannelsFor(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

void AllowDescriptors(std::size_t channels) {
  rlimit limit = {};
  CheckCall(::getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  CheckCall(::setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
  if (limit.rlim_cur < 2 * channels + 100) {
    Stop("too few descriptors allowed for so many channels (ulimit -Hn)");
  }
}

void RunReceiverSet(benchmark::State& state, int per_signal) {
  AllowDescriptors(ChannelsFor(state));
  std::vector<transport::ChannelPair> channels;
  for (std::size_t i = 0; i < ChannelsFor(state); ++i) {
    channels.push_back(Check(transport::CreateChannel()));
  }
  BarePair signals = NewBarePair();
  const std::array<std::byte, kSetPayloadBytes> payload = {};
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

}  // namespace ipc_channel_bench
