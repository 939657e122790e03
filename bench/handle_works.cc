// Passing what a message consumes, with a few bytes, in one direction; the
// receiver drops what it got and acknowledges a batch. The size is that of the
// bytes.
//
//   PassDescriptor  an open file, duplicated for each message
//   PassReceiver    the receiving end of a channel that is made for it and
//                   dropped

#include <fcntl.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peer_process.h"
#include "ipc_channel/bench/works.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

namespace transport = ipc_channel::transport;

using Bytes = std::vector<std::byte>;
using transport::BorrowedFd;
using transport::UniqueFd;

// As many descriptors may be under way where a process is allowed 1024.
constexpr int kBatch = 500;

Bytes PayloadFor(const benchmark::State& state) {
  return Bytes(static_cast<std::size_t>(state.range(0)), std::byte{1});
}

UniqueFd AnyFile() {
  UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  CheckCall(file.valid(), "open");
  return file;
}

// The receiving process has one of them for all messages.
class Acknowledger {
 public:
  explicit Acknowledger(BorrowedFd socket) : socket_(socket) {}

  void OneMore() {
    if (++count_ % kBatch == 0) SendSignal(socket_);
  }

 private:
  const BorrowedFd socket_;
  int count_ = 0;
};

template <class SendOne>
void SendBatches(benchmark::State& state, BorrowedFd answers,
                 SendOne send_one) {
  while (state.KeepRunningBatch(kBatch)) {
    for (int i = 0; i < kBatch; ++i) send_one();
    ReceiveSignal(answers);
  }
}

// `new_one` makes the descriptor that is passed.
template <class NewOne>
void PassBare(benchmark::State& state, NewOne new_one) {
  BarePair pair = NewBarePair();
  const BarePair answers = NewBarePair();
  Bytes buffer = PayloadFor(state);
  const PeerProcess sink(state, [&] {
    pair.near.Reset();
    Acknowledger acknowledger(answers.far.Borrow());
    UniqueFd descriptor;
    while (ReceiveBare(pair.far.Borrow(), buffer, descriptor) > 0) {
      if (!descriptor.valid()) Stop("a packet without its descriptor");
      descriptor.Reset();
      acknowledger.OneMore();
    }
  });
  pair.far.Reset();
  SendBatches(state, answers.near.Borrow(), [&] {
    const UniqueFd passed = new_one();
    SendBare(pair.near.Borrow(), buffer, passed.Borrow());
  });
  pair.near.Reset();
}

// `new_one` makes the handle, of type T.
template <class T, class NewOne>
void PassByTransport(benchmark::State& state, NewOne new_one) {
  transport::ChannelPair channel = Check(transport::CreateChannel());
  const BarePair answers = NewBarePair();
  const PeerProcess sink(state, [&] {
    channel.sender = {};
    Acknowledger acknowledger(answers.far.Borrow());
    transport::Message message;
    while (channel.receiver.Receive(message).ok()) {
      if (message.handles().size() != 1 ||
          !std::holds_alternative<T>(message.handles().front())) {
        Stop("a message without its handle");
      }
      message.Clear();
      acknowledger.OneMore();
    }
  });
  channel.receiver = {};
  const Bytes payload = PayloadFor(state);
  SendBatches(state, answers.near.Borrow(), [&] {
    T passed = new_one();
    const transport::HandleRef handles[] = {passed};
    Check(channel.sender.Send(payload, handles));
  });
  channel.sender = {};
}

template <class T>
struct Parcel {
  std::uint64_t number = 0;
  T content;
};

template <class T, class NewOne>
void PassTyped(benchmark::State& state, NewOne new_one) {
  auto channel = Check(ipc_channel::Channel<Parcel<T>>());
  const BarePair answers = NewBarePair();
  const PeerProcess sink(state, [&] {
    channel.sender = {};
    Acknowledger acknowledger(answers.far.Borrow());
    for (absl::StatusOr<Parcel<T>>& parcel : channel.receiver) {
      Check(parcel.status());
      parcel->content = {};
      acknowledger.OneMore();
    }
  });
  channel.receiver = {};
  SendBatches(state, answers.near.Borrow(), [&] {
    Check(channel.sender.Send({.number = 1, .content = new_one()}));
  });
  channel.sender = {};
}

void BareFile(benchmark::State& state) {
  const UniqueFd file = AnyFile();
  PassBare(state, [&] { return Check(file.Duplicate()); });
}

void TransportFile(benchmark::State& state) {
  const UniqueFd file = AnyFile();
  PassByTransport<UniqueFd>(state, [&] { return Check(file.Duplicate()); });
}

void TypedFile(benchmark::State& state) {
  const UniqueFd file = AnyFile();
  PassTyped<UniqueFd>(state, [&] { return Check(file.Duplicate()); });
}

void BareEnd(benchmark::State& state) {
  PassBare(state, [] { return NewBarePair().far; });
}

void TransportReceiver(benchmark::State& state) {
  PassByTransport<transport::Receiver>(
      state, [] { return Check(transport::CreateChannel()).receiver; });
}

void TypedReceiver(benchmark::State& state) {
  PassTyped<ipc_channel::Receiver<std::uint64_t>>(state, [] {
    return Check(ipc_channel::Channel<std::uint64_t>()).receiver;
  });
}

const bool kAdded = AddWork({.name = "PassDescriptor",
                             .sizes = {8},
                             .variants = {{"bare_descriptor", BareFile},
                                          {"transport", TransportFile},
                                          {"typed", TypedFile}}}) &&
                    AddWork({.name = "PassReceiver",
                             .sizes = {8},
                             .variants = {{"bare_descriptor", BareEnd},
                                          {"transport", TransportReceiver},
                                          {"typed", TypedReceiver}}});

}  // namespace
}  // namespace ipc_channel_bench
