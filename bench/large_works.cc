// One large message at a time, out of an ordinary buffer: the receiver reads
// every word of it and acknowledges.

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/latency_histogram.h"
#include "ipc_channel/bench/peer_process.h"
#include "ipc_channel/bench/touch.h"
#include "ipc_channel/bench/works.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel_bench {
namespace {

namespace transport = ipc_channel::transport;

using Bytes = std::vector<std::byte>;

// The twin's packets: of 8 to 200 KiB, with Linux' default buffers of 208 KiB,
// those from 128 KiB on are the fastest. Fewer of them are fewer system calls
// and fewer hand-overs.
constexpr std::size_t kFragmentBytes = std::size_t{160} << 10;

Bytes PayloadFor(const benchmark::State& state) {
  return Bytes(static_cast<std::size_t>(state.range(0)), std::byte{1});
}

template <class SendOne>
void SendAndWait(benchmark::State& state, transport::BorrowedFd answers,
                 SendOne send_one) {
  LapTimer timer;
  for (auto _ : state) {
    send_one();
    ReceiveSignal(answers);
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

// False once the peer is gone.
bool ReceiveFragments(transport::BorrowedFd socket,
                      std::span<std::byte> buffer) {
  while (!buffer.empty()) {
    const std::size_t count = ReceiveBare(socket, buffer);
    if (count == 0) return false;
    buffer = buffer.subspan(count);
  }
  return true;
}

void SendFragments(transport::BorrowedFd socket,
                   std::span<const std::byte> payload) {
  while (!payload.empty()) {
    const std::size_t count = std::min(payload.size(), kFragmentBytes);
    SendBare(socket, payload.first(count));
    payload = payload.subspan(count);
  }
}

void BareFragments(benchmark::State& state) {
  BarePair pair = NewBarePair();
  Bytes buffer = PayloadFor(state);
  const PeerProcess sink(state, [&] {
    pair.near.Reset();
    while (ReceiveFragments(pair.far.Borrow(), buffer)) {
      Touch(buffer);
      SendSignal(pair.far.Borrow());
    }
  });
  pair.far.Reset();
  SendAndWait(state, pair.near.Borrow(),
              [&] { SendFragments(pair.near.Borrow(), buffer); });
  pair.near.Reset();
}

// `use` does what the receiver does with each payload.
template <class Use>
void RunTransport(benchmark::State& state, Use use) {
  transport::ChannelPair channel = Check(transport::CreateChannel());
  const BarePair answers = NewBarePair();
  const PeerProcess sink(state, [&] {
    channel.sender = {};
    transport::Message message;
    while (channel.receiver.Receive(message).ok()) {
      use(message.payload());
      SendSignal(answers.far.Borrow());
    }
  });
  channel.receiver = {};
  const Bytes payload = PayloadFor(state);
  SendAndWait(state, answers.near.Borrow(),
              [&] { Check(channel.sender.Send(payload)); });
  channel.sender = {};
}

void MappedView(benchmark::State& state) { RunTransport(state, Touch); }

void PrivateCopy(benchmark::State& state) {
  Bytes copy = PayloadFor(state);
  RunTransport(state, [&copy](std::span<const std::byte> payload) {
    std::ranges::copy(payload, copy.begin());
    Touch(copy);
  });
}

void TypedBytes(benchmark::State& state) {
  auto channel = Check(ipc_channel::Channel<Bytes>());
  const BarePair answers = NewBarePair();
  const PeerProcess sink(state, [&] {
    channel.sender = {};
    for (absl::StatusOr<Bytes>& bytes : channel.receiver) {
      Check(bytes.status());
      Touch(*bytes);
      SendSignal(answers.far.Borrow());
    }
  });
  channel.receiver = {};
  const Bytes payload = PayloadFor(state);
  SendAndWait(state, answers.near.Borrow(),
              [&] { Check(channel.sender.Send(payload)); });
  channel.sender = {};
}

const bool kAdded = AddWork({.name = "Large",
                             .sizes = {256 << 10, 1 << 20, 16 << 20},
                             .variants = {{"bare_fragments", BareFragments},
                                          {"mapped_view", MappedView},
                                          {"private_copy", PrivateCopy},
                                          {"typed_bytes", TypedBytes}}});

}  // namespace
}  // namespace ipc_channel_bench
