// Both ends in one process, over the same sockets as between two.
//
//   OneThread   one thread sends a payload and receives it: no hand-over at all
//   TwoThreads  there and back between two threads

#include <cstddef>
#include <ctime>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/latency_histogram.h"
#include "ipc_channel/bench/placement.h"
#include "ipc_channel/bench/works.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel_bench {
namespace {

namespace transport = ipc_channel::transport;

using Bytes = std::vector<std::byte>;
using MakeChannel = absl::FunctionRef<absl::StatusOr<transport::ChannelPair>()>;

Bytes PayloadFor(const benchmark::State& state) {
  return Bytes(static_cast<std::size_t>(state.range(0)), std::byte{1});
}

template <class DoOne>
void TimeEach(benchmark::State& state, DoOne do_one) {
  const std::clock_t before = std::clock();
  LapTimer timer;
  for (auto _ : state) {
    do_one();
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
  ReportProcessorTime(
      static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, state);
}

void OneThreadBare(benchmark::State& state) {
  const BarePair pair = NewBarePair();
  Bytes buffer = PayloadFor(state);
  TimeEach(state, [&] {
    SendBare(pair.near.Borrow(), buffer);
    ReceiveBare(pair.far.Borrow(), buffer);
  });
}

void OneThread(benchmark::State& state, MakeChannel make) {
  transport::ChannelPair channel = Check(make());
  const Bytes payload = PayloadFor(state);
  transport::Message message;
  TimeEach(state, [&] {
    Check(channel.sender.Send(payload));
    Check(channel.receiver.Receive(message));
  });
}

void OneThreadTyped(benchmark::State& state) {
  auto channel = Check(ipc_channel::Channel<Bytes>());
  const Bytes payload = PayloadFor(state);
  TimeEach(state, [&] {
    Check(channel.sender.Send(payload));
    benchmark::DoNotOptimize(Check(channel.receiver.Recv()));
  });
}

// A thread that does `body`, placed as the other process would be.
template <class Body>
std::thread StartOther(Body body) {
  return std::thread([body = std::move(body)]() mutable {
    PinThisThread(Side::kChild);
    body();
  });
}

void TwoThreadsBare(benchmark::State& state) {
  BarePair pair = NewBarePair();
  Bytes buffer = PayloadFor(state);
  std::thread echo = StartOther([&pair, echoed = buffer]() mutable {
    while (ReceiveBare(pair.far.Borrow(), echoed) > 0) {
      SendBare(pair.far.Borrow(), echoed);
    }
  });
  TimeEach(state, [&] {
    SendBare(pair.near.Borrow(), buffer);
    ReceiveBare(pair.near.Borrow(), buffer);
  });
  pair.near.Reset();
  echo.join();
}

void TwoThreads(benchmark::State& state, MakeChannel make) {
  transport::ChannelPair there = Check(make());
  transport::ChannelPair back = Check(make());
  std::thread echo = StartOther([&] {
    transport::Message message;
    while (there.receiver.Receive(message).ok()) {
      Check(back.sender.Send(message.payload()));
    }
  });
  const Bytes payload = PayloadFor(state);
  transport::Message message;
  TimeEach(state, [&] {
    Check(there.sender.Send(payload));
    Check(back.receiver.Receive(message));
  });
  there.sender = {};
  echo.join();
}

void TwoThreadsTyped(benchmark::State& state) {
  auto there = Check(ipc_channel::Channel<Bytes>());
  auto back = Check(ipc_channel::Channel<Bytes>());
  std::thread echo = StartOther([&] {
    for (absl::StatusOr<Bytes>& bytes : there.receiver) {
      Check(back.sender.Send(Check(std::move(bytes))));
    }
  });
  const Bytes payload = PayloadFor(state);
  TimeEach(state, [&] {
    Check(there.sender.Send(payload));
    benchmark::DoNotOptimize(Check(back.receiver.Recv()));
  });
  there.sender = {};
  echo.join();
}

absl::StatusOr<transport::ChannelPair> OverTheSystem() {
  return transport::CreateChannel();
}

absl::StatusOr<transport::ChannelPair> InProcess() {
  return transport::CreateInprocessChannel();
}

const bool kAdded =
    AddWork({.name = "OneThread",
             .sizes = {8, 4 << 10, 64 << 10},
             .variants = {{"bare", OneThreadBare},
                          {"transport",
                           [](benchmark::State& state) {
                             OneThread(state, OverTheSystem);
                           }},
                          {"typed_bytes", OneThreadTyped},
                          {"inprocess",
                           [](benchmark::State& state) {
                             OneThread(state, InProcess);
                           }}}}) &&
    AddWork({.name = "TwoThreads",
             .sizes = {8, 4 << 10, 64 << 10},
             .variants = {{"bare", TwoThreadsBare},
                          {"transport",
                           [](benchmark::State& state) {
                             TwoThreads(state, OverTheSystem);
                           }},
                          {"typed_bytes", TwoThreadsTyped},
                          {"inprocess", [](benchmark::State& state) {
                             TwoThreads(state, InProcess);
                           }}}});

}  // namespace
}  // namespace ipc_channel_bench
