// Calls beside what they are made of: the bytes there and back, without and
// with a number that says which call it was.
//
//   Call  a request there, a response of the same size back

#include <cstddef>
#include <cstdint>
#include <optional>
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
#include "ipc_channel/channel/duplex.h"
#include "ipc_channel/channel/rpc/rpc.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel_bench {
namespace {

namespace rpc = ipc_channel::rpc;

using Bytes = std::vector<std::byte>;

Bytes PayloadFor(const benchmark::State& state) {
  return Bytes(static_cast<std::size_t>(state.range(0)), std::byte{1});
}

template <class RoundTrip>
void Measure(benchmark::State& state, RoundTrip round_trip) {
  LapTimer timer;
  for (auto _ : state) {
    round_trip();
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
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
  Measure(state, [&] {
    SendBare(pair.near.Borrow(), buffer);
    ReceiveBare(pair.near.Borrow(), buffer);
  });
  pair.near.Reset();
}

void Channels(benchmark::State& state) {
  auto ends = Check(ipc_channel::DuplexChannel<Bytes, Bytes>());
  const PeerProcess echo(state, [&] {
    ends.first = {};
    for (absl::StatusOr<Bytes>& bytes : ends.second.receiver) {
      Check(ends.second.sender.Send(Check(std::move(bytes))));
    }
  });
  ends.second = {};
  const Bytes payload = PayloadFor(state);
  Measure(state, [&] {
    Check(ends.first.sender.Send(payload));
    benchmark::DoNotOptimize(Check(ends.first.receiver.Recv()));
  });
  ends.first = {};
}

void Rpc(benchmark::State& state) {
  auto ends = Check(
      ipc_channel::DuplexChannel<rpc::ToServer<Bytes>, rpc::ToClient<Bytes>>());
  const PeerProcess echo(state, [&] {
    ends.first = {};
    auto server =
        Check(rpc::Server<Bytes, Bytes>::Create(std::move(ends.second)));
    while (true) {
      auto call = server.Next();
      if (ipc_channel::transport::IsDisconnected(call.status())) return;
      Check(call.status());
      Check(call->Respond(std::move(call->request())));
    }
  });
  ends.second = {};
  std::optional client =
      Check(rpc::Client<Bytes, Bytes>::Create(std::move(ends.first)));
  const Bytes payload = PayloadFor(state);
  Measure(state,
          [&] { benchmark::DoNotOptimize(Check(client->Call(payload))); });
  client.reset();
}

const bool kAdded = AddWork(
    {.name = "Call",
     .sizes = {8, 4 << 10, 64 << 10},
     .variants = {{"bare", Bare}, {"channels", Channels}, {"rpc", Rpc}}});

}  // namespace
}  // namespace ipc_channel_bench
