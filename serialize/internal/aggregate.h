#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_AGGREGATE_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_AGGREGATE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <type_traits>
#include <utility>

#include "ipc_channel/serialize/internal/member_lists.h"
#include "ipc_channel/serialize/internal/problem.h"
#include "ipc_channel/serialize/internal/type_list.h"

// The members of an aggregate, found without its author's help.

namespace ipc_channel::serialize::internal {

template <class T>
struct AnyBaseOf {
  template <class Base>
  requires(std::is_base_of_v<Base, T> && !std::is_same_v<Base, T>)
  operator Base() const noexcept;
};

struct Unrelated {};

// Bases come first in the braces, before all members. A first member that can
// be made from anything, as std::any, is none.
template <class T>
concept HasBase = requires {
  T{AnyBaseOf<T>()};
}
&&!requires { T{Unrelated()}; };

template <class T>
concept HasTupleProtocol = requires {
  std::tuple_size<T>::value;
};

// The largest n in [kLow, kHigh) for which T{{}, ... n times} compiles, taking
// that for granted of kLow. If n members can be given, so can n - 1.
template <class T, std::size_t kLow, std::size_t kHigh>
constexpr std::size_t CountBetween() {
  if constexpr (kHigh - kLow == 1) {
    return kLow;
  } else {
    constexpr std::size_t kMiddle = kLow + (kHigh - kLow) / 2;
    if constexpr (Members<kMiddle>::template Fit<T>()) {
      return CountBetween<T, kMiddle, kHigh>();
    } else {
      return CountBetween<T, kLow, kMiddle>();
    }
  }
}

template <class T>
inline constexpr std::size_t kMemberCount =
    CountBetween<T, 0, kMaxMembers + 2>();

template <class T>
using MemberTypes =
    decltype(Members<kMemberCount<T>>::Types(std::declval<T&>()));

template <class... Ts>
constexpr Problem MembersProblem(TypeList<Ts...>) {
  if ((std::is_reference_v<Ts> || ...)) return Problem::kReference;
  if ((std::is_array_v<Ts> || ...)) return Problem::kArrayMember;
  return Problem::kNone;
}

// Why the members of the aggregate T cannot be found or used, if so.
template <class T>
constexpr Problem AggregateProblem() {
  if constexpr (HasTupleProtocol<T>) {
    return Problem::kUncountable;
  } else if constexpr (kMemberCount<T> == 0 && !Members<0>::template Fit<T>()) {
    return Problem::kUncountable;
  } else if constexpr (HasBase<T>) {
    return Problem::kBase;
  } else if constexpr (kMemberCount<T> > kMaxMembers) {
    return Problem::kTooManyMembers;
  } else if constexpr (Members<kMemberCount<T>>::template FitOneMore<T>()) {
    return Problem::kUncountable;
  } else {
    return MembersProblem(MemberTypes<T>());
  }
}

template <class T>
inline constexpr Problem kAggregateProblem = AggregateProblem<T>();

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_AGGREGATE_H_
