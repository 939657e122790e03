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

// The same to const T&, and to a copy: a hook that takes one of these must not
// have the object itself.
template <class T>
struct ExactConstRef {
  template <std::same_as<const T> U>
  operator U&() const noexcept;
};
template <class T>
struct ExactCopy {
  template <std::same_as<T> U>
  operator U() const noexcept;
};

// Called in place of `fields`: says what it was given.
struct FieldProbe {
  template <class... Fs>
  constexpr TypeList<Fs...> operator()(Fs&&...) const {
    return {};
  }
};

// The hook of T takes a const T or a copy, which nothing can be read into.
template <class T>
concept HasConstHook = requires(ExactConstRef<T> self, FieldProbe& fields) {
  SerializeFields(self, fields);
}
|| requires(ExactCopy<T> self, FieldProbe& fields) {
  SerializeFields(self, fields);
};

// T has a hook, be it as it should be or not. (To gcc 12 a const T& is a T&
// too; to clang 14 it is not.)
template <class T>
concept HasHook = std::is_class_v<T> &&(requires(ExactRef<T> self,
                                                 FieldProbe& fields) {
  SerializeFields(self, fields);
} || HasConstHook<T>);

template <class T>
using HookResult = decltype(SerializeFields(std::declval<ExactRef<T>>(),
                                            std::declval<FieldProbe&>()));

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
