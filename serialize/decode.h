#ifndef IPC_CHANNEL_SERIALIZE_DECODE_H_
#define IPC_CHANNEL_SERIALIZE_DECODE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/serialize/handles.h"
#include "ipc_channel/serialize/internal/read_value.h"
#include "ipc_channel/serialize/internal/verdict.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/serializable.h"

// Bytes to values. Thread-safe.

namespace ipc_channel::serialize {
namespace internal {

// Reads a value with `reader` into what `result` points to.
using ReadFunction = bool (*)(Reader& reader, void* result);

// Everything about decoding that does not depend on the type.
absl::Status DecodeWith(ReadFunction read, void* result,
                        std::uint64_t fingerprint,
                        std::span<const std::byte> in, HandleSource* handles,
                        const DecodeLimits& limits);

template <class T>
bool ReadInto(Reader& reader, void* result) {
  return ReadValue<true>(reader,
                         static_cast<absl::StatusOr<T>*>(result)->emplace());
}

// What is assigned to a StatusOr as its error even if that is of a Status.
struct DecodeError {
  // NOLINTNEXTLINE: implicit, or it would be taken for a value.
  operator absl::Status() && { return std::move(status); }

  absl::Status status;
};

// Decode() for types that can be. The result is a variable of the outermost
// block and returned from one place, or gcc would move it, and compile for each
// type how.
template <class T>
absl::StatusOr<T> DecodeNew(std::span<const std::byte> in,
                            HandleSource* handles, const DecodeLimits& limits) {
  absl::StatusOr<T> result;
  DecodeError error = {DecodeWith(ReadInto<T>, &result, kSummary<T>.fingerprint,
                                  in, handles, limits)};
  if (!error.status.ok()) result = std::move(error);
  return result;
}

}  // namespace internal

// Decodes what EncodeTo() wrote for a T on this or any other machine. Takes the
// handles that the value owns out of `handles`; whether all were taken is for
// its owner to see. T must have a default constructor.
//
// The bytes may be anything. What is not the encoding of exactly one T, what
// exceeds `limits`, and a handle that is not there, gives DATA_LOSS with the
// byte offset and the path of the field. In a path ".2" is the third field,
// "[7]" the eighth element, "<1>" the second alternative. DATA_LOSS too if a
// type's own code throws a std::exception, and RESOURCE_EXHAUSTED if there is
// no memory for the value: how much it takes is the peer's choice, within
// `limits`. Handles that were taken before an error are destroyed. No other
// error is returned.
template <class T>
absl::StatusOr<T> Decode(std::span<const std::byte> in,
                         HandleSource* handles = nullptr,
                         const DecodeLimits& limits = {}) {
  if constexpr (Deserializable<T>) {
    return internal::DecodeNew<T>(in, handles, limits);
  } else {
    (void)internal::ExplainReading<T>();
    return absl::OkStatus();
  }
}

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_DECODE_H_
