#ifndef IPC_CHANNEL_BENCH_SERIALIZE_MEMCPY_CODER_H_
#define IPC_CHANNEL_BENCH_SERIALIZE_MEMCPY_CODER_H_

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "benchmark/benchmark.h"
#include "ipc_channel/bench/serialize/handwritten.h"

namespace ipc_channel_bench {

// A CoderOf<T> (coder.h) that copies as many bytes as the value takes, and does
// nothing else: what memory allows.
template <class T>
class MemcpyCoder {
 public:
  explicit MemcpyCoder(const T& value)
      : value_(handwritten::SizeOf(value), std::byte{1}),
        buffer_(value_.size()),
        reused_(value_.size()) {
    Write();
  }

  bool Write() { return Copy(buffer_.data(), value_); }

  bool ReadFresh() {
    // Not initialized.
    const std::unique_ptr<std::byte[]> fresh(new std::byte[buffer_.size()]);
    return Copy(fresh.get(), buffer_);
  }

  bool ReadReused() { return Copy(reused_.data(), buffer_); }

  std::span<const std::byte> bytes() const { return buffer_; }

 private:
  static bool Copy(std::byte* to, const std::vector<std::byte>& from) {
    std::memcpy(to, from.data(), from.size());
    benchmark::DoNotOptimize(to);
    return true;
  }

  std::vector<std::byte> value_;
  std::vector<std::byte> buffer_;
  std::vector<std::byte> reused_;
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_SERIALIZE_MEMCPY_CODER_H_
