#ifndef IPC_CHANNEL_SERIALIZE_TRAITS_H_
#define IPC_CHANNEL_SERIALIZE_TRAITS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <concepts>
#include <cstddef>

namespace ipc_channel::serialize {

// How values of T become bytes, for types whose author cannot be asked to write
// a field list, and for handles. Include serialize.h, which has all that they
// call, and specialize it before T is first serialized, outside of any
// namespace:
//
//   template <>
//   struct ipc_channel::serialize::SerializeTraits<Uuid> {
//     // The fewest bytes any value takes; the reader refuses lengths that
//     // could not be true by it. Too small is safe, too large refuses values.
//     static constexpr std::size_t kMinWireSize = 16;
//
//     // What both sides must agree on; becomes part of the fingerprint. Names
//     // the format, and calls Field<U>() for each type U that Write() writes.
//     static constexpr void Describe(Schema& schema) {
//       schema.Name("example.Uuid");
//       schema.Field<std::array<std::uint8_t, 16>>();
//     }
//
//     // Runs twice, with a Sizer and with a Writer (writer.h), and must do the
//     // same both times. What Read() refuses must be refused here: the encoder
//     // then gives INVALID_ARGUMENT, while a message that is sent and refused
//     // where it arrives is lost without the sender's knowledge.
//     template <class Out>
//     static void Write(Out& out, const Uuid& uuid) {
//       if (!uuid.is_valid()) out.Fail("not a version 4 UUID");
//       out.Write(uuid.bytes());
//     }
//
//     // Puts what it reads in place of what `uuid` holds, which may be any
//     // value and never shows afterwards; false if the bytes are not a Uuid,
//     // best with the reason given to Fail(). Without this function values
//     // can be written only.
//     static bool Read(Reader& in, Uuid& uuid) {
//       std::array<std::uint8_t, 16> bytes;
//       if (!in.Read(bytes)) return false;
//       uuid = Uuid(bytes);
//       return uuid.is_valid() || in.Fail("not a version 4 UUID");
//     }
//   };
//
// All of these are public and static.
//
// Traits of a handle type also say whether sending takes the handle away:
//
//   template <>
//   struct ipc_channel::serialize::SerializeTraits<UniqueFd> {
//     static constexpr std::size_t kMinWireSize = kHandleWireSize;
//     static constexpr bool kConsumedBySending = true;
//     static constexpr void Describe(Schema& schema) { schema.Name("fd"); }
//     template <class Out>
//     static void Write(Out& out, const UniqueFd& fd) {
//       out.LendHandle(kFdKind, &fd);
//     }
//     static bool Read(Reader& in, UniqueFd& fd) {
//       return in.ClaimHandle(kFdKind, &fd);
//     }
//   };
//
// A Read() that makes and reads further objects of its own type, as for a tree,
// does so between Reader::Enter() and Leave(): otherwise the peer decides how
// deep it recurses. The standard containers and pointers do that by themselves.
//
// A type with traits and a SerializeFields hook is refused: drop one of them.
//
// Traits of which kIsMessage is all say that T is what a channel carries as it
// is, and no field: //channel has such a class.
template <class T>
struct SerializeTraits;

namespace internal {

template <class T>
concept HasTraits = requires {
  sizeof(SerializeTraits<T>);
};

// This module's own traits have this function too, which internal/put_value.h
// explains. Others must not: nothing checks what it writes. Traits that inherit
// it have it for another type and not for their own, which they may write
// otherwise.
template <class T>
concept HasPut = requires(std::byte* to, const T& value) {
  // gcc 12 takes the address of one whose constraints do not hold, too.
  SerializeTraits<T>::Put(to, value);
}
&&(
    requires {
      {
        &SerializeTraits<T>::Put
        } -> std::same_as<std::byte* (*)(std::byte*, const T&)>;
    } ||
    requires {
      {
        &SerializeTraits<T>::Put
        } -> std::same_as<std::byte* (*)(std::byte*, T)>;
    });

template <class T>
concept IsHandle = requires {
  SerializeTraits<T>::kConsumedBySending;
};

}  // namespace internal
}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_TRAITS_H_
