#ifndef IPC_CHANNEL_BENCH_SERIALIZE_OUR_CODER_H_
#define IPC_CHANNEL_BENCH_SERIALIZE_OUR_CODER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/serialize/serialize.h"

namespace ipc_channel_bench {

// A CoderOf<T> (coder.h) for everything that can be serialized.
template <class T>
class OurCoder {
 public:
  explicit OurCoder(const T& value) : value_(value) { Write(); }

  bool Write() {
    const bool ok = ipc_channel::serialize::EncodeInto(value_, buffer_).ok();
    benchmark::DoNotOptimize(buffer_.data());
    return ok;
  }

  // What a receiver does.
  bool ReadFresh() {
    absl::StatusOr<T> fresh = ipc_channel::serialize::Decode<T>(bytes());
    benchmark::DoNotOptimize(&fresh);
    return fresh.ok();
  }

  // Decode() makes its object; what is below it does not. The fingerprint is
  // left out.
  bool ReadReused() {
    ipc_channel::serialize::Reader reader(
        bytes().subspan(sizeof(std::uint64_t)));
    const bool ok = reader.Read(reused_) && reader.remaining() == 0;
    benchmark::DoNotOptimize(&reused_);
    return ok;
  }

  std::span<const std::byte> bytes() const { return buffer_; }
  const T& reused() const { return reused_; }

 private:
  const T& value_;
  std::vector<std::byte> buffer_;
  T reused_ = {};
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_SERIALIZE_OUR_CODER_H_
