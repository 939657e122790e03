#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_CATEGORY_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_CATEGORY_H_

#include "ipc_channel/platforms/cxx20.h"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "ipc_channel/serialize/internal/aggregate.h"
#include "ipc_channel/serialize/internal/hook.h"
#include "ipc_channel/serialize/internal/problem.h"
#include "ipc_channel/serialize/internal/std_refused.h"
#include "ipc_channel/serialize/internal/type_list.h"
#include "ipc_channel/serialize/traits.h"

// Which of the few ways of writing and reading applies to a type.

namespace ipc_channel::serialize::internal {

enum class Category : std::uint8_t {
  kRefused,
  kBool,
  kScalar,     // Arithmetic and character types but bool.
  kEnum,       // std::byte included.
  kArray,      // T[n] and std::array.
  kTuple,      // std::pair and std::tuple.
  kHook,       // Classes with a field list.
  kAggregate,  // Classes without one.
  kTraits,     // Everything with SerializeTraits.
};

template <class T, class... Ts>
inline constexpr bool kIsOneOf = (std::is_same_v<T, Ts> || ...);

// `long` has 32 bits on some systems and 64 on others: it passes where it is
// one of the fixed-width types, and asks for one elsewhere.
template <class T>
inline constexpr bool kIsScalar =
    kIsOneOf<T, std::int8_t, std::uint8_t, std::int16_t, std::uint16_t,
             std::int32_t, std::uint32_t, std::int64_t, std::uint64_t,
             long long, unsigned long long, float, double, char, char8_t,
             char16_t, char32_t>;

static_assert(sizeof(long long) == 8 && sizeof(float) == 4 &&
              sizeof(double) == 8);

template <class T>
struct ArrayShape {
  static constexpr bool kIsArray = false;
};
template <class T, std::size_t kCount>
struct ArrayShape<T[kCount]> {
  static constexpr bool kIsArray = true;
  static constexpr std::size_t kSize = kCount;
  using Element = T;
};
template <class T, std::size_t kCount>
struct ArrayShape<std::array<T, kCount>> : ArrayShape<T[kCount]> {};
template <class T>
struct ArrayShape<std::array<T, 0>> {
  static constexpr bool kIsArray = true;
  static constexpr std::size_t kSize = 0;
  using Element = T;
};

template <class T>
struct TupleShape {
  static constexpr bool kIsTuple = false;
};
template <class... Ts>
struct TupleShape<std::tuple<Ts...>> {
  static constexpr bool kIsTuple = true;
  using Types = TypeList<Ts...>;
};
template <class A, class B>
struct TupleShape<std::pair<A, B>> : TupleShape<std::tuple<A, B>> {};

// An unscoped enum without a fixed underlying type has no defined value for
// most of what a peer can send, and its size is the compiler's choice.
template <class T>
concept HasFixedUnderlyingType = requires {
  T{0};
};

template <class T>
constexpr Category CategoryOfClass() {
  if constexpr (ArrayShape<T>::kIsArray) {
    return Category::kArray;
  } else if constexpr (TupleShape<T>::kIsTuple) {
    return Category::kTuple;
  } else if constexpr (HasHook<T>) {
    return HookProblem<T>() == Problem::kNone ? Category::kHook
                                              : Category::kRefused;
  } else if constexpr (std::is_aggregate_v<T>) {
    return kAggregateProblem<T> == Problem::kNone ? Category::kAggregate
                                                  : Category::kRefused;
  } else {
    return Category::kRefused;
  }
}

template <class T>
constexpr Category CategoryOf() {
  if constexpr (HasTraits<T>) {
    return Category::kTraits;
  } else if constexpr (std::is_class_v<T>) {
    return CategoryOfClass<T>();
  } else if constexpr (std::is_same_v<T, bool>) {
    return Category::kBool;
  } else if constexpr (kIsScalar<T>) {
    return Category::kScalar;
  } else if constexpr (std::is_enum_v<T>) {
    return HasFixedUnderlyingType<T> ? Category::kEnum : Category::kRefused;
  } else {
    return ArrayShape<T>::kIsArray ? Category::kArray : Category::kRefused;
  }
}

template <class T>
inline constexpr Category kCategory = CategoryOf<T>();

template <class T>
inline constexpr bool kIsKnown = kCategory<T> != Category::kRefused;

// Why a type of category kRefused is refused.
template <class T>
constexpr Problem RefusalOf() {
  if constexpr (std::is_reference_v<T>) {
    return Problem::kReference;
  } else if constexpr (std::is_pointer_v<T> || std::is_member_pointer_v<T> ||
                       std::is_null_pointer_v<T>) {
    return Problem::kPointer;
  } else if constexpr (std::is_same_v<T, long double>) {
    return Problem::kLongDouble;
  } else if constexpr (std::is_same_v<T, wchar_t>) {
    return Problem::kWideChar;
  } else if constexpr (kIsOneOf<T, long, unsigned long>) {
    return Problem::kLong;
  } else if constexpr (std::is_enum_v<T>) {
    return Problem::kLooseEnum;
  } else if constexpr (HasHook<T>) {
    return HookProblem<T>();
  } else if constexpr (std::is_union_v<T>) {
    return Problem::kUnion;
  } else if constexpr (kStdRefusal<T> != Problem::kNone) {
    return kStdRefusal<T>;
  } else if constexpr (std::is_class_v<T> && std::is_aggregate_v<T>) {
    return kAggregateProblem<T>;
  } else {
    return Problem::kUnknownType;
  }
}

// Calls `visitor(field, index)` with one field after another until it gives
// false. Not with all at once: a function of all fields would be compiled anew
// for every type, one of a single field is shared by all that have such fields.
template <class V, class... Fs>
constexpr bool VisitAll(V& visitor, Fs&... fields) {
  [[maybe_unused]] std::size_t index = 0;
  return (visitor(fields, index++) && ...);
}

// Knows the fields of a type of a category.
template <Category kCategory, class T>
struct ProductOf;

template <class T>
struct ProductOf<Category::kTuple, T> {
  using Types = typename TupleShape<T>::Types;

  template <class Tuple, class V>
  static constexpr bool Visit(Tuple& value, V& visitor) {
    return std::apply(
        [&visitor](auto&... fields) { return VisitAll(visitor, fields...); },
        value);
  }
};

template <class T>
struct ProductOf<Category::kHook, T> {
  using Types = typename HookFields<HookResult<T>>::Types;
};

template <class T>
struct ProductOf<Category::kAggregate, T> : Members<kMemberCount<T>> {
  using Types = MemberTypes<T>;
};

template <class T>
inline constexpr bool kIsProduct =
    kCategory<T> == Category::kTuple || kCategory<T> == Category::kHook ||
    kCategory<T> == Category::kAggregate;

// What is known of the fields of a product. Unless that has a field list,
// FieldsOf<T>::Visit(value, visitor) is VisitAll() with them; directly, since
// each function in between would be compiled anew for every T.
template <class T>
using FieldsOf = ProductOf<kCategory<T>, T>;

// The types of the fields, in the order in which they are written.
template <class T>
using FieldTypes = typename FieldsOf<T>::Types;

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_CATEGORY_H_
