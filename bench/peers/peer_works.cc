#include "ipc_channel/bench/peers/peer_works.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/bench/latency_histogram.h"
#include "ipc_channel/bench/peers/interruption.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/payload.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/bench/peers/process_pair.h"
#include "ipc_channel/bench/works.h"

namespace ipc_channel_bench {
namespace {

// No measurement takes as long; one that does hangs.
constexpr std::chrono::seconds kLimit(30);

// Of iceoryx, with the chunks that are written, read and kept. What holds large
// messages has room for 16 MiB (process_pair), and twice that are enough.
constexpr std::int64_t kDeepestQueue = 256 + 8;
constexpr std::int64_t kMostWarmUpBytes = std::int64_t{32} << 20;

void SendOne(Link& link, const Exchange& exchange, std::uint64_t value) {
  WritePayload(link.Prepare(exchange.size), value);
  link.Send();
}

void MakeRoundTrips(Link& link, const Exchange& exchange, LapTimer& timer) {
  for (std::int64_t i = 0; i < exchange.count; ++i) {
    const auto value = static_cast<std::uint64_t>(i);
    SendOne(link, exchange, value);
    CheckPayload(link.Receive(), exchange.size, value);
    timer.Lap();
  }
}

void Answer(Link& link, const Exchange& exchange) {
  for (std::int64_t i = 0; i < exchange.count; ++i) {
    SendOne(link, exchange, ReadPayload(link.Receive(), exchange.size));
  }
}

bool EndsBatch(const Exchange& exchange, std::int64_t i) {
  return (i + 1) % exchange.batch == 0 || i + 1 == exchange.count;
}

void SendBatches(Link& link, const Exchange& exchange, LapTimer& timer) {
  for (std::int64_t i = 0; i < exchange.count; ++i) {
    SendOne(link, exchange, static_cast<std::uint64_t>(i));
    if (EndsBatch(exchange, i)) link.AwaitAcknowledged();
    if (exchange.batch == 1) timer.Lap();
  }
}

void AcknowledgeBatches(Link& link, const Exchange& exchange) {
  for (std::int64_t i = 0; i < exchange.count; ++i) {
    CheckPayload(link.Receive(), exchange.size, static_cast<std::uint64_t>(i));
    if (EndsBatch(exchange, i)) link.Acknowledge();
  }
}

// Names of peers.
std::set<std::string>& Failed() {
  static auto& failed = *new std::set<std::string>;
  return failed;
}

// Ends no process: what the pair has left lies about until it is destroyed.
absl::Status MeasurePair(benchmark::State& state, const Peer& peer,
                         const Exchange& exchange) {
  ProcessPair pair(peer, exchange.traffic, exchange.size, NearBody(exchange),
                   FarBody(exchange), kLimit);
  if (absl::Status ready = pair.AwaitReady(); !ready.ok()) return ready;
  // All of them at once, in the other process.
  while (state.KeepRunningBatch(exchange.count)) {
    if (absl::Status ran = pair.Run(); !ran.ok()) return ran;
  }
  if (absl::Status finished = pair.Finish(); !finished.ok()) return finished;
  ReportLatencies(pair.histogram(), state);
  ReportProcessorTime(pair.processor_seconds(), state);
  state.SetBytesProcessed(state.iterations() * state.range(0));
  return absl::OkStatus();
}

void Measure(benchmark::State& state, const Peer& peer, Exchange exchange) {
  exchange.size = static_cast<std::size_t>(state.range(0));
  exchange.count = static_cast<std::int64_t>(state.max_iterations);
  if (Failed().count(peer.name) > 0) {
    state.SkipWithError("it has failed before");
    return;
  }
  const absl::Status measured = MeasurePair(state, peer, exchange);
  if (measured.ok()) return;
  if (absl::IsCancelled(measured)) LetInterruptionsThrough();
  Failed().insert(peer.name);
  std::cout << "peer " << peer.name << " failed: " << measured.ToString()
            << std::endl;
  state.SkipWithError("it has failed");
}

std::int64_t BatchFor(std::int64_t size) {
  return std::clamp<std::int64_t>((std::int64_t{32} << 20) / size, 1, 4000);
}

using Run = void (*)(benchmark::State&, const Peer&);

void RoundTrip(benchmark::State& state, const Peer& peer) {
  Measure(state, peer, {.traffic = Traffic::kRoundTrips});
}

void OneWay(benchmark::State& state, const Peer& peer) {
  Measure(state, peer,
          {.traffic = Traffic::kOneWay, .batch = BatchFor(state.range(0))});
}

void Large(benchmark::State& state, const Peer& peer) {
  Measure(state, peer, {.traffic = Traffic::kOneWay, .batch = 1});
}

void AddPeerWork(std::string name, std::vector<std::int64_t> sizes, Run run,
                 std::span<const Peer> peers) {
  Work work = {.name = std::move(name), .sizes = std::move(sizes)};
  for (const Peer& peer : peers) {
    work.variants.push_back(
        {.name = peer.name,
         .run = [run, peer](benchmark::State& state) { run(state, peer); }});
  }
  AddWork(std::move(work));
}

}  // namespace

Exchange WarmUpOf(Exchange exchange) {
  exchange.count = std::clamp<std::int64_t>(
      kMostWarmUpBytes / static_cast<std::int64_t>(exchange.size), 2,
      kDeepestQueue);
  exchange.batch = std::min(exchange.batch, exchange.count);
  return exchange;
}

bool HasFailedPeers() { return !Failed().empty(); }

ProcessPair::Body NearBody(const Exchange& exchange) {
  return [exchange](Link& link, bool is_warm_up, LatencyHistogram& histogram) {
    const Exchange now = is_warm_up ? WarmUpOf(exchange) : exchange;
    LapTimer timer;
    if (now.traffic == Traffic::kRoundTrips) {
      MakeRoundTrips(link, now, timer);
    } else {
      SendBatches(link, now, timer);
    }
    histogram = timer.histogram();
  };
}

ProcessPair::Body FarBody(const Exchange& exchange) {
  return [exchange](Link& link, bool is_warm_up, LatencyHistogram&) {
    const Exchange now = is_warm_up ? WarmUpOf(exchange) : exchange;
    if (now.traffic == Traffic::kRoundTrips) {
      Answer(link, now);
    } else {
      AcknowledgeBatches(link, now);
    }
  };
}

void AddPeerWorks(std::span<const Peer> peers) {
  AddPeerWork("RoundTrip", {8, 64, 4 << 10, 64 << 10}, RoundTrip, peers);
  AddPeerWork("OneWay", {8, 64, 4 << 10, 64 << 10, 1 << 20}, OneWay, peers);
  AddPeerWork("Large", {16 << 20}, Large, peers);
}

}  // namespace ipc_channel_bench
