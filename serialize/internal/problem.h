#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_PROBLEM_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_PROBLEM_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>

namespace ipc_channel::serialize::internal {

// Why a type cannot be serialized. verdict.h has the sentence for each.
enum class Problem : std::uint8_t {
  kNone,
  kUnknownType,
  kPointer,
  kReference,
  kUnion,
  kLongDouble,
  kWideChar,
  kLong,
  kLooseEnum,
  kArrayMember,
  kArrayValue,
  kBase,
  kTooManyMembers,
  kUncountable,
  kTraitsAndHook,
  kHookReturnsNothing,
  kHookTemporary,
  kConstHook,
  kIncompleteTraits,
  kMessage,
  kPolymorphicPointee,
  kConstHandle,
  kWeakPointer,
  kFunction,
  kAny,
  kAtomic,
  kAdaptor,
  kTooDeep,
  // The following forbid only reading.
  kView,
  kUnlikeRead,
  kConstField,
  kNotDefaultConstructible,
};

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_PROBLEM_H_
