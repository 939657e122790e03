// Shared memory of so many bytes, beside the system calls that make, pass and
// map a sealed memory object.
//
//   MemoryMade   made out of an ordinary buffer, and dropped, by one process
//   MemoryFresh  made, sent, every word of it read by the receiver, dropped,
//                acknowledged
//   MemoryWarm   the same memory, made once, sent again and again, and read

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
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
#include "ipc_channel/channel/shared_memory.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using Bytes = std::vector<std::byte>;
using ipc_channel::SharedMemory;
using ipc_channel::transport::BorrowedFd;
using ipc_channel::transport::UniqueFd;

std::size_t SizeFor(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

Bytes PayloadFor(const benchmark::State& state) {
  return Bytes(SizeFor(state), std::byte{1});
}

template <class DoOne>
void TimeEach(benchmark::State& state, DoOne do_one) {
  LapTimer timer;
  for (auto _ : state) {
    do_one();
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
}

// The same for one process, whose processor time is reported, too.
template <class DoOne>
void TimeEachAlone(benchmark::State& state, DoOne do_one) {
  const std::clock_t before = std::clock();
  TimeEach(state, do_one);
  ReportProcessorTime(
      static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, state);
}

UniqueFd BareMemory(std::span<const std::byte> bytes) {
  UniqueFd memory(::memfd_create("benchmark", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  CheckCall(memory.valid(), "memfd_create");
  while (!bytes.empty()) {
    const ssize_t count = ::write(memory.get(), bytes.data(), bytes.size());
    CheckCall(count > 0, "write");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  CheckCall(
      ::fcntl(memory.get(), F_ADD_SEALS,
              F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0,
      "fcntl");
  return memory;
}

void ReadBareMemory(BorrowedFd memory, std::size_t size) {
  void* const start =
      ::mmap(nullptr, size, PROT_READ, MAP_SHARED, memory.get(), 0);
  CheckCall(start != MAP_FAILED, "mmap");
  Touch({static_cast<const std::byte*>(start), size});
  CheckCall(::munmap(start, size) == 0, "munmap");
}

void MakeBare(benchmark::State& state) {
  const Bytes payload = PayloadFor(state);
  TimeEachAlone(state, [&] { BareMemory(payload); });
}

void MakeOurs(benchmark::State& state) {
  const Bytes payload = PayloadFor(state);
  TimeEachAlone(state, [&] { Check(SharedMemory::CopyOf(payload)); });
}

void MakeByMemcpy(benchmark::State& state) {
  const Bytes payload = PayloadFor(state);
  Bytes copy(payload.size());
  TimeEachAlone(state, [&] {
    std::memcpy(copy.data(), payload.data(), payload.size());
    benchmark::DoNotOptimize(copy.data());
    benchmark::ClobberMemory();
  });
}

// `send_one` sends a memory by a socket.
template <class SendOne>
void PassBare(benchmark::State& state, SendOne send_one) {
  BarePair pair = NewBarePair();
  const PeerProcess sink(state, [&] {
    pair.near.Reset();
    std::byte none;
    UniqueFd memory;
    while (ReceiveBare(pair.far.Borrow(), {&none, 1}, memory) > 0) {
      ReadBareMemory(memory.Borrow(), SizeFor(state));
      memory.Reset();
      SendSignal(pair.far.Borrow());
    }
  });
  pair.far.Reset();
  TimeEach(state, [&] {
    send_one(pair.near.Borrow());
    ReceiveSignal(pair.near.Borrow());
  });
  pair.near.Reset();
}

void SendBareMemory(BorrowedFd socket, const UniqueFd& memory) {
  const std::byte none = {};
  SendBare(socket, {&none, 1}, memory.Borrow());
}

void FreshBare(benchmark::State& state) {
  const Bytes payload = PayloadFor(state);
  PassBare(state, [&](BorrowedFd socket) {
    SendBareMemory(socket, BareMemory(payload));
  });
}

void WarmBare(benchmark::State& state) {
  const UniqueFd memory = BareMemory(PayloadFor(state));
  PassBare(state, [&](BorrowedFd socket) { SendBareMemory(socket, memory); });
}

// `send_one` sends a memory by a channel.
template <class SendOne>
void PassOurs(benchmark::State& state, SendOne send_one) {
  auto channel = Check(ipc_channel::Channel<SharedMemory>());
  const BarePair answers = NewBarePair();
  const PeerProcess sink(state, [&] {
    channel.sender = {};
    for (absl::StatusOr<SharedMemory>& memory : channel.receiver) {
      Check(memory.status());
      Touch(memory->bytes());
      *memory = {};
      SendSignal(answers.far.Borrow());
    }
  });
  channel.receiver = {};
  TimeEach(state, [&] {
    send_one(channel.sender);
    ReceiveSignal(answers.near.Borrow());
  });
  channel.sender = {};
}

void FreshOurs(benchmark::State& state) {
  const Bytes payload = PayloadFor(state);
  PassOurs(state, [&](const ipc_channel::Sender<SharedMemory>& sender) {
    Check(sender.Send(Check(SharedMemory::CopyOf(payload))));
  });
}

void WarmOurs(benchmark::State& state) {
  const SharedMemory memory = Check(SharedMemory::CopyOf(PayloadFor(state)));
  PassOurs(state, [&](const ipc_channel::Sender<SharedMemory>& sender) {
    Check(sender.Send(memory));
  });
}

const std::vector<std::int64_t> kSizes = {64 << 10, 1 << 20, 16 << 20};

const bool kAdded = AddWork({.name = "MemoryMade",
                             .sizes = kSizes,
                             .variants = {{"bare_memory", MakeBare},
                                          {"shared_memory", MakeOurs},
                                          {"limit_memcpy", MakeByMemcpy}}}) &&
                    AddWork({.name = "MemoryFresh",
                             .sizes = kSizes,
                             .variants = {{"bare_memory", FreshBare},
                                          {"shared_memory", FreshOurs}}}) &&
                    AddWork({.name = "MemoryWarm",
                             .sizes = kSizes,
                             .variants = {{"bare_memory", WarmBare},
                                          {"shared_memory", WarmOurs}}});

}  // namespace
}  // namespace ipc_channel_bench
