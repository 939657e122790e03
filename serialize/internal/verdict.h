#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_VERDICT_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_VERDICT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <type_traits>

#include "ipc_channel/serialize/internal/problem.h"
#include "ipc_channel/serialize/schema.h"

namespace ipc_channel::serialize::internal {

// Turns a problem into one sentence when it is instantiated. kType is the
// kTypeId of the type the problem lies in, which the compiler names in its
// "instantiated from here".
template <Problem kProblem, const char* kType>
struct Explain {
  static_assert(kProblem != Problem::kUnknownType,
                "ipc_channel: this type cannot be serialized by itself; give "
                "your class a SerializeFields friend that lists its fields, or "
                "specialize SerializeTraits for a class that is not yours; "
                "types of Abseil and Protocol Buffers need their header from "
                "ipc_channel/serialize (docs/serialize.md).");
  static_assert(kProblem != Problem::kPointer,
                "ipc_channel: a raw pointer means nothing in another process; "
                "use std::unique_ptr, std::optional, or the value itself.");
  static_assert(kProblem != Problem::kReference,
                "ipc_channel: a reference cannot be serialized; use the value "
                "itself.");
  static_assert(kProblem != Problem::kUnion,
                "ipc_channel: nobody knows which member of a union is alive; "
                "use std::variant.");
  static_assert(kProblem != Problem::kLongDouble,
                "ipc_channel: long double differs between machines; use "
                "double.");
  static_assert(kProblem != Problem::kWideChar,
                "ipc_channel: wchar_t differs between systems; use char, "
                "char8_t, char16_t or char32_t.");
  static_assert(kProblem != Problem::kLong,
                "ipc_channel: long differs between systems and is not a "
                "fixed-width type here; use std::int32_t or std::int64_t.");
  static_assert(kProblem != Problem::kLooseEnum,
                "ipc_channel: this enum does not say how large it is; write "
                "enum E : std::uint32_t, or enum class.");
  static_assert(kProblem != Problem::kArrayMember,
                "ipc_channel: an aggregate with a C array as a member is not "
                "serialized by itself; use std::array, or list the fields in a "
                "SerializeFields friend.");
  static_assert(kProblem != Problem::kArrayValue,
                "ipc_channel: a C array is not a value; use std::array, "
                "std::string or std::span.");
  static_assert(kProblem != Problem::kBase,
                "ipc_channel: an aggregate with a base class is not serialized "
                "by itself; list the fields in a SerializeFields friend.");
  static_assert(kProblem != Problem::kTooManyMembers,
                "ipc_channel: an aggregate with more than 64 members is not "
                "serialized by itself; group the members, or list the fields "
                "in a SerializeFields friend.");
  static_assert(kProblem != Problem::kUncountable,
                "ipc_channel: the members of this aggregate cannot be counted, "
                "because one is a reference or cannot be initialized from {}; "
                "list the fields in a SerializeFields friend.");
  static_assert(kProblem != Problem::kTraitsAndHook,
                "ipc_channel: this type has both SerializeTraits and a "
                "SerializeFields friend; remove one of them.");
  static_assert(kProblem != Problem::kHookReturnsNothing,
                "ipc_channel: SerializeFields must return what the call of its "
                "second argument returns: return fields(self.a, self.b);");
  static_assert(kProblem != Problem::kHookTemporary,
                "ipc_channel: SerializeFields must pass the fields themselves, "
                "not temporary values made from them.");
  static_assert(
      kProblem != Problem::kConstHook,
      "ipc_channel: SerializeFields must take its object by non-const "
      "reference, since values are read into it too.");
  static_assert(kProblem != Problem::kIncompleteTraits,
                "ipc_channel: SerializeTraits of this type need kMinWireSize, "
                "a constexpr Describe(Schema&) and a template Write(Out&, "
                "const T&), all public and static.");
  static_assert(kProblem != Problem::kMessage,
                "ipc_channel: this class is the message of a BytesChannel and "
                "no field; use std::vector<std::byte>, std::string or "
                "SharedMemory.");
  static_assert(kProblem != Problem::kPolymorphicPointee,
                "ipc_channel: a pointer to a polymorphic class would be cut to "
                "its static type; use std::variant, or make the class final.");
  static_assert(kProblem != Problem::kConstHandle,
                "ipc_channel: sending a value can take its handles out of it, "
                "which cannot be where they are const: a const field, the key "
                "of a map, a span of const elements, what a std::shared_ptr "
                "shares.");
  static_assert(kProblem != Problem::kWeakPointer,
                "ipc_channel: what a std::weak_ptr points to belongs to others "
                "and may be gone; use the std::shared_ptr or the value.");
  static_assert(kProblem != Problem::kFunction,
                "ipc_channel: code cannot be sent; send a value that says what "
                "to do, such as an enum or a std::variant.");
  static_assert(kProblem != Problem::kAny,
                "ipc_channel: nobody knows what a std::any holds; use "
                "std::variant.");
  static_assert(kProblem != Problem::kAtomic,
                "ipc_channel: a std::atomic is for threads of one process; use "
                "the value that it holds.");
  static_assert(kProblem != Problem::kAdaptor,
                "ipc_channel: std::queue, std::stack and std::priority_queue "
                "do not show their elements; use the container inside.");
  static_assert(kProblem != Problem::kTooDeep,
                "ipc_channel: this type is nested more than 64 levels deep.");
  static_assert(kProblem != Problem::kView,
                "ipc_channel: this type can be written only, since it would "
                "view memory that is gone; receive std::string or std::vector, "
                "or give its SerializeTraits a Read function.");
  static_assert(kProblem != Problem::kUnlikeRead,
                "ipc_channel: the Read of this type's SerializeTraits is not a "
                "static bool Read(Reader&, T&).");
  static_assert(kProblem != Problem::kConstField,
                "ipc_channel: a const field cannot be read into; remove the "
                "const.");
  static_assert(kProblem != Problem::kNotDefaultConstructible,
                "ipc_channel: a type must have a default constructor and a "
                "move constructor to be decoded; give it both.");
};

// Why a value of T cannot be written, if so.
template <class T>
constexpr Problem WriteProblem() {
  if (std::is_array_v<T>) return Problem::kArrayValue;
  return kSummary<T>.problem;
}

// Why a value of T cannot be read, if so.
template <class T>
constexpr Problem ReadProblem() {
  if (std::is_const_v<T>) return Problem::kConstField;
  if (WriteProblem<T>() != Problem::kNone) return WriteProblem<T>();
  if (kSummary<T>.read_problem != Problem::kNone) {
    return kSummary<T>.read_problem;
  }
  return std::is_default_constructible_v<T> && std::is_move_constructible_v<T>
             ? Problem::kNone
             : Problem::kNotDefaultConstructible;
}

template <class T>
using ExplainWriting = Explain<WriteProblem<T>(), kSummary<T>.culprit>;

template <class T>
using ExplainReading =
    Explain<ReadProblem<T>(), kSummary<T>.problem != Problem::kNone
                                  ? kSummary<T>.culprit
                                  : kSummary<T>.read_culprit>;

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_VERDICT_H_
