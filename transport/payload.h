#ifndef IPC_CHANNEL_TRANSPORT_PAYLOAD_H_
#define IPC_CHANNEL_TRANSPORT_PAYLOAD_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstring>
#include <span>

namespace ipc_channel::transport {

// The bytes that a send makes one payload of, which may lie in two places: who
// frames a large buffer of somebody else's need not copy it behind the framing.
// Borrows both: they must stay as they are until the send has returned.
// Receivers cannot tell where the bytes lay. Thread-compatible.
class Payload {
 public:
  explicit Payload(std::span<const std::byte> whole) : head_(whole) {}
  // `body` follows `head`; either may be empty.
  Payload(std::span<const std::byte> head, std::span<const std::byte> body)
      : head_(head), body_(body) {}

  std::span<const std::byte> head() const { return head_; }
  std::span<const std::byte> body() const { return body_; }

  std::size_t size() const { return head_.size() + body_.size(); }
  bool empty() const { return size() == 0; }

  // Copies all size() bytes to `out`.
  void CopyTo(std::byte* out) const {
    // memcpy may not be given null.
    if (!head_.empty()) std::memcpy(out, head_.data(), head_.size());
    if (!body_.empty()) {
      std::memcpy(out + head_.size(), body_.data(), body_.size());
    }
  }

 private:
  std::span<const std::byte> head_;
  std::span<const std::byte> body_;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_PAYLOAD_H_
