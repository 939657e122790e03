#ifndef IPC_CHANNEL_BENCH_SERIALIZE_HANDWRITTEN_CODER_H_
#define IPC_CHANNEL_BENCH_SERIALIZE_HANDWRITTEN_CODER_H_

#include <cstddef>
#include <span>
#include <vector>

#include "benchmark/benchmark.h"
#include "ipc_channel/bench/serialize/handwritten.h"

namespace ipc_channel_bench {

// A CoderOf<T> (coder.h) for each type of values.h.
template <class T>
class HandwrittenCoder {
 public:
  explicit HandwrittenCoder(const T& value) : value_(value) { Write(); }

  bool Write() {
    buffer_.resize(handwritten::SizeOf(value_));
    handwritten::Put(buffer_.data(), value_);
    benchmark::DoNotOptimize(buffer_.data());
    return true;
  }

  bool ReadFresh() {
    T fresh;
    return ReadInto(fresh);
  }

  bool ReadReused() { return ReadInto(reused_); }

  std::span<const std::byte> bytes() const { return buffer_; }
  const T& reused() const { return reused_; }

 private:
  bool ReadInto(T& value) {
    handwritten::Reader reader(buffer_);
    const bool ok = reader.Get(value) && reader.AtEnd();
    benchmark::DoNotOptimize(&value);
    return ok;
  }

  const T& value_;
  std::vector<std::byte> buffer_;
  T reused_ = {};
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_SERIALIZE_HANDWRITTEN_CODER_H_
