#ifndef IPC_CHANNEL_CHANNEL_BYTES_H_
#define IPC_CHANNEL_CHANNEL_BYTES_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/channel/internal/channel_content.h"
#include "ipc_channel/channel/internal/codec.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel {

template <class T>
class Receiver;
template <class T>
class Sender;

// What a BytesReceiver (bytes_receiver.h) has received: the bytes of one
// message, owned. Nobody can change them any more, neither this process nor the
// sender. A message over 68 KiB is read where the kernel mapped it, which costs
// a mapping and no descriptor, or where it was copied to within this process;
// it is not copied again.
//
// It is a contiguous range, and so becomes a std::span<const std::byte> by
// itself. For a copy to keep or to change:
//
//   std::vector<std::byte> copy(bytes.begin(), bytes.end());
//   std::string text(bytes.text());
//
// Views of it are valid until it is moved, assigned to, received into or
// destroyed. The first byte is aligned to 16.
//
// It is no field of a value: a std::vector<std::byte>, a std::string or a
// SharedMemory is.
//
// Move-only; thread-compatible. A moved-from object is empty.
class Bytes {
 public:
  // No bytes.
  Bytes() = default;
  // The payload of `message`, whose handles are closed.
  explicit Bytes(transport::Message message) : message_(std::move(message)) {
    message_.handles().clear();
  }

  const std::byte* data() const { return message_.payload().data(); }
  std::size_t size() const { return message_.payload().size(); }
  bool empty() const { return size() == 0; }
  const std::byte* begin() const { return data(); }
  const std::byte* end() const { return data() + size(); }

  // The same bytes as characters, whatever they are.
  std::string_view text() const {
    return {reinterpret_cast<const char*>(data()), size()};
  }

 private:
  friend class Receiver<Bytes>;

  transport::Message message_;  // without handles
};

// The ends of a channel of bytes have classes of their own, in bytes_sender.h
// and bytes_receiver.h.
template <>
class Sender<Bytes>;
template <>
class Receiver<Bytes>;

// Nor are they a field of values: the compiler says what to use instead.
template <>
struct serialize::SerializeTraits<Bytes> {
  static constexpr bool kIsMessage = true;
};

namespace internal {

// Bytes are no value: nothing is written around them.
template <>
struct ChannelContent<Bytes> {
  static constexpr void Describe(serialize::Schema& schema) {
    schema.Name("ipc_channel.Bytes");
  }
  static constexpr std::uint64_t Fingerprint() {
    serialize::Schema schema;
    Describe(schema);
    return schema.Finish().fingerprint;
  }
};

// Whether `message`, which was received, can come from a sender of bytes:
// DATA_LOSS if a peer attached handles (RESOURCE_EXHAUSTED if there is not even
// memory to say so). Then it has been cleared and they are closed.
absl::Status CheckBytes(transport::Message& message);

// Takes the bytes out of `message`, which is cleared either way; not copied
// where they lie in memory of their own. DATA_LOSS if handles came with them,
// RESOURCE_EXHAUSTED without memory for a copy.
template <>
absl::StatusOr<Bytes> DecodeValue<Bytes>(transport::Message& message,
                                         const serialize::DecodeLimits& limits);

}  // namespace internal
}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_BYTES_H_
