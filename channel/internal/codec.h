#ifndef IPC_CHANNEL_CHANNEL_INTERNAL_CODEC_H_
#define IPC_CHANNEL_CHANNEL_INTERNAL_CODEC_H_

#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/internal/encode_buffer.h"
#include "ipc_channel/channel/internal/handle_claimer.h"
#include "ipc_channel/channel/internal/handle_lender.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel::internal {

// A value of T can own what a send takes away. False for what cannot be
// serialized at all: of that the encoder says why.
template <class T>
constexpr bool MustBeMoved() {
  if constexpr (serialize::Serializable<T>) {
    return serialize::kOwnsConsumableHandles<T>;
  }
  return false;
}

// A View is encoded as a T is. False for what cannot be serialized at all.
template <class View, class T>
constexpr bool IsViewOf() {
  if constexpr (serialize::Serializable<View> && serialize::Serializable<T>) {
    return serialize::Fingerprint<View>() == serialize::Fingerprint<T>();
  }
  return false;
}

// Where a value is as large as this, it goes from where it lies, if it can:
// below, copying it behind its framing is as quick as a second place.
inline constexpr std::size_t kLeastSentInPlace = 4096;

// Sends a value whose memory is its encoding, without copying it.
template <class T>
absl::Status SendInPlace(const transport::Sender& sender, const T& value,
                         absl::Time deadline) {
  return transport::OrOutOfMemory([&]() -> absl::Status {
    const absl::StatusOr<serialize::BulkEncoding> encoded =
        serialize::EncodeBulk(value);
    if (!encoded.ok()) return encoded.status();
    return sender.Send(transport::Payload(encoded->head, encoded->body), {},
                       deadline);
  });
}

// Sends `value` as one message. On success receivers and descriptors are taken
// out of it, and with Lending::kMove every other handle too: what is taken must
// not lie in a const object. Codes: those of transport::Sender::Send() and
// serialize::EncodeInto().
template <class T>
absl::Status SendValue(const transport::Sender& sender, const T& value,
                       Lending lending, absl::Time deadline) {
  if constexpr (serialize::kIsBulk<T>) {
    if (std::size(value) * sizeof(*std::data(value)) >= kLeastSentInPlace) {
      return SendInPlace(sender, value, deadline);
    }
  }
  return transport::OrOutOfMemory([&]() -> absl::Status {
    EncodeBuffer buffer(sender.max_message_bytes());
    HandleLender lender(lending);
    absl::Status encoded = serialize::EncodeInto(
        value, [&buffer](std::size_t size) { return buffer.Reserve(size); },
        &lender);
    if (!encoded.ok()) return encoded;
    return sender.Send(buffer.bytes(), lender.handles(), deadline);
  });
}

// Reads the value out of `message`, which is cleared either way: handles that
// no value took are closed. DATA_LOSS if the message is not a T or exceeds
// `limits`.
template <class T>
absl::StatusOr<T> DecodeValue(transport::Message& message,
                              const serialize::DecodeLimits& limits = {}) {
  static_assert(!std::is_same_v<T, absl::Status>,
                "ipc_channel: an absl::Status that was received could not be "
                "told from an error of the channel; put it into a struct.");
  const absl::Cleanup clear = [&message] { message.Clear(); };
  return transport::OrOutOfMemory([&]() -> absl::StatusOr<T> {
    HandleClaimer claimer(message.handles());
    absl::StatusOr<T> value =
        serialize::Decode<T>(message.payload(), &claimer, limits);
    if (value.ok() && !claimer.AllClaimed()) {
      return absl::DataLossError(
          "the message brought handles nobody asked for");
    }
    return value;
  });
}

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_CHANNEL_INTERNAL_CODEC_H_
