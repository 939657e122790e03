#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_STD_COMPLEX_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_STD_COMPLEX_H_

#include "ipc_channel/platforms/cxx20.h"

#include <complex>
#include <cstddef>

#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/type_list.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {

// The real part, then the imaginary part.
template <class T>
struct SerializeTraits<std::complex<T>> {
  static constexpr std::size_t kMinWireSize = 2 * internal::kLayout<T>.min_size;
  static constexpr void Describe(Schema& schema) {
    internal::DescribeFields(schema, internal::TypeList<T, T>());
  }
  template <class Out>
  static void Write(Out& out, const std::complex<T>& number) {
    internal::WriteFixed(out, kMinWireSize,
                         [&number](std::byte* room) { Put(room, number); });
  }
  static std::byte* Put(std::byte* to, const std::complex<T>& number) {
    return internal::PutValue(internal::PutValue(to, number.real()),
                              number.imag());
  }
  static bool Read(Reader& in, std::complex<T>& number) {
    T real;
    T imaginary;
    if (!in.Read(real) || !in.Read(imaginary)) return false;
    number = std::complex<T>(real, imaginary);
    return true;
  }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_STD_COMPLEX_H_
