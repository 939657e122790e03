#ifndef IPC_CHANNEL_TRANSPORT_MESSAGE_H_
#define IPC_CHANNEL_TRANSPORT_MESSAGE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/shared_memory.h"

namespace ipc_channel::transport {

// A received message: bytes and handles, owned. Meant to be used again for the
// next receive, which then allocates nothing: the buffer is kept.
//
// Move-only; thread-compatible. Handles still in it when it is cleared or
// destroyed are closed.
class Message {
 public:
  Message() = default;
  // A moved-from message is empty and can be used again.
  Message(Message&& other) noexcept { Swap(other); }
  Message& operator=(Message&& other) noexcept {
    Message taken(std::move(other));
    Swap(taken);
    return *this;
  }

  // The bytes, aligned to 16. Valid until the message is cleared, received into
  // or destroyed. A large payload lies in sealed memory that was mapped, not
  // copied (limits.h); either way no peer can change it any more.
  std::span<const std::byte> payload() const {
    return mapped_.region() == nullptr ? inline_ : mapped_.bytes();
  }

  // The handles, in the order in which they were lent to the send. Move out
  // what you want to keep.
  std::vector<Handle>& handles() { return handles_; }
  const std::vector<Handle>& handles() const { return handles_; }

  // A cache line: the kernel copies to nothing else at full speed.
  static constexpr std::size_t kBufferAlignment = 64;

  // Takes the payload out, into a message of its own that can be kept: it takes
  // no more than twice the memory of the payload, and no descriptor. What fills
  // half of the buffer is handed over, and so is what was mapped, with its
  // mapping, if it is over kMaxInlineBytes (limits.h); less is copied, and the
  // buffer stays. So do the handles. RESOURCE_EXHAUSTED without memory: then
  // the payload is still here.
  absl::StatusOr<Message> TakePayload();

  // Drops payload and handles; keeps the buffer, unless a single large message
  // made that larger than most are.
  void Clear() {
    DropPayload();
    if (!handles_.empty()) handles_.clear();
    if (capacity_ > kMostKeptBytes) DropBuffer();
  }

  // For back ends: room for `size` bytes, aligned to kBufferAlignment, not
  // initialized, empty if there is no memory. Drops the payload.
  std::span<std::byte> Buffer(std::size_t size);
  // For back ends: makes `size` bytes of the buffer from `offset` the payload.
  // `offset` must be a multiple of 16.
  void SetInlinePayload(std::size_t offset, std::size_t size);
  // For back ends: makes the bytes of `memory` the payload.
  void SetMappedPayload(SharedMemory memory);

 private:
  // More than any packet takes: only large in-process messages do, and they
  // bring memory of their own each time.
  static constexpr std::size_t kMostKeptBytes = std::size_t{128} << 10;

  struct Free {
    void operator()(std::byte* buffer) const;
  };

  void Swap(Message& other) noexcept;
  void DropBuffer();
  void DropPayload() {
    inline_ = {};
    if (mapped_.region() != nullptr) mapped_ = SharedMemory();
  }

  std::unique_ptr<std::byte[], Free> buffer_;
  std::size_t capacity_ = 0;
  std::span<const std::byte> inline_;  // within buffer_
  SharedMemory mapped_;                // the payload instead, if not empty
  std::vector<Handle> handles_;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_MESSAGE_H_
