#ifndef IPC_CHANNEL_TESTING_INTERNAL_SERIALIZE_SUBJECT_H_
#define IPC_CHANNEL_TESTING_INTERNAL_SERIALIZE_SUBJECT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/serialize/serialize.h"

// What serialize_checker.h needs of a type, behind pointers: the checks are
// compiled once and not for each type.

namespace ipc_channel_testing::internal {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

struct SerializeSubject {
  std::uint64_t fingerprint;
  std::size_t (*size)(const void* value);
  absl::StatusOr<Bytes> (*encode)(const void* value,
                                  ipc_channel::serialize::HandleSink* handles);
  absl::Status (*encode_to)(const void* value, std::span<std::byte> out,
                            ipc_channel::serialize::HandleSink* handles);
  absl::Status (*encode_into)(const void* value,
                              ipc_channel::serialize::EncodeRoom room,
                              ipc_channel::serialize::HandleSink* handles);
  void (*write)(const void* value, ipc_channel::serialize::Writer& writer);
  // Calls `use` with the value, if there is one, and then destroys it.
  absl::Status (*decode)(ByteView in,
                         ipc_channel::serialize::HandleSource* handles,
                         const ipc_channel::serialize::DecodeLimits& limits,
                         absl::FunctionRef<void(const void* value)> use);
  // The same, but decodes what it decoded once more into the same object.
  absl::Status (*decode_twice)(
      ByteView in, ipc_channel::serialize::HandleSource* first,
      ipc_channel::serialize::HandleSource* second,
      const ipc_channel::serialize::DecodeLimits& limits,
      absl::FunctionRef<void(const void* value)> use);
  // Null if T's == is not for us.
  bool (*equal)(const void* a, const void* b);
};

// A template's == may be declared for elements that have none, and that of a
// pointer is not about what it points to: those are left alone.
template <class T>
inline constexpr bool kIsOfATemplate = false;
template <template <class...> class Template, class... Ts>
inline constexpr bool kIsOfATemplate<Template<Ts...>> = true;
template <class T, std::size_t kSize>
inline constexpr bool kIsOfATemplate<std::array<T, kSize>> = true;

template <class T>
bool IsEqual(const void* a, const void* b) {
  return *static_cast<const T*>(a) == *static_cast<const T*>(b);
}

template <class T>
absl::Status DecodeAndUse(ByteView in,
                          ipc_channel::serialize::HandleSource* handles,
                          const ipc_channel::serialize::DecodeLimits& limits,
                          absl::FunctionRef<void(const void* value)> use) {
  const absl::StatusOr<T> value =
      ipc_channel::serialize::Decode<T>(in, handles, limits);
  if (value.ok()) use(&*value);
  return value.status();
}

template <class T>
absl::Status DecodeTwiceAndUse(
    ByteView in, ipc_channel::serialize::HandleSource* first,
    ipc_channel::serialize::HandleSource* second,
    const ipc_channel::serialize::DecodeLimits& limits,
    absl::FunctionRef<void(const void* value)> use) {
  T value{};
  for (auto* const handles : {first, second}) {
    const absl::Status status =
        ipc_channel::serialize::DecodeInto(in, value, handles, limits);
    if (!status.ok()) return status;
  }
  use(&value);
  return absl::OkStatus();
}

template <class T>
SerializeSubject SubjectFor() {
  namespace serialize = ipc_channel::serialize;
  SerializeSubject subject = {
      .fingerprint = serialize::Fingerprint<T>(),
      .size =
          [](const void* value) {
            return serialize::EncodedSize(*static_cast<const T*>(value));
          },
      .encode =
          [](const void* value, serialize::HandleSink* handles) {
            return serialize::Encode(*static_cast<const T*>(value), handles);
          },
      .encode_to =
          [](const void* value, std::span<std::byte> out,
             serialize::HandleSink* handles) {
            return serialize::EncodeTo(*static_cast<const T*>(value), out,
                                       handles);
          },
      .encode_into =
          [](const void* value, serialize::EncodeRoom room,
             serialize::HandleSink* handles) {
            return serialize::EncodeInto(*static_cast<const T*>(value), room,
                                         handles);
          },
      .write =
          [](const void* value, serialize::Writer& writer) {
            writer.Write(*static_cast<const T*>(value));
          },
      .decode = DecodeAndUse<T>,
      .decode_twice = DecodeTwiceAndUse<T>,
      .equal = nullptr};
  if constexpr (!kIsOfATemplate<T>) {
    if constexpr (std::equality_comparable<T>) subject.equal = IsEqual<T>;
  }
  return subject;
}

}  // namespace ipc_channel_testing::internal

#endif  // IPC_CHANNEL_TESTING_INTERNAL_SERIALIZE_SUBJECT_H_
