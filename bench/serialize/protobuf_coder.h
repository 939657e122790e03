#ifndef IPC_CHANNEL_BENCH_SERIALIZE_PROTOBUF_CODER_H_
#define IPC_CHANNEL_BENCH_SERIALIZE_PROTOBUF_CODER_H_

#include <cstddef>
#include <span>
#include <string>

#include "benchmark/benchmark.h"
#include "ipc_channel/bench/serialize/protobuf_fill.h"

namespace ipc_channel_bench {

// A CoderOf<T> (coder.h) for each type of values.h. Writes a message that is
// filled already, which a program has that keeps its data in messages.
template <class T>
class ProtobufCoder {
 public:
  using Message = typename ProtobufOf<T>::Message;

  explicit ProtobufCoder(const T& value) : value_(value) {
    Refill();
    Write();
  }

  bool Write() {
    const bool ok = message_.SerializeToString(&buffer_);
    benchmark::DoNotOptimize(buffer_.data());
    return ok;
  }

  bool ReadFresh() {
    Message fresh;
    return ReadInto(fresh);
  }

  bool ReadReused() { return ReadInto(reused_); }

  std::span<const std::byte> bytes() const {
    return std::as_bytes(std::span(buffer_));
  }
  const Message& reused() const { return reused_; }

 protected:
  void Refill() { Fill(value_, message_); }

 private:
  bool ReadInto(Message& message) {
    const bool ok = message.ParseFromString(buffer_);
    benchmark::DoNotOptimize(&message);
    return ok;
  }

  const T& value_;
  Message message_;
  std::string buffer_;
  Message reused_;
};

// Fills the message each time, as a program does that keeps its data in types
// of its own.
template <class T>
class FillingProtobufCoder : public ProtobufCoder<T> {
 public:
  using ProtobufCoder<T>::ProtobufCoder;

  bool Write() {
    this->Refill();
    return ProtobufCoder<T>::Write();
  }
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_SERIALIZE_PROTOBUF_CODER_H_
