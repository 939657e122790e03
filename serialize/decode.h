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

// What is wrong with a message that is not of `size` bytes, or not of this
// fingerprint.
ABSL_ATTRIBUTE_COLD absl::Status WrongMessage(std::span<const std::byte> in,
                                              std::uint64_t fingerprint,
                                              std::size_t size);

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
absl::Status GetFixedInto(const std::byte* from, const std::byte* begin,
                          T& value) {
  ReadFailure failure;
#ifdef ABSL_HAVE_EXCEPTIONS
  try {
#endif
    if (GetValue(from, value, failure) == nullptr) [[unlikely]] {
      return failure.status(begin);
    }
#ifdef ABSL_HAVE_EXCEPTIONS
  } catch (...) {
    return StatusOfException();
  }
#endif
  return absl::OkStatus();
}

template <class T>
inline constexpr std::size_t kFixedSize =
    sizeof(std::uint64_t) + kLayout<T>.min_size;

// The value in `in`, or null if that is not a message of a T.
template <class T>
const std::byte* FindFixed(std::span<const std::byte> in) {
  if (in.size() != kFixedSize<T>) return nullptr;
  std::uint64_t fingerprint;
  const std::byte* const value = GetScalar(in.data(), fingerprint);
  return fingerprint == Fingerprint<T>() ? value : nullptr;
}

template <class T>
absl::StatusOr<T> DecodeFixed(std::span<const std::byte> in) {
  const std::byte* const value = FindFixed<T>(in);
  if (value == nullptr) [[unlikely]] {
    return WrongMessage(in, Fingerprint<T>(), kFixedSize<T>);
  }
  return GetFixed<T>(value, in.data());
}

template <class T>
absl::Status DecodeFixedInto(std::span<const std::byte> in, T& value) {
  const std::byte* const from = FindFixed<T>(in);
  if (from == nullptr) [[unlikely]] {
    return WrongMessage(in, Fingerprint<T>(), kFixedSize<T>);
  }
  return GetFixedInto(from, in.data(), value);
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

// The same in place of what `value` holds, of which nothing is left and whose
// memory is used again: the strings and vectors of many messages allocate
// nothing where those of earlier ones suffice. What they took is kept, whoever
// sent it, until `value` is destroyed or assigned another. It takes the
// compiler less time than Decode(), since nothing is needed of
// absl::StatusOr<T>. `in` must not lie in that memory.
//
// After an error `value` is valid but unspecified: handles that it owned may be
// gone, as those are that were taken before the error.
template <class T>
absl::Status DecodeInto(std::span<const std::byte> in, T& value,
                        HandleSource* handles = nullptr,
                        const DecodeLimits& limits = {}) {
  if constexpr (!Deserializable<T>) {
    (void)internal::ExplainReading<T>();
    return absl::OkStatus();
  } else if constexpr (internal::kLayout<T>.is_fixed) {
    return internal::DecodeFixedInto(in, value);
  } else {
    return internal::DecodeWith(internal::ReadInto<T>, std::addressof(value),
                                Fingerprint<T>(), in, handles, limits);
  }
}

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_DECODE_H_
