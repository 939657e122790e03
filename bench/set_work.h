#ifndef IPC_CHANNEL_BENCH_SET_WORK_H_
#define IPC_CHANNEL_BENCH_SET_WORK_H_

#include <cstddef>
#include <random>

#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/latency_histogram.h"
#include "ipc_channel/bench/works.h"
#include "ipc_channel/transport/unique_fd.h"

// What works with sets of receivers have in common: one process waits for many
// channels, as many as the benchmark's size says, another sends on a random one
// of them, so many at each signal.

namespace ipc_channel_bench {

// Messages to a signal where they go in batches.
inline constexpr int kSetBatch = 2000;

inline constexpr std::size_t kSetPayloadBytes = 8;

std::size_t ChannelsFor(const benchmark::State& state);

// Allows the descriptors for that: both ends of all channels are open before
// the fork. Ends the process if that is impossible.
void AllowDescriptors(std::size_t channels);

// The sending process: at each signal `per_signal` messages, each by
// `send_on(index)` on a random channel.
template <class SendOn>
void SendAtSignals(ipc_channel::transport::BorrowedFd signals, int per_signal,
                   std::size_t channels, SendOn send_on) {
  std::minstd_rand random;
  std::uniform_int_distribution<std::size_t> any(0, channels - 1);
  while (ReceiveSignal(signals)) {
    for (int i = 0; i < per_signal; ++i) send_on(any(random));
  }
}

// The receiving process. `receive_some` waits and gives the number of messages.
template <class ReceiveSome>
void ReceiveOneByOne(benchmark::State& state,
                     ipc_channel::transport::BorrowedFd signals,
                     ReceiveSome receive_some) {
  LapTimer timer;
  for (auto _ : state) {
    SendSignal(signals);
    receive_some();
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
}

template <class ReceiveSome>
void ReceiveBatches(benchmark::State& state,
                    ipc_channel::transport::BorrowedFd signals,
                    ReceiveSome receive_some) {
  while (state.KeepRunningBatch(kSetBatch)) {
    SendSignal(signals);
    for (std::size_t left = kSetBatch; left > 0;) left -= receive_some();
  }
}

template <class ReceiveSome>
void ReceiveAll(benchmark::State& state, int per_signal,
                ipc_channel::transport::BorrowedFd signals,
                ReceiveSome receive_some) {
  if (per_signal == 1) {
    ReceiveOneByOne(state, signals, receive_some);
  } else {
    ReceiveBatches(state, signals, receive_some);
  }
}

// The work, by transport::ReceiverSet.
void RunReceiverSet(benchmark::State& state, int per_signal);

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_SET_WORK_H_
