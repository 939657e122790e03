#ifndef IPC_CHANNEL_SERIALIZE_SERIALIZABLE_H_
#define IPC_CHANNEL_SERIALIZE_SERIALIZABLE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>
#include <type_traits>

#include "ipc_channel/serialize/internal/problem.h"
#include "ipc_channel/serialize/internal/verdict.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/std_types.h"

// Questions about a type, answered at compile time.

namespace ipc_channel::serialize {

// Values of T can be encoded: everything T is made of can be. C arrays can be
// fields in a field list, but not values of their own.
template <class T>
concept Serializable = internal::WriteProblem<std::remove_const_t<T>>()
== internal::Problem::kNone;

// Values of T can be decoded too. False for what only views (std::string_view,
// std::span) and for what has no default constructor or no move.
template <class T>
concept Deserializable = internal::ReadProblem<T>()
== internal::Problem::kNone;

// What two programs must agree on to exchange values of T: the same on all
// machines and compilers. Two types whose encodings are alike throughout have
// the same fingerprint whatever their names; docs/serialize.md has the rules.
template <Serializable T>
constexpr std::uint64_t Fingerprint() {
  return internal::kSummary<std::remove_const_t<T>>.fingerprint;
}

// A value of T can own handles: encoding it may ask for a HandleSink, decoding
// it for a HandleSource. Looks through containers, pointers, variants, field
// lists and aggregates.
template <Serializable T>
inline constexpr bool kOwnsHandles =
    internal::kSummary<std::remove_const_t<T>>.owns_handles;

// A value of T can own handles that sending takes away from it, so that T has
// to be moved into a send: types whose traits say kConsumedBySending = true.
template <Serializable T>
inline constexpr bool kOwnsConsumableHandles =
    internal::kSummary<std::remove_const_t<T>>.owns_consumable_handles;

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_SERIALIZABLE_H_
