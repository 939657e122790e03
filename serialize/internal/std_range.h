#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_STD_RANGE_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_STD_RANGE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>

#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/reader.h"

// Containers whose elements do not lie one after another, element by element.

namespace ipc_channel::serialize::internal {

template <class Range>
std::byte* PutEach(std::byte* to, const Range& range) {
  for (const typename Range::value_type& element : range) {
    to = PutValue(to, element);
  }
  return to;
}

// `count` is how many elements `range` has.
template <class Range>
std::byte* PutRange(std::byte* to, const Range& range, std::size_t count) {
  return PutEach(PutCount(to, count), range);
}

template <class Out, class Range>
void WriteRange(Out& out, const Range& range, std::size_t count) {
  using T = typename Range::value_type;
  out.WriteCount(count);
  if constexpr (kLayout<T>.is_fixed) {
    WriteFixed(out, count * kLayout<T>.min_size,
               [&range](std::byte* room) { PutEach(room, range); });
  } else {
    for (const T& element : range) WriteValue(out, element);
  }
}

// Reads elements of type T. `append` makes an empty one at the end and gives a
// reference to it; each takes `kSlotSize` bytes.
template <class T, std::size_t kSlotSize, class F>
bool ReadRange(Reader& in, F&& append) {
  std::uint32_t count;
  if (!in.ReadCount<T, kSlotSize>(count)) return false;
  if (!in.Enter()) return false;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!in.Read(append())) return in.FailedInElement(i);
  }
  in.Leave();
  return true;
}

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_STD_RANGE_H_
