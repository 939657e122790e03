#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_HOOK_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_HOOK_H_

#include "ipc_channel/platforms/cxx20.h"

#include <concepts>
#include <type_traits>
#include <utility>

#include "ipc_channel/serialize/internal/problem.h"
#include "ipc_channel/serialize/internal/type_list.h"

// The field list of a class, named by its author in a hidden friend:
//
//   template <class F>
//   friend constexpr auto SerializeFields(Hello& self, F&& fields) {
//     return fields(self.version_, self.name_);
//   }

namespace ipc_channel::serialize::internal {

// Converts to T& and to nothing else, so that the hook of a base class is not
// taken for that of T. Having T as its argument, it finds T's friends.
template <class T>
struct ExactRef {
  template <std::same_as<T> U>
  operator U&() const noexcept;
};

// Converts to const T& and to copies: only a hook that must not have the object
// itself takes it.
template <class T>
struct ConstRef {
  operator const T&() const noexcept;
};

// Called in place of `fields`: says what it was given.
struct FieldProbe {
  template <class... Fs>
  constexpr TypeList<Fs...> operator()(Fs&&...) const {
    return {};
  }
};

template <class T>
concept HasHook = std::is_class_v<T> &&
    requires(ExactRef<T> self, FieldProbe& fields) {
  SerializeFields(self, fields);
};

template <class T>
using HookResult = decltype(SerializeFields(std::declval<ExactRef<T>>(),
                                            std::declval<FieldProbe&>()));

// The hook of T takes a const T or a copy, which nothing can be read into.
template <class T>
concept HasConstHook = requires(ConstRef<T> self, FieldProbe& fields) {
  SerializeFields(self, fields);
};

template <class Result>
struct HookFields {
  static constexpr Problem kProblem = Problem::kHookReturnsNothing;
  using Types = TypeList<>;
};

template <class... Fs>
struct HookFields<TypeList<Fs...>> {
  static constexpr Problem kProblem = (std::is_lvalue_reference_v<Fs> && ...)
                                          ? Problem::kNone
                                          : Problem::kHookTemporary;
  using Types = TypeList<std::remove_reference_t<Fs>...>;
};

// Why T's hook cannot be used.
template <class T>
constexpr Problem HookProblem() {
  if constexpr (HasConstHook<T>) {
    return Problem::kConstHook;
  } else {
    return HookFields<HookResult<T>>::kProblem;
  }
}

// A hook only lists its fields, and `visitor` takes them by const reference
// when `value` is const; so the hook is written once, for the non-const case.
template <class T, class F>
constexpr decltype(auto) VisitHook(const T& value, F&& visitor) {
  return SerializeFields(const_cast<T&>(value), visitor);
}
template <class T, class F>
constexpr decltype(auto) VisitHook(T& value, F&& visitor) {
  return SerializeFields(value, visitor);
}

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_HOOK_H_
