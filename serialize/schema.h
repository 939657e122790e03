#ifndef IPC_CHANNEL_SERIALIZE_SCHEMA_H_
#define IPC_CHANNEL_SERIALIZE_SCHEMA_H_

#include "ipc_channel/platforms/cxx20.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "ipc_channel/serialize/internal/category.h"
#include "ipc_channel/serialize/internal/problem.h"
#include "ipc_channel/serialize/internal/type_list.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {

class Reader;
class Schema;
class Sizer;
class Writer;

namespace internal {

template <class T>
constexpr void Describe(Schema& schema);

// What one walk over a type finds out.
struct Summary {
  std::uint64_t fingerprint = 0;
  // The first reason not to write it, and the kTypeId of the type it lies in.
  Problem problem = Problem::kNone;
  const char* culprit = nullptr;
  // The same for reading it.
  Problem read_problem = Problem::kNone;
  const char* read_culprit = nullptr;
  // No code but this module's measures and writes it.
  bool is_own = true;
  bool owns_handles = false;
  bool owns_consumable_handles = false;
};

}  // namespace internal

// Collects, at compile time, the description of a type that both sides must
// agree on. It is a text, whose grammar docs/serialize.md has; what is kept is
// its hash. Thread-compatible.
class Schema {
 public:
  constexpr Schema() = default;
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  // Adds a name for what the fields alone do not say. Takes part in the
  // fingerprint: two types that differ in a name do not match.
  constexpr void Name(std::string_view name) {
    Text("'");
    Text(name);
    Text("'");
  }

  // Adds a type whose values are part of this one's encoding.
  template <class T>
  constexpr void Field() {
    using Plain = std::remove_const_t<T>;
    if constexpr (std::is_const_v<T>) {
      RefuseReading(internal::Problem::kConstField, internal::kTypeId<T>);
      ConstPart<Plain>();
    } else {
      internal::Describe<Plain>(*this);
    }
  }

  // Adds a type whose values are const within this one's, as the keys of a map
  // are. They must not own handles, since sending may take those out.
  template <class T>
  constexpr void ConstPart() {
    ++const_parts_;
    Field<T>();
    --const_parts_;
  }

  // Adds a type that must match but whose values travel elsewhere, as the T of
  // a sender of T does: what T owns is not owned by this type.
  template <class T>
  constexpr void Mention() {
    ++mentions_;
    internal::Describe<std::remove_cv_t<T>>(*this);
    --mentions_;
  }

  // The following are for this module's own types.

  constexpr void Text(std::string_view text) {
    // As little as can be for each character: compilers evaluate it slowly.
    std::uint64_t hash = hash_;
    const char* at = text.data();
    for (std::size_t left = text.size(); left != 0; --left) {
      hash = (hash ^ static_cast<unsigned char>(*at++)) * 0x100000001b3u;
    }
    hash_ = hash;
  }

  constexpr void Number(std::size_t number) {
    if (number >= 10) Number(number / 10);
    const char digit = static_cast<char>('0' + number % 10);
    Text(std::string_view(&digit, 1));
  }

  // Opens a type that may contain itself. False if it is open already, or too
  // many are: then it has been dealt with.
  constexpr bool Enter(const char* type) {
    for (std::size_t i = depth_; i > 0; --i) {
      if (open_[i - 1] == type) {
        Text("^");
        Number(depth_ - i + 1);
        return false;
      }
    }
    if (depth_ == kMaxDepth) {
      Refuse(internal::Problem::kTooDeep, type);
      return false;
    }
    open_[depth_++] = type;
    return true;
  }
  constexpr void Leave() { --depth_; }

  constexpr void Refuse(internal::Problem problem, const char* type) {
    if (mentions_ != 0 || found_.problem != internal::Problem::kNone) return;
    found_.problem = problem;
    found_.culprit = type;
  }
  constexpr void RefuseReading(internal::Problem problem, const char* type) {
    if (mentions_ != 0 || found_.read_problem != internal::Problem::kNone) {
      return;
    }
    found_.read_problem = problem;
    found_.read_culprit = type;
  }

  constexpr void AddHandle(bool is_consumed, const char* type) {
    if (mentions_ != 0) return;
    if (const_parts_ != 0) Refuse(internal::Problem::kConstHandle, type);
    found_.owns_handles = true;
    found_.owns_consumable_handles |= is_consumed;
  }

  constexpr void AddForeignCode() { found_.is_own = false; }

  constexpr internal::Summary Finish() const {
    internal::Summary summary = found_;
    summary.fingerprint = hash_;
    return summary;
  }

 private:
  static constexpr std::size_t kMaxDepth = 64;

  // FNV-1a, 64 bits.
  std::uint64_t hash_ = 0xcbf29ce484222325u;
  std::size_t mentions_ = 0;
  std::size_t const_parts_ = 0;
  std::size_t depth_ = 0;
  const char* open_[kMaxDepth] = {};
  internal::Summary found_;
};

namespace internal {

template <class T>
constexpr std::string_view ScalarName() {
  if constexpr (std::is_same_v<T, char>) return "char";
  if constexpr (std::is_same_v<T, char8_t>) return "char8";
  if constexpr (std::is_same_v<T, char16_t>) return "char16";
  if constexpr (std::is_same_v<T, char32_t>) return "char32";
  if constexpr (std::is_same_v<T, float>) return "f32";
  if constexpr (std::is_same_v<T, double>) return "f64";
  constexpr std::string_view kNames[2][9] = {
      {"", "u8", "u16", "", "u32", "", "", "", "u64"},
      {"", "i8", "i16", "", "i32", "", "", "", "i64"}};
  return kNames[std::is_signed_v<T>][sizeof(T)];
}

// A name that stands before the fields of an aggregate; named.h gives some.
template <class T>
inline constexpr std::string_view kAggregateName = {};

template <class... Ts>
constexpr void DescribeFields(Schema& schema, TypeList<Ts...>) {
  schema.Text("(");
  ((schema.Field<Ts>(), schema.Text(",")), ...);
  schema.Text(")");
}

template <class T>
constexpr void DescribeArray(Schema& schema) {
  schema.Text("[");
  schema.Field<typename ArrayShape<T>::Element>();
  schema.Text(";");
  schema.Number(ArrayShape<T>::kSize);
  schema.Text("]");
}

// This module's own traits, which have Put(), are not asked for more: that
// would take the compiler time for every type.
template <class T>
concept HasWrite = HasPut<T> ||
    requires(Sizer& sizer, Writer& writer, const T& value) {
  SerializeTraits<T>::Write(sizer, value);
  SerializeTraits<T>::Write(writer, value);
};

template <class T>
concept HasRead = requires(Reader& in, T& value) {
  SerializeTraits<T>::Read(in, value);
}
&&(HasPut<T> || requires(Reader & in, T& value) {
  { SerializeTraits<T>::Read(in, value) } -> std::convertible_to<bool>;
});

// Whether Traits have any member of the name Read: then it is ambiguous here.
struct ReadMember {
  int Read;
};
template <class Traits>
struct PerhapsTwoReads : Traits, ReadMember {};
template <class Traits>
concept NamesRead = !std::is_final_v<Traits> && !requires {
  &PerhapsTwoReads<Traits>::Read;
};

template <class T>
constexpr Problem TraitsProblem() {
  using Traits = SerializeTraits<T>;
  if constexpr (HasHook<T>) {
    return Problem::kTraitsAndHook;
  } else if constexpr (requires { Traits::kIsMessage; }) {
    return Problem::kMessage;
  } else if constexpr (requires(Schema & schema) {
                         Traits::kMinWireSize;
                         Traits::Describe(schema);
                       } &&
                       HasWrite<T>) {
    return Problem::kNone;
  } else {
    return Problem::kIncompleteTraits;
  }
}

template <class T>
constexpr void DescribeTraits(Schema& schema) {
  using Traits = SerializeTraits<T>;
  constexpr Problem kProblem = TraitsProblem<T>();
  if constexpr (kProblem != Problem::kNone) {
    schema.Refuse(kProblem, kTypeId<T>);
  } else {
    if constexpr (IsHandle<T>) {
      schema.AddHandle(Traits::kConsumedBySending, kTypeId<T>);
    }
    if constexpr (!HasRead<T>) {
      schema.RefuseReading(
          NamesRead<Traits> ? Problem::kUnlikeRead : Problem::kView,
          kTypeId<T>);
    }
    if constexpr (!HasPut<T>) schema.AddForeignCode();
    Traits::Describe(schema);
  }
}

template <class T>
constexpr void DescribeComposite(Schema& schema) {
  if constexpr (kCategory<T> == Category::kArray) {
    DescribeArray<T>(schema);
  } else if constexpr (kCategory<T> == Category::kTraits) {
    DescribeTraits<T>(schema);
  } else {
    if constexpr (kCategory<T> == Category::kHook) schema.AddForeignCode();
    if constexpr (!kAggregateName<T>.empty()) schema.Name(kAggregateName<T>);
    DescribeFields(schema, FieldTypes<T>());
  }
  if constexpr (!std::is_default_constructible_v<T> && !std::is_array_v<T>) {
    schema.RefuseReading(Problem::kNotDefaultConstructible, kTypeId<T>);
  }
}

template <class T>
constexpr void Describe(Schema& schema) {
  if constexpr (kCategory<T> == Category::kRefused) {
    schema.Refuse(RefusalOf<T>(), kTypeId<T>);
  } else if constexpr (kCategory<T> == Category::kBool) {
    schema.Text("bool");
  } else if constexpr (kCategory<T> == Category::kScalar) {
    schema.Text(ScalarName<T>());
  } else if constexpr (kCategory<T> == Category::kEnum) {
    Describe<std::underlying_type_t<T>>(schema);
  } else {
    if (!schema.Enter(kTypeId<T>)) return;
    DescribeComposite<T>(schema);
    schema.Leave();
  }
}

template <class T>
constexpr Summary Summarize() {
  Schema schema;
  Describe<T>(schema);
  return schema.Finish();
}

template <class T>
inline constexpr Summary kSummary = Summarize<T>();

}  // namespace internal
}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_SCHEMA_H_
