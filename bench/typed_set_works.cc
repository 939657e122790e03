// Typed sets beside those of the transport: a message of 8 bytes comes on a
// random one of many channels. The size is the number of channels.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peer_process.h"
#include "ipc_channel/bench/set_work.h"
#include "ipc_channel/bench/works.h"
#include "ipc_channel/channel/channel.h"

namespace ipc_channel_bench {
namespace {

void TypedSet(benchmark::State& state, int per_signal) {
  AllowDescriptors(ChannelsFor(state));
  std::vector<ipc_channel::ChannelEnds<std::uint64_t>> channels;
  for (std::size_t i = 0; i < ChannelsFor(state); ++i) {
    channels.push_back(Check(ipc_channel::Channel<std::uint64_t>()));
  }
  BarePair signals = NewBarePair();
  const PeerProcess peer(state, [&] {
    signals.near.Reset();
    SendAtSignals(signals.far.Borrow(), per_signal, channels.size(),
                  [&](std::size_t i) { Check(channels[i].sender.Send(i)); });
  });
  ipc_channel::ReceiverSet set;
  for (auto& channel : channels) {
    channel.sender = {};
    Check(set.Add(std::move(channel.receiver)));
  }
  ReceiveAll(state, per_signal, signals.near.Borrow(), [&] {
    const auto came = Check(set.Select());
    for (auto& event : came) {
      benchmark::DoNotOptimize(Check(event.To<std::uint64_t>()));
    }
    return came.size();
  });
  signals.near.Reset();
}

const bool kAdded =
    AddWork({.name = "TypedSetRoundTrip",
             .sizes = {8, 64, 1000},
             .variants =
                 {{"transport",
                   [](benchmark::State& state) { RunReceiverSet(state, 1); }},
                  {"typed_set",
                   [](benchmark::State& state) { TypedSet(state, 1); }}}}) &&
    AddWork({.name = "TypedSetOneWay",
             .sizes = {8, 64, 1000},
             .variants = {{"transport",
                           [](benchmark::State& state) {
                             RunReceiverSet(state, kSetBatch);
                           }},
                          {"typed_set", [](benchmark::State& state) {
                             TypedSet(state, kSetBatch);
                           }}}});

}  // namespace
}  // namespace ipc_channel_bench
