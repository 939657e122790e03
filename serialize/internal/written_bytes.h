#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_WRITTEN_BYTES_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_WRITTEN_BYTES_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <vector>

#include "ipc_channel/serialize/encode.h"
#include "ipc_channel/serialize/serializable.h"
#include "ipc_channel/serialize/writer.h"

namespace ipc_channel::serialize::internal {

// What Encode() gives, but by the Write() of each type, which Encode() calls
// only where it does not know the Put() beside it. For tests. Empty on failure.
template <class T>
std::vector<std::byte> WrittenBytes(const T& value) {
  std::vector<std::byte> bytes(EncodedSize(value));
  Writer writer(bytes);
  writer.Write(Fingerprint<T>());
  writer.Write(value);
  if (!writer.ok() || writer.remaining() != 0) bytes.clear();
  return bytes;
}

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_WRITTEN_BYTES_H_
