// A payload there and the same number of bytes back.

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/latency_histogram.h"
#include "ipc_channel/bench/peer_process.h"
#include "ipc_channel/bench/works.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel_bench {
namespace {

namespace transport = ipc_channel::transport;

using Bytes = std::vector<std::byte>;

Bytes PayloadFor(const benchmark::State& state) {
  return Bytes(static_cast<std::size_t>(state.range(0)), std::byte{1});
}

void Bare(benchmark::State& state) {
  BarePair pair = NewBarePair();
  Bytes buffer = PayloadFor(state);
  const PeerProcess echo(state, [&] {
    pair.near.Reset();
    while (ReceiveBare(pair.far.Borrow(), buffer) > 0) {
      SendBare(pair.far.Borrow(), buffer);
    }
  });
  pair.far.Reset();
  LapTimer timer;
  for (auto _ : state) {
    SendBare(pair.near.Borrow(), buffer);
    ReceiveBare(pair.near.Borrow(), buffer);
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
  pair.near.Reset();
}

void Transport(benchmark::State& state) {
  transport::ChannelPair there = Check(transport::CreateChannel());
  transport::ChannelPair back = Check(transport::CreateChannel());
  const PeerProcess echo(state, [&] {
    there.sender = {};
    back.receiver = {};
    transport::Message message;
    while (there.receiver.Receive(message).ok()) {
      Check(back.sender.Send(message.payload()));
    }
  });
  there.receiver = {};
  back.sender = {};
  const Bytes payload = PayloadFor(state);
  transport::Message message;
  LapTimer timer;
  for (auto _ : state) {
    Check(there.sender.Send(payload));
    Check(back.receiver.Receive(message));
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
  there.sender = {};
}

void TypedBytes(benchmark::State& state) {
  auto there = Check(ipc_channel::Channel<Bytes>());
  auto back = Check(ipc_channel::Channel<Bytes>());
  const PeerProcess echo(state, [&] {
    there.sender = {};
    back.receiver = {};
    for (absl::StatusOr<Bytes>& bytes : there.receiver) {
      Check(back.sender.Send(Check(std::move(bytes))));
    }
  });
  there.receiver = {};
  back.sender = {};
  const Bytes payload = PayloadFor(state);
  LapTimer timer;
  for (auto _ : state) {
    Check(there.sender.Send(payload));
    benchmark::DoNotOptimize(Check(back.receiver.Recv()));
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
  there.sender = {};
}

const bool kAdded = AddWork({.name = "RoundTrip",
                             .sizes = {8, 64, 4 << 10, 64 << 10},
                             .variants = {{"bare", Bare},
                                          {"transport", Transport},
                                          {"typed_bytes", TypedBytes}}});

}  // namespace
}  // namespace ipc_channel_bench
