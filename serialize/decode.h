#ifndef IPC_CHANNEL_SERIALIZE_DECODE_H_
#define IPC_CHANNEL_SERIALIZE_DECODE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <span>
#include <utility>

#include "absl/base/config.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/serialize/handles.h"
#include "ipc_channel/serialize/internal/verdict.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/serializable.h"

// Bytes to values. Thread-safe.

namespace ipc_channel::serialize {
namespace internal {

// Reads the fingerprint and fails if it is not `expected`.
bool ReadFingerprint(Reader& reader, std::uint64_t expected);

absl::Status NoMemoryToDecode();
absl::Status DecodingThrew();

template <class T>
absl::StatusOr<T> DecodeOrThrow(std::span<const std::byte> in,
                                HandleSource* handles,
                                const DecodeLimits& limits) {
  Reader reader(in, handles, limits);
  T value = T();
  if (ReadFingerprint(reader, Fingerprint<T>()) && reader.Read(value) &&
      reader.remaining() != 0) {
    reader.Fail("bytes after the end of the value");
  }
  if (!reader.ok()) return reader.status();
  return value;
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
#ifdef ABSL_HAVE_EXCEPTIONS
    try {
      return internal::DecodeOrThrow<T>(in, handles, limits);
    } catch (const std::bad_alloc&) {
      return internal::NoMemoryToDecode();
    } catch (const std::exception&) {
      return internal::DecodingThrew();
    }
#else
    return internal::DecodeOrThrow<T>(in, handles, limits);
#endif
  } else {
    (void)internal::ExplainReading<T>();
    return absl::OkStatus();
  }
}

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_DECODE_H_
