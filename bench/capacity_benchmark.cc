// How many payloads of a size a channel queues before a send would wait: the
// counter `queued`. The time is that of filling it once.

#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel_bench {
namespace {

namespace transport = ipc_channel::transport;

void Stop(const absl::Status& status) {
  std::cerr << status << "\n";
  std::exit(1);
}

int Fill(std::span<const std::byte> payload) {
  absl::StatusOr<transport::ChannelPair> channel = transport::CreateChannel();
  if (!channel.ok()) Stop(channel.status());
  int queued = 0;
  while (true) {
    const absl::Status sent =
        channel->sender.Send(payload, absl::InfinitePast());
    if (transport::IsFull(sent)) return queued;
    if (!sent.ok()) Stop(sent);
    ++queued;
  }
}

void Capacity(benchmark::State& state) {
  const std::vector<std::byte> payload(
      static_cast<std::size_t>(state.range(0)));
  int queued = 0;
  for (auto _ : state) queued = Fill(payload);
  state.counters["queued"] = queued;
}

BENCHMARK(Capacity)
    ->Arg(1)
    ->Arg(1 << 10)
    ->Arg(10 << 10)
    ->Arg(60 << 10)
    ->Arg(100 << 10)
    ->Iterations(1);

}  // namespace
}  // namespace ipc_channel_bench
