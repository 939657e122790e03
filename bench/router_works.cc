// A router beside a bare loop: a message of 8 bytes comes on a random one of
// many channels, and a callback gets it. The size is the number of channels.
//
//   RouterRoundTrip  the callback asks for the next message
//   RouterOneWay     as fast as they go, in batches

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_epoll.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/latency_histogram.h"
#include "ipc_channel/bench/peer_process.h"
#include "ipc_channel/bench/set_work.h"
#include "ipc_channel/bench/works.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/router/router.h"

namespace ipc_channel_bench {
namespace {

using Channels = std::vector<ipc_channel::ChannelEnds<std::uint64_t>>;

// Asks for messages and counts them, in laps.
class Progress {
 public:
  explicit Progress(const BarePair& signals) : signals_(signals) {}

  // For the benchmark's thread. Returns when `laps` of `per_lap` messages each
  // have come. Each is asked for when the one before is over.
  void Run(std::size_t laps, std::size_t per_lap) {
    per_lap_ = left_ = per_lap;
    laps_left_ = laps;
    timer_ = LapTimer();
    SendSignal(signals_.near.Borrow());
    ReceiveSignal(over_.far.Borrow());
  }

  // For callbacks: one at a time, unless chance makes one take so long that the
  // router goes on with others.
  void OnMessage() {
    if (--left_ > 0) return;
    timer_.Lap();
    left_ = per_lap_;
    SendSignal(--laps_left_ > 0 ? signals_.near.Borrow() : over_.near.Borrow());
  }

  const LatencyHistogram& histogram() const { return timer_.histogram(); }

 private:
  const BarePair& signals_;
  const BarePair over_ = NewBarePair();
  std::size_t per_lap_ = 0;
  std::size_t laps_left_ = 0;
  std::atomic<std::size_t> left_ = 0;
  LapTimer timer_;
};

void RunLaps(benchmark::State& state, int per_signal, Progress& progress) {
  if (per_signal == 1) {
    const auto all = static_cast<std::size_t>(state.max_iterations);
    while (state.KeepRunningBatch(state.max_iterations)) progress.Run(all, 1);
    ReportLatencies(progress.histogram(), state);
  } else {
    while (state.KeepRunningBatch(per_signal)) {
      progress.Run(1, static_cast<std::size_t>(per_signal));
    }
  }
}

void RunRouter(benchmark::State& state, int per_signal) {
  AllowDescriptors(ChannelsFor(state));
  Channels channels;
  for (std::size_t i = 0; i < ChannelsFor(state); ++i) {
    channels.push_back(Check(ipc_channel::Channel<std::uint64_t>()));
  }
  BarePair signals = NewBarePair();
  const PeerProcess peer(state, [&] {
    signals.near.Reset();
    SendAtSignals(signals.far.Borrow(), per_signal, channels.size(),
                  [&](std::size_t i) { Check(channels[i].sender.Send(i)); });
  });
  Progress progress(signals);
  const std::unique_ptr<ipc_channel::Router> router =
      Check(ipc_channel::Router::Create());
  for (auto& channel : channels) {
    channel.sender = {};
    Check(router->AddRoute(std::move(channel.receiver),
                           [&progress](absl::StatusOr<std::uint64_t> value) {
                             if (!value.ok()) return;
                             progress.OnMessage();
                           }));
  }
  RunLaps(state, per_signal, progress);
  router->Shutdown();
  signals.near.Reset();
}

const bool kAdded =
    AddWork(
        {.name = "RouterRoundTrip",
         .sizes = {8, 64, 1000},
         .variants = {{"bare_epoll",
                       [](benchmark::State& state) { RunBareEpoll(state, 1); }},
                      {"router",
                       [](benchmark::State& state) {
                         RunRouter(state, 1);
                       }}}}) &&
    AddWork({.name = "RouterOneWay",
             .sizes = {8, 64, 1000},
             .variants = {{"bare_epoll",
                           [](benchmark::State& state) {
                             RunBareEpoll(state, kSetBatch);
                           }},
                          {"router", [](benchmark::State& state) {
                             RunRouter(state, kSetBatch);
                           }}}});

}  // namespace
}  // namespace ipc_channel_bench
