#ifndef IPC_CHANNEL_SERIALIZE_DECODE_H_
#define IPC_CHANNEL_SERIALIZE_DECODE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/config.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/utility/utility.h"
#include "ipc_channel/serialize/handles.h"
#include "ipc_channel/serialize/internal/get_value.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/read_failure.h"
#include "ipc_channel/serialize/internal/verdict.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/serializable.h"

// Bytes to values. Thread-safe.

namespace ipc_channel::serialize {
namespace internal {

// Reads a value with `reader` into what `to` points to.
using ReadFunction = bool (*)(Reader& reader, void* to);

// Everything about decoding that does not depend on the type.
absl::Status DecodeWith(ReadFunction read, void* to, std::uint64_t fingerprint,
                        std::span<const std::byte> in, HandleSource* handles,
                        const DecodeLimits& limits);

template <class T>
bool ReadInto(Reader& reader, void* value) {
  return reader.Read(*static_cast<T*>(value));
}

// What is assigned to a StatusOr as its error even if that is of a Status.
struct DecodeError {
  // NOLINTNEXTLINE: implicit, or it would be taken for a value.
  operator absl::Status() && { return std::move(status); }

  absl::Status status;
};

// For types whose making can throw.
template <class T>
bool MakeAndRead(Reader& reader, void* result) {
  return reader.Read(static_cast<absl::StatusOr<T>*>(result)->emplace());
}

// In both, the result is the only thing that is returned, and therefore made
// where it goes.
template <class T>
requires std::is_nothrow_default_constructible_v<T> absl::StatusOr<T> DecodeAny(
    std::span<const std::byte> in, HandleSource* handles,
    const DecodeLimits& limits) {
  absl::StatusOr<T> result(absl::in_place);
  absl::Status status = DecodeWith(ReadInto<T>, std::addressof(*result),
                                   Fingerprint<T>(), in, handles, limits);
  if (!status.ok()) [[unlikely]] {
    result = DecodeError{std::move(status)};
  }
  return result;
}

template <class T>
absl::StatusOr<T> DecodeAny(std::span<const std::byte> in,
                            HandleSource* handles, const DecodeLimits& limits) {
  absl::StatusOr<T> result;
  absl::Status status = DecodeWith(MakeAndRead<T>, &result, Fingerprint<T>(),
                                   in, handles, limits);
  if (!status.ok()) [[unlikely]] {
    result = DecodeError{std::move(status)};
  }
  return result;
}

// Values of fixed layout are read here and now, without a Reader: there is
// nothing to allocate, to nest or to claim.

// What is wrong with a message that is not of `size` bytes.
ABSL_ATTRIBUTE_COLD absl::Status WrongSize(std::span<const std::byte> in,
                                           std::uint64_t fingerprint,
                                           std::size_t size);
ABSL_ATTRIBUTE_COLD absl::Status WrongFingerprint(const std::byte* begin);

#ifdef ABSL_HAVE_EXCEPTIONS
// To be called where one was caught. Passes on what is no std::exception.
ABSL_ATTRIBUTE_COLD absl::Status StatusOfException();
#endif

// Reads the value that begins at `from` of the message at `begin`.
template <class T>
absl::StatusOr<T> GetFixed(const std::byte* from, const std::byte* begin) {
  absl::StatusOr<T> result(absl::in_place);
  ReadFailure failure;
#ifdef ABSL_HAVE_EXCEPTIONS
  try {
#endif
    if (GetValue(from, *result, failure) == nullptr) [[unlikely]] {
      result = DecodeError{failure.status(begin)};
    }
#ifdef ABSL_HAVE_EXCEPTIONS
  } catch (...) {
    result = DecodeError{StatusOfException()};
  }
#endif
  return result;
}

template <class T>
absl::StatusOr<T> DecodeFixed(std::span<const std::byte> in) {
  constexpr std::size_t kSize = sizeof(std::uint64_t) + kLayout<T>.min_size;
  if (in.size() != kSize) [[unlikely]] {
    return WrongSize(in, Fingerprint<T>(), kSize);
  }
  std::uint64_t fingerprint;
  const std::byte* const value = GetScalar(in.data(), fingerprint);
  if (fingerprint != Fingerprint<T>()) [[unlikely]] {
    return WrongFingerprint(in.data());
  }
  return GetFixed<T>(value, in.data());
}

}  // namespace internal

// Decodes what EncodeTo() wrote for a T on this or any other machine. Takes the
// handles that the value owns out of `handles`; whether all were taken is for
// its owner to see. T must have a default constructor.
//
// The bytes may be anything. What is not the encoding of exactly one T, what
// exceeds `limits`, and a handle that is not there, gives DATA_LOSS with the
// byte offset and the path of the field. In a path ".2" is the third field,
// "[7]" the eighth element, "<1>" the second alternative. Where several things
// are wrong, it is not promised which of them is named. DATA_LOSS too if a
// type's own code throws a std::exception, and RESOURCE_EXHAUSTED if there is
// no memory for the value: how much it takes is the peer's choice, within
// `limits`. Handles that were taken before an error are destroyed. No other
// error is returned.
template <class T>
absl::StatusOr<T> Decode(std::span<const std::byte> in,
                         HandleSource* handles = nullptr,
                         const DecodeLimits& limits = {}) {
  if constexpr (!Deserializable<T>) {
    (void)internal::ExplainReading<T>();
    return absl::OkStatus();
  } else if constexpr (internal::kLayout<T>.is_fixed &&
                       std::is_nothrow_default_constructible_v<T>) {
    return internal::DecodeFixed<T>(in);
  } else {
    return internal::DecodeAny<T>(in, handles, limits);
  }
}

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_DECODE_H_
