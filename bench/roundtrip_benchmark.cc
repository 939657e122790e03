// Round trips between two processes: a payload there and back. Read the ratio
// of one line to the bare socket's of the same size in the same run; absolute
// times are the machine's and the moment's.

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/bench/echo_process.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

namespace transport = ipc_channel::transport;

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << status << "\n";
  std::exit(1);
}

template <class T>
T Check(absl::StatusOr<T> value) {
  Check(value.status());
  return *std::move(value);
}

void Report(benchmark::State& state) {
  state.SetBytesProcessed(2 * state.iterations() * state.range(0));
}

// The twin of all others: one send() and one recv() each way, and no library.
void BareSeqpacket(benchmark::State& state) {
  std::array<int, 2> pair = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) !=
      0) {
    std::exit(1);
  }
  transport::UniqueFd ours(pair[0]);
  transport::UniqueFd theirs(pair[1]);
  std::vector<char> buffer(static_cast<std::size_t>(state.range(0)));
  const EchoProcess echo([&] {
    ours.Reset();
    while (::recv(theirs.get(), buffer.data(), buffer.size(), 0) > 0) {
      ::send(theirs.get(), buffer.data(), buffer.size(), MSG_NOSIGNAL);
    }
  });
  theirs.Reset();
  for (auto _ : state) {
    ::send(ours.get(), buffer.data(), buffer.size(), MSG_NOSIGNAL);
    ::recv(ours.get(), buffer.data(), buffer.size(), 0);
  }
  Report(state);
  ours.Reset();
}

void Transport(benchmark::State& state) {
  transport::ChannelPair there = Check(transport::CreateChannel());
  transport::ChannelPair back = Check(transport::CreateChannel());
  const EchoProcess echo([&] {
    there.sender = {};
    back.receiver = {};
    transport::Message message;
    while (there.receiver.Receive(message).ok()) {
      Check(back.sender.Send(message.payload()));
    }
  });
  there.receiver = {};
  back.sender = {};
  const std::vector<std::byte> payload(
      static_cast<std::size_t>(state.range(0)));
  transport::Message message;
  for (auto _ : state) {
    Check(there.sender.Send(payload));
    Check(back.receiver.Receive(message));
  }
  Report(state);
  there.sender = {};
}

void TypedBytes(benchmark::State& state) {
  using Bytes = std::vector<std::byte>;
  auto there = Check(ipc_channel::Channel<Bytes>());
  auto back = Check(ipc_channel::Channel<Bytes>());
  const EchoProcess echo([&] {
    there.sender = {};
    back.receiver = {};
    for (absl::StatusOr<Bytes>& bytes : there.receiver) {
      Check(back.sender.Send(Check(std::move(bytes))));
    }
  });
  there.receiver = {};
  back.sender = {};
  const Bytes payload(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    Check(there.sender.Send(payload));
    benchmark::DoNotOptimize(Check(back.receiver.Recv()));
  }
  Report(state);
  there.sender = {};
}

BENCHMARK(BareSeqpacket)->Arg(8)->Arg(64)->Arg(4096)->Arg(65536)->UseRealTime();
BENCHMARK(Transport)
    ->Arg(8)
    ->Arg(64)
    ->Arg(4096)
    ->Arg(65536)
    ->Arg(1 << 20)
    ->UseRealTime();
BENCHMARK(TypedBytes)
    ->Arg(8)
    ->Arg(64)
    ->Arg(4096)
    ->Arg(65536)
    ->Arg(1 << 20)
    ->UseRealTime();

}  // namespace
}  // namespace ipc_channel_bench
