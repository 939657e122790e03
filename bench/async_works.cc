// Receiving in a coroutine beside receiving in a thread that blocks: the same
// typed channels of bytes, the same work, the loop for this system.
//
//   AsyncOneWay     as OneWay; the receiver is a coroutine
//   AsyncRoundTrip  as RoundTrip; both sides are coroutines that send, too

#include <cstddef>
#include <memory>
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
#include "ipc_channel/channel/coro/coro.h"
#include "ipc_channel/channel/loop/loop.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

namespace coro = ipc_channel::coro;
namespace transport = ipc_channel::transport;

using Bytes = std::vector<std::byte>;
using Ends = ipc_channel::ChannelEnds<Bytes>;

constexpr int kBatch = 4000;

Bytes PayloadFor(const benchmark::State& state) {
  return Bytes(static_cast<std::size_t>(state.range(0)), std::byte{1});
}

void SendBatches(benchmark::State& state, transport::BorrowedFd answers,
                 Ends& ends) {
  const Bytes payload = PayloadFor(state);
  while (state.KeepRunningBatch(kBatch)) {
    for (int i = 0; i < kBatch; ++i) Check(ends.sender.Send(payload));
    ReceiveSignal(answers);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

// Receives in `body` what the parent sends in batches.
template <class Body>
void OneWay(benchmark::State& state, Body body) {
  Ends ends = Check(ipc_channel::Channel<Bytes>());
  const BarePair answers = NewBarePair();
  const PeerProcess sink(state, [&] {
    ends.sender = {};
    body(std::move(ends.receiver), answers.far.Borrow());
  });
  ends.receiver = {};
  SendBatches(state, answers.near.Borrow(), ends);
  ends.sender = {};
}

void BlockingOneWay(benchmark::State& state) {
  OneWay(state, [](auto receiver, transport::BorrowedFd answers) {
    int count = 0;
    while (true) {
      const absl::StatusOr<Bytes> bytes = receiver.Recv();
      if (!bytes.ok()) return;
      if (++count % kBatch == 0) SendSignal(answers);
    }
  });
}

coro::Task<> ReceiveAll(coro::AsyncReceiver<Bytes> receiver,
                        transport::BorrowedFd answers) {
  int count = 0;
  while (true) {
    const absl::StatusOr<Bytes> bytes = co_await receiver.Recv();
    if (!bytes.ok()) co_return;
    if (++count % kBatch == 0) SendSignal(answers);
  }
}

void CoroutineOneWay(benchmark::State& state) {
  OneWay(state, [](auto receiver, transport::BorrowedFd answers) {
    const auto loop = Check(ipc_channel::NewEventLoop());
    auto async =
        Check(coro::AsyncReceiver<Bytes>::Create(*loop, std::move(receiver)));
    Check(coro::BlockOn(*loop, ReceiveAll(std::move(async), answers)));
  });
}

coro::Task<> ReceiveStream(coro::AsyncReceiver<Bytes> receiver,
                           transport::BorrowedFd answers) {
  int count = 0;
  auto stream = coro::Stream(std::move(receiver));
  while ((co_await stream.Next()).has_value()) {
    if (++count % kBatch == 0) SendSignal(answers);
  }
}

void StreamOneWay(benchmark::State& state) {
  OneWay(state, [](auto receiver, transport::BorrowedFd answers) {
    const auto loop = Check(ipc_channel::NewEventLoop());
    auto async =
        Check(coro::AsyncReceiver<Bytes>::Create(*loop, std::move(receiver)));
    Check(coro::BlockOn(*loop, ReceiveStream(std::move(async), answers)));
  });
}

void BlockingRoundTrip(benchmark::State& state) {
  Ends there = Check(ipc_channel::Channel<Bytes>());
  Ends back = Check(ipc_channel::Channel<Bytes>());
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

// What one side has in its loop.
struct AsyncEnds {
  AsyncEnds(ipc_channel::Reactor& loop, ipc_channel::Sender<Bytes>& out,
            ipc_channel::Receiver<Bytes>& in)
      : sender(Check(
            coro::AsyncSender<Bytes>::Create(loop, std::exchange(out, {})))),
        receiver(
            Check(coro::AsyncReceiver<Bytes>::Create(loop, std::move(in)))) {}

  coro::AsyncSender<Bytes> sender;
  coro::AsyncReceiver<Bytes> receiver;
};

coro::Task<> Echo(AsyncEnds& ends) {
  while (true) {
    const absl::StatusOr<Bytes> bytes = co_await ends.receiver.Recv();
    if (!bytes.ok()) co_return;
    Check(co_await ends.sender.Send(*bytes));
  }
}

coro::Task<> Ask(AsyncEnds& ends, benchmark::State& state) {
  const Bytes payload = PayloadFor(state);
  LapTimer timer;
  for (auto _ : state) {
    Check(co_await ends.sender.Send(payload));
    benchmark::DoNotOptimize(Check(co_await ends.receiver.Recv()));
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
}

void CoroutineRoundTrip(benchmark::State& state) {
  Ends there = Check(ipc_channel::Channel<Bytes>());
  Ends back = Check(ipc_channel::Channel<Bytes>());
  const PeerProcess echo(state, [&] {
    there.sender = {};
    back.receiver = {};
    const auto loop = Check(ipc_channel::NewEventLoop());
    AsyncEnds ends(*loop, back.sender, there.receiver);
    Check(coro::BlockOn(*loop, Echo(ends)));
  });
  there.receiver = {};
  back.sender = {};
  const auto loop = Check(ipc_channel::NewEventLoop());
  AsyncEnds ends(*loop, there.sender, back.receiver);
  Check(coro::BlockOn(*loop, Ask(ends, state)));
}

const bool kAdded = AddWork({.name = "AsyncOneWay",
                             .sizes = {8, 4 << 10},
                             .variants = {{"blocking", BlockingOneWay},
                                          {"coroutine", CoroutineOneWay},
                                          {"stream", StreamOneWay}}}) &&
                    AddWork({.name = "AsyncRoundTrip",
                             .sizes = {8, 4 << 10},
                             .variants = {{"blocking", BlockingRoundTrip},
                                          {"coroutine", CoroutineRoundTrip}}});

}  // namespace
}  // namespace ipc_channel_bench
