#ifndef IPC_CHANNEL_SERIALIZE_NAMED_H_
#define IPC_CHANNEL_SERIALIZE_NAMED_H_

#include "ipc_channel/platforms/cxx20.h"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <string_view>

#include "ipc_channel/serialize/schema.h"

namespace ipc_channel::serialize {
namespace internal {

// A string literal as a template argument.
template <std::size_t kSize>
struct Literal {
  // NOLINTNEXTLINE: implicit, so that a literal converts.
  constexpr Literal(const char (&literal)[kSize]) {
    std::copy_n(literal, kSize, text);
  }

  constexpr std::string_view view() const { return {text, kSize - 1}; }

  // Printable ASCII without the quotes that enclose it in a description.
  constexpr bool IsName() const {
    return kSize > 1 && std::ranges::all_of(view(), [](char c) {
             return c > ' ' && c <= '~' && c != '\'';
           });
  }

  char text[kSize] = {};
};

}  // namespace internal

// A T under a name that is part of the fingerprint: for fields of one type that
// somebody could swap, which without names nobody would notice.
//
//   struct Size {
//     Named<"width", std::uint32_t> width;
//     Named<"height", std::uint32_t> height;
//   };
//   Size size = {{600}, {400}};
//   std::uint32_t area = *size.width * *size.height;
//
// Takes the bytes, and the time, of a T alone.
template <internal::Literal kName, class T>
struct Named {
  static_assert(kName.IsName(),
                "ipc_channel: a name is made of printable ASCII characters "
                "other than the space and the single quote.");

  T value;

  constexpr T& operator*() { return value; }
  constexpr const T& operator*() const { return value; }
  constexpr T* operator->() { return &value; }
  constexpr const T* operator->() const { return &value; }

  friend bool operator==(const Named&, const Named&) = default;
  friend auto operator<=>(const Named&, const Named&) = default;
};

template <internal::Literal kName, class T>
inline constexpr std::string_view internal::kAggregateName<Named<kName, T>> =
    kName.view();

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_NAMED_H_
