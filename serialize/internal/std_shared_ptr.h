#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_STD_SHARED_PTR_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_STD_SHARED_PTR_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/problem.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/std_choice.h"
#include "ipc_channel/serialize/internal/type_list.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {

// Encoded like std::optional<T>: the object itself, as often as it is pointed
// to, and each reader gets an object of its own. A cycle is refused when it is
// written. T may be const. What T owns is shared with others, from whom sending
// must not take it: T must not own handles, nor be polymorphic unless final.
template <class T>
struct SerializeTraits<std::shared_ptr<T>> {
  using Object = std::remove_const_t<T>;

  static constexpr std::size_t kMinWireSize = 1;
  static constexpr void Describe(Schema& schema) {
    if constexpr (internal::kMayBeDerived<T>) {
      schema.Refuse(internal::Problem::kPolymorphicPointee,
                    internal::kTypeId<T>);
    } else {
      schema.Text("?");
      schema.ConstPart<Object>();
    }
  }
  template <class Out>
  static void Write(Out& out, const std::shared_ptr<T>& pointer) {
    internal::WriteValue(out, pointer != nullptr);
    if (pointer == nullptr || !out.Enter()) return;
    internal::WriteValue<Out, Object>(out, *pointer);
    out.Leave();
  }
  static std::byte* Put(std::byte* to, const std::shared_ptr<T>& pointer) {
    to = internal::PutValue(to, pointer != nullptr);
    return pointer != nullptr ? internal::PutValue<Object>(to, *pointer) : to;
  }
  static bool Read(Reader& in, std::shared_ptr<T>& pointer) {
    bool has_value;
    pointer.reset();
    if (!in.Read(has_value)) return false;
    if (!has_value) return true;
    if (!in.Charge(Cost())) return false;
    return internal::ReadOptional(in, [&pointer]() -> Object& {
      auto made = std::make_shared<Object>();
      Object& object = *made;
      pointer = std::move(made);
      return object;
    });
  }

 private:
  // The object stands beside two counters and a pointer to a table. A function,
  // since a T that contains such pointers is not complete yet up here.
  static constexpr std::size_t Cost() {
    return internal::kObjectSize<Object> + 3 * sizeof(void*) +
           internal::kAllocationOverhead;
  }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_STD_SHARED_PTR_H_
