// Payloads in one direction as fast as they go. The receiver says when it has
// the last of a batch, and only then the next one starts; that is measured too,
// and is little beside so many messages.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peer_process.h"
#include "ipc_channel/bench/works.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel_bench {
namespace {

namespace transport = ipc_channel::transport;

using Bytes = std::vector<std::byte>;

int BatchFor(const benchmark::State& state) {
  return state.range(0) > (4 << 10) ? 500 : 4000;
}

Bytes PayloadFor(const benchmark::State& state) {
  return Bytes(static_cast<std::size_t>(state.range(0)), std::byte{1});
}

// Counts what the receiver has, and says so after each batch.
class Acknowledger {
 public:
  Acknowledger(transport::BorrowedFd socket, int batch)
      : socket_(socket), batch_(batch) {}

  void OneMore() {
    if (++count_ % batch_ == 0) SendSignal(socket_);
  }

 private:
  const transport::BorrowedFd socket_;
  const int batch_;
  int count_ = 0;
};

template <class SendOne>
void SendBatches(benchmark::State& state, transport::BorrowedFd answers,
                 SendOne send_one) {
  const int batch = BatchFor(state);
  while (state.KeepRunningBatch(batch)) {
    for (int i = 0; i < batch; ++i) send_one();
    ReceiveSignal(answers);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void Bare(benchmark::State& state) {
  BarePair pair = NewBarePair();
  const BarePair answers = NewBarePair();
  Bytes buffer = PayloadFor(state);
  const PeerProcess sink(state, [&] {
    pair.near.Reset();
    Acknowledger acknowledger(answers.far.Borrow(), BatchFor(state));
    while (ReceiveBare(pair.far.Borrow(), buffer) > 0) acknowledger.OneMore();
  });
  pair.far.Reset();
  SendBatches(state, answers.near.Borrow(),
              [&] { SendBare(pair.near.Borrow(), buffer); });
  pair.near.Reset();
}

void Transport(benchmark::State& state) {
  transport::ChannelPair channel = Check(transport::CreateChannel());
  const BarePair answers = NewBarePair();
  const PeerProcess sink(state, [&] {
    channel.sender = {};
    Acknowledger acknowledger(answers.far.Borrow(), BatchFor(state));
    transport::Message message;
    while (channel.receiver.Receive(message).ok()) acknowledger.OneMore();
  });
  channel.receiver = {};
  const Bytes payload = PayloadFor(state);
  SendBatches(state, answers.near.Borrow(),
              [&] { Check(channel.sender.Send(payload)); });
  channel.sender = {};
}

void TypedBytes(benchmark::State& state) {
  auto channel = Check(ipc_channel::Channel<Bytes>());
  const BarePair answers = NewBarePair();
  const PeerProcess sink(state, [&] {
    channel.sender = {};
    Acknowledger acknowledger(answers.far.Borrow(), BatchFor(state));
    for (absl::StatusOr<Bytes>& bytes : channel.receiver) {
      Check(bytes.status());
      acknowledger.OneMore();
    }
  });
  channel.receiver = {};
  const Bytes payload = PayloadFor(state);
  SendBatches(state, answers.near.Borrow(),
              [&] { Check(channel.sender.Send(payload)); });
  channel.sender = {};
}

const bool kAdded = AddWork({.name = "OneWay",
                             .sizes = {8, 64, 4 << 10, 64 << 10},
                             .variants = {{"bare", Bare},
                                          {"transport", Transport},
                                          {"typed_bytes", TypedBytes}}});

}  // namespace
}  // namespace ipc_channel_bench
