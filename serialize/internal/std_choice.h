#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_STD_CHOICE_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_STD_CHOICE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/problem.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/type_list.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {
namespace internal {

// A value that may be missing: a byte 0 or 1, then the value if it is there.
// `Holder` is std::optional<T> or std::unique_ptr<T>.
template <class Out, class Holder>
void WriteOptional(Out& out, const Holder& holder) {
  const bool has_value = static_cast<bool>(holder);
  WriteValue(out, has_value);
  if (has_value) WriteValue(out, *holder);
}

template <class Holder>
std::byte* PutOptional(std::byte* to, const Holder& holder) {
  const bool has_value = static_cast<bool>(holder);
  to = PutValue(to, has_value);
  return has_value ? PutValue(to, *holder) : to;
}

// `make` puts an empty value into the holder and returns a reference to it.
template <class F>
bool ReadOptional(Reader& in, F&& make) {
  if (!in.Enter()) return false;
  if (!in.Read(make())) return false;
  in.Leave();
  return true;
}

template <class T>
constexpr void DescribeOptional(Schema& schema) {
  schema.Text("?");
  schema.Field<T>();
}

// A pointer to T may point to an object that is more than a T.
template <class T>
inline constexpr bool kMayBeDerived =
    std::is_polymorphic_v<T> && !std::is_final_v<T>;

// Pays for what a T that is made in place allocates by itself.
template <class T>
bool ChargeHidden(Reader& in) {
  if constexpr (kLayout<T>.hidden_size != 0) {
    return in.Charge(kLayout<T>.hidden_size);
  } else {
    return true;
  }
}

}  // namespace internal

template <class T>
struct SerializeTraits<std::optional<T>> {
  static constexpr std::size_t kMinWireSize = 1;
  static constexpr void Describe(Schema& schema) {
    internal::DescribeOptional<T>(schema);
  }
  template <class Out>
  static void Write(Out& out, const std::optional<T>& optional) {
    internal::WriteOptional(out, optional);
  }
  static std::byte* Put(std::byte* to, const std::optional<T>& optional) {
    return internal::PutOptional(to, optional);
  }
  static bool Read(Reader& in, std::optional<T>& optional) {
    bool has_value;
    optional.reset();
    if (!in.Read(has_value)) return false;
    if (!has_value) return true;
    if (!internal::ChargeHidden<T>(in)) return false;
    return internal::ReadOptional(
        in, [&optional]() -> T& { return optional.emplace(); });
  }
};

// Encoded like std::optional<T>. T must not be polymorphic unless it is final:
// only the static type is known on the other side.
template <class T>
struct SerializeTraits<std::unique_ptr<T>> {
  static constexpr std::size_t kMinWireSize = 1;
  static constexpr void Describe(Schema& schema) {
    if constexpr (internal::kMayBeDerived<T>) {
      schema.Refuse(internal::Problem::kPolymorphicPointee,
                    internal::kTypeId<T>);
    } else {
      internal::DescribeOptional<T>(schema);
    }
  }
  template <class Out>
  static void Write(Out& out, const std::unique_ptr<T>& pointer) {
    internal::WriteOptional(out, pointer);
  }
  static std::byte* Put(std::byte* to, const std::unique_ptr<T>& pointer) {
    return internal::PutOptional(to, pointer);
  }
  static bool Read(Reader& in, std::unique_ptr<T>& pointer) {
    bool has_value;
    pointer.reset();
    if (!in.Read(has_value)) return false;
    if (!has_value) return true;
    if (!in.Charge(internal::kObjectSize<T> + internal::kAllocationOverhead))
      return false;
    return internal::ReadOptional(in, [&pointer]() -> T& {
      pointer = std::make_unique<T>();
      return *pointer;
    });
  }
};

// The index of the alternative as u32, then its value.
template <class... Ts>
struct SerializeTraits<std::variant<Ts...>> {
  using Variant = std::variant<Ts...>;

  static constexpr std::size_t kMinWireSize =
      sizeof(std::uint32_t) +
      std::min({internal::kLayout<std::remove_const_t<Ts>>.min_size...});
  // Any alternative may be the first, and each takes the place of another.
  static constexpr std::size_t kHiddenSize =
      std::max({internal::kLayout<std::remove_const_t<Ts>>.hidden_size...});

  static constexpr void Describe(Schema& schema) {
    schema.Text("<");
    ((schema.Field<Ts>(), schema.Text("|")), ...);
    schema.Text(">");
  }

  template <class Out>
  static void Write(Out& out, const Variant& variant) {
    if (variant.valueless_by_exception()) {
      out.Fail("a variant without a value");
      return;
    }
    internal::WriteValue(out, static_cast<std::uint32_t>(variant.index()));
    std::visit([&out](const auto& value) { internal::WriteValue(out, value); },
               variant);
  }
  static std::byte* Put(std::byte* to, const Variant& variant) {
    to = internal::PutScalar(to, static_cast<std::uint32_t>(variant.index()));
    return std::visit(
        [to](const auto& value) { return internal::PutValue(to, value); },
        variant);
  }

  static bool Read(Reader& in, Variant& variant) {
    std::uint32_t index;
    if (!in.Read(index)) return false;
    if (index >= sizeof...(Ts)) {
      return in.Fail("a variant index beyond the last alternative");
    }
    if (!in.Enter()) return false;
    if (!ReadAlternative(in, variant, index,
                         std::make_index_sequence<sizeof...(Ts)>())) {
      return in.FailedInAlternative(index);
    }
    in.Leave();
    return true;
  }

 private:
  template <std::size_t... kIndices>
  static bool ReadAlternative(Reader& in, Variant& variant, std::size_t index,
                              std::index_sequence<kIndices...>) {
    bool is_read = false;
    const auto read = [&]<std::size_t kIndex>() {
      using T = std::variant_alternative_t<kIndex, Variant>;
      is_read = internal::ChargeHidden<T>(in) &&
                in.Read(variant.template emplace<kIndex>());
      return true;
    };
    (void)((index == kIndices && read.template operator()<kIndices>()) || ...);
    return is_read;
  }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_STD_CHOICE_H_
