#include "ipc_channel/transport/message.h"

#include <cstddef>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::transport {

void Message::Free::operator()(std::byte* buffer) const {
  ::operator delete[](buffer, std::align_val_t{kBufferAlignment});
}

std::span<std::byte> Message::Buffer(std::size_t size) {
  DropPayload();
  if (size > capacity_) {
    buffer_.reset(new (std::align_val_t{kBufferAlignment}, std::nothrow)
                      std::byte[size]);
    capacity_ = buffer_ == nullptr ? 0 : size;
  }
  if (capacity_ < size) return {};
  return {buffer_.get(), size};
}

void Message::SetInlinePayload(std::size_t offset, std::size_t size) {
  inline_ = std::span<const std::byte>(buffer_.get(), capacity_)
                .subspan(offset, size);
}

void Message::SetMappedPayload(SharedMemory memory) {
  inline_ = {};
  mapped_ = std::move(memory);
}

absl::StatusOr<Message> Message::TakePayload() {
  Message taken;
  if (mapped_.size() > kMaxInlineBytes) {
    taken.mapped_ = std::exchange(mapped_, SharedMemory());
  } else if (mapped_.region() == nullptr && inline_.size() >= capacity_ / 2) {
    std::swap(taken.buffer_, buffer_);
    std::swap(taken.capacity_, capacity_);
    std::swap(taken.inline_, inline_);
  } else if (!payload().empty()) {
    const std::span<std::byte> copy = taken.Buffer(payload().size());
    if (copy.empty()) return OutOfMemoryError();
    std::memcpy(copy.data(), payload().data(), payload().size());
    taken.SetInlinePayload(0, payload().size());
    DropPayload();
  }
  return taken;
}

void Message::DropBuffer() {
  buffer_.reset();
  capacity_ = 0;
}

void Message::Swap(Message& other) noexcept {
  std::swap(buffer_, other.buffer_);
  std::swap(capacity_, other.capacity_);
  std::swap(inline_, other.inline_);
  std::swap(mapped_, other.mapped_);
  std::swap(handles_, other.handles_);
}

}  // namespace ipc_channel::transport
