// What the system can do: the works of //bench:process_benchmark through the
// least that it takes, beside the same twin. No contract is kept: no handles,
// no deadlines, nobody who lies, and where memory is shared, no crash.
//
//   RoundTrip, OneWay  a line (socket_line.h); eventfds and futexes are told of
//                      one payload at a time
//   Large              besides lines: memory that both sides have had from the
//                      start, and memcpy() in one process

#include <signal.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <span>
#include <vector>

#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/latency_histogram.h"
#include "ipc_channel/bench/limits/eventfd_line.h"
#include "ipc_channel/bench/limits/futex_line.h"
#include "ipc_channel/bench/limits/pipe_line.h"
#include "ipc_channel/bench/limits/ring_line.h"
#include "ipc_channel/bench/limits/shared_pages.h"
#include "ipc_channel/bench/limits/socket_line.h"
#include "ipc_channel/bench/peer_process.h"
#include "ipc_channel/bench/placement.h"
#include "ipc_channel/bench/touch.h"
#include "ipc_channel/bench/works.h"

namespace ipc_channel_bench {
namespace {

using Bytes = std::vector<std::byte>;

// What a packet may have with Linux' default buffers, and is fastest.
constexpr std::size_t kFragmentBytes = std::size_t{160} << 10;

std::size_t SizeFor(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

int BatchFor(const benchmark::State& state) {
  return SizeFor(state) > (4 << 10) ? 500 : 4000;
}

// For the child: memory that is shared tells nobody that a process has died.
template <class Line>
void ChooseAsChild(Line& line) {
  CheckCall(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "prctl");
  line.Choose(Side::kChild);
}

template <class Line>
void RoundTrip(benchmark::State& state) {
  Line line;
  Bytes buffer(SizeFor(state), std::byte{1});
  const PeerProcess echo(state, [&] {
    ChooseAsChild(line);
    while (line.Receive(buffer)) line.Send(buffer);
  });
  line.Choose(Side::kParent);
  LapTimer timer;
  for (auto _ : state) {
    line.Send(buffer);
    line.Receive(buffer);
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
  line.Close();
}

// The receiver says when it has the last of a batch.
template <class Line>
void OneWay(benchmark::State& state) {
  Line line;
  const BarePair answers = NewBarePair();
  const int batch = BatchFor(state);
  Bytes buffer(SizeFor(state), std::byte{1});
  const PeerProcess sink(state, [&] {
    ChooseAsChild(line);
    for (int count = 1; line.Receive(buffer); ++count) {
      if (count % batch == 0) SendSignal(answers.far.Borrow());
    }
  });
  line.Choose(Side::kParent);
  while (state.KeepRunningBatch(batch)) {
    for (int i = 0; i < batch; ++i) line.Send(buffer);
    ReceiveSignal(answers.near.Borrow());
  }
  line.Close();
}

// `pass` sends a payload and waits until the other side has read it all.
template <class Pass>
void PassLarge(benchmark::State& state, Pass pass) {
  LapTimer timer;
  for (auto _ : state) {
    pass();
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
}

template <class Line>
void SendInParts(Line& line, std::span<const std::byte> payload) {
  while (!payload.empty()) {
    const std::size_t count = std::min(payload.size(), kFragmentBytes);
    line.Send(payload.first(count));
    payload = payload.subspan(count);
  }
}

template <class Line>
bool ReceiveInParts(Line& line, std::span<std::byte> buffer) {
  while (!buffer.empty()) {
    const std::size_t count = std::min(buffer.size(), kFragmentBytes);
    if (!line.Receive(buffer.first(count))) return false;
    buffer = buffer.subspan(count);
  }
  return true;
}

template <class Line>
void Large(benchmark::State& state) {
  Line line;
  Bytes buffer(SizeFor(state), std::byte{1});
  std::byte answer = {};
  const PeerProcess sink(state, [&] {
    ChooseAsChild(line);
    while (ReceiveInParts(line, buffer)) {
      Touch(buffer);
      line.Send({&answer, 1});
    }
  });
  line.Choose(Side::kParent);
  PassLarge(state, [&] {
    SendInParts(line, buffer);
    line.Receive({&answer, 1});
  });
  line.Close();
}

// Copied into memory that both sides have, read there.
void WarmPool(benchmark::State& state) {
  const SharedPages pool(SizeFor(state));
  BarePair pair = NewBarePair();
  const PeerProcess sink(state, [&] {
    pair.near.Reset();
    while (ReceiveSignal(pair.far.Borrow())) {
      Touch(pool.bytes());
      SendSignal(pair.far.Borrow());
    }
  });
  pair.far.Reset();
  const Bytes payload(SizeFor(state), std::byte{1});
  PassLarge(state, [&] {
    std::memcpy(pool.bytes().data(), payload.data(), payload.size());
    SendSignal(pair.near.Borrow());
    ReceiveSignal(pair.near.Borrow());
  });
  pair.near.Reset();
}

// In one process: copied, and read.
void Memcpy(benchmark::State& state) {
  const Bytes payload(SizeFor(state), std::byte{1});
  Bytes copy(SizeFor(state));
  const std::clock_t before = std::clock();
  PassLarge(state, [&] {
    std::memcpy(copy.data(), payload.data(), payload.size());
    Touch(copy);
  });
  ReportProcessorTime(
      static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, state);
}

const bool kAdded =
    AddWork({.name = "RoundTrip",
             .sizes = {8, 64, 4 << 10, 64 << 10},
             .variants = {{"bare", RoundTrip<PacketLine>},
                          {"limit_stream", RoundTrip<StreamLine>},
                          {"limit_pipe", RoundTrip<PipeLine>},
                          {.name = "limit_eventfd",
                           .run = RoundTrip<EventfdLine>,
                           .largest = 64},
                          {.name = "limit_futex",
                           .run = RoundTrip<FutexLine>,
                           .largest = 64},
                          {.name = "limit_spinning_ring",
                           .run = RoundTrip<RingLine>,
                           .spins = true}}}) &&
    AddWork({.name = "OneWay",
             .sizes = {8, 64, 4 << 10, 64 << 10},
             .variants = {{"bare", OneWay<PacketLine>},
                          {"limit_stream", OneWay<StreamLine>},
                          {"limit_pipe", OneWay<PipeLine>},
                          {.name = "limit_spinning_ring",
                           .run = OneWay<RingLine>,
                           .spins = true}}}) &&
    AddWork({.name = "Large",
             .sizes = {256 << 10, 1 << 20, 16 << 20},
             .variants = {{"bare_fragments", Large<PacketLine>},
                          {"limit_stream", Large<StreamLine>},
                          {"limit_pipe", Large<PipeLine>},
                          {"limit_warm_pool", WarmPool},
                          {"limit_memcpy", Memcpy},
                          {.name = "limit_spinning_ring",
                           .run = Large<RingLine>,
                           .spins = true}}});

}  // namespace
}  // namespace ipc_channel_bench
