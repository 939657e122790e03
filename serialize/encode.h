#ifndef IPC_CHANNEL_SERIALIZE_ENCODE_H_
#define IPC_CHANNEL_SERIALIZE_ENCODE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/serialize/handles.h"
#include "ipc_channel/serialize/internal/verdict.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/serializable.h"
#include "ipc_channel/serialize/writer.h"

// Values to bytes: the fingerprint of the type, then the value. All functions
// are thread-safe as long as nobody changes the value meanwhile.

namespace ipc_channel::serialize {
namespace internal {

// The error of an EncodeTo() whose value did not fill the span.
absl::Status SizeMismatch(std::size_t given, std::size_t needed);

}  // namespace internal

// The exact number of bytes that EncodeTo() writes for `value`.
template <class T>
std::size_t EncodedSize(const T& value) {
  if constexpr (Serializable<T>) {
    Sizer sizer;
    internal::WriteValue(sizer, Fingerprint<T>());
    internal::WriteValue(sizer, value);
    return sizer.size();
  } else {
    (void)internal::ExplainWriting<T>();
    return 0;
  }
}

// Encodes `value` into `out`, whose size must be EncodedSize(value). `handles`
// gets the handles that `value` owns, in the order of their fields; they are
// only borrowed, and `value` must stay where it is while the addresses are
// used.
//
// On an error the contents of `out` are unspecified, and handles may have been
// lent already.
//   INVALID_ARGUMENT  `out` is of another size; the value owns a handle and
//                     `handles` is null; a type's own code refused the value
//   OUT_OF_RANGE      a string or container has more than 2^32 - 1 elements
//   INTERNAL          a type's own code did not write what it had measured
template <class T>
absl::Status EncodeTo(const T& value, std::span<std::byte> out,
                      HandleSink* handles = nullptr) {
  if constexpr (Serializable<T>) {
    Writer writer(out, handles);
    internal::WriteValue(writer, Fingerprint<T>());
    internal::WriteValue(writer, value);
    if (writer.ok() && writer.remaining() == 0) return absl::OkStatus();
    if (!writer.ok() && !absl::IsInternal(writer.status())) {
      return writer.status();
    }
    return internal::SizeMismatch(out.size(), EncodedSize(value));
  } else {
    (void)internal::ExplainWriting<T>();
    return absl::OkStatus();
  }
}

// The handles of a temporary would be gone before they could be sent.
template <class T>
requires(internal::kSummary<T>.owns_handles) absl::Status
    EncodeTo(const T&& value, std::span<std::byte> out,
             HandleSink* handles = nullptr)
= delete;

// The same into memory of its own.
template <class T>
absl::StatusOr<std::vector<std::byte>> Encode(const T& value,
                                              HandleSink* handles = nullptr) {
  std::vector<std::byte> bytes(EncodedSize(value));
  if (absl::Status status = EncodeTo(value, bytes, handles); !status.ok()) {
    return status;
  }
  return bytes;
}

template <class T>
requires(internal::kSummary<T>.owns_handles)
    absl::StatusOr<std::vector<std::byte>> Encode(const T&& value,
                                                  HandleSink* handles = nullptr)
= delete;

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_ENCODE_H_
