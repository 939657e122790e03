#ifndef IPC_CHANNEL_SERIALIZE_ENCODE_H_
#define IPC_CHANNEL_SERIALIZE_ENCODE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/serialize/handles.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/verdict.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/serializable.h"
#include "ipc_channel/serialize/writer.h"

// Values to bytes: the fingerprint of the type, then the value. All functions
// are thread-safe as long as nobody changes the value meanwhile.

namespace ipc_channel::serialize {

// Gives memory of exactly `size` bytes to encode a value into.
using EncodeRoom =
    absl::FunctionRef<absl::StatusOr<std::span<std::byte>>(std::size_t size)>;

namespace internal {

// What encoding a type takes, behind pointers, so that what does not depend on
// the type is compiled once and not for each.
struct Encoder {
  std::uint64_t fingerprint;
  void (*measure)(Sizer& sizer, const void* value);
  // Either this, for types that are all this module's own code, whose measure
  // can be trusted (put_value.h); or
  void (*put)(std::byte* to, const void* value) = nullptr;
  void (*write)(Writer& writer, const void* value) = nullptr;
};

template <class T>
void Measure(Sizer& sizer, const void* value) {
  WriteValue(sizer, *static_cast<const T*>(value));
}
template <class T>
void Put(std::byte* to, const void* value) {
  PutValue(to, *static_cast<const T*>(value));
}
template <class T>
void Write(Writer& writer, const void* value) {
  WriteValue(writer, *static_cast<const T*>(value));
}

template <class T>
constexpr Encoder EncoderFor() {
  Encoder encoder = {.fingerprint = Fingerprint<T>(), .measure = Measure<T>};
  if constexpr (kSummary<T>.is_own) {
    encoder.put = Put<T>;
  } else {
    encoder.write = Write<T>;
  }
  return encoder;
}

template <class T>
inline constexpr Encoder kEncoder = EncoderFor<T>();

std::size_t EncodedSizeWith(const Encoder& encoder, const void* value);
absl::Status SizeMismatch(std::size_t given, std::size_t needed);
absl::Status EncodeWith(const Encoder& encoder, const void* value,
                        EncodeRoom room, HandleSink* handles);
absl::StatusOr<std::vector<std::byte>> EncodeWith(const Encoder& encoder,
                                                  const void* value,
                                                  HandleSink* handles);
absl::Status EncodeWith(const Encoder& encoder, const void* value,
                        std::vector<std::byte>& out, HandleSink* handles);
absl::Status EncodeWith(const Encoder& encoder, const void* value,
                        std::span<std::byte> out, HandleSink* handles);

}  // namespace internal

// Every value of T takes the same number of bytes: T consists of scalars,
// bools, enums, and of arrays, tuples and aggregates of those.
template <class T>
concept HasFixedEncoding =
    Serializable<T> && internal::kLayout<std::remove_const_t<T>>
.is_fixed;

// How many, with the fingerprint.
template <HasFixedEncoding T>
inline constexpr std::size_t kEncodedSize =
    sizeof(std::uint64_t) + internal::kLayout<std::remove_const_t<T>>.min_size;

// Encodes into an array; cannot fail. In a constant expression too: what others
// rely on can be stated in a static_assert.
template <HasFixedEncoding T>
constexpr std::array<std::byte, kEncodedSize<T>> EncodeFixed(const T& value) {
  std::array<std::byte, kEncodedSize<T>> bytes = {};
  internal::PutValue(internal::PutScalar(bytes.data(), Fingerprint<T>()),
                     value);
  return bytes;
}

// The exact number of bytes that EncodeTo() writes for `value`. A constant
// expression if T's encoding is fixed.
template <class T>
constexpr std::size_t EncodedSize(const T& value) {
  if constexpr (HasFixedEncoding<T>) {
    return kEncodedSize<T>;
  } else if constexpr (Serializable<T>) {
    return internal::EncodedSizeWith(internal::kEncoder<T>,
                                     std::addressof(value));
  } else {
    (void)internal::ExplainWriting<T>();
    return 0;
  }
}

// Encodes `value` into the memory that `room` gives for it. `room` is called
// once, when the size is known, and not at all if the value cannot be encoded;
// its error is returned. `handles` gets the handles that `value` owns, in the
// order of their fields; they are only borrowed, and `value` must stay where it
// is while the addresses are used.
//
// On an error the contents of the memory are unspecified, and handles may have
// been lent already.
//   INVALID_ARGUMENT  the memory is of another size; the value owns a handle
//                     and `handles` is null; a type's own code refused the
//                     value
//   OUT_OF_RANGE      a string or container has more than 2^32 - 1 elements
//   INTERNAL          a type's own code did not write what it had measured
template <class T>
absl::Status EncodeInto(const T& value, EncodeRoom room,
                        HandleSink* handles = nullptr) {
  if constexpr (Serializable<T>) {
    return internal::EncodeWith(internal::kEncoder<T>, std::addressof(value),
                                room, handles);
  } else {
    (void)internal::ExplainWriting<T>();
    return absl::OkStatus();
  }
}

// The handles of a temporary would be gone before they could be sent.
template <class T>
requires(internal::kSummary<T>.owns_handles) absl::Status
    EncodeInto(const T&& value, EncodeRoom room, HandleSink* handles = nullptr)
= delete;

// The same in place of what `out` holds, whose memory is used again: the
// fastest way for many small values. `value` must neither be `out` nor refer to
// memory of it.
template <class T>
absl::Status EncodeInto(const T& value, std::vector<std::byte>& out,
                        HandleSink* handles = nullptr) {
  if constexpr (!Serializable<T>) {
    (void)internal::ExplainWriting<T>();
    return absl::OkStatus();
  } else if constexpr (internal::kSummary<T>.is_own) {
    Sizer sizer;
    internal::WriteValue(sizer, value);
    if (!sizer.ok()) [[unlikely]] {
      return sizer.status();
    }
    out.resize(sizeof(std::uint64_t) + sizer.size());
    internal::PutValue(internal::PutScalar(out.data(), Fingerprint<T>()),
                       value);
    return absl::OkStatus();
  } else {
    return internal::EncodeWith(internal::kEncoder<T>, std::addressof(value),
                                out, handles);
  }
}

template <class T>
requires(internal::kSummary<T>.owns_handles) absl::Status
    EncodeInto(const T&& value, std::vector<std::byte>& out,
               HandleSink* handles = nullptr)
= delete;

// The same into `out`, whose size must be EncodedSize(value). Measures `value`
// once more: EncodeInto() does not.
template <class T>
absl::Status EncodeTo(const T& value, std::span<std::byte> out,
                      HandleSink* handles = nullptr) {
  if constexpr (HasFixedEncoding<T>) {
    if (out.size() != kEncodedSize<T>) [[unlikely]] {
      return internal::SizeMismatch(out.size(), kEncodedSize<T>);
    }
    internal::PutValue(internal::PutScalar(out.data(), Fingerprint<T>()),
                       value);
    return absl::OkStatus();
  } else if constexpr (Serializable<T>) {
    return internal::EncodeWith(internal::kEncoder<T>, std::addressof(value),
                                out, handles);
  } else {
    (void)internal::ExplainWriting<T>();
    return absl::OkStatus();
  }
}

template <class T>
requires(internal::kSummary<T>.owns_handles) absl::Status
    EncodeTo(const T&& value, std::span<std::byte> out,
             HandleSink* handles = nullptr)
= delete;

// The same into memory of its own.
template <class T>
absl::StatusOr<std::vector<std::byte>> Encode(const T& value,
                                              HandleSink* handles = nullptr) {
  if constexpr (Serializable<T>) {
    return internal::EncodeWith(internal::kEncoder<T>, std::addressof(value),
                                handles);
  } else {
    (void)internal::ExplainWriting<T>();
    return absl::OkStatus();
  }
}

template <class T>
requires(internal::kSummary<T>.owns_handles)
    absl::StatusOr<std::vector<std::byte>> Encode(const T&& value,
                                                  HandleSink* handles = nullptr)
= delete;

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_ENCODE_H_
