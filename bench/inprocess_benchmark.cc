// Messages from one thread to another, one way, as fast as they go. Read the
// ratio of a line to the twin's of the same size in the same run.

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel_bench {
namespace {

namespace transport = ipc_channel::transport;

using Bytes = std::vector<std::byte>;

// How many messages one iteration sends.
constexpr int kBatch = 100'000;

void Stop(const absl::Status& status) {
  std::cerr << status << "\n";
  std::exit(1);
}

// What one would write without the library: as many messages at most, each of
// which arrives whole; no deadlines, no handles, no end.
class PlainQueue {
 public:
  void Push(std::span<const std::byte> payload) {
    Bytes bytes(payload.begin(), payload.end());
    std::unique_lock lock(mutex_);
    room_appeared_.wait(lock, [this] {
      return messages_.size() < transport::kInprocessCapacity;
    });
    messages_.push_back(std::move(bytes));
    lock.unlock();
    message_arrived_.notify_one();
  }

  Bytes Pop() {
    std::unique_lock lock(mutex_);
    message_arrived_.wait(lock, [this] { return !messages_.empty(); });
    Bytes bytes = std::move(messages_.front());
    messages_.pop_front();
    lock.unlock();
    room_appeared_.notify_one();
    return bytes;
  }

 private:
  std::mutex mutex_;
  std::condition_variable message_arrived_;
  std::condition_variable room_appeared_;
  std::deque<Bytes> messages_;
};

Bytes Payload(const benchmark::State& state) {
  return Bytes(static_cast<std::size_t>(state.range(0)));
}

void Report(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * kBatch);
}

void MutexAndDeque(benchmark::State& state) {
  const Bytes payload = Payload(state);
  PlainQueue queue;
  for (auto _ : state) {
    std::thread sending([&] {
      for (int i = 0; i < kBatch; ++i) queue.Push(payload);
    });
    for (int i = 0; i < kBatch; ++i) {
      benchmark::DoNotOptimize(queue.Pop().data());
    }
    sending.join();
  }
  Report(state);
}

void InprocessChannel(benchmark::State& state) {
  const Bytes payload = Payload(state);
  absl::StatusOr<transport::ChannelPair> pair =
      transport::CreateInprocessChannel();
  if (!pair.ok()) Stop(pair.status());
  transport::Message message;
  for (auto _ : state) {
    std::thread sending([&] {
      for (int i = 0; i < kBatch; ++i) {
        const absl::Status sent = pair->sender.Send(payload);
        if (!sent.ok()) Stop(sent);
      }
    });
    for (int i = 0; i < kBatch; ++i) {
      const absl::Status received = pair->receiver.Receive(message);
      if (!received.ok()) Stop(received);
      benchmark::DoNotOptimize(message.payload().data());
    }
    sending.join();
  }
  Report(state);
}

struct Value {
  std::array<std::uint64_t, 8> numbers = {};
};

// The same through the types, of 64 bytes.
void TypedChannel(benchmark::State& state) {
  absl::StatusOr<transport::ChannelPair> pair =
      transport::CreateInprocessChannel();
  if (!pair.ok()) Stop(pair.status());
  const ipc_channel::Sender<Value> sender(std::move(pair->sender));
  ipc_channel::Receiver<Value> receiver(std::move(pair->receiver));
  for (auto _ : state) {
    std::thread sending([&] {
      const Value value;
      for (int i = 0; i < kBatch; ++i) {
        const absl::Status sent = sender.Send(value);
        if (!sent.ok()) Stop(sent);
      }
    });
    for (int i = 0; i < kBatch; ++i) {
      const absl::StatusOr<Value> value = receiver.Recv();
      if (!value.ok()) Stop(value.status());
      benchmark::DoNotOptimize(value->numbers);
    }
    sending.join();
  }
  Report(state);
}

BENCHMARK(MutexAndDeque)->Arg(8)->Arg(64)->Arg(1024)->UseRealTime();
BENCHMARK(InprocessChannel)->Arg(8)->Arg(64)->Arg(1024)->UseRealTime();
BENCHMARK(TypedChannel)->Arg(sizeof(Value))->UseRealTime();

}  // namespace
}  // namespace ipc_channel_bench
