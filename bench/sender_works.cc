// Passing a sender with a few bytes, in one direction; the receiver drops what
// it got and acknowledges a batch. The size is that of the bytes.

#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peer_process.h"
#include "ipc_channel/bench/works.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

namespace transport = ipc_channel::transport;

using Bytes = std::vector<std::byte>;

constexpr int kBatch = 1000;

Bytes PayloadFor(const benchmark::State& state) {
  return Bytes(static_cast<std::size_t>(state.range(0)), std::byte{1});
}

template <class SendOne>
void SendBatches(benchmark::State& state, transport::BorrowedFd answers,
                 SendOne send_one) {
  while (state.KeepRunningBatch(kBatch)) {
    for (int i = 0; i < kBatch; ++i) send_one();
    ReceiveSignal(answers);
  }
}

void BareDescriptor(benchmark::State& state) {
  BarePair pair = NewBarePair();
  const BarePair answers = NewBarePair();
  const BarePair passed = NewBarePair();
  Bytes buffer = PayloadFor(state);
  const PeerProcess sink(state, [&] {
    pair.near.Reset();
    transport::UniqueFd descriptor;
    for (int count = 1; ReceiveBare(pair.far.Borrow(), buffer, descriptor) > 0;
         ++count) {
      if (!descriptor.valid()) Stop("a packet without its descriptor");
      descriptor.Reset();
      if (count % kBatch == 0) SendSignal(answers.far.Borrow());
    }
  });
  pair.far.Reset();
  SendBatches(state, answers.near.Borrow(), [&] {
    SendBare(pair.near.Borrow(), buffer, passed.near.Borrow());
  });
  pair.near.Reset();
}

const transport::Sender& SenderIn(const transport::Message& message) {
  const auto* sender =
      message.handles().size() == 1
          ? std::get_if<transport::Sender>(&message.handles().front())
          : nullptr;
  if (sender == nullptr) Stop("a message without its sender");
  return *sender;
}

// If `hold`, the receiver keeps a copy of the sender all the time.
void PassSender(benchmark::State& state, bool hold) {
  transport::ChannelPair channel = Check(transport::CreateChannel());
  const transport::ChannelPair passed = Check(transport::CreateChannel());
  const BarePair answers = NewBarePair();
  const PeerProcess sink(state, [&] {
    channel.sender = {};
    transport::Message message;
    transport::Sender held;
    for (int count = 0; channel.receiver.Receive(message).ok(); ++count) {
      if (hold && !held.valid()) held = SenderIn(message);
      SenderIn(message);
      message.Clear();
      if (count > 0 && count % kBatch == 0) SendSignal(answers.far.Borrow());
    }
  });
  channel.receiver = {};
  const Bytes payload = PayloadFor(state);
  const auto send = [&] {
    const transport::HandleRef handles[] = {passed.sender};
    Check(channel.sender.Send(payload, handles));
  };
  send();  // the one that may be held; not counted
  SendBatches(state, answers.near.Borrow(), send);
  channel.sender = {};
}

void NotHeld(benchmark::State& state) { PassSender(state, /*hold=*/false); }

void Held(benchmark::State& state) { PassSender(state, /*hold=*/true); }

const bool kAdded = AddWork({.name = "PassSender",
                             .sizes = {8},
                             .variants = {{"bare_descriptor", BareDescriptor},
                                          {"not_held", NotHeld},
                                          {"held", Held}}});

}  // namespace
}  // namespace ipc_channel_bench
