#include "ipc_channel/serialize/decode.h"

#include <cstdint>

#include "ipc_channel/serialize/reader.h"

namespace ipc_channel::serialize::internal {

bool ReadFingerprint(Reader& reader, std::uint64_t expected) {
  std::uint64_t fingerprint;
  if (!reader.Read(fingerprint)) return false;
  if (fingerprint != expected) {
    return reader.Fail("the sender's type is not the receiver's");
  }
  return true;
}

}  // namespace ipc_channel::serialize::internal
